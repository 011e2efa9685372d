//! What the gates of a promotion are judged from: both environments as they are, and the migrations between them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::local;
use crate::local::server::Migration;
use crate::migration::{Danger, dangers, weighed};
use crate::model::{Environment, Inventory, Value};
use crate::plan::{Plan, plan};
use crate::promote::{Pending, Side};
use crate::provider::Keep;
use crate::record::{Migrated, Record};
use crate::store;

use super::lock::is_dead;
use super::migrated::held;
use super::reached::Reached;
use super::{Error, Globals, Project, now, observe};

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
        let record = provider.record().await?.record.as_of(now(), is_dead);
        let plan = plan(&desired, &found);
        Ok(Self { environment: environment.clone(), provider, found, plan, record })
    }

    pub fn side(&self) -> Side<'_> {
        Side { environment: &self.environment, found: &self.found, plan: &self.plan, record: &self.record }
    }

    /// The migrations that one of its databases has had; `None` where nobody knows. A database on AWS is private, so there it
    /// is what its releases brought along, or what was said when some were applied by hand.
    fn applied(&self, database: &str) -> Option<BTreeSet<String>> {
        if let Some(migrated) = self.record.migrated.get(database) {
            let is_this_one = migrated.database.is_empty() || migrated.database == self.identity(database);
            return is_this_one.then(|| migrated.files.clone());
        }
        let observed = self.found.resources.iter().find(|one| {
            one.address.kind == "database" && one.address.name == database && one.properties.contains_key("migrations")
        })?;
        let names = observed.properties.get("migrations").and_then(Value::as_map)?;
        Some(names.keys().cloned().collect())
    }

    /// More that it may have had: `up` brought them, from a checkout that may have been ahead of the build.
    fn unjudged(&self, database: &str) -> impl Iterator<Item = &String> {
        self.record.migrated.get(database).into_iter().flat_map(|migrated| &migrated.unjudged)
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
    let settings = globals.machine.settings()?;
    for (name, database) in &to.environment.shape.database {
        // A database on this machine may be of another version than the definition's, and is judged as what it is.
        let any_major = to.environment.takes_any_version(name);
        let Some(migrations) = held(project, name, database)? else { continue };
        let is_by_hand = !to.environment.is_local() && !to.environment.migrates(name);
        let (applied, mut tried) = (to.applied(name.as_str()), from.applied(name.as_str()));
        if let Some(tried) = &mut tried {
            tried.extend(from.unjudged(name.as_str()).cloned());
        }
        if is_by_hand {
            let files = migrations.files.iter().map(|migration| migration.name.clone()).collect();
            let all = Migrated { database: to.identity(name.as_str()), files, ..Migrated::default() };
            pending.by_hand.insert(name.to_string(), all);
        }
        let is_applied =
            |migration: &&Migration| applied.as_ref().is_some_and(|applied| applied.contains(&migration.name));
        let (had, lacks): (Vec<&Migration>, Vec<&Migration>) = migrations.files.iter().partition(is_applied);
        if lacks.is_empty() {
            continue;
        }
        let measured = match local::measure(&settings, database, any_major, &had, &lacks).await {
            Ok(measured) => measured,
            Err(error) => vec![Err(error.message); lacks.len()],
        };
        for (migration, measured) in lacks.into_iter().zip(measured) {
            let file = format!("{name}/{}", migration.name);
            if to.unjudged(name.as_str()).any(|known| *known == migration.name) {
                pending.unjudged.push(file.clone());
            }
            if is_by_hand {
                pending.unreachable.push(file.clone());
            }
            if tried.as_ref().is_none_or(|tried| !tried.contains(&migration.name)) {
                pending.untried.push(file.clone());
            }
            let by_rule = match store::read_text(&migration.path) {
                Ok(sql) => dangers(database.engine, &file, &sql, migration.transaction),
                Err(unread) => vec![Danger::unjudged(&file, unread.to_string())],
            };
            let rows = |table: &str| {
                let mut tables = tables.iter().filter(|one| one.database == *name && one.table == table);
                tables.next().map(|one| one.rows)
            };
            pending.dangers.extend(match measured {
                Ok(effects) => weighed(&file, by_rule, &effects, rows),
                Err(why) => {
                    pending.unmeasured.entry(why).or_default().push(file.clone());
                    by_rule
                }
            });
            pending.files.push(file);
        }
    }
    Ok(pending)
}
