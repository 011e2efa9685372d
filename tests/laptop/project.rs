use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::command::{fed, run};
use crate::support::example;

/// The folder of all environments of one pretended machine. When it goes, nothing that was started there is left.
pub struct Machine {
    state: TempDir,
}

/// The shipped example in a folder of the test's own, on a machine of its own or of several.
pub struct Project {
    folder: TempDir,
    /// Where its web tier would like to listen. The example's own port goes, of all tests that run at once, to whoever
    /// comes first, and to another one after each restart.
    pub port: u16,
    pub machine: Arc<Machine>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Machine {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { state: folder() })
    }

    pub fn state(&self) -> &Path {
        self.state.path()
    }

    /// The folders of the environments that there are.
    pub fn environments(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.state()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect()
    }

    /// The processes that an environment's folder is named in: servers by their arguments, components by their mark.
    pub fn processes(&self) -> Vec<u32> {
        let ids: Vec<String> = self.environments().iter().filter_map(|folder| id(folder)).collect();
        let state = self.state().to_str().unwrap().to_owned();
        let is_ours = |pid: &u32| {
            let read = |what: &str| fs::read(format!("/proc/{pid}/{what}")).unwrap_or_default();
            let text = [read("cmdline"), read("environ")].concat();
            let text = String::from_utf8_lossy(&text).into_owned();
            text.contains(&state) || ids.iter().any(|id| text.contains(id.as_str()))
        };
        let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
        pids.filter(|pid| *pid != std::process::id() && is_ours(pid)).collect()
    }
}

/// What is still there when a test has failed.
impl Drop for Machine {
    fn drop(&mut self) {
        for pid in self.processes() {
            drop(Command::new("kill").args(["-9", &pid.to_string()]).stderr(Stdio::null()).status());
        }
    }
}

fn id(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join("environment.toml")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("id = "))?.trim_matches('"').to_owned();
    Some(line)
}

/// As root the servers run as somebody else, who has to get in.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).expect("it is ours");
    folder
}

impl Project {
    pub fn new() -> Self {
        Self::on(&Machine::new())
    }

    pub fn on(machine: &Arc<Machine>) -> Self {
        // Below those that environments are given, and those that operating systems hand out.
        static PORTS: AtomicU16 = AtomicU16::new(18_000);
        let port = PORTS.fetch_add(1, Ordering::Relaxed);
        let project = Self { folder: folder(), port, machine: Arc::clone(machine) };
        example::put_into(project.folder.path());
        project.replace("templates/shop.toml", "port      = 8080", &format!("port      = {port}"));
        project
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn replace(&self, name: &str, from: &str, to: &str) {
        let path = self.path().join(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} has no {from:?}:\n{text}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_envctl"));
        command.current_dir(self.path()).args(line.split_whitespace());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("ENVCTL_")) {
            command.env_remove(name);
        }
        command.env("ENVCTL_STATE", self.machine.state()).env("ENVCTL_TODAY", "2026-12-01");
        // A machine without any AWS: nothing here may need it.
        command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_CONFIG_FILE", "/dev/null");
        command
    }

    pub fn envctl(&self, line: &str) -> Ended {
        ended(&mut self.command(line))
    }

    /// What is asked for must be done wholly.
    #[track_caller]
    pub fn done(&self, line: &str) -> Ended {
        let ended = self.envctl(line);
        assert_eq!(ended.code, 0, "envctl {line}\n{}\n{}", ended.out, ended.err);
        ended
    }

    /// The command with something on its stdin.
    pub fn fed(&self, line: &str, stdin: &str) -> Ended {
        let (code, out, err) = fed(&mut self.command(line), stdin);
        Ended { code, out, err }
    }

    /// From now on its web tier does not listen while that file is there, wherever the condition holds, which is Python.
    pub fn hold_web_where(&self, condition: &str) -> PathBuf {
        let hold = self.path().join("hold");
        let wait = format!("    import time\n    while {condition} and os.path.exists({hold:?}): time.sleep(0.1)\n");
        let listens = "    address = (os.environ";
        self.replace("templates/shop/bin/web", listens, &format!("{wait}{listens}"));
        hold
    }

    /// Runs a command by a Python script, which has it in `sys.argv[1:]` and gives it a terminal.
    pub fn on_a_terminal(&self, script: &str, line: &str) -> Output {
        let command = self.command(line);
        let mut python = Command::new("python3");
        python.current_dir(self.path()).args(["-c", script]).arg(command.get_program()).args(command.get_args());
        python.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        python.output().unwrap()
    }

    /// One value of dev's database, asked for by a command of its own.
    #[track_caller]
    pub fn sql(&self, environment: &str, sql: &str) -> String {
        let mut command = self.command(&format!("db {environment} -- -X -A -t -v ON_ERROR_STOP=1 -c"));
        let ended = ended(command.arg(sql));
        assert_eq!(ended.code, 0, "{sql}: {}", ended.err);
        ended.out.trim().to_owned()
    }

    /// What a process of the environment sees under this name.
    #[track_caller]
    pub fn seen(&self, environment: &str, variable: &str) -> String {
        let mut command = self.command(&format!("run {environment} -- printenv"));
        let ended = ended(command.arg(variable));
        assert_eq!(ended.code, 0, "{variable}: {}", ended.err);
        ended.out.trim().to_owned()
    }

    /// Where an environment answers.
    pub fn url(&self, environment: &str) -> String {
        let status = self.done(&format!("status {environment} --format json"));
        let status: serde_json::Value = serde_json::from_str(&status.out).unwrap();
        status["address"][0].as_str().expect("it answers somewhere").to_owned()
    }
}

pub fn ended(command: &mut Command) -> Ended {
    let (code, out, err) = run(command);
    Ended { code, out, err }
}

/// Asks until it is so.
#[track_caller]
pub fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !so() {
        assert!(Instant::now() < until, "not within 20 s: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The answer to a request: its status and its body.
pub fn get(url: &str) -> (u16, String) {
    let address = url.strip_prefix("http://").expect("plain HTTP on this machine");
    let mut stream = TcpStream::connect(address).expect("somebody listens");
    write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("it is sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it is answered");
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("it is HTTP");
    (status, text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}
