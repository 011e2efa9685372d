//! What definitions name and the project does not have.

use std::collections::BTreeMap;

use crate::model::{Definition, Name, Path, Seed};

use super::diagnostic::{Diagnostic, Fault, Report};
use super::source::{Files, Sources};

/// A warning for each file and folder that a definition names and that `is_there` does not know. It is none of the
/// definition's own errors: a build may make it.
pub fn missing(
    definitions: &BTreeMap<Name, Definition>,
    sources: &Sources,
    is_there: impl Fn(&str, FileKind) -> bool,
) -> Vec<Diagnostic> {
    let files = Files::new(sources);
    let report = Report::new(&files);
    let mut known: BTreeMap<(&str, FileKind), bool> = BTreeMap::new();
    for (name, definition) in definitions {
        for (path, named, kind) in named(definition) {
            if *known.entry((named, kind)).or_insert_with(|| is_there(named, kind)) {
                continue;
            }
            let Some(place) = definition.origins.exact(&path).and_then(|origin| files.line_from(origin)) else {
                continue;
            };
            let what = if kind == FileKind::Folder { "folder" } else { "file" };
            let fault = Fault::warning("missing-file", format!("there is no {what} {named}"));
            report.push(place, fault.help("a path is relative to the project's root"), &[name.clone()].into());
        }
    }
    report.finish()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    File,
    Folder,
}

fn named(definition: &Definition) -> Vec<(Path, &str, FileKind)> {
    let environment = &definition.environment;
    let mut named = Vec::new();
    // On AWS nothing runs from a folder of the project, and nothing is filled with its seeds.
    let is_local = environment.is_local();
    for (name, compute) in environment.shape.compute.iter().filter(|_| is_local) {
        let path = || Path::root().child("compute").child(name.as_str()).child("directory");
        named.extend(compute.directory.as_deref().map(|directory| (path(), directory, FileKind::Folder)));
    }
    for (name, database) in &environment.shape.database {
        let path = || Path::root().child("database").child(name.as_str()).child("migrations");
        named.extend(database.migrations.as_deref().map(|folder| (path(), folder, FileKind::Folder)));
    }
    for (name, data) in environment.data.iter().filter(|_| is_local) {
        if let Some(Seed::File(file)) = &data.seed {
            named.push((Path::root().child("data").child(name.as_str()).child("seed"), file, FileKind::File));
        }
    }
    named
}
