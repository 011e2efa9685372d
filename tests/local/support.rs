//! A component of a local environment, alone in a folder of its own, that ends with the test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use envctl::local::logs::{Line, tail};
use envctl::local::process::{Identity, marked};
use envctl::local::supervise::{Error, Instance, Limits, Phase, Spawned, Spec, State, read, spawn, stop};
use nix::sys::signal::Signal;
use tempfile::TempDir;

/// What takes longer hangs.
const LONGEST: Duration = Duration::from_secs(20);

static NUMBER: AtomicU32 = AtomicU32::new(0);

pub struct Component {
    folder: TempDir,
    pub spec: Spec,
}

impl Component {
    /// Runs a shell script.
    pub fn shell(script: &str) -> Self {
        Self::new(&["sh", "-c", script])
    }

    /// Two instances of the HTTP server, behind an address.
    pub fn server() -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/local/component.py");
        let mut component = Self::new(&["python3", "-I", program.to_str().unwrap()]);
        component.spec.count = 2;
        component.spec.port = true;
        component.spec.health = Some("/health".to_owned());
        component.spec.listen = Some(free_port());
        component
    }

    pub fn new(command: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::var("PATH").unwrap();
        let spec = Spec {
            component: "web".to_owned(),
            folder: folder.path().join("web"),
            log: folder.path().join("web.log"),
            command: command.iter().map(|part| (*part).to_owned()).collect(),
            directory: folder.path().to_owned(),
            variables: BTreeMap::from([("PATH".to_owned(), path.into())]),
            count: 1,
            port: false,
            health: None,
            listen: None,
            mark: format!("test-{}-{number}", std::process::id()),
            properties: BTreeMap::from([("release".to_owned(), "1.5.0".into())]),
            limits: Limits {
                alive: Duration::from_millis(200),
                stop: Duration::from_secs(2),
                interval: Duration::from_millis(100),
                first_delay: Duration::from_millis(50),
                ..Limits::default()
            },
        };
        std::fs::create_dir(&spec.folder).unwrap();
        Self { folder, spec }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    pub async fn spawn(&self) -> Result<Spawned, Error> {
        spawn(Path::new(env!("CARGO_BIN_EXE_envctl")), &self.spec, &self.path("supervisor.log")).await
    }

    /// Spawned, and every instance healthy.
    pub async fn started(&self) -> State {
        assert_eq!(self.spawn().await.unwrap(), Spawned::Started);
        self.healthy().await
    }

    pub async fn healthy(&self) -> State {
        self.until(|state| state.instances.iter().all(|instance| instance.phase == Phase::Healthy)).await
    }

    /// Waits for a state of the living supervisor.
    pub async fn until(&self, wanted: impl Fn(&State) -> bool) -> State {
        let began = Instant::now();
        loop {
            let state = read(&self.spec.folder).unwrap();
            if let Some(state) = state.clone().filter(|state| state.alive && wanted(state)) {
                return state;
            }
            assert!(began.elapsed() < LONGEST, "{state:#?}\n{}\n{}", self.text("web.log"), self.text("supervisor.log"));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub async fn stop(&self) {
        stop(&self.spec.folder, &self.spec.mark).await.unwrap();
    }

    /// All processes of the component but its supervisor.
    pub fn running(&self) -> Vec<Identity> {
        let supervisors = marked(&format!("{}.supervisor", self.spec.mark));
        marked(&self.spec.mark).into_iter().filter(|process| !supervisors.contains(process)).collect()
    }

    pub fn log(&self) -> Vec<Line> {
        tail(std::slice::from_ref(&self.spec.log), 1000).unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.spec.listen.unwrap())
    }
}

impl Drop for Component {
    fn drop(&mut self) {
        // The supervisor first, or it starts others.
        for mark in [format!("{}.supervisor", self.spec.mark), self.spec.mark.clone()] {
            for process in marked(&mark) {
                drop(process.signal(Signal::SIGKILL));
            }
        }
    }
}

/// The only instance.
pub fn only(state: &State) -> &Instance {
    let [instance] = &state.instances[..] else { panic!("{state:#?}") };
    instance
}

pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until something holds.
pub async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < LONGEST, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A GET's status and text.
pub async fn get(url: String) -> (u16, String) {
    let asked = move || {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut answer = agent.get(&url).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    };
    tokio::task::spawn_blocking(asked).await.unwrap()
}
