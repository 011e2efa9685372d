use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;

use super::error::Error;
use super::{files, mysql, process};
use crate::model::{Engine, EngineVersion};

/// A server writes out what it holds in memory when it stops. After this time it is cut off, and recovers when it
/// starts again.
const TO_STOP: Duration = Duration::from_secs(60);
const TO_DIE: Duration = Duration::from_secs(10);

/// The folder of one database server: its data, its settings, its log, its socket.
///
/// All that can be done without the engine's programs: they may have been uninstalled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    pub(super) engine: Engine,
    pub(super) folder: PathBuf,
}

/// A server that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    pub pid: i32,
    /// The port that it was started with; `None` where its settings cannot be read.
    pub port: Option<u16>,
}

impl Home {
    pub fn new(engine: Engine, folder: &Path) -> Self {
        Self { engine, folder: files::canonical(folder) }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(super) fn settings(&self) -> PathBuf {
        self.folder.join("server.conf")
    }

    fn made_by(&self) -> PathBuf {
        self.folder.join("made-by")
    }

    pub(super) fn pid_file(&self) -> PathBuf {
        match self.engine {
            Engine::Postgres => self.data().join("postmaster.pid"),
            Engine::Mysql | Engine::Mariadb => self.folder.join("server.pid"),
        }
    }

    /// Its socket; `None` where the path is longer than the system takes.
    pub(super) fn socket(&self, port: u16) -> Option<PathBuf> {
        let path = match self.engine {
            Engine::Postgres => self.folder.join(format!(".s.PGSQL.{port}")),
            Engine::Mysql | Engine::Mariadb => self.folder.join("server.sock"),
        };
        // `sun_path` holds 108 bytes on Linux and 104 on macOS, the last of them a zero.
        let most = if cfg!(target_os = "macos") { 103 } else { 107 };
        (path.as_os_str().len() <= most).then_some(path)
    }

    /// Whether there is data of a server. A half-made one does not count.
    pub fn exists(&self) -> bool {
        files::exists(&self.data())
    }

    /// The version that made the data.
    pub fn version(&self) -> Option<EngineVersion> {
        EngineVersion::parse(files::text(&self.made_by())?.trim()).ok()
    }

    pub(super) fn note_version(&self, version: &EngineVersion, account: &super::account::Account) -> Result<(), Error> {
        files::write(&self.made_by(), format!("{version}\n").as_bytes(), account)
    }

    /// How the server's process is told from all others.
    pub(super) fn arguments(&self) -> Vec<String> {
        match self.engine {
            Engine::Postgres => vec!["-D".to_owned(), self.data().display().to_string()],
            Engine::Mysql | Engine::Mariadb => vec![format!("--defaults-file={}", self.settings().display())],
        }
    }

    /// The server's process, if it runs. It may not answer yet.
    pub async fn running(&self) -> Option<Running> {
        let arguments = self.arguments();
        let noted = files::text(&self.pid_file()).and_then(|text| text.lines().next()?.trim().parse().ok());
        let pid = match noted {
            Some(pid) if process::is(pid, &arguments).await => pid,
            // Postgres notes its process before anything else, MySQL when it is nearly ready.
            _ if self.engine == Engine::Postgres => return None,
            _ => process::find(&arguments).await?,
        };
        Some(Running { pid, port: self.noted_port() })
    }

    fn noted_port(&self) -> Option<u16> {
        let text = files::text(&self.settings())?;
        text.lines().find_map(|line| line.strip_prefix("port = ")?.trim().parse().ok())
    }

    /// Stops the server; says whether it ran. Sessions are ended, their transactions rolled back, all data written out.
    pub async fn stop(&self) -> Result<bool, Error> {
        let Some(Running { pid, port }) = self.running().await else { return Ok(false) };
        // "Fast" shutdown: https://www.postgresql.org/docs/current/server-shutdown.html
        let clean = if self.engine == Engine::Postgres { Signal::SIGINT } else { Signal::SIGTERM };
        process::signal(pid, clean)?;
        for _ in 0..TO_STOP.as_secs() {
            if process::gone(pid, &self.arguments(), Duration::from_secs(1)).await {
                return Ok(true);
            }
            if let (Engine::Mysql | Engine::Mariadb, Some(port)) = (self.engine, port) {
                mysql::poke(port).await;
            }
        }
        self.end(pid).await.map(|()| true)
    }

    /// Without writing anything out. Postgres ends its children before itself; MySQL has none.
    async fn end(&self, pid: i32) -> Result<(), Error> {
        let at_once = if self.engine == Engine::Postgres { Signal::SIGQUIT } else { Signal::SIGKILL };
        process::signal(pid, at_once)?;
        let is_gone = process::gone(pid, &self.arguments(), TO_DIE).await;
        is_gone.then_some(()).ok_or(Error::Timeout { what: "stopping the server", after: TO_DIE })
    }

    /// Ends what a killed server has left: a session of Postgres's that is at work does not notice, and as long as it is
    /// there no server starts on the data.
    pub(super) async fn end_orphans(&self) -> Result<(), Error> {
        if self.engine != Engine::Postgres || self.running().await.is_some() {
            return Ok(());
        }
        for signal in [Signal::SIGQUIT, Signal::SIGKILL] {
            for _ in 0..TO_DIE.as_millis() / process::LOOK.as_millis() {
                let left = process::within(&self.data(), "postgres");
                if left.is_empty() {
                    return Ok(());
                }
                for pid in left {
                    process::signal(pid, signal)?;
                }
                tokio::time::sleep(process::LOOK).await;
            }
        }
        Err(Error::Timeout { what: "ending the sessions of a server that was killed", after: TO_DIE * 2 })
    }

    /// Ends the server and removes its folder with all data. Killed on the way, it goes on where it was.
    pub async fn destroy(&self) -> Result<(), Error> {
        if let Some(Running { pid, .. }) = self.running().await {
            self.end(pid).await?;
        }
        self.end_orphans().await?;
        let removing = self.removing();
        if files::exists(&self.folder) {
            // What an earlier attempt left has to make way.
            files::remove_folder(removing.clone()).await?;
            files::rename(&self.folder, &removing)?;
        }
        files::remove_folder(removing).await
    }

    /// Under this name the folder is no server's any more.
    fn removing(&self) -> PathBuf {
        files::with_suffix(&self.folder, ".removing")
    }

    /// What attempts that were cut off have left.
    pub(super) async fn clear_leftovers(&self) -> Result<(), Error> {
        files::remove_folder(self.removing()).await?;
        for name in files::names(&self.folder)? {
            if name.starts_with(PARTIAL) {
                files::remove_folder(self.folder.join(name)).await?;
            }
        }
        Ok(())
    }

    /// Where data is made before it is moved to its place. No two attempts share it: the child of one that was killed
    /// may still be writing.
    pub(super) fn partial(&self) -> PathBuf {
        self.folder.join(format!("{PARTIAL}{}", std::process::id()))
    }
}

const PARTIAL: &str = "partial-";
