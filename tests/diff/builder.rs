use std::collections::BTreeMap;

use envctl::model::{
    Audience, Aws, Compute, ConfigValue, Count, Data, Database, Days, Definition, Deliberate, Egress, Engine,
    EngineVersion, Environment, Name, Network, Origin, Origins, Path, SecretSpec, Shape, Size, Source, Target, Text,
};
use jiff::civil::{Date, date};

pub const TODAY: Date = date(2026, 11, 23);

pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub fn text(text: &str) -> Text {
    Text::parse(text).unwrap()
}

pub fn shared(value: &str) -> ConfigValue {
    ConfigValue::Shared(text(value))
}

pub fn origin(file: &str, line: u32) -> Origin {
    Origin { file: file.to_owned(), line, column: 1 }
}

/// The shop of the design: web, worker, Postgres. Each side has its own account, domain and data.
pub fn shop(environment: &str) -> Definition {
    let compute = |command: &str, port| Compute {
        source: Source::Artifact(text("s3://acme-releases/shop/{release}.tar.gz")),
        command: text(command),
        directory: None,
        workdir: None,
        instance: "t4g.small".to_owned(),
        count: Count { min: 2, max: 6 },
        port,
        health: port.map(|_| "/healthz".to_owned()),
        public: port.is_some(),
        permissions: Vec::new(),
    };
    let database = Database {
        engine: Engine::Postgres,
        version: EngineVersion::parse("16.9").unwrap(),
        instance: "db.t4g.medium".to_owned(),
        storage: Size { gib: 50 },
        standby: true,
        backups: Days(7),
        migrations: Some("migrations/".to_owned()),
        parameters: BTreeMap::from([("rds.force_ssl".to_owned(), "1".to_owned())]),
        deletion_protection: None,
    };
    let is_prod = environment == "prod";
    let environment = Environment {
        app: name("shop"),
        name: name(environment),
        like: None,
        protected: false,
        mirrors: (!is_prod).then(|| name("prod")),
        target: Target::Aws(Aws {
            account: if is_prod { "222222222222" } else { "111111111111" }.to_owned(),
            region: "eu-west-1".to_owned(),
            role: None,
            cidr: if is_prod { "10.20.0.0/16" } else { "10.10.0.0/16" }.parse().unwrap(),
        }),
        release: Some("1.5.0".to_owned()),
        shape: Shape {
            network: Network { zones: 2, egress: Egress::PerZone },
            compute: BTreeMap::from([
                (name("web"), compute("bin/web", Some(8080))),
                (name("worker"), compute("bin/worker", None)),
            ]),
            database: BTreeMap::from([(name("main"), database)]),
            config: BTreeMap::from([
                ("LOG_LEVEL".to_owned(), shared("info")),
                ("DATABASE_URL".to_owned(), shared("{database.main.url}")),
                ("PUBLIC_URL".to_owned(), ConfigValue::Audience),
            ]),
            secrets: BTreeMap::from([("SESSION_KEY".to_owned(), SecretSpec { generate: Some(48) })]),
        },
        audience: Audience {
            domain: Some(if is_prod { "shop.example".to_owned() } else { format!("{environment}.shop.example") }),
            certificate: None,
            allow: vec!["203.0.113.0/24".parse().unwrap()],
            config: BTreeMap::from([("PUBLIC_URL".to_owned(), text("https://{audience.domain}"))]),
        },
        data: BTreeMap::from([(name("main"), Data::default())]),
        deliberate: Vec::new(),
    };
    Definition { environment, origins: Origins::default() }
}

/// An entry that is in force.
pub fn deliberate(path: &str) -> Deliberate {
    Deliberate {
        path: path.to_owned(),
        reason: "half the fleet is enough".to_owned(),
        owner: "platform".to_owned(),
        expires: date(2027, 3, 31),
        origin: origin("environments/staging.toml", 40),
    }
}

/// Says where each of the paths was set: one line after the other.
pub fn set_in(definition: &mut Definition, file: &str, paths: &[&[&str]]) {
    for (line, path) in (10..).zip(paths) {
        definition.origins.insert(Path::new(path.iter().copied()), origin(file, line));
    }
}

pub fn main_database(definition: &mut Definition) -> &mut Database {
    definition.environment.shape.database.get_mut("main").unwrap()
}

pub fn component<'a>(definition: &'a mut Definition, which: &str) -> &'a mut Compute {
    definition.environment.shape.compute.get_mut(which).unwrap()
}
