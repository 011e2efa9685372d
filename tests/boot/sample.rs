//! A definition to boot from, and what comes of its user data on the instance.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use envctl::aws::boot::{Boot, Problem, user_data};
use envctl::model::{
    Audience, Aws, Compute, ConfigValue, Count, Database, Days, Egress, Engine, EngineVersion, Environment, Name,
    Network, Reference, SecretSpec, Shape, Size, Source, Target, Text, Value,
};

pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub fn text(source: &str) -> Text {
    Text::parse(source).unwrap()
}

/// A text that stands for itself.
pub fn literal(value: &str) -> Text {
    text(&value.replace('{', "{{").replace('}', "}}"))
}

/// The component `web` of `shop` in `staging`.
pub fn shop(source: Source, command: &str) -> Environment {
    let web = Compute {
        source,
        command: text(command),
        directory: None,
        workdir: None,
        instance: "t4g.small".to_owned(),
        count: Count { min: 2, max: 6 },
        port: Some(8080),
        health: Some("/healthz".to_owned()),
        public: true,
        permissions: Vec::new(),
    };
    let main = Database {
        engine: Engine::Postgres,
        version: EngineVersion::parse("16.9").unwrap(),
        instance: "db.t4g.medium".to_owned(),
        storage: Size { gib: 50 },
        standby: true,
        backups: Days(7),
        migrations: None,
        parameters: BTreeMap::new(),
        deletion_protection: None,
    };
    let shared = |source: &str| ConfigValue::Shared(text(source));
    Environment {
        app: name("shop"),
        name: name("staging"),
        like: None,
        protected: false,
        mirrors: None,
        target: Target::Aws(Aws {
            account: "111111111111".to_owned(),
            region: "eu-west-1".to_owned(),
            role: None,
            cidr: "10.0.0.0/16".parse().unwrap(),
        }),
        release: Some("1.5.0".to_owned()),
        shape: Shape {
            network: Network { zones: 2, egress: Egress::PerZone },
            compute: BTreeMap::from([(name("web"), web)]),
            database: BTreeMap::from([(name("main"), main)]),
            config: BTreeMap::from([
                ("DATABASE_URL".to_owned(), shared("{database.main.url}")),
                ("LOG_LEVEL".to_owned(), shared("info")),
                ("PAYMENTS".to_owned(), shared("https://{secret.STRIPE_KEY}@pay.example/{environment}?v={release}")),
                ("PUBLIC_URL".to_owned(), ConfigValue::Audience),
                ("SEARCH_PATH".to_owned(), shared("{database.main.host}:{database.main.port}")),
            ]),
            secrets: BTreeMap::from([
                ("SESSION_KEY".to_owned(), SecretSpec { generate: Some(48) }),
                ("STRIPE_KEY".to_owned(), SecretSpec::default()),
            ]),
        },
        audience: Audience {
            domain: Some("staging.shop.example".to_owned()),
            config: BTreeMap::from([("PUBLIC_URL".to_owned(), text("https://{audience.domain}"))]),
            ..Audience::default()
        },
        data: BTreeMap::new(),
        deliberate: Vec::new(),
    }
}

pub fn artifact() -> Source {
    Source::Artifact(text("s3://acme-releases/shop/{release}.tar.gz"))
}

pub fn image() -> Source {
    Source::Image(text("111111111111.dkr.ecr.eu-west-1.amazonaws.com/shop:{release}"))
}

pub fn boot(environment: &Environment) -> Result<Value, Vec<Problem>> {
    let (component, compute) = environment.shape.compute.first_key_value().unwrap();
    user_data(&Boot { environment, component, compute, region: "eu-west-1", release: "1.5.0" })
}

/// What the provider would put in for a reference.
pub fn known(reference: &Reference) -> String {
    match reference.attribute {
        "host" => "shop-staging-main.abc123.eu-west-1.rds.amazonaws.com".to_owned(),
        "port" => "5432".to_owned(),
        "name" if reference.address.kind == "secret" => format!("shop/staging/{}", reference.address.name),
        "name" => "shop_db".to_owned(),
        "user" => "shop_owner".to_owned(),
        "secret" => format!("arn:aws:secretsmanager:eu-west-1:111111111111:secret:{}", reference.address.name),
        other => panic!("no resource has {other}"),
    }
}

pub fn resolved(environment: &Environment) -> String {
    let value = boot(environment).expect("the definition boots");
    value.resolve(&|reference| Some(known(reference))).unwrap().as_text().unwrap().to_owned()
}

/// The files that user data has cloud-init write, by path.
pub fn files(user_data: &str) -> BTreeMap<String, String> {
    let (_, files) = user_data.split_once("write_files:\n").unwrap();
    let (files, _) = files.split_once("runcmd:\n").unwrap();
    let each = files.split("- path: ").skip(1).map(|file| {
        let (path, rest) = file.split_once('\n').unwrap();
        let (head, content) = rest.split_once("content: ").unwrap();
        assert_eq!(head.lines().count(), 2, "permissions, and the content");
        let lines = content.strip_prefix("|\n").unwrap().lines();
        let content = lines.map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line))).collect();
        (path.to_owned(), content)
    });
    each.collect()
}

/// User data for people to read: of the files the manifest alone.
pub fn readable(user_data: &str) -> String {
    let mut text = user_data.to_owned();
    for (path, content) in files(user_data) {
        if path != "/etc/envctl/manifest.json" {
            let indented: String =
                content.lines().map(|line| format!("{}{line}\n", if line.is_empty() { "" } else { "    " })).collect();
            text = text.replacen(&format!("  content: |\n{indented}"), "  content: (as its source)\n", 1);
        }
    }
    text
}

pub fn write_program(path: &Path, content: &str) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// `folder` before the programs that are really there.
pub fn path_with(folder: &Path) -> String {
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}
