use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use envctl::audit::{Audit, Seen, audit, seal};
use envctl::definition::{Project, SourceFile, Sources, resolve};
use envctl::model::{Definition, Exposure, Key, Name, Sealed};
use jiff::civil::{Date, date};

pub const TODAY: Date = date(2026, 11, 25);

/// A shop in two accounts and networks. Both sides can be given more.
pub const TEMPLATE: &str = r#"
app = "shop"
[compute.web]
artifact = "s3://acme-releases/shop/{release}.tar.gz"
command  = "bin/web"
instance = "t4g.small"
port     = 8080
health   = "/healthz"
public   = true
[database.main]
engine   = "postgres"
version  = "16.9"
instance = "db.t4g.medium"
storage  = "50 GiB"
[config]
DATABASE_URL = "{database.main.url}"
LOG_LEVEL    = "info"
[secrets]
SESSION_KEY = { generate = 48 }
STRIPE_KEY  = {}
"#;

const PROD: &str = r#"
template  = "shop"
protected = true
release   = "1.4.2"
[aws]
account = "222222222222"
region  = "eu-west-1"
cidr    = "10.20.0.0/16"
[audience]
domain      = "shop.example"
certificate = "arn:aws:acm:eu-west-1:222222222222:certificate/p"
allow       = ["0.0.0.0/0"]
"#;

const STAGING: &str = r#"
template = "shop"
mirrors  = "prod"
release  = "1.5.0"
[aws]
account = "111111111111"
region  = "eu-west-1"
cidr    = "10.10.0.0/16"
[audience]
domain      = "staging.shop.example"
certificate = "arn:aws:acm:eu-west-1:111111111111:certificate/s"
allow       = ["203.0.113.0/24"]
"#;

/// A project of which everything is known that a test puts in.
pub struct World {
    template: String,
    environments: BTreeMap<String, String>,
    values: Vec<(&'static str, &'static str, String)>,
    live: BTreeMap<Name, Exposure>,
    resolved: BTreeMap<String, BTreeSet<IpAddr>>,
}

pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

impl World {
    pub fn new() -> Self {
        let environments = [("prod", PROD), ("staging", STAGING)];
        Self {
            template: TEMPLATE.to_owned(),
            environments: environments.map(|(name, text)| (name.to_owned(), text.to_owned())).into(),
            values: Vec::new(),
            live: BTreeMap::new(),
            resolved: BTreeMap::new(),
        }
    }

    /// More of an environment's file.
    pub fn with(mut self, environment: &str, toml: &str) -> Self {
        let text = self.environments.entry(environment.to_owned()).or_default();
        text.push('\n');
        text.push_str(toml);
        self
    }

    /// What DNS says of a host.
    pub fn resolves(mut self, host: &str, address: &str) -> Self {
        self.resolved.entry(host.to_owned()).or_default().insert(address.parse().unwrap());
        self
    }

    /// One text for another in an environment's file.
    pub fn but(mut self, environment: &str, this: &str, that: &str) -> Self {
        let text = self.environments.get_mut(environment).unwrap();
        assert!(text.contains(this), "{this}");
        *text = text.replace(this, that);
        self
    }

    pub fn template(mut self, toml: &str) -> Self {
        self.template.push_str(toml);
        self
    }

    /// A config value of an environment.
    pub fn config(self, environment: &str, key: &str, value: &str) -> Self {
        // Of JSON the braces are no placeholders'. A text of JSON is one of TOML.
        let is_json = value.starts_with("{\"");
        let value = if is_json { value.replace('{', "{{").replace('}', "}}") } else { value.to_owned() };
        let value = serde_json::Value::String(value);
        self.with(environment, &format!("config.{key} = {value}"))
    }

    /// A secret's value, known to its environment alone.
    pub fn secret(mut self, environment: &'static str, secret: &'static str, value: &str) -> Self {
        self.values.push((environment, secret, value.to_owned()));
        self
    }

    pub fn live(mut self, environment: &str, change: impl FnOnce(&mut Exposure)) -> Self {
        let account = if environment == "prod" { "222222222222" } else { "111111111111" };
        let exposure = self.live.entry(name(environment)).or_insert_with(|| Exposure {
            account: account.to_owned(),
            region: "eu-west-1".to_owned(),
            ..Exposure::default()
        });
        change(exposure);
        self
    }

    pub fn project(&self) -> Project {
        let environments = self.environments.iter();
        let sources = Sources {
            templates: vec![SourceFile::new("templates/shop.toml", self.template.clone())],
            // Keys of the top come before tables.
            environments: environments
                .map(|(name, text)| SourceFile::new(format!("environments/{name}.toml"), sorted(text)))
                .collect(),
            previews: vec![],
        };
        let project = resolve(&sources);
        assert!(!project.is_faulty(), "{:#?}", project.diagnostics);
        project
    }

    pub fn audit_only(&self, only: &[&str]) -> Audit {
        let project = self.project();
        let key = Key::new(&[3; 64]);
        let mut secrets: BTreeMap<Name, BTreeMap<String, Sealed>> = BTreeMap::new();
        for (environment, secret, value) in &self.values {
            let sealed = seal(&project.definitions, &key, secret, value);
            secrets.entry(name(environment)).or_default().insert((*secret).to_owned(), sealed);
        }
        let only: Vec<Name> = only.iter().map(|text| name(text)).collect();
        let (definitions, live, resolved) = (&project.definitions, &self.live, &self.resolved);
        audit(&Seen { definitions, secrets: &secrets, live, resolved, key: &key, today: TODAY }, &only)
    }

    pub fn audit(&self) -> Audit {
        self.audit_only(&[])
    }

    /// Each finding as `severity code environments>owners path`.
    pub fn found(&self) -> Vec<String> {
        self.audit().findings.iter().map(line).collect()
    }
}

pub fn judge(
    definitions: &BTreeMap<Name, Definition>,
    secrets: &BTreeMap<Name, BTreeMap<String, Sealed>>,
    live: &BTreeMap<Name, Exposure>,
    key: &Key,
    only: &[Name],
) -> Audit {
    audit(&Seen { definitions, secrets, live, resolved: &BTreeMap::new(), key, today: TODAY }, only)
}

pub fn line(finding: &envctl::audit::Finding) -> String {
    let names = |names: &[Name]| names.iter().map(Name::as_str).collect::<Vec<_>>().join(",");
    let severity = format!("{:?}", finding.severity).to_lowercase();
    let owners = if finding.owners.is_empty() { String::new() } else { format!(">{}", names(&finding.owners)) };
    format!("{severity} {} {}{owners} {}", finding.code.as_str(), names(&finding.environments), finding.path)
}

/// A file with its dotted keys before its tables.
fn sorted(text: &str) -> String {
    let (keys, rest): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("config."));
    [keys, rest].concat().join("\n")
}
