use envctl::definition::{SourceFile, Sources, resolve};
use envctl::ui::diagnostics;
use snapbox::{assert_data_eq, str};

/// A project with a dozen different faults in two files.
fn faulty() -> Sources {
    let shape = r#"app = "shop"

[network]
zones = 1

[compute.web]
artifact = "s3://acme-releases/shop/{relaese}.tar.gz"
comand   = "bin/web"
instance = "db.t4g.small"
count    = { min = 6, max = 2 }
health   = "healthz"
public   = true

[database.main]
engine   = "postgre"
version  = 16.9
instance = "t4g.medium"
storage  = "50 GB"
backups  = "40 days"

[config]
PUBLIC_URL = { audience = true }
"#;
    let staging = r#"template = "shop"
mirrors  = "prd"

[aws]
account = 111111111111
region  = "eu-west-1"
cidr    = "10.0.0.1/16"

[[deliberate]]
path    = "compute.web.count"
reason  = ""
expires = "2027-03-31"
"#;
    let prod = "template = \"shop\"\n[local]\n";
    Sources {
        templates: vec![SourceFile::new("templates/shop.toml", shape)],
        environments: vec![
            SourceFile::new("environments/prod.toml", prod),
            SourceFile::new("environments/staging.toml", staging),
        ],
        previews: vec![],
    }
}

#[test]
fn every_fault_is_shown_with_its_line() {
    let sources = faulty();
    let project = resolve(&sources);
    assert_eq!(project.definitions.len(), 0);
    assert_data_eq!(
        diagnostics::plain(&project.diagnostics, &sources),
        str![[r#"
error[audience-unset]: PUBLIC_URL has no value in this environment
  --> environments/prod.toml:1:1
   |
 1 | template = "shop"
   | ^
   |
  ::: templates/shop.toml:22:1
   |
22 | PUBLIC_URL = { audience = true }
   | ---------- declared here as audience
   |
   = expected: PUBLIC_URL = "…" under [audience.config] of
               environments/prod.toml

error[audience-unset]: PUBLIC_URL has no value in this environment
  --> environments/staging.toml:1:1
   |
 1 | template = "shop"
   | ^
   |
  ::: templates/shop.toml:22:1
   |
22 | PUBLIC_URL = { audience = true }
   | ---------- declared here as audience
   |
   = expected: PUBLIC_URL = "…" under [audience.config] of
               environments/staging.toml

error[unknown-environment]: there is no environment "prd"
 --> environments/staging.toml:2:12
  |
2 | mirrors  = "prd"
  |            ^^^^^
  |
  = expected: the name of a file in environments/, without .toml
  = help: did you mean "prod"?

error[wrong-type]: an integer stands where a text belongs
 --> environments/staging.toml:5:11
  |
5 | account = 111111111111
  |           ^^^^^^^^^^^^
  |
  = expected: a text, twelve digits such as "111111111111"
  = help: did you mean "111111111111"?

error[host-bits]: 10.0.0.1/16 names a host, not a network
 --> environments/staging.toml:7:11
  |
7 | cidr    = "10.0.0.1/16"
  |           ^^^^^^^^^^^^^
  |
  = expected: a private network of /16 to /20 such as "10.20.0.0/16"
  = help: did you mean "10.0.0.0/16"?

error[missing-key]: `owner` is missing
 --> environments/staging.toml:9:1
  |
9 | [[deliberate]]
  | ^^^^^^^^^^^^^^
  |
  = expected: who answers for it

error[empty-text]: "" is not an explanation
  --> environments/staging.toml:11:11
   |
11 | reason  = ""
   |           ^^
   |
   = expected: a text that is not empty

error[wrong-type]: a text where a date belongs
  --> environments/staging.toml:12:11
   |
12 | expires = "2027-03-31"
   |           ^^^^^^^^^^^^
   |
   = expected: a date without quotes such as 2027-03-31
   = help: did you mean 2027-03-31?

error[too-few-zones]: a load balancer and a database need two zones
  --> templates/shop.toml:4:9
   |
 4 | zones = 1
   |         ^
...
12 | public   = true
   | ------ web needs two zones
   |
   = expected: 2 or 3
   = note: concerns prod, staging

error[missing-key]: `command` is missing
 --> templates/shop.toml:6:1
  |
6 | [compute.web]
  | ^^^^^^^^^^^^^
  |
  = expected: such as command = "bin/web"
  = note: concerns prod, staging

error[missing-key]: `port` is missing
  --> templates/shop.toml:6:1
   |
 6 | [compute.web]
   | ^^^^^^^^^^^^^
...
12 | public   = true
   | ------ a public component needs a port
   |
   = expected: such as port = 8080
   = note: concerns prod, staging

error[unknown-placeholder]: unknown placeholder {relaese}
 --> templates/shop.toml:7:37
  |
7 | artifact = "s3://acme-releases/shop/{relaese}.tar.gz"
  |                                     ^^^^^^^^^
  |
  = expected: one of {app}, {environment}, {release}, {audience.domain},
              {database.NAME.url|host|port|name|user|password},
              {compute.NAME.url}, {secret.NAME}
  = help: did you mean {release}?
  = help: literal braces are written twice: {{ and }}
  = note: concerns prod, staging

error[unknown-key]: unknown key `comand`
 --> templates/shop.toml:8:1
  |
8 | comand   = "bin/web"
  | ^^^^^^
  |
  = expected: one of `artifact`, `image`, `command`, `directory`, `workdir`,
              `instance`, `count`, `port`, `health`, `public`, `permissions`
  = help: did you mean command?
  = note: concerns prod, staging

error[invalid-instance]: "db.t4g.small" is a database's instance class
 --> templates/shop.toml:9:12
  |
9 | instance = "db.t4g.small"
  |            ^^^^^^^^^^^^^^
  |
  = expected: an EC2 instance type such as "t4g.small"
  = help: did you mean "t4g.small"?
  = note: concerns prod, staging

error[count-inverted]: the least count 6 is above the greatest, 2
  --> templates/shop.toml:10:29
   |
10 | count    = { min = 6, max = 2 }
   |              ---            ^
   |              |
   |              the least count is set here
   |
   = expected: min ≤ max
   = note: concerns prod, staging

error[invalid-health]: "healthz" is not a health check's path
  --> templates/shop.toml:11:12
   |
11 | health   = "healthz"
   |            ^^^^^^^^^
   |
   = expected: a path that begins with `/` such as "/healthz"
   = note: concerns prod, staging

error[unknown-engine]: unknown value "postgre"
  --> templates/shop.toml:15:12
   |
15 | engine   = "postgre"
   |            ^^^^^^^^^
   |
   = expected: one of "postgres", "mysql", "mariadb"
   = help: did you mean "postgres"?
   = note: concerns prod, staging

error[wrong-type]: a float stands where a text belongs
  --> templates/shop.toml:16:12
   |
16 | version  = 16.9
   |            ^^^^
   |
   = expected: a text such as "16.9"
   = help: did you mean "16.9"?
   = note: concerns prod, staging

error[invalid-instance]: "t4g.medium" lacks the `db.` of a database's instance class
  --> templates/shop.toml:17:12
   |
17 | instance = "t4g.medium"
   |            ^^^^^^^^^^^^
   |
   = expected: an RDS instance class such as "db.t4g.medium"
   = help: did you mean "db.t4g.medium"?
   = note: concerns prod, staging

error[invalid-size]: a disk is a whole number of GiB
  --> templates/shop.toml:18:12
   |
18 | storage  = "50 GB"
   |            ^^^^^^^
   |
   = expected: such as "50 GiB"
   = help: did you mean "50 GiB"?
   = note: concerns prod, staging

error[out-of-range]: 40 days is out of range
  --> templates/shop.toml:19:12
   |
19 | backups  = "40 days"
   |            ^^^^^^^^^
   |
   = expected: 0 days to 35 days
   = note: concerns prod, staging

21 errors

"#]]
    );
}

#[test]
fn rules_between_files_show_both_places() {
    let shape = "app = \"shop\"\n[compute.web]\nimage = \"shop:1\"\ncommand = \"x\"\ninstance = \"t4g.small\"\nport = 80\npublic = true\n[config]\nPUBLIC_URL = { audience = true }\nDB = \"{database.main.url}\"\n";
    let own = "template = \"shop\"\n[aws]\naccount = \"111111111111\"\nregion = \"eu-west-1\"\n";
    let sources = Sources {
        templates: vec![SourceFile::new("templates/shop.toml", shape)],
        environments: vec![SourceFile::new("environments/prod.toml", own)],
        previews: vec![],
    };
    assert_data_eq!(
        diagnostics::plain(&resolve(&sources).diagnostics, &sources),
        str![[r#"
error[audience-unset]: PUBLIC_URL has no value in this environment
 --> environments/prod.toml:1:1
  |
1 | template = "shop"
  | ^
  |
 ::: templates/shop.toml:9:1
  |
9 | PUBLIC_URL = { audience = true }
  | ---------- declared here as audience
  |
  = expected: PUBLIC_URL = "…" under [audience.config] of
              environments/prod.toml

error[missing-key]: `allow` is missing: nobody reaches the public components
 --> environments/prod.toml:1:1
  |
1 | template = "shop"
  | ^
  |
 ::: templates/shop.toml:7:1
  |
7 | public = true
  | ------ web is public
  |
  = expected: such as allow = ["203.0.113.0/24"] under [audience]
  = help: allow = ["0.0.0.0/0", "::/0"] lets in everyone

warning[plain-http]: web is reached over plain HTTP: no certificate is given
 --> environments/prod.toml:1:1
  |
1 | template = "shop"
  | ^
  |
 ::: templates/shop.toml:7:1
  |
7 | public = true
  | ------ web is public
  |
  = expected: certificate = "arn:aws:acm:…" under [audience]

error[undeclared-database]: there is no database main
  --> templates/shop.toml:10:7
   |
10 | DB = "{database.main.url}"
   |       ^^^^^^^^^^^^^^^^^^^
   |
   = expected: a table [database.main]
   = note: concerns prod

3 errors, 1 warning

"#]]
    );
}

#[test]
fn the_json_form_has_a_version() {
    let sources = Sources {
        templates: Vec::new(),
        environments: vec![SourceFile::new("environments/dev.toml", "app = \"shop\"\n[local]\n[compute]\n[databse]\n")],
        previews: vec![],
    };
    let json = diagnostics::json(&resolve(&sources).diagnostics);
    assert_data_eq!(
        serde_json::to_string_pretty(&json).unwrap(),
        str![[r#"
{
  "format_version": 1,
  "diagnostics": [
    {
      "severity": "error",
      "code": "unknown-key",
      "message": "unknown key `databse`",
      "file": "environments/dev.toml",
      "line": 4,
      "column": 2,
      "span": {
        "start": 32,
        "end": 39
      },
      "expected": "one of `template`, `app`, `network`, `compute`, `database`, `config`, `secrets`, `mirrors`, `release`, `protected`, `aws`, `local`, `audience`, `data`, `deliberate`",
      "suggestion": "database",
      "environments": [
        "dev"
      ]
    }
  ]
}
"#]]
    );
}

#[test]
fn colour_adds_nothing_but_escapes() {
    let sources = faulty();
    let found = resolve(&sources).diagnostics;
    let styled = diagnostics::human(&found, &sources);
    assert_ne!(styled, diagnostics::plain(&found, &sources));
    assert_eq!(anstream::adapter::strip_str(&styled).to_string(), diagnostics::plain(&found, &sources));
}

#[test]
fn nothing_to_say_is_no_text() {
    assert_eq!(diagnostics::plain(&[], &Sources::default()), "");
}

#[test]
fn what_nobody_would_read_is_counted_and_not_shown() {
    let mut sources = faulty();
    sources.environments[0].text = (0..2_000).map(|number| format!("a{number}=1\n")).collect();
    let found = resolve(&sources).diagnostics;
    assert!(found.len() > 2_000, "{}", found.len());
    let shown = diagnostics::plain(&found, &sources);
    assert!(shown.contains(&format!("and {} more, which `--format json` shows", found.len() - 200)));
    assert!(shown.lines().count() < 5_000, "{}", shown.lines().count());
    assert!(shown.trim_end().lines().last().unwrap().contains(&found.len().to_string()));
    assert_eq!(diagnostics::json(&found)["diagnostics"].as_array().unwrap().len(), found.len());
}
