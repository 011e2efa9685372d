//! What the gates of a promotion are judged from: both environments as they are, and the migrations between them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::local;
use crate::local::server::{Measured, Migration, Migrations};
use crate::migration::{dangers, weighed};
use crate::model::{Engine, Environment, Inventory, Name, Value};
use crate::plan::{Plan, plan};
use crate::promote::{Pending, Side};
use crate::provider::Keep;
use crate::record::{Migrated, Record};
use crate::store;

use super::lock::is_dead;
use super::reached::Reached;
use super::{Error, Globals, Project, observe};

/// One of the two, as it was found.
pub struct Looked {
    pub environment: Environment,
    pub provider: Arc<Reached>,
    pub found: Inventory,
    pub plan: Plan,
    pub record: Record,
}

impl Looked {
    pub async fn at(environment: &Environment, project: &Project, globals: &Globals) -> Result<Self, Error> {
        let provider = Arc::new(Reached::connect(environment, project, globals).await?);
        let desired = provider.desired(environment)?;
        let found = observe(environment, provider.as_ref()).await?;
        let mut record = provider.record().await?.record;
        // Whoever has died holds nothing, as taking the lock finds, too.
        record.lock = record.lock.filter(|lock| !is_dead(&lock.by));
        let plan = plan(&desired, &found);
        Ok(Self { environment: environment.clone(), provider, found, plan, record })
    }

    pub fn side(&self) -> Side<'_> {
        Side { environment: &self.environment, found: &self.found, plan: &self.plan, record: &self.record }
    }

    /// The migrations that one of its databases has had; `None` where nobody knows. A database on AWS is private, so there it
    /// is what was said when some were applied by hand.
    fn applied(&self, database: &str) -> Option<BTreeSet<String>> {
        if let Some(migrated) = self.record.migrated.get(database) {
            return (migrated.database == self.identity(database)).then(|| migrated.files.clone());
        }
        let observed = self.found.resources.iter().find(|one| {
            one.address.kind == "database" && one.address.name == database && one.properties.contains_key("migrations")
        })?;
        let names = observed.properties.get("migrations").and_then(Value::as_map)?;
        Some(names.keys().cloned().collect())
    }

    /// Which database it is that has this name now.
    fn identity(&self, database: &str) -> String {
        let found = self.found.resources.iter();
        let mut databases = found.filter(|one| one.address.kind == "database" && one.address.name == database);
        databases.next().and_then(|one| one.attributes.get("resource")).cloned().unwrap_or_default()
    }
}

/// The migrations that TO lacks, and what they would do to it.
pub async fn pending(project: &Project, from: &Looked, to: &Looked, globals: &Globals) -> Result<Pending, Error> {
    let mut pending = Pending::default();
    let tables = match to.provider.local() {
        Some(local) => local.data().await?,
        None => Vec::new(),
    };
    for (name, database) in &to.environment.shape.database {
        let Some(folder) = &database.migrations else { continue };
        let folder = project.root().join(folder);
        let migrations = Migrations::read(&folder).map_err(|error| Error::Use {
            message: format!("the migrations of database.{name} cannot be read: {error}"),
            hint: None,
        })?;
        let (applied, tried) = (to.applied(name.as_str()), from.applied(name.as_str()));
        let files = migrations.files.iter().map(|migration| migration.name.clone()).collect();
        let all = Migrated { database: to.identity(name.as_str()), files };
        pending.all.insert(name.to_string(), all);
        let is_applied =
            |migration: &&Migration| applied.as_ref().is_some_and(|applied| applied.contains(&migration.name));
        let (had, lacks): (Vec<&Migration>, Vec<&Migration>) = migrations.files.iter().partition(is_applied);
        let measured = measured(to, name, &had, &lacks, globals).await?;
        for (index, migration) in lacks.into_iter().enumerate() {
            let file = format!("{name}/{}", migration.name);
            if !to.environment.is_local() {
                pending.unreachable.push(file.clone());
            }
            if tried.as_ref().is_some_and(|tried| !tried.contains(&migration.name)) {
                pending.untried.push(file.clone());
            }
            let sql = store::read_text(&migration.path)?;
            let by_rule = dangers(database.engine, &file, &sql, migration.transaction);
            let rows = |table: &str| {
                let mut tables = tables.iter().filter(|one| one.database == *name && one.table == table);
                tables.next().map(|one| one.rows)
            };
            pending.dangers.extend(match &measured {
                Ok(measured) if let Some(Ok(effects)) = measured.get(index) => weighed(&file, by_rule, effects, rows),
                _ => by_rule,
            });
            let why = match &measured {
                Ok(measured) => measured
                    .get(index)
                    .map_or(Some("one before it could not be"), |one| one.as_ref().err().map(String::as_str)),
                Err(why) => Some(why.as_str()),
            };
            pending.unmeasured.extend(why.map(|why| format!("{file}: {why}")));
            pending.files.push(file);
        }
    }
    Ok(pending)
}

/// What each does to a database that has had those before; for all of them why that is not to be known.
async fn measured(
    to: &Looked,
    name: &Name,
    had: &[&Migration],
    lacks: &[&Migration],
    globals: &Globals,
) -> Result<Result<Measured, String>, Error> {
    let Some(database) = to.environment.shape.database.get(name).filter(|_| !lacks.is_empty()) else {
        return Ok(Ok(Measured::new()));
    };
    if database.engine != Engine::Postgres {
        return Ok(Err(format!("only Postgres is measured, and this is {}", database.engine.as_str())));
    }
    let settings = globals.machine.settings()?;
    // A rehearsal's target runs what this machine has.
    let any_major = to.environment.takes_any_version(name);
    Ok(local::measure(&settings, database, any_major, had, lacks).await.map_err(|error| error.message))
}
