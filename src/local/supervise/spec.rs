use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::Error;

/// What a supervisor shall run. It holds secrets: it reaches the supervisor through a pipe, and is written nowhere.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    pub component: String,
    /// The component's own, which exists: the lock and the state stand in it.
    pub folder: PathBuf,
    /// The log's newest file; older ones stand beside it with a number: `web.log.1`.
    pub log: PathBuf,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Where the command runs.
    pub directory: PathBuf,
    /// The whole environment of the command, but for its port and its mark.
    #[serde(with = "variables")]
    pub variables: BTreeMap<String, SecretString>,
    pub count: u32,
    /// Whether each instance gets a port of its own, as `PORT`.
    pub port: bool,
    /// The path that answers 200 when an instance is well. It takes a port.
    pub health: Option<String>,
    /// The port of loopback that spreads requests over the healthy instances. It takes a port of the instances' own.
    pub listen: Option<u16>,
    /// A text that only this component of this environment has, without a dot and beyond guessing: all processes carry
    /// it, and what carries it is ended.
    pub mark: String,
    /// What the caller wants to find again in the state. No secrets: it is written down.
    pub properties: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    pub limits: Limits,
}

/// How long is waited for what, and how much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// From the request to end until an instance is killed.
    pub stop: Duration,
    /// An instance without a port is taken to be healthy once it has lived so long.
    pub alive: Duration,
    /// For an instance to become healthy first: the Auto Scaling group's grace period on AWS.
    pub grace: Duration,
    /// How long an instance may be unhealthy until another takes its place.
    pub patience: Duration,
    /// Between two questions for the health of an instance that was healthy before.
    pub interval: Duration,
    /// An instance healthy for so long has started well: when it dies, it starts again without delay.
    pub steady: Duration,
    /// Before the first restart; doubles with each that follows.
    pub first_delay: Duration,
    pub longest_delay: Duration,
    /// Size at which another file of the log is begun.
    pub log_bytes: u64,
    /// Files of the log, the newest one among them.
    pub log_files: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            stop: Duration::from_secs(10),
            alive: Duration::from_secs(1),
            grace: Duration::from_secs(300),
            patience: Duration::from_secs(60),
            interval: Duration::from_secs(2),
            steady: Duration::from_secs(60),
            first_delay: Duration::from_millis(500),
            longest_delay: Duration::from_secs(30),
            log_bytes: 10 << 20,
            log_files: 5,
        }
    }
}

impl Spec {
    /// Reads it from the text that came through the pipe.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        // What serde says quotes the text, and with it a secret.
        serde_json::from_slice(text).map_err(|error| Error::Spec { line: error.line(), column: error.column() })
    }
}

mod variables {
    use std::collections::BTreeMap;

    use secrecy::{ExposeSecret, SecretString};
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(all: &BTreeMap<String, SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(all.iter().map(|(name, value)| (name, value.expose_secret())))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, SecretString>, D::Error> {
        let all = BTreeMap::<String, String>::deserialize(deserializer)?;
        Ok(all.into_iter().map(|(name, value)| (name, value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn spec() -> Spec {
        Spec {
            component: "web".to_owned(),
            folder: "/nowhere".into(),
            log: "/nowhere/web.log".into(),
            command: vec!["bin/web".to_owned()],
            directory: "/nowhere".into(),
            variables: BTreeMap::from([("KEY".to_owned(), "hunter2".into())]),
            count: 1,
            port: true,
            health: None,
            listen: None,
            mark: "mark".to_owned(),
            properties: BTreeMap::new(),
            limits: Limits::default(),
        }
    }

    #[test]
    fn secrets_pass_through_the_pipe_and_show_nowhere_else() {
        let spec = spec();
        assert!(!format!("{spec:?}").contains("hunter2"));
        let text = serde_json::to_vec(&spec).unwrap();
        assert_eq!(Spec::parse(&text).unwrap().variables["KEY"].expose_secret(), "hunter2");
    }

    #[test]
    fn what_is_wrong_with_a_spec_is_said_without_it() {
        let text = serde_json::to_string(&spec()).unwrap().replace("1,", "\"hunter2\",");
        for wrong in [text.as_str(), "\"hunter2\"", &text[..40], ""] {
            let error = Spec::parse(wrong.as_bytes()).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
