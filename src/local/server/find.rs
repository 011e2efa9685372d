use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::join_all;

use super::error::{Error, NotInstalled};
use super::files;
use super::install::{System, install_hint};
use super::program::Program;
use super::version;
use crate::model::{Engine, EngineVersion};

/// What a server program takes to say its version.
const ASKING: Duration = Duration::from_secs(10);

/// An engine's programs on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    pub engine: Engine,
    pub version: EngineVersion,
    /// The server program; the others stand beside it, or where the system keeps commands.
    pub server: PathBuf,
}

impl Installation {
    /// The first of these names that there is.
    pub(super) fn program(&self, names: &[&'static str]) -> Result<PathBuf, Error> {
        let own = self.server.parent().unwrap_or(Path::new("/"));
        let beside = own.parent().unwrap_or(own);
        let folders = [own.to_owned(), beside.join("bin"), beside.join("scripts"), beside.join("sbin")];
        let mut all = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        let lacks = || Error::Incomplete {
            engine: self.engine,
            program: names.first().copied().unwrap_or(""),
            folder: own.to_owned(),
        };
        all.find(|path| files::is_file(path)).ok_or_else(lacks)
    }
}

/// The folders to look in: the explicit one alone, or else those of `PATH`, then the usual ones below `root`.
pub fn search_list(engine: Engine, explicit: Option<&Path>, path: Option<&OsStr>, root: &Path) -> Vec<PathBuf> {
    if let Some(folder) = explicit {
        return vec![folder.to_owned(), folder.join("bin")];
    }
    let on_path = path.into_iter().flat_map(std::env::split_paths).filter(|folder| folder.is_absolute());
    on_path.chain(usual(engine, root)).collect()
}

/// Where Debian, Fedora, Homebrew (three places) and Postgres.app keep servers. `*` stands for a version.
fn usual(engine: Engine, root: &Path) -> Vec<PathBuf> {
    let brewed = |name: &str| {
        ["opt/homebrew/opt", "usr/local/opt", "home/linuxbrew/.linuxbrew/opt"]
            .map(|place| format!("{place}/{name}*/bin"))
    };
    let plain = ["usr/bin", "usr/sbin", "usr/libexec", "usr/local/bin", "usr/local/sbin"].map(str::to_owned);
    let patterns: Vec<String> = match engine {
        Engine::Postgres => ["usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "usr/libexec/postgresql*"]
            .map(str::to_owned)
            .into_iter()
            .chain(plain)
            .chain(brewed("postgresql"))
            .chain(["Applications/Postgres.app/Contents/Versions/*/bin".to_owned()])
            .collect(),
        Engine::Mariadb => plain.into_iter().chain(brewed("mariadb")).collect(),
        Engine::Mysql => plain.into_iter().chain(brewed("mysql")).chain(["usr/local/mysql*/bin".to_owned()]).collect(),
    };
    patterns.iter().flat_map(|pattern| expand(root, pattern)).collect()
}

/// At most one part of the pattern has a `*`, at its end.
fn expand(root: &Path, pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else { return vec![root.join(pattern)] };
    let (folder, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let folder = root.join(folder);
    let mut names = files::names(&folder).unwrap_or_default();
    names.retain(|name| name.starts_with(prefix));
    names.sort();
    names.iter().map(|name| folder.join(format!("{name}{after}"))).collect()
}

/// The newest installation of the wanted major version among the folders of a [`search_list`]. With `any_major` another
/// one will do if that is missing: the nearest newer, or else the newest.
///
/// # Errors
/// [`Error::NotInstalled`] says what is there instead, and how to install it on this `system`.
pub async fn find(
    engine: Engine,
    wanted: &EngineVersion,
    any_major: bool,
    folders: &[PathBuf],
    system: &System,
) -> Result<Installation, Error> {
    let mut found = installed(engine, folders).await;
    // Newest first. `sort` keeps those of one version in the order of the folders.
    found.sort_by(|left, right| right.version.parts().cmp(left.version.parts()));
    if let Some(at) = found.iter().position(|one| version::same_major(engine, &one.version, wanted)) {
        return Ok(found.swap_remove(at));
    }
    if any_major && !found.is_empty() {
        let newer = found.iter().rposition(|one| one.version.parts() > wanted.parts());
        return Ok(found.swap_remove(newer.unwrap_or(0)));
    }
    let named = |one: &Installation| (one.version.clone(), one.server.parent().unwrap_or(Path::new("/")).to_owned());
    Err(Error::NotInstalled(Box::new(NotInstalled {
        engine,
        wanted: wanted.clone(),
        found: found.iter().map(named).collect(),
        install: install_hint(engine, wanted, system),
        only: folders.first().filter(|_| folders.len() == 2).cloned(),
    })))
}

async fn installed(engine: Engine, folders: &[PathBuf]) -> Vec<Installation> {
    let names: &[&str] = match engine {
        Engine::Postgres => &["postgres"],
        Engine::Mariadb => &["mariadbd", "mysqld"],
        Engine::Mysql => &["mysqld"],
    };
    let mut servers: Vec<PathBuf> = Vec::new();
    for path in folders.iter().flat_map(|folder| names.iter().map(move |name| folder.join(name))) {
        // Many names lead to one program: `/bin` to `/usr/bin`, `mysqld` to `mariadbd`.
        let path = files::canonical(&path);
        if files::is_file(&path) && !servers.contains(&path) {
            servers.push(path);
        }
    }
    let asked = servers.into_iter().map(|server| async move {
        // What does not answer is no server that could be used.
        let said = Program::new("asking for the version", &server, ASKING).arg("--version").succeed().await.ok()?;
        let (found, version) = version::parse(&said.stdout)?;
        (found == engine).then_some(Installation { engine, version, server })
    });
    join_all(asked).await.into_iter().flatten().collect()
}
