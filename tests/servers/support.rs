use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use envctl::local::server::{Client, Cluster, Error, Home, Installation, Settings, System, find, search_list};
use envctl::model::{Engine, EngineVersion};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::sync::OnceCell;

pub const PASSWORD: &str = "it's \\ a \"pass\" word: 5eCr3t";

/// A cluster in a folder of its own. Its server is stopped and all is removed in the end, whatever the test comes to.
pub struct Server {
    pub cluster: Cluster,
    pub folder: TempDir,
}

/// What the machine has of an engine; these tests need it. (`.ci/run` installs it.)
pub async fn installation(engine: Engine) -> Installation {
    let folders = search_list(engine, None, None, Path::new("/"));
    let any = EngineVersion::parse("1").unwrap();
    find(engine, &any, true, &folders, &System::default()).await.unwrap()
}

/// A folder that the servers' users may enter.
///
/// In memory where there is plenty: twenty databases are made here, and each syncs a thousand files.
pub fn folder() -> TempDir {
    let folder = in_memory().unwrap_or_else(|| tempfile::tempdir().unwrap());
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
    folder
}

#[cfg(target_os = "linux")]
fn in_memory() -> Option<TempDir> {
    const PLENTY: u64 = 4 << 30;
    let found = nix::sys::statvfs::statvfs("/dev/shm").ok()?;
    let free = found.blocks_available().saturating_mul(found.fragment_size());
    (free > PLENTY).then(|| tempfile::tempdir_in("/dev/shm").unwrap())
}

#[cfg(not(target_os = "linux"))]
fn in_memory() -> Option<TempDir> {
    None
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub fn password() -> SecretString {
    SecretString::from(PASSWORD)
}

impl Server {
    /// Neither made nor started.
    pub async fn new(engine: Engine) -> Self {
        Self::with(engine, &[]).await
    }

    pub async fn with(engine: Engine, parameters: &[(&str, &str)]) -> Self {
        let folder = folder();
        let cluster = cluster(engine, &folder.path().join("main"), free_port(), parameters).await.unwrap();
        Self { cluster, folder }
    }

    /// Made, as a copy of one that is made once: that takes seconds.
    pub async fn made(engine: Engine) -> Self {
        static MADE: [OnceCell<Vec<u8>>; 3] = [const { OnceCell::const_new() }; 3];
        let made = MADE[engine as usize].get_or_init(async || {
            let server = Self::new(engine).await;
            assert!(server.cluster.init(&password()).await.unwrap());
            packed(server.cluster.home().folder())
        });
        let server = Self::new(engine).await;
        unpack(made.await, server.cluster.home().folder());
        server
    }

    pub async fn started(engine: Engine) -> Self {
        let server = Self::made(engine).await;
        server.cluster.start().await.unwrap();
        server
    }

    pub fn client(&self) -> Client {
        self.cluster.client(password())
    }

    /// The same cluster otherwise.
    pub async fn again(&self, port: u16, parameters: &[(&str, &str)]) -> Cluster {
        let home = self.cluster.home();
        cluster(self.client().engine(), home.folder(), port, parameters).await.unwrap()
    }

    pub async fn pid(&self) -> i32 {
        self.cluster.running().await.unwrap().pid
    }

    /// Files beside the cluster, under the names given; the folder they are in.
    pub fn files(&self, files: &[(&str, &str)]) -> PathBuf {
        let folder = self.folder.path().join("migrations");
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
        folder
    }

    pub async fn value(&self, sql: &str) -> String {
        let rows = self.client().query(sql).await.unwrap();
        rows.into_iter().map(|row| row.join("|")).collect::<Vec<_>>().join("\n")
    }

    /// A message without what differs between machines.
    pub fn shown(&self, error: &Error) -> String {
        let folder = self.folder.path().canonicalize().unwrap();
        error
            .to_string()
            .replace(folder.to_str().unwrap(), "FOLDER")
            .replace(self.folder.path().to_str().unwrap(), "FOLDER")
    }
}

/// With owners and permissions.
fn packed(folder: &Path) -> Vec<u8> {
    // Logs are made at their full length, of zeros.
    let options = if cfg!(target_os = "linux") { "-cSf" } else { "-cf" };
    let output = Command::new("tar").args([options, "-", "-C"]).arg(folder).arg(".").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

fn unpack(archive: &[u8], folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let mut command = Command::new("tar");
    let mut child = command.args(["-xpf", "-", "-C"]).arg(folder).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(archive).unwrap();
    assert!(child.wait().unwrap().success());
}

impl Drop for Server {
    fn drop(&mut self) {
        destroy(self.cluster.home().clone());
    }
}

pub fn destroy(home: Home) {
    // The test's own runtime is waiting for this.
    let destroyed = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(home.destroy())
    });
    let destroyed = destroyed.join();
    if !std::thread::panicking() {
        destroyed.unwrap().unwrap();
    }
}

async fn cluster(engine: Engine, folder: &Path, port: u16, parameters: &[(&str, &str)]) -> Result<Cluster, Error> {
    let settings = Settings {
        folder: folder.to_owned(),
        port,
        database: "shop_db".to_owned(),
        user: "shop_owner".to_owned(),
        parameters: parameters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>(),
    };
    Cluster::new(installation(engine).await, settings)
}
