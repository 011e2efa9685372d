//! A plan in which everything happens that can happen.

use std::collections::{BTreeMap, BTreeSet};

use envctl::graph::Resource;
use envctl::model::{
    Address, Audience, Aws, Definition, Egress, Environment, Name, Network, Observed, Origins, Shape, State, Target,
    Value,
};
use envctl::plan::{Action, After, Change, Plan, Step};
use envctl::ui::Header;

pub fn header() -> Header {
    Header {
        app: Name::new("shop").unwrap(),
        environment: Name::new("staging").unwrap(),
        argument: "staging".to_owned(),
        target: Target::Aws(Aws {
            account: "111111111111".to_owned(),
            region: "eu-west-1".to_owned(),
            role: None,
            cidr: "10.0.0.0/16".parse().unwrap(),
        }),
        protected: true,
        release: Some("1.5.0".to_owned()),
        like: None,
    }
}

/// The smallest environment; `prod` is protected, `dev` has no release.
pub fn definition(name: &str, target: Target, mirrors: Option<&str>) -> Definition {
    let environment = Environment {
        app: Name::new("shop").unwrap(),
        name: Name::new(name).unwrap(),
        like: None,
        protected: name == "prod",
        mirrors: mirrors.map(|name| Name::new(name).unwrap()),
        release: (name != "dev").then(|| "1.5.0".to_owned()),
        target,
        shape: Shape {
            network: Network { zones: 2, egress: Egress::None },
            compute: BTreeMap::new(),
            database: BTreeMap::new(),
            config: BTreeMap::new(),
            secrets: BTreeMap::new(),
        },
        audience: Audience::default(),
        data: BTreeMap::new(),
        deliberate: vec![],
    };
    Definition { environment, origins: Origins::default() }
}

pub fn observed(kind: &str, name: &str, id: &str) -> Observed {
    Observed {
        address: Address::new(kind, name),
        id: id.to_owned(),
        state: State::Ready,
        properties: BTreeMap::new(),
        attributes: BTreeMap::new(),
        holds_data: None,
    }
}

pub fn change(property: &str, before: impl Into<Value>, after: impl Into<Value>) -> Change {
    Change {
        property: property.to_owned(),
        before: Some(before.into()),
        after: After::Known(after.into()),
        replaces: false,
    }
}

fn step(address: Address, action: Action, after: &[usize]) -> Step {
    Step { address, action, after: after.iter().copied().collect::<BTreeSet<_>>() }
}

fn create(resource: Resource, replaces: bool, after: &[usize]) -> Step {
    step(resource.address.clone(), Action::Create { desired: resource, replaces }, after)
}

fn update(observed: Observed, changes: Vec<Change>, after: &[usize]) -> Step {
    let desired = Resource::new(observed.address.clone(), "name");
    step(observed.address.clone(), Action::Update { desired, observed, changes }, after)
}

fn rule(port: u16) -> Value {
    Value::map([("port", Value::from(port)), ("from", Value::text("203.0.113.0/24"))])
}

const BEFORE: &str = "#!/bin/sh\nset -eu\nexport PORT=8080\nexport RELEASE=1.4.9\nfetch\nverify\nstart\n";
const AFTER: &str = "#!/bin/sh\nset -eu\nexport PORT=8080\nexport RELEASE=1.5.0\nfetch\nverify\nstart\n";

pub fn plan() -> Plan {
    let vpc = Address::new("vpc", "main");
    let mut database = observed("database", "main", "shop-staging-main");
    database.holds_data = Some("database.main".to_owned());
    let database = database.attribute("leaves", "the final snapshot shop-staging-main-final-4f2a");
    let mut balancer = observed("load-balancer", "web", &format!("arn:aws:elasticloadbalancing:{}", "x".repeat(70)));
    balancer.state = State::Pending("provisioning".to_owned());
    let replaced = Change { replaces: true, ..change("engine", "postgres", "mysql") };
    let group = Change {
        property: "vpc".to_owned(),
        before: Some("vpc-0123".into()),
        after: After::Unknown(vpc.attribute("id")),
        replaces: false,
    };
    let policy = |action: &str| {
        format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Action\":\"{action}\",\"Effect\":\"Allow\"}}]}}")
    };
    let steps = vec![
        create(Resource::new(vpc.clone(), "shop-staging").with("cidr", "10.0.0.0/16").with("tenancy", ""), false, &[]),
        create(
            Resource::new(Address::new("launch-template", "web"), "shop-staging-web")
                .with("image", "ami-0123456789")
                .with("instance", "t4g.small")
                .with("ipv6", false)
                .with("monitoring", true)
                .with("network", Value::map([("subnet", vpc.attribute("id"))]))
                .with("profile", "x".repeat(90))
                .with("tokens", "required")
                .with("user_data", AFTER),
            false,
            &[0],
        ),
        update(
            observed("security-group", "web", "sg-0123"),
            vec![
                group,
                change("ingress", Value::List(vec![rule(80)]), Value::List(vec![rule(443)])),
                change("subnets", Value::set(["a".into(), "b".into()]), Value::set(["b".into(), "c".into()])),
            ],
            &[0],
        ),
        update(
            observed("role", "web", "shop-staging-web"),
            vec![
                change("policy", policy("s3:GetObject"), policy("s3:*")),
                change("user_data", BEFORE, AFTER),
                change("description", format!("{}one", "long ".repeat(30)), format!("{}two", "long ".repeat(30))),
            ],
            &[],
        ),
        step(balancer.address.clone(), Action::Wait { observed: balancer }, &[]),
        step(
            database.address.clone(),
            Action::Delete { observed: database.clone(), replaced_for: vec![replaced] },
            &[],
        ),
        create(Resource::new(database.address.clone(), "shop-staging-main").with("engine", "mysql"), true, &[2, 5]),
        step(
            Address::new("database", "old"),
            Action::Delete {
                observed: Observed {
                    holds_data: Some("database.old".to_owned()),
                    ..observed("database", "old", "old")
                },
                replaced_for: vec![],
            },
            &[],
        ),
    ];
    Plan { steps, unchanged: vec![observed("internet-gateway", "main", "igw-1")] }
}
