use std::collections::BTreeSet;

use crate::model::Name;

use super::diagnostic::{Fault, Report};
use super::nearest::nearest;
use super::resolve::{Parsed, Read, bad_file_name};
use super::source::{Files, SourceFile, Sources};
use super::tree::{Content, Node};

/// What an environment's file says of other files.
pub(super) struct Link {
    /// `None` when the file's name is none.
    pub name: Option<Name>,
    /// Its number among the templates. `None` when it names none, or one that does not exist.
    pub template: Option<usize>,
    /// It names no template: the file says everything.
    pub self_contained: bool,
}

/// Finds what a file refers to, and reports what does not exist.
pub(super) fn link(parsed: &Parsed, sources: &Sources, files: &Files<'_>, report: &Report<'_>) -> Link {
    let root = &parsed.root;
    let file = files.get(root.place.file);
    let name = Name::new(file.stem()).ok();
    let concerned: BTreeSet<Name> = name.iter().cloned().collect();
    if let Some(fault) = bad_file_name(file.stem()) {
        report.push(root.place, fault, &concerned);
    }
    let template = root.find(["template"]);
    let found = template.and_then(|node| find(node, "template", &sources.templates));
    if let Some(Err(fault)) = &found {
        report.push(template.unwrap_or(root).place, fault.clone(), &concerned);
    }
    if let Some(node) = root.find(["mirrors"]) {
        let mirrored = find(node, "environment", &sources.environments);
        let fault = match mirrored {
            Some(Ok(index)) if sources.environments[index].path == file.path => Some(
                Fault::new("mirrors-itself", "an environment cannot mirror itself").expected("another environment"),
            ),
            Some(Err(fault)) => Some(fault),
            _ => None,
        };
        if let Some(fault) = fault {
            report.push(node.place, fault, &concerned);
        }
    }
    if let Some(node) = template.filter(|node| !matches!(node.content, Content::Text(_))) {
        let fault = Fault::new("wrong-type", format!("{} where a template's name belongs", node.content.describe()));
        report.push(node.place, fault.expected("a text such as \"shop\""), &concerned);
    }
    Link { name, template: found.and_then(Result::ok), self_contained: template.is_none() }
}

/// The file that a text names by its stem. `None` where there is no text: its reader reports that.
fn find(node: &Node, what: &'static str, files: &[SourceFile]) -> Option<Result<usize, Fault>> {
    let Content::Text(name) = &node.content else { return None };
    if let Some(index) = files.iter().position(|file| file.stem() == name) {
        return Some(Ok(index));
    }
    let near = nearest(name, files.iter().map(SourceFile::stem)).map(|stem| format!("\"{stem}\""));
    let code = if what == "template" { "unknown-template" } else { "unknown-environment" };
    let fault = Fault::new(code, format!("there is no {what} {name:?}"));
    Some(Err(fault.expected(format!("the name of a file in {what}s/, without .toml")).suggest(near)))
}

/// Only copies of the same product can mirror each other.
pub(super) fn other_apps(read: &Read, report: &Report<'_>) {
    // An environment whose `app` is faulty has a stand-in for it, which says nothing.
    let said = |root: &Node, app: &Name| match root.find(["app"]) {
        Some(Node { content: Content::Text(text), .. }) => text == app.as_str(),
        _ => false,
    };
    for (environment, root) in read.values() {
        let Some((mirrored, other)) = environment.mirrors.as_ref().and_then(|name| read.get(name)) else { continue };
        let Some(node) = root.find(["mirrors"]).filter(|_| mirrored.app != environment.app) else { continue };
        if said(root, &environment.app) && said(other, &mirrored.app) {
            let message = format!("{} is of the app {}, not {}", mirrored.name, mirrored.app, environment.app);
            let fault = Fault::new("mirrors-other-app", message).expected("an environment of the same app");
            report.push(node.place, fault, &BTreeSet::from([environment.name.clone()]));
        }
    }
}
