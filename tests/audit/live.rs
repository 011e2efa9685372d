//! Incidents that only what exists can show.

use envctl::model::{
    ExposedDatabase, ExposedResource, ExposedRole, ExposedSecret, Exposure, Join, KeyPair, Peer, Rule, SecurityGroup,
    Tagged, Vpc,
};
use jiff::civil::date;
use serde_json::json;

use super::builder::World;

const NOTHING: [&str; 0] = [];

/// Both looked at, each changed.
fn both(change: impl Fn(&mut Exposure, &str)) -> World {
    World::new()
        .live("prod", |exposure| change(exposure, "prod"))
        .live("staging", |exposure| change(exposure, "staging"))
}

fn database(of: &str) -> ExposedDatabase {
    let account = if of == "prod" { "222222222222" } else { "111111111111" };
    ExposedDatabase {
        name: "main".to_owned(),
        arn: format!("arn:aws:rds:eu-west-1:{account}:db:shop-{of}-main"),
        endpoints: vec![format!("shop-{of}-main.{of}1.eu-west-1.rds.amazonaws.com")],
        addresses: vec!["10.20.3.4".parse().unwrap()],
        vpc: format!("vpc-{of}"),
        ..ExposedDatabase::default()
    }
}

#[test]
fn endpoints_that_lead_to_one_database() {
    assert_eq!(both(|exposure, of| exposure.databases.push(database(of))).found(), NOTHING);
    let alias = both(|exposure, of| {
        let mut database = database(of);
        database.endpoints.push("SHOP-PROD-MAIN.cluster-ro-prod1.eu-west-1.rds.amazonaws.com.".to_owned());
        exposure.databases.push(database);
    });
    assert_eq!(alias.found(), ["critical shared-database prod,staging database.main"]);
    let address = both(|exposure, of| {
        exposure.databases.push(ExposedDatabase { vpc: "vpc-tools".to_owned(), ..database(of) });
    });
    assert_eq!(address.found(), ["critical shared-database prod,staging database.main"]);
}

#[test]
fn a_definition_that_names_what_exists_elsewhere() {
    let world = |value: &str| {
        let named =
            ExposedDatabase { endpoints: vec!["orders.c9.eu-west-1.rds.amazonaws.com".to_owned()], ..database("prod") };
        World::new().live("prod", |exposure| exposure.databases.push(named)).config("staging", "ORDERS", value)
    };
    for value in ["postgres://a@orders-replica.c9.eu-west-1.rds.amazonaws.com/x", "redis://10.20.3.4/0"] {
        assert_eq!(world(value).found(), ["critical foreign-database staging>prod config.ORDERS"], "{value}");
    }
    assert_eq!(world("postgres://a@orders.c8.eu-west-1.rds.amazonaws.com/x").found(), NOTHING);
}

#[test]
fn a_name_that_says_nothing_and_leads_to_anothers_database() {
    let world = |address: &str| {
        both(|exposure, of| exposure.databases.push(ExposedDatabase { addresses: Vec::new(), ..database(of) }))
            .config("staging", "ORDERS", "postgres://a@data.corp.example:5432/x")
            .resolves("shop-prod-main.prod1.eu-west-1.rds.amazonaws.com", "10.0.3.4")
            .resolves("shop-staging-main.staging1.eu-west-1.rds.amazonaws.com", "10.0.3.5")
            .resolves("data.corp.example", address)
    };
    assert_eq!(world("10.0.3.4").found(), ["critical foreign-database staging>prod config.ORDERS"]);
    assert_eq!(world("10.0.3.5").found(), NOTHING, "its own");
    assert_eq!(world("10.0.3.6").found(), NOTHING, "nobody's");
}

#[test]
fn a_database_that_the_internet_can_reach() {
    let world = |public| {
        World::new().live("prod", |exposure| exposure.databases.push(ExposedDatabase { public, ..database("prod") }))
    };
    assert_eq!(world(true).found(), ["critical public-database prod database.main"]);
    assert_eq!(world(false).found(), NOTHING);
}

fn secret(policy: Option<serde_json::Value>) -> ExposedSecret {
    ExposedSecret {
        name: "SESSION_KEY".to_owned(),
        arn: "arn:aws:secretsmanager:eu-west-1:222222222222:secret:shop/prod/SESSION_KEY-AbCdEf".to_owned(),
        policy: policy.map(|statement| json!({ "Statement": statement }).to_string()),
        ..ExposedSecret::default()
    }
}

fn role(of: &str, statements: &serde_json::Value) -> ExposedRole {
    ExposedRole {
        arn: format!("arn:aws:iam::111111111111:role/shop-{of}-web"),
        policies: vec![json!({ "Statement": statements }).to_string()],
        ..ExposedRole::default()
    }
}

fn one_account(role: ExposedRole, secret: ExposedSecret) -> Vec<String> {
    let secret = ExposedSecret { arn: secret.arn.replace("222222222222", "111111111111"), ..secret };
    World::new()
        .live("prod", |exposure| {
            exposure.account = "111111111111".to_owned();
            exposure.secrets.push(secret);
        })
        .live("staging", |exposure| exposure.roles.push(role))
        .found()
}

const CROSSING: &str = "critical crossing-permission staging>prod role.shop-staging-web.policy";

#[test]
fn policies_are_evaluated_and_not_read_off() {
    let allow = |action: &str, resource: &str| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    let own = "arn:aws:secretsmanager:*:*:secret:shop/staging/*";
    let cases = [
        (json!([allow("secretsmanager:*", own)]), false),
        (json!([allow("secretsmanager:*", "*")]), true),
        (json!([{ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }]), true),
        (json!([{ "Effect": "Allow", "NotAction": "secretsmanager:*", "Resource": "*" }]), false),
        (json!([{ "Effect": "Allow", "Action": "*", "NotResource": own }]), true),
        (json!([allow("*", "*"), { "Effect": "Deny", "Action": "*", "NotResource": own }]), false),
        (
            json!([{ "Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": { "StringEquals": { "aws:ResourceTag/envctl:environment": "staging" } } }]),
            false,
        ),
    ];
    for (statements, crosses) in cases {
        let found = one_account(role("staging", &statements), secret(None));
        assert_eq!(!found.is_empty(), crosses, "{statements} {found:?}");
        assert!(found.iter().all(|line| line == CROSSING));
    }
    let on_condition = json!([{ "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": { "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } } }]);
    assert_eq!(one_account(role("staging", &on_condition), secret(None)), [CROSSING.replace("critical", "high")]);
    let boundary = json!({ "Statement": allow("secretsmanager:*", own) }).to_string();
    let bounded = ExposedRole { limits: vec![boundary], ..role("staging", &allow("*", "*")) };
    assert_eq!(one_account(bounded, secret(None)), NOTHING);
}

#[test]
fn resource_policies_let_in_or_keep_out() {
    let nothing = || role("staging", &json!([]));
    let staging = json!({ "AWS": "arn:aws:iam::111111111111:role/shop-staging-web" });
    let lets_in =
        json!({ "Effect": "Allow", "Principal": staging, "Action": "secretsmanager:GetSecretValue", "Resource": "*" });
    assert_eq!(one_account(nothing(), secret(Some(lets_in))), [CROSSING]);
    let keeps_out = json!({ "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*" });
    let all = role("staging", &json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
    assert_eq!(one_account(all, secret(Some(keeps_out))), NOTHING);
    let everybody = json!({ "Effect": "Allow", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*" });
    let world = World::new().live("prod", |exposure| exposure.secrets.push(secret(Some(everybody))));
    assert_eq!(world.found(), ["critical crossing-policy prod secrets.SESSION_KEY"]);
    let account = json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::111111111111:root" }, "Action": "secretsmanager:*", "Resource": "*" });
    let world =
        World::new().live("prod", |exposure| exposure.secrets.push(secret(Some(account)))).live("staging", |_| {});
    assert_eq!(world.found(), ["critical crossing-policy staging>prod secrets.SESSION_KEY"]);
}

#[test]
fn operators_look_and_do_not_write() {
    let operator = |action: &str| {
        let statements = json!({ "Effect": "Allow", "Action": action, "Resource": "*" });
        one_account(
            ExposedRole {
                operates: true,
                arn: "arn:aws:iam::111111111111:role/on-call".to_owned(),
                ..role("", &statements)
            },
            secret(None),
        )
    };
    assert_eq!(operator("secretsmanager:*"), ["critical crossing-operator staging>prod role.on-call.policy"]);
    assert_eq!(operator("secretsmanager:Get*"), NOTHING);
}

#[test]
fn roles_that_can_be_assumed() {
    let trust = json!({ "Statement": { "Effect": "Allow", "Principal": { "AWS": "111111111111" }, "Action": "sts:AssumeRole" } });
    let prod = |trust: Option<String>| ExposedRole {
        arn: "arn:aws:iam::222222222222:role/admin".to_owned(),
        trust,
        ..ExposedRole::default()
    };
    let assume = || role("staging", &json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*" }));
    let world = |trust| {
        World::new()
            .live("prod", |exposure| exposure.roles.push(prod(trust)))
            .live("staging", |exposure| exposure.roles.push(assume()))
    };
    assert_eq!(world(Some(trust.to_string())).found(), [CROSSING]);
    let ec2 = json!({ "Statement": { "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" } });
    assert_eq!(world(Some(ec2.to_string())).found(), NOTHING);
}

fn vpc(of: &str, range: &str) -> Vpc {
    Vpc { id: format!("vpc-{of}"), ranges: vec![range.parse().unwrap()], subnets: vec![format!("subnet-{of}")] }
}

#[test]
fn networks_that_meet() {
    let joined = |routed: bool, staging: &str| {
        let join =
            || Join { id: "pcx-1".to_owned(), vpcs: vec!["vpc-prod".to_owned(), "vpc-staging".to_owned()], routed };
        let staging = vpc("staging", staging);
        World::new()
            .live("prod", |exposure| {
                (exposure.vpcs, exposure.joins) = (vec![vpc("prod", "10.20.0.0/16")], vec![join()]);
            })
            .live("staging", |exposure| (exposure.vpcs, exposure.joins) = (vec![staging], vec![join()]))
            .found()
    };
    assert_eq!(joined(true, "10.10.0.0/16"), ["high joined-networks prod,staging network.pcx-1"]);
    assert_eq!(joined(false, "10.10.0.0/16"), ["medium joined-networks prod,staging network.pcx-1"]);
    assert_eq!(joined(true, "10.20.128.0/17").len(), 2, "and their ranges overlap");
    let apart = both(|exposure, of| exposure.vpcs.push(vpc(of, "10.20.0.0/16")));
    assert_eq!(apart.found(), NOTHING, "one range in networks that nothing joins");
    let elsewhere = both(|exposure, of| {
        exposure.vpcs.push(vpc(of, "10.20.0.0/16"));
        exposure.joins.push(Join {
            id: format!("pcx-{of}"),
            vpcs: vec![format!("vpc-{of}"), "vpc-tools".to_owned()],
            routed: true,
        });
    });
    assert_eq!(elsewhere.found(), NOTHING, "each is joined with a third");
    let shared = both(|exposure, _| exposure.vpcs.push(Vpc { subnets: vec![], ..vpc("all", "10.0.0.0/16") }));
    assert_eq!(shared.found(), ["critical shared-network prod,staging vpc.vpc-all"]);
}

#[test]
fn rules_that_let_others_in() {
    let world = |audience, from: Peer| {
        let rule = Rule { what: "tcp 5432".to_owned(), from };
        let group = SecurityGroup { id: "sg-p".to_owned(), name: "main".to_owned(), audience, inbound: vec![rule] };
        let theirs = SecurityGroup { id: "sg-s".to_owned(), ..SecurityGroup::default() };
        World::new()
            .live("prod", |exposure| exposure.security_groups.push(group))
            .live("staging", |exposure| exposure.security_groups.push(theirs))
            .found()
    };
    let range = |text: &str| Peer::Range(text.parse().unwrap());
    let crossing = "critical crossing-rule staging>prod security-group.main";
    assert_eq!(world(false, Peer::Group("sg-s".to_owned())), [crossing]);
    assert_eq!(world(false, range("10.10.0.0/16")), [crossing]);
    assert_eq!(world(false, range("10.10.3.4/32")), [crossing]);
    assert_eq!(world(false, range("0.0.0.0/0")), ["high wide-security-group prod security-group.main"]);
    for from in [Peer::Group("sg-p".to_owned()), Peer::Group("sg-own".to_owned()), range("10.20.3.0/24")] {
        assert_eq!(world(false, from), NOTHING);
    }
    assert_eq!(world(true, range("0.0.0.0/0")), NOTHING, "everybody is production's audience");
    let staging = |range: &str| {
        let rule = Rule { what: "tcp 443".to_owned(), from: Peer::Range(range.parse().unwrap()) };
        let group =
            SecurityGroup { name: "web".to_owned(), audience: true, inbound: vec![rule], ..SecurityGroup::default() };
        World::new().live("staging", |exposure| exposure.security_groups.push(group)).found()
    };
    assert_eq!(staging("203.0.113.128/25"), NOTHING);
    assert_eq!(staging("203.0.112.0/23"), ["high wide-security-group staging security-group.web"]);
}

#[test]
fn keys_and_roles_that_two_have() {
    let pair = |fingerprint: &str| KeyPair { name: "ops".to_owned(), fingerprint: fingerprint.to_owned() };
    let shared = both(|exposure, _| exposure.key_pairs.push(pair("aa:bb")));
    assert_eq!(shared.found(), ["high shared-key-pair prod,staging key-pair.ops"]);
    assert_eq!(both(|exposure, of| exposure.key_pairs.push(pair(of))).found(), NOTHING);
    let role = both(|exposure, _| exposure.roles.push(role("all", &json!([]))));
    assert_eq!(role.found(), ["critical shared-role prod,staging role.shop-all-web.policy"]);
}

#[test]
fn a_secret_that_is_older_than_all_environments() {
    let world = |day| {
        let old = ExposedSecret { set: Some(date(2026, 3, day)), ..secret(None) };
        World::new()
            .live("prod", |exposure| exposure.since = Some(date(2026, 4, 7)))
            .live("staging", |exposure| (exposure.since, exposure.secrets) = (Some(date(2026, 5, 1)), vec![old]))
            .found()
    };
    assert_eq!(world(7), ["medium old-secret staging secrets.SESSION_KEY"]);
    // Set while the rest was being prepared.
    assert_eq!(world(8), NOTHING);
}

#[test]
fn what_lives_without_a_definition_and_what_is_defined_without_life() {
    let tagged = |environment: &str, resource: &str| Tagged {
        arn: format!("arn:aws:x:eu-west-1:111111111111:{environment}/{resource}"),
        app: "shop".to_owned(),
        environment: environment.to_owned(),
        resource: resource.to_owned(),
    };
    let whole =
        ["database.main", "secret.SESSION_KEY", "secret.STRIPE_KEY", "auto-scaling-group.web", "subnet.private-1"];
    let world = |extra: &[Tagged], without: &str| {
        let kept = whole.iter().filter(|resource| **resource != without).map(|resource| tagged("staging", resource));
        let all: Vec<Tagged> = kept.chain(extra.iter().cloned()).collect();
        World::new().live("staging", |exposure| exposure.tagged = all).found()
    };
    assert_eq!(world(&[], ""), NOTHING);
    assert_eq!(world(&[tagged("staging", "database.old")], ""), ["low orphan staging database.old"]);
    assert_eq!(world(&[tagged("pr-17", "database.main")], ""), ["medium unknown-environment staging database.main"]);
    assert_eq!(world(&[], "database.main"), ["low missing staging database.main"]);
    let other_app = Tagged { app: "blog".to_owned(), ..tagged("pr-17", "database.main") };
    assert_eq!(world(&[other_app], ""), NOTHING);
}

#[test]
fn buckets_have_policies_too() {
    let policy = json!({ "Statement": { "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*" } });
    let bucket =
        ExposedResource { arn: "arn:aws:s3:::acme-invoices-prod".to_owned(), policy: Some(policy.to_string()) };
    let found = World::new().live("prod", |exposure| exposure.resources.push(bucket)).found();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("critical crossing-policy prod resource."), "{found:?}");
}
