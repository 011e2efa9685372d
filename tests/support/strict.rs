//! The strict AWS: a real HTTP endpoint of the test's own, and an independent client to look at it with.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use serde_json::Value as Json;

use super::python::python;

pub const REGION: &str = "eu-west-1";

/// An AWS on loopback, alone in its process, on a clock that runs `speed` times as fast as ours. It ends with the test.
pub struct Strict {
    pub endpoint: String,
    speed: u32,
}

/// A process that makes one quickly: it has loaded all that they need. It ends with the tests, and they with it.
struct Nursery {
    speeds: ChildStdin,
    addresses: BufReader<ChildStdout>,
}

impl Nursery {
    #[expect(clippy::zombie_processes, reason = "it ends when we do: nobody is left to wait for it")]
    fn start() -> Self {
        let mut process = python(&["-m", "strict_aws.nursery"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the nursery starts");
        let speeds = process.stdin.take().expect("stdin is piped");
        Self { speeds, addresses: BufReader::new(process.stdout.take().expect("stdout is piped")) }
    }

    fn address(&mut self, speed: u32) -> String {
        writeln!(self.speeds, "{speed}").expect("the nursery reads");
        let mut line = String::new();
        self.addresses.read_line(&mut line).expect("a strict AWS says where it listens");
        line.trim().strip_prefix("listening on ").expect("its first line is its address").to_owned()
    }
}

impl Strict {
    pub fn start(speed: u32) -> Self {
        static NURSERY: OnceLock<Mutex<Nursery>> = OnceLock::new();
        let nursery = NURSERY.get_or_init(|| Mutex::new(Nursery::start()));
        Self { endpoint: nursery.lock().expect("it made all others").address(speed), speed }
    }

    /// `envctl`, with the credentials of an account, in a project's folder.
    pub fn envctl(&self, account: &str, project: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_envctl"));
        command.current_dir(project);
        self.credentials(&mut command, account);
        command.env("ENVCTL_TIME_SCALE", self.speed.to_string());
        command
    }

    fn credentials(&self, command: &mut Command, account: &str) {
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("ENVCTL_")) {
            command.env_remove(name);
        }
        command
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", format!("ACCOUNT{account}"))
            .env("AWS_SECRET_ACCESS_KEY", "of-the-strict-aws")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    }

    /// Everything that an account holds, by an independent client: boto3.
    pub fn inventory(&self, account: &str) -> Vec<Json> {
        self.list(&format!("inventory?account={account}&region={REGION}"))
    }

    /// Somebody at the console: Python with `client(service)` for boto3's clients of the account. Gives what it prints.
    pub fn by_hand(&self, account: &str, script: &str) -> String {
        let mut command = python(&["-c"]);
        self.credentials(&mut command, account);
        let output = command.arg(format!("import boto3\nclient = boto3.client\n{script}")).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("it prints text").trim().to_owned()
    }

    /// Every call so far, the independent client's left out.
    pub fn calls(&self) -> Vec<Json> {
        self.list("calls")
    }

    /// The names of the calls that change something.
    pub fn changes(&self) -> Vec<String> {
        let action = |call: &Json| call["action"].as_str().unwrap_or_default().to_owned();
        let reads = ["BatchGet", "Describe", "Get", "List"];
        self.calls().iter().map(action).filter(|action| !reads.iter().any(|read| action.starts_with(read))).collect()
    }

    /// No request broke a rule of AWS's own models or of its documentation.
    pub fn assert_no_violations(&self) {
        let violations = self.list("violations");
        assert!(violations.is_empty(), "{violations:#?}");
    }

    /// From now on these actions (`rds:CreateDBInstance`, `rds:*`) are refused to everyone.
    pub fn deny(&self, actions: &[&str]) {
        self.set("deny", &serde_json::json!({ "actions": actions }));
    }

    /// From now on the account's caller may do what these policies allow, and nothing else.
    pub fn allow_only(&self, account: &str, policies: &[Json]) {
        self.set("policy", &serde_json::json!({ "account": account, "documents": policies }));
    }

    /// The account's caller may do everything again.
    pub fn allow_all(&self, account: &str) {
        self.set("policy", &serde_json::json!({ "account": account, "documents": null }));
    }

    /// The actions by which policies have judged the account's calls, with those that go with a call (`iam:PassRole`).
    pub fn judged(&self, account: &str) -> Vec<String> {
        let actions = self.list(&format!("judged?account={account}"));
        actions.iter().filter_map(|action| action.as_str().map(str::to_owned)).collect()
    }

    /// From now on this goes wrong, by the rules of `strict_aws/faults.py`; what hangs is dropped.
    pub fn faults(&self, seed: usize, rules: &Json) {
        self.set("faults", &serde_json::json!({ "seed": seed, "rules": rules }));
    }

    pub fn no_faults(&self) {
        self.set("faults", &serde_json::json!({}));
    }

    /// How many calls have been struck by a fault.
    pub fn struck(&self) -> u64 {
        let rules = self.get("faults")["rules"].as_array().cloned().unwrap_or_default();
        rules.iter().filter_map(|rule| rule["struck"].as_u64()).sum()
    }

    /// The action at which a fault has stopped all, once nothing is under way any more.
    pub fn stopped_at(&self) -> Option<String> {
        let held = self.get("held");
        let is_still = held["serving"] == 0;
        held["stopped_at"].as_str().filter(|_| is_still).map(str::to_owned)
    }

    /// Nothing exists any more, and no call was made.
    pub fn reset(&self) {
        self.set("reset", &serde_json::json!({}));
    }

    /// Tells the strict AWS how to behave from now on: `lag`, `nat`, `database`, `sick`.
    pub fn set(&self, what: &str, how: &Json) {
        ureq::post(format!("{}/strict/{what}", self.endpoint)).send(how.to_string()).expect("the strict AWS answers");
    }

    fn list(&self, what: &str) -> Vec<Json> {
        match self.get(what) {
            Json::Array(list) => list,
            other => panic!("{what} is no list: {other}"),
        }
    }

    fn get(&self, what: &str) -> Json {
        let mut answer = ureq::get(format!("{}/strict/{what}", self.endpoint)).call().expect("the strict AWS answers");
        let body = answer.body_mut().with_config().limit(1 << 28).read_to_string().expect("its answer is text");
        serde_json::from_str(&body).expect("its answer is JSON")
    }
}

impl Drop for Strict {
    fn drop(&mut self) {
        // It ends without an answer; if it does not hear of it, it ends with the nursery.
        drop(ureq::post(format!("{}/strict/end", self.endpoint)).send_empty());
    }
}
