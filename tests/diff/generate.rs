use std::collections::BTreeMap;

use envctl::model::{
    Aws, Compute, ConfigValue, Count, Data, Database, Days, Definition, Egress, Engine, EngineVersion, Permission,
    SecretSpec, Seed, Size, Source, Target,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

use super::builder::{name, shared, shop, text};

fn compute() -> impl Strategy<Value = Compute> {
    let permission = select(vec!["s3:GetObject", "sqs:SendMessage", "s3:*"])
        .prop_map(|action| Permission { actions: vec![action.to_owned()], resources: vec![text("*")] });
    (
        any::<bool>(),
        select(vec!["t4g.small", "t4g.large", "m7i.2xlarge"]),
        (1..4_u16, 4..6_u16),
        proptest::option::of(8000..8003_u16),
        vec(permission, 0..3),
    )
        .prop_map(|(image, instance, (min, max), port, permissions)| Compute {
            source: if image {
                Source::Image(text("shop:{release}"))
            } else {
                Source::Artifact(text("s3://b/{release}"))
            },
            command: text("bin/run"),
            directory: None,
            workdir: None,
            instance: instance.to_owned(),
            count: Count { min, max },
            port,
            health: port.map(|_| "/".to_owned()),
            public: port.is_some(),
            permissions,
        })
}

fn database() -> impl Strategy<Value = Database> {
    (
        select(Engine::ALL.to_vec()),
        select(vec!["16", "16.9", "16.4", "14"]),
        select(vec!["db.t4g.medium", "db.t4g.large", "db.r7g.large"]),
        20..23_u32,
        any::<bool>(),
        0..3_u16,
        btree_map(select(vec!["rds.force_ssl", "a b", "x/y", "work[mem]"]), "[01]", 0..3),
        proptest::option::of(any::<bool>()),
    )
        .prop_map(|(engine, version, instance, gib, standby, days, parameters, deletion_protection)| Database {
            engine,
            version: EngineVersion::parse(version).unwrap(),
            instance: instance.to_owned(),
            storage: Size { gib },
            standby,
            backups: Days(days),
            migrations: None,
            parameters: parameters.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
            deletion_protection,
        })
}

fn config_value() -> impl Strategy<Value = ConfigValue> {
    let texts = select(vec!["info", "debug", "https://shop.example", "{audience.domain}", "{database.main.url}", ""]);
    prop_oneof![3 => texts.prop_map(shared), 1 => Just(ConfigValue::Audience)]
}

/// An environment with random parts, without waivers.
pub fn definition(environment: &'static str) -> impl Strategy<Value = Definition> {
    (
        (2..=3_u8, select(vec![Egress::PerZone, Egress::Single, Egress::None])),
        btree_map(select(vec!["web", "worker", "cron"]).prop_map(name), compute(), 0..3),
        btree_map(select(vec!["main", "audit"]).prop_map(name), database(), 0..3),
        btree_map(select(vec!["LOG_LEVEL", "URL", "MOCK_PAYMENTS"]).prop_map(str::to_owned), config_value(), 0..4),
        btree_map("[A-C]_KEY", proptest::option::of(16..18_u16).prop_map(|generate| SecretSpec { generate }), 0..3),
        proptest::option::of(select(vec!["shop.example", "staging.shop.example"])),
        proptest::option::of(select(vec!["seeds/a.sql", "seeds/b.sql"])),
        (any::<bool>(), proptest::option::of("1\\.[0-9]"), select(vec!["111111111111", "222222222222"])),
    )
        .prop_map(
            move |(network, compute, database, config, secrets, domain, seed, (protected, release, account))| {
                let mut definition = shop(environment);
                let it = &mut definition.environment;
                (it.shape.network.zones, it.shape.network.egress) = network;
                it.shape.compute = compute;
                it.shape.config = config;
                it.shape.secrets = secrets;
                it.data = database
                    .keys()
                    .map(|key| {
                        (
                            key.clone(),
                            Data { seed: seed.map(|file| Seed::File(file.to_owned())), throwaway: !protected },
                        )
                    })
                    .collect();
                it.shape.database = database;
                it.audience.domain = domain.map(str::to_owned);
                let audience = it.shape.config.iter().filter(|(_, value)| **value == ConfigValue::Audience);
                it.audience.config = audience
                    .map(|(key, _)| (key.clone(), text("https://{audience.domain}")))
                    .collect::<BTreeMap<_, _>>();
                it.protected = protected;
                it.release = release;
                it.target = Target::Aws(Aws {
                    account: account.to_owned(),
                    region: "eu-west-1".to_owned(),
                    role: None,
                    cidr: "10.0.0.0/16".parse().unwrap(),
                });
                definition
            },
        )
}
