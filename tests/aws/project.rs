use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::support::command::{fed, run};
use crate::support::example;
use crate::support::strict::Strict;

pub const STAGING: &str = "111111111111";
pub const PROD: &str = "222222222222";

/// The shipped example in a folder of the test's own, and an AWS to run it on.
pub struct Project {
    folder: TempDir,
    pub aws: Strict,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Project {
    pub fn new(speed: u32) -> Self {
        let project = Self { folder: tempfile::tempdir().expect("a folder can be made"), aws: Strict::start(speed) };
        example::put_into(project.folder.path());
        project.certify("staging", STAGING);
        project.certify("prod", PROD);
        project
    }

    /// Nothing of it exists, and nothing ever did.
    pub fn anew(&self) {
        self.aws.reset();
        self.certify("staging", STAGING);
    }

    fn certify(&self, environment: &str, account: &str) {
        let certificate = self.certificate(account);
        self.edit(&format!("environments/{environment}.toml"), |text| {
            let line = text.lines().find(|line| line.starts_with("certificate")).expect("it has one").to_owned();
            text.replace(&line, &format!("certificate = \"{certificate}\""))
        });
    }

    /// Lets an environment's definition say another release.
    pub fn release(&self, environment: &str, release: &str) {
        self.edit(&format!("environments/{environment}.toml"), |text| {
            let line = text.lines().find(|line| line.starts_with("release")).expect("it has one").to_owned();
            text.replace(&line, &format!("release  = \"{release}\""))
        });
    }

    /// With a second environment of staging's shape in its account, which the same credentials can see.
    pub fn with_twin(speed: u32) -> Self {
        let project = Self::new(speed);
        let staging = fs::read_to_string(project.file("environments/staging.toml")).expect("staging can be read");
        let line = staging.lines().find(|line| line.starts_with("certificate")).expect("staging has one");
        let twin = staging
            .replace(line, &format!("certificate = \"{}\"", project.certificate(STAGING)))
            // AWS joins no networks of one range.
            .replace("[aws]\n", "[aws]\ncidr = \"10.1.0.0/16\"\n")
            .replace("environments/staging/seed.sql", "environments/twin/seed.sql")
            .replace("mirrors  = \"prod\"", "mirrors  = \"staging\"");
        let (kept, _) = twin.split_once("[[deliberate]]").expect("staging has a waiver");
        project.edit("environments/twin.toml", |_| kept.to_owned());
        project
    }

    /// A certificate of the account, as somebody would have asked for at the console.
    pub fn certificate(&self, account: &str) -> String {
        self.aws.by_hand(account, include_str!("certificate.py"))
    }

    /// Lets staging keep its data, as the example does not.
    pub fn keep_data(&self) {
        self.edit("environments/staging.toml", |text| text.replace("throwaway = true", "throwaway = false"));
    }

    /// What looks at all environments then looks into one account.
    pub fn with_staging_alone(&self) {
        self.replace("environments/staging.toml", "mirrors  = \"prod\" # `envctl check` compares the two", "");
        for name in ["dev", "prod"] {
            fs::remove_file(self.file(&format!("environments/{name}.toml"))).unwrap();
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn edit(&self, name: &str, change: impl FnOnce(String) -> String) {
        let path = self.file(name);
        let text = fs::read_to_string(&path).unwrap_or_default();
        fs::write(&path, change(text)).expect("the project is writable");
    }

    pub fn replace(&self, name: &str, from: &str, to: &str) {
        self.edit(name, |text| {
            assert!(text.contains(from), "{name} has no {from:?}:\n{text}");
            text.replacen(from, to, 1)
        });
    }

    pub fn command(&self, account: &str, line: &str) -> Command {
        let mut command = self.aws.envctl(account, self.path());
        command.args(line.split_whitespace());
        command
    }

    pub fn envctl(&self, account: &str, line: &str) -> Ended {
        let (code, out, err) = run(&mut self.command(account, line));
        Ended { code, out, err }
    }

    /// Gives an environment of staging's account the one secret that nobody generates.
    pub fn set_secret(&self, environment: &str) {
        let mut command = self.command(STAGING, &format!("secret set {environment} STRIPE_KEY"));
        let (code, _, err) = fed(&mut command, &format!("of-{environment}-alone-and-of-nobody-else"));
        assert_eq!(code, 0, "{err}");
    }

    /// In staging's account.
    pub fn staging(&self, line: &str) -> Ended {
        self.envctl(STAGING, line)
    }

    /// In staging's account; what is asked for must be done wholly.
    pub fn done(&self, line: &str) -> Ended {
        let ended = self.staging(line);
        assert_eq!(ended.code, 0, "envctl {line}\n{}\n{}", ended.out, ended.err);
        ended
    }
}

/// The names and kinds of all that exists in staging's account and is to go with its environments: what a crash must not
/// multiply.
pub fn census(project: &Project) -> Vec<String> {
    let line = |resource: &Json| {
        // What RDS calls a password's secret is random.
        let name =
            resource["name"].as_str().map_or("", |name| if name.starts_with("rds!db-") { "rds!db" } else { name });
        format!("{} {name} {}", resource["kind"], resource["tags"]["envctl:resource"])
    };
    let mut all: Vec<String> = project.aws.inventory(STAGING).iter().filter(|one| !remains(one)).map(line).collect();
    all.sort();
    all
}

/// The resources that stay when an environment is gone: the final snapshot, secrets in their recovery window, and the
/// record of what was done.
pub fn remains(resource: &Json) -> bool {
    resource["kind"] == "secret" && resource["properties"]["planned_deletion"] == true
        || resource["tags"]["envctl:resource"] == "record.main"
        || resource["kind"].as_str().is_some_and(|kind| kind.contains("snapshot"))
}

pub fn of_kind<'a>(inventory: &'a [Json], kind: &str) -> Vec<&'a Json> {
    inventory.iter().filter(|resource| resource["kind"] == kind).collect()
}
