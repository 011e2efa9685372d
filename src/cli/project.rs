use std::path::{Path, PathBuf};

use crate::definition::{Diagnostic, Project as Resolved, Severity, Sources, resolve};
use crate::model::Definition;
use crate::store::Store;
use crate::ui;

use super::{Error, Globals, find};

/// The project that a command works on: its files, and what they say.
pub struct Project {
    root: PathBuf,
    pub sources: Sources,
    pub resolved: Resolved,
}

impl Project {
    pub fn open(globals: &Globals) -> Result<Self, Error> {
        let store = Store::find(globals.project.as_deref())?;
        let sources = store.read()?;
        let resolved = resolve(&sources);
        Ok(Self { root: store.root().to_owned(), sources, resolved })
    }

    /// The folder that paths in definitions are relative to.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The environment of this name. What is wrong with it is shown; what is wrong with others is `check`'s business.
    pub fn environment(&self, name: &str) -> Result<&Definition, Error> {
        let concerns = |diagnostic: &&Diagnostic| diagnostic.environments.iter().any(|other| other.as_str() == name);
        let mine: Vec<Diagnostic> = self.resolved.diagnostics.iter().filter(concerns).cloned().collect();
        if !mine.is_empty() {
            ui::note(&ui::diagnostics::human(&mine, &self.sources));
        }
        let errors = mine.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        if errors > 0 {
            return Err(Error::Definitions { errors });
        }
        find(&self.resolved.definitions, &self.sources, name)
    }

    /// All environments, if nothing is wrong with any of them.
    pub fn all(&self) -> Result<impl Iterator<Item = &Definition>, Error> {
        let faults = &self.resolved.diagnostics;
        if !faults.is_empty() {
            ui::note(&ui::diagnostics::human(faults, &self.sources));
        }
        let errors = faults.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        if errors > 0 { Err(Error::Definitions { errors }) } else { Ok(self.resolved.definitions.values()) }
    }
}
