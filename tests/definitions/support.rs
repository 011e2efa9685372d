use envctl::definition::{Diagnostic, Project, SourceFile, Sources, resolve};
use envctl::model::{Definition, Name};

/// A definition that is right, and as small as one can be with every part in it.
pub const SHAPE: &str = r#"app = "shop"
[network]
zones = 2
[compute.web]
image = "shop:{release}"
command = "bin/web"
instance = "t4g.small"
count = { min = 2, max = 6 }
port = 8080
health = "/healthz"
public = true
[[compute.web.permissions]]
actions = ["s3:GetObject"]
resources = ["arn:aws:s3:::b/*"]
[database.main]
engine = "postgres"
version = "16.9"
instance = "db.t4g.medium"
storage = "50 GiB"
backups = "7 days"
[database.main.parameters]
work_mem = "64"
[config]
LOG_LEVEL = "info"
URL = "{database.main.url}"
PUBLIC_URL = { audience = true }
[secrets]
SESSION_KEY = { generate = 48 }
"#;

pub const OWN: &str = r#"template = "shop"
mirrors = "prod"
release = "1.5.0"
[aws]
account = "111111111111"
region = "eu-west-1"
cidr = "10.1.0.0/16"
[audience]
domain = "staging.shop.example"
certificate = "arn:aws:acm:eu-west-1:111111111111:certificate/a"
allow = ["203.0.113.0/24"]
[audience.config]
PUBLIC_URL = "https://staging.shop.example"
[data.main]
seed = "seeds/fake.sql"
[[deliberate]]
path = "compute.web.count"
reason = "enough"
owner = "platform"
expires = 2027-03-31
"#;

const PROD: &str = r#"template = "shop"
[local]
[audience]
domain = "shop.example"
config.PUBLIC_URL = "https://shop.example"
"#;

pub fn sources(shape: &str, own: &str) -> Sources {
    Sources {
        templates: vec![SourceFile::new("templates/shop.toml", shape)],
        environments: vec![
            SourceFile::new("environments/prod.toml", PROD),
            SourceFile::new("environments/staging.toml", own),
        ],
        previews: vec![],
    }
}

pub fn project(shape: &str, own: &str) -> Project {
    resolve(&sources(shape, own))
}

/// The staging environment of a project without faults.
pub fn staging(shape: &str, own: &str) -> Definition {
    let project = project(shape, own);
    assert_eq!(project.diagnostics, []);
    project.definitions[&Name::new("staging").unwrap()].clone()
}

/// The fault as one line: place, code, what is marked, and the suggestion.
pub fn line(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let marked = &sources.get(&diagnostic.origin.file).unwrap().text[diagnostic.span.clone()];
    let suggestion = diagnostic.suggestion.as_ref().map(|text| format!(" -> {text}")).unwrap_or_default();
    format!("{} {} [{marked}]{suggestion}", diagnostic.origin, diagnostic.code)
}
