use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::cloud_config::unit_name;
use super::draft::Draft;
use super::problem::Problem;
use super::reader::{Reader, holds_password};
use crate::aws::names;
use crate::model::{
    Address, Compute, DatabaseField, Engine, Environment, LONGEST_DATABASE, LONGEST_USER, Name, Source, Value,
};

/// What the user data of a component's instances is made from.
#[derive(Clone, Copy, Debug)]
pub struct Boot<'a> {
    pub environment: &'a Environment,
    pub component: &'a Name,
    /// The component itself, one of the environment's.
    pub compute: &'a Compute,
    /// As AWS writes it: `eu-west-1`.
    pub region: &'a str,
    /// The build to run: what `{release}` stands for.
    pub release: &'a str,
}

/// The longest that RDS makes a host: the identifier, then `.`, an account's label, the region and the domain.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CommonTasks.Connect.html>
const HOST: usize = names::RDS + 64;
const PORT: usize = 5;
/// `arn:aws-us-gov:secretsmanager:REGION:ACCOUNT:secret:`, and the hyphen and six characters at the end.
const SECRET_ARN: usize = 80;
/// What RDS calls the secret of a master user: `rds!db-` and a UUID.
const MASTER_SECRET: usize = 43;

/// What else of the user data hangs on the manifest.
pub struct Written {
    /// How many of its bytes are config.
    pub config: usize,
    /// Whether the component gets a database's password, which RDS rotates.
    pub passwords: bool,
    /// Whether it brings migrations along.
    pub migrations: bool,
}

/// Writes the manifest, indented for a YAML block.
///
/// Its text is ASCII whatever the values hold: YAML takes some other characters for line breaks and refuses others.
pub fn write(boot: &Boot, indent: &str, draft: &mut Draft) -> Result<Written, Vec<Problem>> {
    let mut reader = Reader::new(boot);
    let migrations = migrations(boot);
    for name in migrations.keys() {
        reader.databases.entry((*name).clone()).or_default().insert(DatabaseField::Url);
    }
    let source = match &boot.compute.source {
        Source::Artifact(text) | Source::Image(text) => {
            reader.plain(&format!("the source of component {}", boot.component), text)
        }
    };
    let command = reader.command();
    let config = reader.config();
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    let kind = match boot.compute.source {
        Source::Artifact(_) => "artifact",
        Source::Image(_) => "image",
    };
    let mut defaults = Map::from_iter([
        ("AWS_REGION".to_owned(), json!(boot.region)),
        ("AWS_DEFAULT_REGION".to_owned(), json!(boot.region)),
    ]);
    if let Some(port) = boot.compute.port {
        defaults.insert("PORT".to_owned(), json!(port.to_string()));
    }
    let identity = json!({
        "ENVCTL_APP": boot.environment.app,
        "ENVCTL_COMPONENT": boot.component,
        "ENVCTL_ENVIRONMENT": boot.environment.name,
        "ENVCTL_RELEASE": boot.release,
    });
    let config_lines = entries(&config);
    let mut page = Page { draft, indent };
    page.line("{");
    for (key, value) in [
        ("kind", json!(kind)),
        ("unit", json!(unit_name(boot.component).trim_end_matches(".service"))),
        ("region", json!(boot.region)),
        ("source", json!(source)),
        ("folder", json!(folder(boot.release))),
        ("workdir", json!(boot.compute.workdir)),
        ("command", json!(command)),
        ("defaults", Json::Object(defaults)),
        ("identity", identity),
        ("clients", json!(clients(boot, &migrations))),
        ("migrations", json!(migrations)),
    ] {
        page.line(&format!("\"{key}\": {},", ascii(&value)));
    }
    page.section("databases", reader.databases.iter(), |page, (name, fields)| page.database(boot, name, fields));
    page.section("secrets", boot.environment.shape.secrets.keys(), |page, key| {
        // Its ARN is another one when its value was taken away and set again.
        let reference = Address::new("secret", key.as_str()).attribute("name");
        let name = names::secret_name(boot.environment.app.as_str(), boot.environment.name.as_str(), key);
        page.draft.text(&format!("{}: ", ascii(&json!(key))));
        page.quoted(reference, name.len());
    });
    page.line(&format!("\"config\": {{{}", if config_lines.is_empty() { "}" } else { "" }));
    for (index, line) in config_lines.iter().enumerate() {
        page.line(&format!("  {line}{}", if index + 1 < config_lines.len() { "," } else { "}" }));
    }
    page.line("}");
    Ok(Written {
        config: config_lines.iter().map(|line| line.len() + indent.len() + 4).sum(),
        passwords: reader.databases.values().flatten().any(|field| holds_password(*field)),
        migrations: !migrations.is_empty(),
    })
}

/// The folders of the build that hold migrations, by database.
fn migrations<'a>(boot: &'a Boot) -> BTreeMap<&'a Name, String> {
    let databases = boot.environment.shape.database.iter();
    databases
        .filter_map(|(name, database)| Some((name, boot.compute.in_build(database.migrations.as_ref()?)?)))
        .collect()
}

/// The packages of Amazon Linux 2023 with which they are applied, parted by spaces. A client serves newer servers, too.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_GettingStarted.CreatingConnecting.PostgreSQL.html>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_GettingStarted.CreatingConnecting.MySQL.html>
fn clients(boot: &Boot, migrations: &BTreeMap<&Name, String>) -> String {
    let engines = migrations.keys().filter_map(|name| boot.environment.shape.database.get(*name));
    let packages: BTreeSet<&str> = engines
        .map(|database| match database.engine {
            Engine::Postgres => "postgresql15",
            Engine::Mysql | Engine::Mariadb => "mariadb105",
        })
        .collect();
    packages.into_iter().collect::<Vec<_>>().join(" ")
}

/// Where an artifact is unpacked. A release is any text, a folder's name is not.
fn folder(release: &str) -> String {
    let known = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    let plain = (1..=100).contains(&release.len()) && release.chars().all(known) && !release.starts_with(['.', '-']);
    let name = if plain { release.to_owned() } else { names::token(&[release]) };
    format!("/opt/app/releases/{name}")
}

fn entries(map: &BTreeMap<&str, Json>) -> Vec<String> {
    map.iter().map(|(key, value)| format!("{}: {}", ascii(&json!(key)), ascii(value))).collect()
}

/// JSON in ASCII.
fn ascii(json: &Json) -> String {
    let mut text = String::new();
    for c in json.to_string().chars() {
        if matches!(c, ' '..='~') {
            text.push(c);
        } else {
            // Outside of its texts JSON is ASCII, so this stands within one.
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}")));
        }
    }
    text
}

/// Writes lines of JSON.
struct Page<'a> {
    draft: &'a mut Draft,
    indent: &'a str,
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.draft.text(&format!("{}{line}\n", self.indent));
    }

    /// An object with one member a line.
    fn section<T>(&mut self, key: &str, members: impl Iterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.draft.text(&format!("{}\"{key}\": {{", self.indent));
        for (index, member) in members.enumerate() {
            self.draft.text(&format!("{}\n{}  ", if index > 0 { "," } else { "" }, self.indent));
            write(self, member);
        }
        self.draft.text("},\n");
    }

    /// A reference between quotes. Hosts, ports, names and ARNs hold nothing that JSON escapes.
    fn quoted(&mut self, value: Value, longest: usize) {
        self.draft.text("\"");
        if let Value::Reference(reference) = value {
            self.draft.reference(reference, longest);
        }
        self.draft.text("\"");
    }

    fn database(&mut self, boot: &Boot, name: &Name, fields: &BTreeSet<DatabaseField>) {
        let scheme = boot.environment.shape.database.get(name).map_or("", |database| database.engine.scheme());
        self.draft.text(&format!("\"{name}\": {{\"scheme\": \"{scheme}\""));
        let whole = fields.contains(&DatabaseField::Url);
        for (field, attribute, longest) in [
            (DatabaseField::Host, "host", HOST),
            (DatabaseField::Port, "port", PORT),
            (DatabaseField::Name, "name", LONGEST_DATABASE),
            (DatabaseField::User, "user", LONGEST_USER),
            (DatabaseField::Password, "secret", SECRET_ARN + MASTER_SECRET),
        ] {
            if whole || fields.contains(&field) {
                self.draft.text(&format!(", \"{attribute}\": "));
                self.quoted(Address::new("database", name.as_str()).attribute(attribute), longest);
            }
        }
        self.draft.text("}");
    }
}
