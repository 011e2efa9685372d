use std::collections::BTreeMap;

use crate::model::{Database, Days, Engine, EngineVersion, Size};

use super::diagnostic::Fault;
use super::forms::{PARAMETER, PROJECT_PATH};
use super::instance::database_instance;
use super::reader::{Table, Value};
use super::tree::Content;

const DEFAULT_BACKUPS: Days = Days(7);

pub(super) fn database(value: Value<'_>, _: &str) -> Option<Database> {
    value.table("a table", |database| {
        let engine = database.required("engine", "such as engine = \"postgres\"", |value| {
            value.choice("unknown-engine", &Engine::ALL.map(|engine| (engine.as_str(), engine)))
        });
        let version = version(database, engine);
        let instance = database.required("instance", "such as instance = \"db.t4g.medium\"", database_instance);
        let storage = database.required("storage", "such as storage = \"50 GiB\"", storage);
        let standby = database.optional("standby", |value| value.boolean()).unwrap_or(false);
        let backups = database.optional("backups", backups).unwrap_or(DEFAULT_BACKUPS);
        let migrations = database.optional("migrations", |value| value.form(&PROJECT_PATH));
        let parameters = database.optional("parameters", parameters).unwrap_or_default();
        let deletion_protection = database.optional("deletion_protection", |value| value.boolean());
        Some(Database {
            engine: engine?,
            version: version?,
            instance: instance?,
            storage: storage?,
            standby,
            backups,
            migrations,
            parameters,
            deletion_protection,
        })
    })
}

/// The release lines that RDS offers, by engine: which numbers name one, and an example.
fn version(database: &mut Table<'_>, engine: Option<Engine>) -> Option<EngineVersion> {
    let expected = match engine {
        Some(Engine::Postgres) | None => "a major version from 10 on, or one of its minors: \"16\" or \"16.9\"",
        Some(Engine::Mysql) => "8.0 or 8.4, or one of its minors: \"8.4\" or \"8.0.40\"",
        Some(Engine::Mariadb) => "10.x or 11.x, or one of its minors: \"10.11\" or \"11.4.4\"",
    };
    database.required("version", "such as version = \"16.9\"", |value| {
        let version = value.parsed("invalid-version", "16.9", EngineVersion::parse)?;
        let offered = match (engine, version.parts()) {
            (None, _) => true,
            (Some(Engine::Postgres), [major] | [major, _]) => *major >= 10,
            (Some(Engine::Mysql), [8, 0 | 4] | [8, 0 | 4, _]) => true,
            (Some(Engine::Mariadb), [10 | 11, _] | [10 | 11, _, _]) => true,
            _ => false,
        };
        if offered {
            return Some(version);
        }
        let name = engine.map_or("the engine", Engine::as_str);
        value.fault(Fault::new("invalid-version", format!("{name} has no version {version}")).expected(expected))
    })
}

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>, AllocatedStorage for gp3.
fn storage(value: Value<'_>) -> Option<Size> {
    let size = value.parsed("invalid-size", "50 GiB", Size::parse)?;
    if (20..=65_536).contains(&size.gib) {
        return Some(size);
    }
    value.fault(Fault::new("out-of-range", format!("{size} is out of range")).expected("20 GiB to 65536 GiB"))
}

/// The same page, BackupRetentionPeriod.
fn backups(value: Value<'_>) -> Option<Days> {
    let days = value.parsed("invalid-days", "7 days", Days::parse)?;
    if days.0 <= 35 {
        return Some(days);
    }
    value.fault(Fault::new("out-of-range", format!("{days} is out of range")).expected("0 days to 35 days"))
}

fn parameters(value: Value<'_>) -> Option<BTreeMap<String, String>> {
    let key = |value: Value<'_>, key: &str| {
        if (PARAMETER.holds)(key) { Some(key.to_owned()) } else { value.fault_of_key(PARAMETER.fault(key)) }
    };
    value.entries("a table", key, |value, key| match &value.node.content {
        Content::Text(text) => Some(text.clone()),
        Content::Integer(Some(number)) => Some(number.to_string()),
        Content::Float(number) => Some(number.clone()),
        Content::Table(entries) => {
            let written = entries.keys().next().map(|inner| format!("\"{key}.{inner}\""));
            value.fault_of_key(
                Fault::new("unquoted-parameter", "an unquoted dot makes a table, not a parameter's name")
                    .expected("the name in quotes")
                    .suggest(written),
            )
        }
        _ => value.wrong_type("a text or a number such as \"500\""),
    })
}
