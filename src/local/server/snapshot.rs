//! The database as it was, for what cannot be undone by a transaction. In Postgres a copy of the database, made by the
//! server; in MySQL and MariaDB a dump.
//!
//! A record that something has begun stands only while there is a snapshot, and the other way round but for moments:
//! so whoever comes after one that was cut off knows what to bring back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::client::{Client, Part};
use super::error::Error;
use super::files;
use super::records::{self, SeedState};
use crate::model::Engine;

/// Postgres's copy. A cluster has one database of the app's.
const BEFORE: &str = "envctl_before";
const TO_DUMP: Duration = Duration::from_secs(1800);
const BETWEEN: Duration = Duration::from_millis(50);

fn dump(client: &Client) -> PathBuf {
    client.cluster.home.folder().join("before.sql")
}

pub async fn take(client: &Client) -> Result<(), Error> {
    let database = client.database();
    match client.engine() {
        Engine::Postgres => {
            // A database in use cannot be copied.
            let sql = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}';
                 CREATE DATABASE {BEFORE} TEMPLATE \"{database}\";"
            );
            client.administer(&sql).await
        }
        Engine::Mysql | Engine::Mariadb => {
            let path = dump(client);
            let partial = files::with_suffix(&path, ".partial");
            let file = files::create(&partial, &client.cluster.account)?;
            let program = client.dump_program(TO_DUMP)?;
            program.output_to(file).succeed().await?;
            files::settle(&partial, &path)
        }
    }
}

/// Brings the database back after what failed, and gives that failure.
pub async fn restored(client: &Client, failure: Error) -> Error {
    match restore(client).await {
        Ok(()) => failure,
        Err(error) => Error::Unrestored { error: Box::new(error), failure: Box::new(failure) },
    }
}

/// Brings the database back, and takes back that anything had begun. Repeats what was cut off.
pub async fn restore(client: &Client) -> Result<(), Error> {
    let database = client.database();
    match client.engine() {
        Engine::Postgres => {
            let sql = format!(
                "DROP DATABASE IF EXISTS \"{database}\" WITH (FORCE);
                 ALTER DATABASE {BEFORE} RENAME TO \"{database}\";"
            );
            client.administer(&sql).await
        }
        Engine::Mysql | Engine::Mariadb => {
            ensure_whole(&dump(client))?;
            end_sessions(client).await?;
            client.administer(&format!("DROP DATABASE IF EXISTS `{database}`; {}", creation(client))).await?;
            client.run(&[Part::File(&dump(client))], false).await?;
            let sql = "DELETE FROM envctl.migrations WHERE applied_at IS NULL;
                       DELETE FROM envctl.seed WHERE state = 'loading';";
            client.administer(sql).await?;
            discard(client).await
        }
    }
}

/// The last line of a dump. A client takes one that is cut short without a word.
const END: &str = "-- Dump completed";

fn ensure_whole(dump: &Path) -> Result<(), Error> {
    let end = files::size(dump).saturating_sub(200);
    if files::text_from(dump, end).contains(END) {
        return Ok(());
    }
    Err(Error::HalfDump { path: dump.to_owned() })
}

/// Ends the sessions that the app's database has now: the client of a run that was killed goes on with its file, and stops
/// when its session ends. Whoever comes anew, as a component's pool does, is in nobody's way. (Postgres ends them itself
/// where it is told to.)
async fn end_sessions(client: &Client) -> Result<(), Error> {
    let ours = sessions(client).await?;
    for id in &ours {
        // One that has ended meanwhile is no session.
        drop(client.administer(&format!("KILL {id};")).await);
    }
    // What a statement has done is rolled back first.
    let ended = async {
        while !sessions(client).await?.is_disjoint(&ours) {
            tokio::time::sleep(BETWEEN).await;
        }
        Ok(())
    };
    let late = |_| Error::Timeout { what: "ending the sessions of the database", after: TO_DUMP };
    tokio::time::timeout(TO_DUMP, ended).await.map_err(late)?
}

async fn sessions(client: &Client) -> Result<BTreeSet<String>, Error> {
    // Id, user, host, database.
    let all = client.query_in(client.system_database(), "SHOW FULL PROCESSLIST;").await?;
    let theirs = all.into_iter().filter(|row| row.get(3).is_some_and(|database| database == client.database()));
    Ok(theirs.filter_map(|row| row.into_iter().next()).collect())
}

pub async fn discard(client: &Client) -> Result<(), Error> {
    match client.engine() {
        Engine::Postgres => client.administer(&format!("DROP DATABASE IF EXISTS {BEFORE} WITH (FORCE);")).await,
        Engine::Mysql | Engine::Mariadb => files::remove(&dump(client)),
    }
}

/// After whatever was cut off: the database is there, and as it was before anything that had begun.
pub async fn recover(client: &Client) -> Result<(), Error> {
    let database = client.database();
    match client.engine() {
        Engine::Postgres => {
            let sql = format!("SELECT datname FROM pg_database WHERE datname IN ('{database}', '{BEFORE}');");
            let found = client.query_in(client.system_database(), &sql).await?;
            let has = |name: &str| found.iter().flatten().any(|found| found == name);
            match (has(database), has(BEFORE)) {
                (true, false) => Ok(()),
                (false, false) => client.administer(&creation(client)).await,
                (false, true) => restore(client).await,
                (true, true) => match records::seed_state(client).await? {
                    Some(SeedState::Loading) => restore(client).await,
                    _ => discard(client).await,
                },
            }
        }
        Engine::Mysql | Engine::Mariadb => {
            let has_dump = files::exists(&dump(client));
            let creation = creation(client);
            if has_dump && begun(client).await? {
                restore(client).await
            } else {
                if !client.has_database().await? {
                    // What the records tell of went with it.
                    client.administer("DROP DATABASE IF EXISTS envctl;").await?;
                }
                client.administer(&creation).await?;
                discard(client).await
            }
        }
    }
}

/// Whether a record says that something has begun.
async fn begun(client: &Client) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM envctl.migrations WHERE applied_at IS NULL
               UNION ALL SELECT 1 FROM envctl.seed WHERE state = 'loading';";
    Ok(!client.query_in(client.system_database(), sql).await?.is_empty())
}

fn creation(client: &Client) -> String {
    let database = client.database();
    match client.engine() {
        Engine::Postgres => format!("CREATE DATABASE \"{database}\";"),
        Engine::Mysql | Engine::Mariadb => format!("CREATE DATABASE IF NOT EXISTS `{database}` CHARACTER SET utf8mb4;"),
    }
}

impl Client {
    /// Drops the database with all that is in it, and makes it anew: without tables, not migrated, not seeded. Sessions
    /// are ended.
    pub async fn recreate_database(&self) -> Result<(), Error> {
        let database = self.database();
        match self.engine() {
            Engine::Postgres => {
                let sql = format!(
                    "SET client_min_messages = error;
                     DROP DATABASE IF EXISTS {BEFORE} WITH (FORCE);
                     DROP DATABASE IF EXISTS \"{database}\" WITH (FORCE);"
                );
                self.administer(&format!("{sql}\n{}", creation(self))).await
            }
            Engine::Mysql | Engine::Mariadb => {
                end_sessions(self).await?;
                files::remove(&dump(self))?;
                let sql = format!("DROP DATABASE IF EXISTS envctl; DROP DATABASE IF EXISTS `{database}`;");
                self.administer(&format!("{sql} {}", creation(self))).await
            }
        }
    }

    /// Whether the server has the app's database.
    pub async fn has_database(&self) -> Result<bool, Error> {
        let database = self.database();
        let sql = match self.engine() {
            Engine::Postgres => format!("SELECT 1 FROM pg_database WHERE datname = '{database}';"),
            Engine::Mysql | Engine::Mariadb => format!("SELECT 1 FROM schemata WHERE schema_name = '{database}';"),
        };
        Ok(!self.query_in(self.system_database(), &sql).await?.is_empty())
    }

    /// A large database takes its time to be copied and removed.
    async fn administer(&self, sql: &str) -> Result<(), Error> {
        self.query_within(TO_DUMP, self.system_database(), sql).await.map(drop)
    }
}
