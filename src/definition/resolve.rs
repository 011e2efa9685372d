use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Definition, Environment, Name};

use super::check::Check;
use super::diagnostic::{Diagnostic, Fault, Report, Severity};
use super::environment::{OWN_KEYS, environment};
use super::links::{Link, link, other_apps};
use super::placeholders::{known_placeholders, public_components};
use super::reader::{Reading, Value};
use super::shape::bad_name;
use super::source::{Files, Sources};
use super::tree::{Content, Node, Unparsed};

/// The outcome for a whole project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    /// By the environment's name. One with an error is missing here.
    pub definitions: BTreeMap<Name, Definition>,
    /// In the order of the files and the places in them.
    pub diagnostics: Vec<Diagnostic>,
}

impl Project {
    /// Whether any diagnostic is an error.
    pub fn is_faulty(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// A file as a tree, and whether that is all of it.
pub(super) struct Parsed {
    pub root: Node,
    pub whole: bool,
}

/// An environment that was read, with the tree that it was read from.
pub(super) type Read = BTreeMap<Name, (Environment, Node)>;

/// Reads every definition of a project. Faults do not stop it: all of them, of all files, are in the outcome.
pub fn resolve(sources: &Sources) -> Project {
    let files = Files::new(sources);
    let report = Report::new(&files);
    let (mut templates, environments, unparsed) = parse(&files, sources);
    let links: Vec<Link> = environments.iter().map(|parsed| link(parsed, sources, &files, &report)).collect();
    let used_by: Vec<BTreeSet<Name>> = (0..templates.len())
        .map(|template| {
            let users = links.iter().filter(|link| link.template == Some(template));
            users.filter_map(|link| link.name.clone()).collect()
        })
        .collect();
    for unparsed in unparsed {
        let concerned = match unparsed.place.file.checked_sub(templates.len()) {
            Some(environment) => links[environment].name.iter().cloned().collect(),
            None => used_by[unparsed.place.file].clone(),
        };
        report.push(unparsed.place, unparsed.fault, &concerned);
    }
    for (template, users) in templates.iter_mut().zip(&used_by) {
        remove_own_keys(&mut template.root, users, &report);
    }

    let mut read = Read::new();
    let mut seen = vec![false; templates.len()];
    for (parsed, link) in environments.iter().zip(&links).filter(|(parsed, _)| parsed.whole) {
        let template = link.template.filter(|template| templates[*template].whole);
        if let Some(template) = template {
            seen[template] = true;
        }
        let whole = template.is_some() || link.self_contained;
        let root = overlaid(template.map(|template| &templates[template].root), &parsed.root);
        if let Some(environment) = read_one(&root, link.name.as_ref(), !whole, &report) {
            read.insert(environment.name.clone(), (environment, root.clone()));
        }
        let previews = sources.previews.iter().filter(|preview| Some(&preview.like) == link.name.as_ref());
        for preview in previews {
            if let Some(environment) = read_one(&root, Some(&preview.name), !whole, &report) {
                read.insert(preview.name.clone(), (short_lived(environment, &preview.like), root.clone()));
            }
        }
    }
    for (template, _) in templates.iter().zip(&seen).filter(|(template, seen)| template.whole && !**seen) {
        read_one(&template.root, None, true, &report);
    }
    other_apps(&read, &report);

    let diagnostics = report.finish();
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let faulty: BTreeSet<&Name> = errors.flat_map(|diagnostic| &diagnostic.environments).collect();
    read.retain(|name, _| !faulty.contains(name));
    let definition = |environment, root: Node| Definition { environment, origins: root.origins(&files) };
    let definitions =
        read.into_iter().map(|(name, (environment, root))| (name, definition(environment, root))).collect();
    Project { definitions, diagnostics }
}

/// Templates, environments, and what speaks against either as a whole.
fn parse(files: &Files<'_>, sources: &Sources) -> (Vec<Parsed>, Vec<Parsed>, Vec<Unparsed>) {
    let mut unparsed = Vec::new();
    let mut one = |file| {
        let (root, errors) = Node::parse(files, file);
        let whole = errors.is_empty();
        unparsed.extend(errors);
        Parsed { root, whole }
    };
    let templates = sources.templates.len();
    let parsed = (0..templates).map(&mut one).collect();
    let environments = (templates..templates + sources.environments.len()).map(one).collect();
    (parsed, environments, unparsed)
}

/// Takes out of a template what each environment must say for itself.
fn remove_own_keys(template: &mut Node, users: &BTreeSet<Name>, report: &Report<'_>) {
    let Content::Table(entries) = &mut template.content else { return };
    for key in OWN_KEYS {
        if let Some(node) = entries.remove(key) {
            let fault = Fault::new("misplaced-key", format!("`{key}` stands in a template"));
            let fault = fault.expected("the shape alone; each environment's own file says this for itself");
            report.push(node.key, fault, users);
        }
    }
}

/// What an environment as a whole lacks is missing in its own file, so the tree's root stands there.
fn overlaid(template: Option<&Node>, own: &Node) -> Node {
    let overlaid = match template {
        Some(template) => template.clone().overlay(own.clone()),
        None => own.clone(),
    };
    Node { place: own.place, key: own.key, ..overlaid }
}

/// Without a name (the file's is bad, or it is a template alone) a definition is read for its faults only.
fn read_one(root: &Node, name: Option<&Name>, partial: bool, report: &Report<'_>) -> Option<Environment> {
    let reading = Reading {
        report,
        environments: name.iter().copied().cloned().collect(),
        partial,
        placeholders: known_placeholders(root),
        public: public_components(root),
    };
    let stand_in = Name::new("unnamed").expect("it is a name");
    let value = Value { node: root, reading: &reading };
    let environment = value.table("a table", |table| environment(table, name.unwrap_or(&stand_in)))?;
    Check { root, environment: &environment, reading: &reading }.run();
    name.is_some().then_some(environment)
}

/// What it holds is nobody's but its own, and goes with it.
fn short_lived(mut preview: Environment, like: &Name) -> Environment {
    preview.like = Some(like.clone());
    preview.protected = false;
    for (name, database) in &mut preview.shape.database {
        database.deletion_protection = None;
        preview.data.entry(name.clone()).or_default().throwaway = true;
    }
    preview
}

/// The fault of a file whose name cannot be an environment's.
pub(super) fn bad_file_name(stem: &str) -> Option<Fault> {
    let error = Name::new(stem).err()?;
    Some(bad_name(stem, error).help("the file's name is the environment's name"))
}
