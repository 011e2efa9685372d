//! What was done to a database is written in it: in the schema `envctl`, or in MySQL, which knows no schemas apart from
//! databases, in a database of that name.

use super::client::Client;
use super::error::{Error, SqlError};
use super::snapshot;
use crate::model::Engine;

/// A migration that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub name: String,
    pub digest: String,
    /// `2026-01-01 10:00 UTC`; empty for one that was begun.
    pub applied_at: String,
}

/// How far the seed is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeedState {
    /// The database had its chance to be seeded and there was no seed.
    Nothing,
    Loading,
    Loaded,
}

impl SeedState {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Nothing, "nothing"), (Self::Loading, "loading"), (Self::Loaded, "loaded")];

    fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("", |(_, name)| name)
    }
}

/// Makes the database and its records if they are missing, and undoes what was cut off.
pub async fn prepare(client: &Client) -> Result<(), Error> {
    snapshot::recover(client).await?;
    client.query(tables(client.engine())).await.map(drop)
}

fn tables(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => {
            "SET client_min_messages = error;
             CREATE SCHEMA IF NOT EXISTS envctl;
             CREATE TABLE IF NOT EXISTS envctl.migrations
                 (name text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz);
             CREATE TABLE IF NOT EXISTS envctl.seed
                 (id int PRIMARY KEY, state text NOT NULL, digest text NOT NULL, at timestamptz NOT NULL);"
        }
        Engine::Mysql | Engine::Mariadb => {
            "CREATE DATABASE IF NOT EXISTS envctl CHARACTER SET utf8mb4;
             CREATE TABLE IF NOT EXISTS envctl.migrations
                 (name varchar(255) COLLATE utf8mb4_bin PRIMARY KEY, digest char(64) NOT NULL, applied_at datetime);
             CREATE TABLE IF NOT EXISTS envctl.seed
                 (id int PRIMARY KEY, state varchar(16) NOT NULL, digest char(64) NOT NULL, at datetime NOT NULL);"
        }
    }
}

/// Whether there are any records; asked where nothing may be changed.
pub async fn exist(client: &Client) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM information_schema.tables WHERE table_schema = 'envctl' AND table_name = 'seed';";
    Ok(!client.query(sql).await?.is_empty())
}

pub async fn applied(client: &Client) -> Result<Vec<Record>, Error> {
    let at = match client.engine() {
        Engine::Postgres => "to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI \"UTC\"')",
        Engine::Mysql | Engine::Mariadb => "date_format(applied_at, '%Y-%m-%d %H:%i UTC')",
    };
    let sql = format!("SELECT name, digest, coalesce({at}, '') FROM envctl.migrations ORDER BY applied_at, name;");
    let record = |row: Vec<String>| match <[String; 3]>::try_from(row) {
        Ok([name, digest, applied_at]) => Some(Record { name, digest, applied_at }),
        Err(_) => None,
    };
    Ok(client.query(&sql).await?.into_iter().filter_map(record).collect())
}

pub async fn seed_state(client: &Client) -> Result<Option<SeedState>, Error> {
    let rows = client.query("SELECT state FROM envctl.seed;").await?;
    let name = rows.first().and_then(|row| row.first());
    Ok(name.and_then(|name| SeedState::ALL.iter().find(|(_, known)| known == name)).map(|(state, _)| *state))
}

/// Finished, or only begun.
pub fn insert(name: &str, digest: &str, finished: bool) -> String {
    let at = if finished { "now()" } else { "NULL" };
    format!("INSERT INTO envctl.migrations (name, digest, applied_at) VALUES ({}, '{digest}', {at});", literal(name))
}

pub fn finish(name: &str) -> String {
    format!("UPDATE envctl.migrations SET applied_at = now() WHERE name = {};", literal(name))
}

/// That what was begun is done: by whoever the file has become meanwhile, and only within the transaction that wrote down
/// that it began (`xmin` is its id, without what counts the times that ids ran out).
pub fn finish_within(finish: &str) -> String {
    let gone = "the file has ended the transaction that it was to run in";
    let update = finish.trim_end_matches(';');
    format!(
        "RESET SESSION AUTHORIZATION; RESET ROLE; RESET client_encoding;
         DO $envctl$ BEGIN
             {update} AND xmin::text = (txid_current() % 4294967296)::text;
             IF NOT FOUND THEN RAISE EXCEPTION '{gone}'; END IF;
         END $envctl$;"
    )
}

pub fn delete(name: &str) -> String {
    format!("DELETE FROM envctl.migrations WHERE name = {};", literal(name))
}

pub fn insert_seed(state: SeedState, digest: &str) -> String {
    format!("INSERT INTO envctl.seed (id, state, digest, at) VALUES (1, '{}', '{digest}', now());", state.as_str())
}

pub fn finish_seed() -> String {
    format!("UPDATE envctl.seed SET state = '{}', at = now() WHERE id = 1;", SeedState::Loaded.as_str())
}

/// Whether a record of this kind was there already.
pub fn is_duplicate(error: &SqlError) -> bool {
    error.code == "23505" && ["migrations_pkey", "seed_pkey"].iter().any(|key| error.message.contains(key))
}

/// A backslash means something in MySQL; no file of migrations needs one in its name.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''").replace('\\', "_"))
}
