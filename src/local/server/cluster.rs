use std::collections::BTreeMap;
use std::fs::File;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use nix::fcntl::Flock;
use secrecy::{ExposeSecret, SecretString};
use tokio::process::Child;

use super::account::Account;
use super::error::Error;
use super::find::Installation;
use super::home::{Home, Running};
use super::program::Program;
use super::{Client, files, mysql, parameters, postgres, process, version};
use crate::model::Engine;

/// A server that was cut off replays its log when it starts: seconds as a rule.
const TO_START: Duration = Duration::from_secs(120);
/// The last child of a server that was cut off holds its memory for a moment longer.
const TO_LET_GO: Duration = Duration::from_secs(5);
const TO_FREE_PORT: Duration = Duration::from_secs(1);
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(100);
/// A log longer than this is put aside when the server starts.
const LONGEST_LOG: u64 = 16 << 20;

/// What one environment's database is to be.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A folder of its own. Made if missing, and all in it belongs to envctl.
    pub folder: PathBuf,
    pub port: u16,
    pub database: String,
    /// Owns the database, and may do everything on the server: as far as a laptop goes, RDS's master user.
    pub user: String,
    /// As the definition has them. See [`unmirrored`](super::unmirrored) for those that have no effect.
    pub parameters: BTreeMap<String, String>,
}

/// A database server of one environment's own, on loopback.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub(super) installation: Installation,
    pub(super) home: Home,
    pub(super) settings: Settings,
    pub(super) account: Account,
}

/// What starting took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// It ran, with these very settings.
    Already,
    Now,
    /// It ran with other settings.
    Again,
}

impl Cluster {
    /// Nothing is touched yet.
    ///
    /// # Errors
    /// Names and parameters that the engine would not take, and where there is no user to run the server as.
    pub fn new(installation: Installation, settings: Settings) -> Result<Self, Error> {
        let engine = installation.engine;
        check_name(engine, "database", &settings.database)?;
        check_name(engine, "user", &settings.user)?;
        parameters::check(&settings.parameters)?;
        let home = Home::new(engine, &settings.folder);
        Ok(Self { installation, home, settings, account: Account::of(engine)? })
    }

    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Makes the data: the user, and an empty database. Says whether there was anything to do. Killed on the way, it
    /// begins anew the next time.
    pub async fn init(&self, password: &SecretString) -> Result<bool, Error> {
        let text = password.expose_secret();
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(Error::Password);
        }
        files::make_folder(&self.home.folder, &self.account)?;
        self.account.check_way(&self.home.folder)?;
        let lock = self.lock().await?;
        self.home.clear_leftovers().await?;
        if self.home.exists() {
            return Ok(false);
        }
        let partial = self.home.partial();
        files::make_folder(&partial, &self.account)?;
        let made = match self.installation.engine {
            Engine::Postgres => postgres::make(self, &partial, password).await,
            Engine::Mysql | Engine::Mariadb => mysql::make(self, &partial, password).await,
        };
        if made.is_ok() {
            self.home.note_version(&self.installation.version, &self.account)?;
            files::rename(&partial.join("data"), &self.home.data())?;
        }
        files::remove_folder(partial).await?;
        drop(lock);
        made.map(|()| true)
    }

    /// Starts the server unless it runs with these settings, and waits until it answers.
    pub async fn start(&self) -> Result<Started, Error> {
        self.check_data()?;
        self.account.check_way(&self.home.folder)?;
        let lock = self.lock().await?;
        let text = self.settings_text();
        let unchanged = files::text(&self.home.settings()).is_some_and(|now| now == text);
        let running = self.home.running().await;
        if running.is_some() && unchanged {
            self.wait_until_ready(None, 0).await?;
            return Ok(Started::Already);
        }
        self.home.stop().await?;
        self.home.end_orphans().await?;
        wait_for_port(self.settings.port).await?;
        files::write(&self.home.settings(), text.as_bytes(), &self.account)?;
        let mut attempts_left = TO_LET_GO.as_millis() / BETWEEN_ATTEMPTS.as_millis();
        loop {
            match self.launch().await {
                Err(Error::Startup { said, .. })
                    if said.contains("pre-existing shared memory block") && attempts_left > 0 =>
                {
                    attempts_left -= 1;
                    tokio::time::sleep(BETWEEN_ATTEMPTS).await;
                }
                other => break other?,
            }
        }
        drop(lock);
        Ok(if running.is_some() { Started::Again } else { Started::Now })
    }

    /// Two that start one server at once would take its process file away from each other.
    async fn lock(&self) -> Result<Flock<File>, Error> {
        let path = self.home.folder.join("lock");
        for _ in 0..TO_START.as_millis() / BETWEEN_ATTEMPTS.as_millis() {
            if let Some(lock) = files::lock(&path, &self.account)? {
                return Ok(lock);
            }
            tokio::time::sleep(BETWEEN_ATTEMPTS).await;
        }
        Err(Error::Locked { folder: self.home.folder.clone(), after: TO_START })
    }

    async fn launch(&self) -> Result<(), Error> {
        // Nothing of ours runs: the number in it is an old one, perhaps somebody else's by now, and Postgres would not
        // start. (Two servers on one folder's data stay impossible: Postgres tells by the folder's shared memory,
        // MySQL by locks on its files.)
        files::remove(&self.home.pid_file())?;
        // The socket's own lock names a process too. After a reboot that number is as likely somebody else's.
        if let Some(socket) = self.home.socket(self.settings.port) {
            files::remove(&files::with_suffix(&socket, ".lock"))?;
        }
        let log = self.home.log();
        if files::size(&log) > LONGEST_LOG {
            files::rename(&log, &files::with_suffix(&log, ".1"))?;
        }
        let offset = files::size(&log);
        let mut command = Program::new("starting the server", &self.installation.server, TO_START)
            .args(self.home.arguments())
            .account(&self.account, &self.home.folder)
            .into_command();
        let output = files::append(&log, &self.account)?;
        let errors = output.try_clone().map_err(files::failed("write", &log))?;
        command.stdout(output).stderr(errors).kill_on_drop(false);
        let failed = |source| Error::Program { program: self.installation.server.clone(), source };
        let child = command.spawn().map_err(failed)?;
        self.wait_until_ready(Some(child), offset).await
    }

    /// The child is let go of in the end: it outlives this process.
    async fn wait_until_ready(&self, mut child: Option<Child>, offset: u64) -> Result<(), Error> {
        let wait = async {
            loop {
                if self.is_ready().await {
                    return Ok(());
                }
                let ended = match &mut child {
                    Some(child) => !matches!(child.try_wait(), Ok(None)),
                    None => self.home.running().await.is_none(),
                };
                if ended {
                    return Err(self.startup_error(offset));
                }
                tokio::time::sleep(process::LOOK).await;
            }
        };
        let late = |_| Error::Timeout { what: "starting the server", after: TO_START };
        tokio::time::timeout(TO_START, wait).await.map_err(late)?
    }

    async fn is_ready(&self) -> bool {
        match self.installation.engine {
            Engine::Postgres => postgres::is_ready(&self.home),
            Engine::Mysql | Engine::Mariadb => mysql::is_ready(&self.home, self.settings.port).await,
        }
    }

    fn startup_error(&self, offset: u64) -> Error {
        let log = files::text_from(&self.home.log(), offset);
        let is_taken = log.contains("Address already in use") || log.contains("ould not bind");
        let engine = self.installation.engine;
        let said = match engine {
            Engine::Postgres => postgres::complaint(&log),
            Engine::Mysql | Engine::Mariadb => mysql::complaint(&log),
        };
        if is_taken && check_port(self.settings.port).is_err() {
            return Error::PortTaken { port: self.settings.port };
        }
        Error::Startup { engine, said, log: self.home.log() }
    }

    fn settings_text(&self) -> String {
        match self.installation.engine {
            Engine::Postgres => {
                postgres::settings(&self.settings, &self.installation.version, self.socket_folder(), has_ipv6())
            }
            Engine::Mysql | Engine::Mariadb => mysql::settings(&self.settings, &self.home),
        }
    }

    fn socket_folder(&self) -> Option<&std::path::Path> {
        self.home.socket(self.settings.port).is_some().then_some(&self.home.folder)
    }

    fn check_data(&self) -> Result<(), Error> {
        if !self.home.exists() {
            return Err(Error::NoCluster { folder: self.home.folder.clone() });
        }
        let (engine, installed) = (self.installation.engine, &self.installation.version);
        match self.home.version() {
            // MySQL and MariaDB read the data of earlier majors, and bring it to their own form.
            Some(has) if engine != Engine::Postgres && has.parts() <= installed.parts() => Ok(()),
            Some(has) if !version::same_major(engine, &has, installed) => {
                let folder = self.home.folder.clone();
                Err(Error::OtherMajor { engine, has, installed: installed.clone(), folder })
            }
            _ => Ok(()),
        }
    }

    /// The server's process, if it runs.
    pub async fn running(&self) -> Option<Running> {
        self.home.running().await
    }

    pub async fn stop(&self) -> Result<bool, Error> {
        self.home.stop().await
    }

    pub async fn destroy(&self) -> Result<(), Error> {
        self.home.destroy().await
    }

    /// Runs SQL as the owner of the database.
    pub fn client(&self, password: SecretString) -> Client {
        Client { cluster: self.clone(), password }
    }
}

/// A server that was killed holds its port for a moment after it has ceased to be a process with a name.
async fn wait_for_port(port: u16) -> Result<(), Error> {
    for _ in 0..TO_FREE_PORT.as_millis() / BETWEEN_ATTEMPTS.as_millis() {
        if check_port(port).is_ok() {
            return Ok(());
        }
        tokio::time::sleep(BETWEEN_ATTEMPTS).await;
    }
    check_port(port)
}

/// That nobody listens there. What closed its connections a moment ago does not count.
fn check_port(port: u16) -> Result<(), Error> {
    let bound = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    bound.map(drop).map_err(|_| Error::PortTaken { port })
}

fn has_ipv6() -> bool {
    TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, 0))).is_ok()
}

fn check_name(engine: Engine, what: &'static str, name: &str) -> Result<(), Error> {
    // Postgres: NAMEDATALEN. MySQL: 64 for a database, 32 for a user.
    let limit = match (engine, what) {
        (Engine::Postgres, _) => 63,
        (_, "user") => 32,
        _ => 64,
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
        && name.len() <= limit;
    if is_name { Ok(()) } else { Err(Error::Name { engine, what, name: name.to_owned(), limit }) }
}
