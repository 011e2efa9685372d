use std::path::Path;

use crate::definition::{Diagnostic, Preview, Project as Resolved, Severity, Sources, missing, resolve, with_release};
use crate::model::{Definition, Name};
use crate::store::{self, Store};
use crate::ui::{self, WIDTH, wrap};

use super::{Error, Globals, find};

/// The project that a command works on: its files, and what they say.
pub struct Project {
    store: Store,
    pub sources: Sources,
    pub resolved: Resolved,
}

impl Project {
    pub fn open(globals: &Globals) -> Result<Self, Error> {
        let store = Store::find(globals.project.as_deref())?;
        let sources = store.read()?;
        let resolved = resolve(&sources);
        Ok(Self { store, sources, resolved })
    }

    /// With a warning for each file that a definition names and that is not there.
    pub fn with_missing_files(mut self) -> Self {
        let Resolved { definitions, diagnostics } = &mut self.resolved;
        diagnostics.extend(missing(definitions, &self.sources, |path, kind| self.store.has(path, kind)));
        diagnostics.sort_by(|a, b| (&a.origin.file, a.span.start).cmp(&(&b.origin.file, b.span.start)));
        self
    }

    /// With one more environment, which no file defines.
    pub fn with_preview(mut self, preview: Preview) -> Self {
        self.sources.previews.push(preview);
        self.resolved = resolve(&self.sources);
        self
    }

    /// The folder that paths in definitions are relative to.
    pub fn root(&self) -> &Path {
        self.store.root()
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

    /// Whether the project has an environment of this name, be its definition valid or not.
    pub fn ensure_known(&self, name: &str) -> Result<(), Error> {
        match self.sources.environments.iter().any(|file| file.stem() == name) {
            true => Ok(()),
            false => find(&self.resolved.definitions, &self.sources, name).map(drop),
        }
    }

    /// That there is an environment at all, be its definition valid or not.
    pub fn ensure_defines(&self) -> Result<(), Error> {
        match self.sources.environments.is_empty() {
            true => Err(Error::Use {
                message: "`environments/` defines no environment".to_owned(),
                hint: Some("add one as `environments/NAME.toml`, for instance `environments/dev.toml`".to_owned()),
            }),
            false => Ok(()),
        }
    }

    /// All environments, if nothing is wrong with any of them.
    pub fn all(&self) -> Result<impl Iterator<Item = &Definition>, Error> {
        self.ensure_defines()?;
        let faults = &self.resolved.diagnostics;
        if !faults.is_empty() {
            ui::note(&ui::diagnostics::human(faults, &self.sources));
        }
        let errors = faults.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        if errors > 0 { Err(Error::Definitions { errors }) } else { Ok(self.resolved.definitions.values()) }
    }

    /// Writes the release into an environment's own file, with all else as it stands.
    pub fn write_release(&self, name: &Name, release: &str) -> Result<(), Error> {
        let file = format!("environments/{name}.toml");
        let path = self.root().join(&file);
        let text = with_release(&store::read_text(&path)?, release).ok_or_else(|| Error::Use {
            message: format!("{file} has changed, and cannot be read any more"),
            hint: Some(format!("set `release = \"{release}\"` in it by hand")),
        })?;
        store::write_text(&path, &text).map_err(Error::File)
    }
}

/// What the definition says after a release came by another way than `up`.
pub fn definition_says(environment: &str, release: &str, written: bool) -> String {
    let file = format!("environments/{environment}.toml");
    let text = match written {
        true => format!("{file} says `release = \"{release}\"` now: commit it."),
        false => format!("Set `release = \"{release}\"` in {file} (`--write` does), or the next `up` undoes it."),
    };
    wrap(&text, WIDTH).join("\n") + "\n"
}
