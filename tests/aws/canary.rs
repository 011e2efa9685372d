//! No value of a secret is anywhere but where it belongs, on AWS: whatever command runs, in whatever format, however much it
//! logs, and whatever goes wrong.
//!
//! Values belong into Secrets Manager, into what `run` starts, and for a moment into the engine's own client. `secret get`
//! exists to print one. The caller's own credentials belong nowhere.

use std::fs;

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::project::{Project, STAGING};
use crate::laptop::commands::{self, LOOKS, WRONG, well};
use crate::laptop::{cage, watch};
use crate::support::canary::Canaries;
use crate::support::command::{fed, run};

const CALLER: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY\"zKEY";
/// Whoever asks for what the SDK itself writes gets no more of it.
const LEVELS: [&str; 2] =
    ["-vv --log trace", "--log trace,aws_smithy_runtime=trace,aws_sigv4=trace,aws_config=trace,hyper_util=trace"];

struct Cage {
    project: Project,
    /// Files that somebody has written, with a value in some of them.
    hand: TempDir,
    canaries: Canaries,
}

impl Cage {
    fn new() -> Self {
        let project = Project::with_twin(600);
        let more = "[config]\nBEARER = \"Bearer {secret.STRIPE_KEY}\"\nDSN = \"password={database.main.password}\"";
        project.replace("templates/shop.toml", "[config]", more);
        let hand = tempfile::tempdir().unwrap();
        cage::write_by_hand(hand.path());
        let mut canaries = Canaries::default();
        canaries.add("the caller's key", CALLER);
        canaries.add("what is set", cage::SET);
        Self { project, hand, canaries }
    }

    /// A command's answer, which has given nothing away.
    #[track_caller]
    fn quiet(&self, line: &str) -> (i32, String) {
        let line = line.replace("HAND", self.hand.path().to_str().unwrap());
        let mut command = self.project.command(STAGING, &line);
        command.env("AWS_SECRET_ACCESS_KEY", CALLER).env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace");
        let (code, out, err) = run(&mut command);
        let mut told = self.canaries.told(&out);
        if line.starts_with("secret get staging STRIPE_KEY") && code == 0 {
            assert!(told.remove("what is set"), "{line} prints it");
        }
        told.extend(self.canaries.told(&err));
        assert!(told.is_empty(), "`envctl {line}` gives away {told:?}:\n{out}\n{err}");
        assert!((0..70).contains(&code) || code == 127, "{line}: {code}\n{out}\n{err}");
        (code, format!("{out}\n{err}"))
    }

    #[track_caller]
    fn ends(&self, line: &str, code: i32) -> String {
        let (ended, said) = self.quiet(line);
        assert_eq!(ended, code, "envctl {line}\n{said}");
        said
    }

    /// Brings both up. What is generated is known when that is done, and what was said until then is gone through again.
    fn up(&mut self) {
        let mut set = self.project.command(STAGING, "secret set staging STRIPE_KEY -vv --log trace");
        let (code, out, err) = fed(&mut set, cage::SET);
        assert_eq!(code, 0, "{err}");
        self.project.set_secret("twin");
        let said = ["up staging --yes --format json -vv --log trace", "up twin --yes -vv --log trace"];
        let said = out + &err + &said.map(|line| self.ends(line, 0)).concat();
        for (name, value) in self.held() {
            self.canaries.add(&name, &value);
        }
        assert!(self.canaries.values().len() > 6, "{:?}", self.canaries.values());
        let told = self.canaries.told(&said);
        assert!(told.is_empty(), "{told:?} in {said}");
    }

    /// The secrets of both environments, as Secrets Manager holds them.
    fn held(&self) -> Vec<(String, String)> {
        let all = self.project.aws.by_hand(STAGING, HELD);
        let all: Vec<(String, String)> = serde_json::from_str(&all).unwrap();
        all.into_iter().filter(|(name, value)| !name.ends_with("/envctl.record") && value != cage::SET).collect()
    }

    /// Each command in each of its formats.
    fn every_command(&self, levels: &[&str]) {
        for command in commands::all().iter().filter(|command| command.name != "supervise") {
            let line = on_aws(well(&command.name).0);
            for (format, level) in
                command.format_options().flat_map(|format| levels.iter().map(move |level| (format.clone(), level)))
            {
                self.quiet(&cage::with(&line, &format!("{format} {level}")));
            }
        }
    }

    /// What tells of the present state, whatever that is; and all that was written.
    fn look(&self) {
        for line in LOOKS.map(on_aws) {
            self.quiet(&cage::with(&line, LEVELS[0]));
        }
        let mut files = Vec::new();
        cage::collect(self.project.path(), &mut files);
        assert!(files.iter().any(|file| file.ends_with("qa.plan")), "{files:?}");
        for file in files {
            let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
            assert!(self.canaries.told(&text).is_empty(), "{} holds a secret", file.display());
        }
    }

    /// What AWS knows beside the secrets' own values: tags, user data, policies, names, the record of what was done; and
    /// what it was asked, where that is no secret's value either.
    fn aws_keeps_none(&self) {
        let record = self.project.aws.by_hand(STAGING, RECORDS);
        let known = Json::from(self.project.aws.inventory(STAGING)).to_string()
            + &Json::from(self.project.aws.calls()).to_string()
            + &record;
        assert!(known.contains("LaunchTemplateData") && record.contains("entries"), "they can be looked at: {record}");
        let told = self.canaries.told(&known);
        assert!(told.is_empty(), "AWS was told {told:?} outside of a secret");
    }
}

const HELD: &str = "
import json
secrets = client('secretsmanager')
held = []
for page in secrets.get_paginator('list_secrets').paginate():
    for secret in page['SecretList']:
        value = secrets.get_secret_value(SecretId=secret['ARN'])['SecretString']
        if secret['Name'].startswith('rds!'):
            value = json.loads(value)['password']
        held.append((secret['Name'], value))
print(json.dumps(held))";

const RECORDS: &str = "
secrets = client('secretsmanager')
for secret in secrets.list_secrets()['SecretList']:
    if {'Key': 'envctl:resource', 'Value': 'record.main'} in secret['Tags']:
        print(secrets.get_secret_value(SecretId=secret['ARN'])['SecretString'])";

/// The laptop's two environments by the names that two have here.
fn on_aws(line: &str) -> String {
    let word = |word: &str| match word {
        "qa" => "staging".to_owned(),
        "live" => "twin".to_owned(),
        word => word.to_owned(),
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn no_value_is_told_on_aws_either_whatever_runs_and_whatever_goes_wrong() {
    let watch = watch::Watch::start();
    let mut cage = Cage::new();
    cage.up();
    cage.ends("plan staging --out qa.plan", 0);
    cage.every_command(&LEVELS[..1]);
    for line in WRONG.map(on_aws) {
        cage.quiet(&cage::with(&line, LEVELS[1]));
    }
    what_aws_refuses(&cage);
    a_bad_day(&cage);
    cage.ends("promote staging twin --min-age 0s --watch 5s --yes --format json -vv --log trace", 0);
    cage.ends("rollback twin --yes --format json -vv --log trace", 0);
    cage.aws_keeps_none();
    cage.ends("down staging --yes --allow-data-loss database.main --format json -vv --log trace", 0);
    cage.look();
    cage.aws_keeps_none();
    for process in watch.seen() {
        let arguments = process.arguments.join(" ");
        let told = cage.canaries.told(&arguments);
        assert!(told.is_empty(), "the arguments of {} give away {told:?}: {arguments}", process.program());
    }
    cage.project.aws.assert_no_violations();
}

/// Answers may repeat what was sent.
fn what_aws_refuses(cage: &Cage) {
    fs::write(cage.hand.path().join("long"), cage::SET.repeat(3000)).unwrap();
    cage.ends("secret set staging STRIPE_KEY --file HAND/long -vv --log trace", 2);
    let reads = ["secret get staging STRIPE_KEY", "audit --live --secrets", "run staging -- true"];
    let writes = ["secret set staging STRIPE_KEY --file HAND/value", "secret import staging HAND/values.env"];
    let looks = ["plan staging", "db staging -- -c select(1)", "doctor staging"];
    let denied = [("secretsmanager:GetSecretValue", &reads[..]), ("secretsmanager:PutSecretValue", &writes[..])];
    for (action, lines) in denied.into_iter().chain([("rds:Describe*", &looks[..]), ("sts:*", &looks[..1])]) {
        cage.project.aws.deny(&[action]);
        for line in lines {
            let (code, said) = cage.quiet(&cage::with(line, LEVELS[0]));
            assert_ne!(code, 0, "{line} without {action}: {said}");
        }
    }
    cage.project.aws.deny(&[]);
}

fn a_bad_day(cage: &Cage) {
    let faults = [
        json!({ "fault": "throttle", "probability": 0.3 }),
        json!({ "fault": "fail", "when": "after", "probability": 0.1 }),
        json!({ "fault": "page", "when": "after", "probability": 0.1 }),
        json!({ "fault": "cut", "when": "after", "probability": 0.1 }),
    ];
    cage.project.aws.faults(1, &json!(faults));
    cage.quiet("secret set staging STRIPE_KEY --file HAND/value -vv --log trace");
    cage.project.release("staging", "1.6.0");
    for line in ["up staging --yes", "secret get staging STRIPE_KEY", "run staging -- true", "audit --live --secrets"] {
        cage.quiet(&cage::with(line, LEVELS[0]));
    }
    cage.project.aws.no_faults();
    cage.ends("up staging --yes", 0);
}
