use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use super::{Days, EngineVersion, Name, Size, Text};

/// What must be the same in every copy of the product.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shape {
    pub network: Network,
    pub compute: BTreeMap<Name, Compute>,
    pub database: BTreeMap<Name, Database>,
    pub config: BTreeMap<String, ConfigValue>,
    pub secrets: BTreeMap<String, SecretSpec>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Network {
    /// In how many availability zones the environment stands, 1–3 (a load balancer and a database need two).
    pub zones: u8,
    pub egress: Egress,
}

/// How private compute reaches the internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Egress {
    /// A NAT gateway in each zone: a lost zone takes no other with it.
    PerZone,
    /// One NAT gateway for all zones: cheaper, and lost with its zone.
    Single,
    /// No way out.
    None,
}

/// A component: the same command on one or more instances.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compute {
    #[serde(flatten)]
    pub source: Source,
    pub command: Text,
    /// The folder of the project that the build is made from, relative to its root; `None` for the root itself. On a
    /// developer's machine the command runs there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// Where an image holds what the project has in `directory`; the command runs there. `None`: in the image's own working
    /// directory, and nobody knows what lies where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workdir: Option<String>,
    pub instance: String,
    pub count: Count,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The path that answers 200 on `port` when an instance is healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<String>,
    /// Behind a load balancer that the audience reaches.
    pub public: bool,
    /// What this component's role may do beyond reading its environment's secrets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<Permission>,
}

impl Compute {
    /// Where the component's build holds what the project has at this path: in an archive from its root, in an image from
    /// `/`. `None`: the build is made from another folder, or is an image of which that is not known.
    pub fn in_build(&self, path: &str) -> Option<String> {
        fn parts(path: &str) -> Vec<&str> {
            path.split('/').filter(|part| !["", "."].contains(part)).collect()
        }
        let (whole, from) = (parts(path), self.directory.as_deref().map(parts).unwrap_or_default());
        let below = whole.strip_prefix(from.as_slice())?;
        match &self.source {
            Source::Artifact(_) if below.is_empty() => Some(".".to_owned()),
            Source::Artifact(_) => Some(below.join("/")),
            Source::Image(_) => Some(format!("/{}", [&parts(self.workdir.as_deref()?), below].concat().join("/"))),
        }
    }
}

/// What a component runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// An `s3://bucket/key` of a gzipped tar archive.
    Artifact(Text),
    /// A container image.
    Image(Text),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    pub min: u16,
    pub max: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Permission {
    /// IAM actions: `s3:GetObject`. Sorted.
    pub actions: Vec<String>,
    /// ARNs, in which `{environment}` may stand. Sorted.
    pub resources: Vec<Text>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Database {
    pub engine: Engine,
    pub version: EngineVersion,
    pub instance: String,
    pub storage: Size,
    /// A synchronous copy in a second zone.
    pub standby: bool,
    /// How long automatic backups are kept; 0 turns them off.
    pub backups: Days,
    /// A folder, relative to the project's root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migrations: Option<String>,
    pub parameters: BTreeMap<String, String>,
    /// Refuse to delete the database. Unset, it follows the environment's `protected`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_protection: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    Postgres,
    Mysql,
    Mariadb,
}

impl Engine {
    pub const ALL: [Self; 3] = [Self::Postgres, Self::Mysql, Self::Mariadb];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
        }
    }

    pub fn port(self) -> u16 {
        match self {
            Self::Postgres => 5432,
            Self::Mysql | Self::Mariadb => 3306,
        }
    }

    /// What a database's URL begins with; the drivers of MySQL speak to MariaDB.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql | Self::Mariadb => "mysql",
        }
    }

    /// How many numbers name a major version: `16`, but `8.0` and `10.11`.
    pub fn major_parts(self) -> usize {
        match self {
            Self::Postgres => 1,
            Self::Mysql | Self::Mariadb => 2,
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a config key holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigValue {
    /// The same in every environment.
    Shared(Text),
    /// Each environment sets its own under `[audience.config]`.
    Audience,
}

/// As a definition writes it.
impl Serialize for ConfigValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Shared(text) => text.serialize(serializer),
            Self::Audience => BTreeMap::from([("audience", true)]).serialize(serializer),
        }
    }
}

/// What the shape says of a secret. Its value belongs to each environment alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SecretSpec {
    /// Made by envctl, once per environment, with so many characters (16–4096).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generate: Option<u16>,
}

/// The processor family of an instance class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    Arm64,
    X86_64,
}

impl Architecture {
    /// By AWS's naming: a `g` among the letters after the generation's digit stands for Graviton (`t4g`, `m7gd`);
    /// `a1` was the first. <https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html>
    pub fn of_instance(class: &str) -> Self {
        let family = class.split('.').next().unwrap_or(class);
        let attributes =
            family.trim_start_matches(|c: char| !c.is_ascii_digit()).trim_start_matches(|c: char| c.is_ascii_digit());
        if family == "a1" || attributes.contains('g') { Self::Arm64 } else { Self::X86_64 }
    }
}
