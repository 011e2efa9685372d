use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::cluster::Cluster;
use super::error::{Error, SqlError};
use super::program::{Output, Program, without};
use super::{files, mysql_client, psql};
use crate::model::Engine;

/// What envctl asks of its own accord is small.
const TO_ANSWER: Duration = Duration::from_secs(60);
/// A file of the project's may do real work. Longer than this, it hangs.
const TO_RUN_FILE: Duration = Duration::from_secs(3600);

/// Runs SQL on a cluster, as the owner of its database, with the engine's own client program.
///
/// The password goes through the client's environment, which only the same user can read, never through its arguments.
/// What the developer has set for clients of his own (`PGHOST`, `PGSERVICE`, `~/.psqlrc`, `~/.my.cnf`) has no effect.
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) cluster: Cluster,
    pub(super) password: SecretString,
}

/// A table with what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// As SQL in this database names it; in Postgres with its schema, unless that is `public`.
    pub name: String,
    pub rows: u64,
}

/// One part of what a client is to run, all in one session.
pub enum Part<'a> {
    Sql(String),
    File(&'a Path),
}

impl Client {
    pub fn engine(&self) -> Engine {
        self.cluster.installation.engine
    }

    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    pub(super) fn database(&self) -> &str {
        &self.cluster.settings.database
    }

    /// Always there, and not the app's.
    pub(super) fn system_database(&self) -> &'static str {
        match self.engine() {
            Engine::Postgres => "postgres",
            Engine::Mysql | Engine::Mariadb => "information_schema",
        }
    }

    /// The rows of a statement's result, each value as text. (NULL is empty in Postgres, `NULL` in MySQL.)
    pub async fn query(&self, sql: &str) -> Result<Vec<Vec<String>>, Error> {
        self.query_in(self.database(), sql).await
    }

    /// In another database of the cluster.
    pub(super) async fn query_in(&self, database: &str, sql: &str) -> Result<Vec<Vec<String>>, Error> {
        self.query_within(TO_ANSWER, database, sql).await
    }

    pub(super) async fn query_within(
        &self,
        deadline: Duration,
        database: &str,
        sql: &str,
    ) -> Result<Vec<Vec<String>>, Error> {
        let program = self.program(database, deadline)?;
        let program = match self.engine() {
            Engine::Postgres => program.args(psql::TO_READ).args(["-f", "-"]),
            Engine::Mysql | Engine::Mariadb => program.args(mysql_client::TO_READ),
        };
        let output = program.input(format!("{sql}\n")).output().await?;
        self.judge(&output, None)?;
        Ok(match self.engine() {
            Engine::Postgres => psql::rows(&output.stdout),
            Engine::Mysql | Engine::Mariadb => mysql_client::rows(&output.stdout),
        })
    }

    /// What the client prints of a script, row by row.
    pub(super) async fn printed(&self, script: &str) -> Result<String, Error> {
        let program = self.program(self.database(), TO_RUN_FILE)?.args(["-A", "-t", "-f", "-"]);
        let output = program.input(script.to_owned()).output().await?;
        self.judge(&output, None)?;
        Ok(output.stdout)
    }

    /// Runs a file of SQL, in one transaction where asked. (MySQL and MariaDB end that at each change of a table.)
    ///
    /// # Errors
    /// [`Error::Sql`] names the file as it is given here, and the line.
    pub async fn run_file(&self, path: &Path, transaction: bool) -> Result<(), Error> {
        self.run(&[Part::File(path)], transaction).await
    }

    pub(super) async fn run(&self, parts: &[Part<'_>], transaction: bool) -> Result<(), Error> {
        let database = self.database();
        match self.engine() {
            Engine::Postgres => {
                let mut program = self.program(database, TO_RUN_FILE)?;
                if transaction {
                    program = program.arg("--single-transaction");
                }
                let mut file = None;
                for part in parts {
                    program = match part {
                        Part::Sql(sql) => program.args(["-c", sql]),
                        Part::File(path) => {
                            file = Some(*path);
                            program.arg("-f").arg(path)
                        }
                    };
                }
                self.judge(&program.output().await?, file)
            }
            Engine::Mysql | Engine::Mariadb => {
                for part in parts {
                    let program = self.program(database, TO_RUN_FILE)?;
                    let (program, file) = match part {
                        Part::Sql(sql) => (program.input(sql.clone()), None),
                        Part::File(path) => (program.input_from(files::open(path)?), Some(*path)),
                    };
                    self.judge(&program.output().await?, file)?;
                }
                Ok(())
            }
        }
    }

    /// Ready to be run in the place of envctl, with these arguments after those that make the connection.
    ///
    /// # Errors
    /// Where the client program is missing.
    pub fn interactive(&self, args: &[String]) -> Result<std::process::Command, Error> {
        let mut command = std::process::Command::new(self.client_program()?);
        match self.engine() {
            Engine::Postgres => psql::FOREIGN.iter().for_each(|name| _ = command.env_remove(name)),
            Engine::Mysql | Engine::Mariadb => {
                mysql_client::FOREIGN.iter().for_each(|name| _ = command.env_remove(name));
            }
        }
        command.args(self.connection(self.database())).args(args);
        command.envs(self.variables().map(|(name, value)| (name, value.to_owned())));
        Ok(command)
    }

    /// All tables that are not the system's or envctl's, with the number of their rows.
    pub async fn tables(&self) -> Result<Vec<Table>, Error> {
        let list = match self.engine() {
            Engine::Postgres => psql::COUNTS.to_owned(),
            Engine::Mysql | Engine::Mariadb => mysql_client::counts(self.database()),
        };
        let counts = self.query(&list).await?;
        let counts: Vec<&str> = counts.iter().filter_map(|row| row.first()).map(String::as_str).collect();
        if counts.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.query(&format!("{};", counts.join("\nUNION ALL "))).await?;
        let table = |row: Vec<String>| match &row[..] {
            [name, rows] => Some(Table { name: name.clone(), rows: rows.parse().ok()? }),
            _ => None,
        };
        let mut tables: Vec<Table> = rows.into_iter().filter_map(table).collect();
        tables.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(tables)
    }

    /// Writes the database as SQL to its output.
    pub(super) fn dump_program(&self, deadline: Duration) -> Result<Program, Error> {
        let path = self.cluster.installation.program(&["mariadb-dump", "mysqldump"])?;
        let program = self.prepared(Program::new("dumping the database", &path, deadline), self.database());
        Ok(program.args(["--single-transaction", "--routines", "--events", "--triggers", "--hex-blob"]))
    }

    pub(super) fn program(&self, database: &str, deadline: Duration) -> Result<Program, Error> {
        let program = self.prepared(Program::new("running SQL", &self.client_program()?, deadline), database);
        Ok(match self.engine() {
            Engine::Postgres => program.args(psql::STRICT),
            Engine::Mysql | Engine::Mariadb => program.args(mysql_client::STRICT),
        })
    }

    fn prepared(&self, mut program: Program, database: &str) -> Program {
        for (name, value) in self.variables() {
            program = program.env(name, value);
        }
        // No home, so none of the files that clients look for there.
        program.env("HOME", self.cluster.home.folder()).args(self.connection(database))
    }

    fn client_program(&self) -> Result<PathBuf, Error> {
        self.cluster.installation.program(match self.engine() {
            Engine::Postgres => &["psql"],
            Engine::Mariadb => &["mariadb", "mysql"],
            Engine::Mysql => &["mysql"],
        })
    }

    fn connection(&self, database: &str) -> Vec<String> {
        let settings = &self.cluster.settings;
        let socket = self.cluster.home.socket(settings.port).filter(|path| files::exists(path));
        match self.engine() {
            Engine::Postgres => {
                let host = socket.map(|_| self.cluster.home.folder.display().to_string());
                psql::connection(host, settings, database)
            }
            Engine::Mysql | Engine::Mariadb => mysql_client::connection(socket, settings, database),
        }
    }

    fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let password = self.password.expose_secret();
        let (name, others) = match self.engine() {
            Engine::Postgres => ("PGPASSWORD", psql::VARIABLES),
            Engine::Mysql | Engine::Mariadb => ("MYSQL_PWD", mysql_client::VARIABLES),
        };
        std::iter::once((name, password)).chain(others.iter().copied())
    }

    fn judge(&self, output: &Output, file: Option<&Path>) -> Result<(), Error> {
        if output.status.success() {
            return Ok(());
        }
        // The client has the password, so a file can have it say that.
        let stderr = without(&output.stderr, [&self.password]);
        let read = match self.engine() {
            Engine::Postgres => psql::error(&stderr, file),
            Engine::Mysql | Engine::Mariadb => mysql_client::error(&stderr, file),
        };
        Err(match read {
            Some(error) => SqlError { file: file.map(|file| file.display().to_string()), ..error }.into(),
            None => Error::Unreachable { said: without(&output.said(), [&self.password]) },
        })
    }
}
