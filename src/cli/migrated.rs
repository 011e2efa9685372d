//! Which migrations an environment on AWS has had: its components apply them, and nobody can ask its databases from outside.

use std::collections::{BTreeMap, BTreeSet};

use crate::local::server::Migrations;
use crate::model::{Database, Environment, Name};
use crate::provider::Keep;
use crate::ui;

use super::lock::change;
use super::{Error, Project};

/// By database, the files of the project that a release brings along.
pub type Brought = BTreeMap<String, BTreeSet<String>>;

/// A database's migrations as the project holds them; `None` where it declares none.
pub fn held(project: &Project, name: &Name, database: &Database) -> Result<Option<Migrations>, Error> {
    let Some(folder) = &database.migrations else { return Ok(None) };
    let migrations = Migrations::read(&project.root().join(folder)).map_err(|error| Error::Use {
        message: format!("the migrations of database.{name} cannot be read: {error}"),
        hint: None,
    })?;
    Ok(Some(migrations))
}

/// What the environment's components apply by themselves, as the project holds it now.
pub fn brought(environment: &Environment, project: &Project) -> Result<Brought, Error> {
    let mut brought = Brought::new();
    for (name, database) in environment.shape.database.iter().filter(|(name, _)| environment.migrates(name)) {
        let files = held(project, name, database)?.unwrap_or_default().files;
        brought.insert(name.to_string(), files.into_iter().map(|file| file.name).collect());
    }
    Ok(brought)
}

/// An older release brings nothing.
pub fn none_brought(environment: &Environment) -> Brought {
    let names = environment.shape.database.keys().filter(|name| environment.migrates(name));
    names.map(|name| (name.to_string(), BTreeSet::new())).collect()
}

/// Writes down what the environment's release has brought, if it came up well; `judged` as
/// [`with_migrations`](crate::record::Record::with_migrations) has it. Where that fails, what was done is done all the same,
/// and the gate of a promotion asks for more than it had to.
pub async fn note(environment: &Environment, brought: &Brought, judged: bool, keeper: &impl Keep) {
    let Some(release) = environment.release.as_deref().filter(|_| !brought.is_empty()) else { return };
    if let Err(error) = change(keeper, |record| record.with_migrations(release, brought, judged)).await {
        ui::note(&error.human());
    }
}
