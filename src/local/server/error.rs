use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::model::{Engine, EngineVersion};

/// Why a database server, or what shall be in it, is not as asked. No message holds a password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    NotInstalled(Box<NotInstalled>),
    #[error(
        "{} has no `{program}`, which belongs to the server\ninstall the rest of {engine}'s packages: the server and its client",
        .folder.display()
    )]
    Incomplete { engine: Engine, program: &'static str, folder: PathBuf },
    #[error("cannot run {}", .program.display())]
    Program { program: PathBuf, source: io::Error },
    /// A program of the engine's ran and failed; its own words.
    #[error("{what} failed: {said}")]
    Failed { what: &'static str, said: String },
    #[error("{what} did not end within {} s", .after.as_secs())]
    Timeout { what: &'static str, after: Duration },
    #[error("cannot {action} {}", .path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },
    #[error(
        "the server runs as the user `{account}`, who may not enter {}\n\
         let others pass with `chmod o+x`, or keep the environments' data elsewhere: servers never run as root",
        .folder.display()
    )]
    NotTraversable { account: String, folder: PathBuf },
    #[error("no user that a server could run as: {engine} refuses to run as root, and there is no user {tried}")]
    NoAccount { engine: Engine, tried: String },
    #[error(
        "{what} {name:?} is no name for {engine}: a letter first, then letters, digits, `_` and `-`, at most {limit}"
    )]
    Name { engine: Engine, what: &'static str, name: String, limit: usize },
    #[error("the database's password is empty, or has a line break or another control character in it")]
    Password,
    #[error("parameter {name:?} {why}")]
    Parameter { name: String, why: &'static str },
    #[error(
        "port {port} on 127.0.0.1 is taken by another process\n\
         find it with `ss -ltnp 'sport = :{port}'` or `lsof -iTCP:{port} -sTCP:LISTEN`, and stop it"
    )]
    PortTaken { port: u16 },
    #[error("the {engine} server does not start: {said}\nits log: {}", .log.display())]
    Startup { engine: Engine, said: String, log: PathBuf },
    #[error(
        "the data in {} was made by {engine} {has}, and this is {engine} {installed}: a server reads its own major alone\n\
         install {engine} {has} again, or make the environment anew",
        .folder.display()
    )]
    OtherMajor { engine: Engine, has: EngineVersion, installed: EngineVersion, folder: PathBuf },
    #[error("there is no database server in {}", .folder.display())]
    NoCluster { folder: PathBuf },
    #[error(
        "{} holds the database as it was before something that was cut off, and is not whole: nothing was changed\n\
         rebuild the data with `envctl reset`; or see to it yourself with `envctl db`, and remove the file then",
        .path.display()
    )]
    HalfDump { path: PathBuf },
    #[error("{failure}\nand the database could not be brought back to what it was before: {error}")]
    Unrestored { error: Box<Error>, failure: Box<Error> },
    #[error(
        "the seed was cut off half-way, and what was there before it is not kept any more\n\
         rebuild the data with `envctl reset`; or finish by hand what it does, and say so in the database: {finish}"
    )]
    HalfSeed { finish: String },
    #[error("the database server cannot be reached: {said}")]
    Unreachable { said: String },
    #[error("{0}")]
    Sql(Box<SqlError>),
    #[error("there is no folder {}, which `migrations` names\nmake it, or name the one that is there", .folder.display())]
    NoMigrations { folder: PathBuf },
    #[error("migrations {first} and {second} have the same number: which comes first? Renumber the later one")]
    SameNumber { first: String, second: String },
    #[error(
        "migration {file} was changed after it was applied here ({applied_at})\n\
         put it back as it was and write the change as a new migration, or rebuild the data with `envctl reset`"
    )]
    Changed { file: String, applied_at: String },
    #[error(
        "migration {file} was applied here ({applied_at}) and is not in the folder any more\n\
         bring the file back, or rebuild the data with `envctl reset`"
    )]
    Missing { file: String, applied_at: String },
    #[error(
        "migration {file} is new, yet sorts before {applied}, which is applied here already\n\
         give it a number after {applied}, or rebuild the data with `envctl reset`"
    )]
    OutOfOrder { file: String, applied: String },
    #[error(
        "{file} was begun and is not done, and no transaction has taken it back: nobody knows how far it came\n\
         rebuild the data with `envctl reset`; or finish by hand what it does, and say so in the database: {finish}"
    )]
    HalfWay { file: String, finish: String },
    #[error(
        "{file}:{line}: `{statement}` ends the transaction that envctl puts around the file, so a failure would leave half \
         of it behind\nremove it; or, if the file cannot run in a transaction, begin it with the line \
         `-- envctl: no-transaction`"
    )]
    OwnTransaction { file: String, line: usize, statement: String },
    #[error("another envctl has been at the server in {} for {} s; wait for it, or stop it", .folder.display(), .after.as_secs())]
    Locked { folder: PathBuf, after: Duration },
    #[error("another envctl has worked on this database for {} s; wait for it, or stop it", .after.as_secs())]
    Busy { after: Duration },
    #[error("the seed command `{command}` failed ({status}){}", said(.output))]
    SeedCommand { command: String, status: String, output: String },
}

impl Error {
    /// Whether its second line does.
    pub fn says_what_helps(&self) -> bool {
        matches!(
            self,
            Self::Incomplete { .. }
                | Self::NotTraversable { .. }
                | Self::PortTaken { .. }
                | Self::OtherMajor { .. }
                | Self::HalfDump { .. }
                | Self::HalfSeed { .. }
                | Self::NoMigrations { .. }
                | Self::Changed { .. }
                | Self::Missing { .. }
                | Self::OutOfOrder { .. }
                | Self::HalfWay { .. }
                | Self::OwnTransaction { .. }
        )
    }
}

fn said(output: &str) -> String {
    if output.is_empty() { String::new() } else { format!(":\n{output}") }
}

/// What was looked for, and what is there instead.
#[derive(Debug)]
pub struct NotInstalled {
    pub engine: Engine,
    pub wanted: EngineVersion,
    /// Of the same engine, newest first.
    pub found: Vec<(EngineVersion, PathBuf)>,
    /// The command that installs the wanted one.
    pub install: String,
    /// Where it was looked for, if in one folder alone.
    pub only: Option<PathBuf>,
}

impl std::fmt::Display for NotInstalled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let engine = self.engine;
        let major = self.wanted.major(engine.major_parts());
        let place =
            self.only.as_ref().map_or_else(|| "on this machine".to_owned(), |only| format!("in {}", only.display()));
        write!(f, "{engine} {major} is not installed {place}")?;
        for (version, folder) in &self.found {
            write!(f, "\nfound {engine} {version} in {}", folder.display())?;
        }
        write!(f, "\ninstall it: {}", self.install)?;
        if !self.found.is_empty() {
            write!(f, "\nor permit another major: a `[[deliberate]]` entry on `database.NAME.version`")?;
        }
        Ok(())
    }
}

/// A statement that the database refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SqlError {
    /// As the caller named it; `None`: not from a file.
    pub file: Option<String>,
    /// The line of the file that is at fault, or else where the statement begins. From 1; `None`: not known.
    pub line: Option<usize>,
    /// That line's text.
    pub excerpt: String,
    /// The server's message, in its own words.
    pub message: String,
    /// `42P01`; empty where the client does not say.
    pub code: String,
    /// The server's details, hints and contexts, a line each.
    pub notes: Vec<String>,
    /// What helps, in envctl's words.
    pub advice: Option<String>,
}

impl std::fmt::Display for SqlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{file}:{line}: ")?,
            (Some(file), None) => write!(f, "{file}: ")?,
            (None, _) => {}
        }
        f.write_str(&self.message)?;
        if !self.excerpt.is_empty() {
            write!(f, "\n    {}", self.excerpt)?;
        }
        for note in self.notes.iter().chain(&self.advice) {
            write!(f, "\n{note}")?;
        }
        Ok(())
    }
}

impl From<SqlError> for Error {
    fn from(error: SqlError) -> Self {
        Self::Sql(Box::new(error))
    }
}
