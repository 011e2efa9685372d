use std::collections::BTreeMap;

use envctl::diff::{Drift, Kind, Live, Severity, Side, Verdict, declared, live};
use envctl::model::{Address, Aws, Definition, Inventory, Local, Observed, State, Target, Value};

use super::builder::{TODAY, deliberate, shared, shop, text};

fn observed(kind: &str, id: &str, properties: &[(&str, Value)]) -> Observed {
    Observed {
        address: Address::new(kind, if kind == "vpc" { "main" } else { "web" }),
        id: id.to_owned(),
        state: State::Ready,
        properties: properties.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        attributes: BTreeMap::from([("id".to_owned(), id.to_owned())]),
        holds_data: None,
    }
}

/// What an environment of the shop looks like at AWS, with all that is particular to it.
fn inventory(definition: &Definition) -> Inventory {
    let environment = &definition.environment;
    let (name, release) = (&environment.name, environment.release.as_deref().unwrap_or_default());
    let Target::Aws(Aws { account, cidr, .. }) = &environment.target else { panic!("not on AWS") };
    let network = cidr.subnets(20).unwrap().nth(3).unwrap().to_string();
    let vpc = format!("vpc-{account}");
    let from = environment.audience.allow.iter().map(|network| Value::text(network.to_string()));
    let subnet = [("vpc", vpc.as_str().into()), ("cidr", network.into()), ("zone", "eu-west-1a".into())];
    let group = [("vpc", vpc.as_str().into()), ("ingress", Value::set(from))];
    let script =
        format!("ENV={name} URL=https://{} s3://r/{release}.tgz", environment.audience.domain.as_ref().unwrap());
    Inventory::new(vec![
        observed("vpc", &vpc, &[("cidr", cidr.to_string().into())]),
        observed("subnet", &format!("subnet-{account}"), &subnet),
        observed("security-group", &format!("sg-{account}"), &group),
        observed("auto-scaling-group", &format!("shop-{name}-web"), &[("min", 2.into()), ("max", 6.into())]),
        observed(
            "launch-template",
            &format!("lt-{account}"),
            &[("user_data", script.into()), ("instance", "t4g.small".into())],
        ),
        observed(
            "role",
            &format!("shop-{name}-web-role"),
            &[(
                "policy",
                Value::List(vec![format!("arn:aws:secretsmanager:eu-west-1:{account}:secret:shop/{name}/*").into()]),
            )],
        ),
    ])
}

fn compare(a: &Definition, left: &Inventory, b: &Definition, right: &Inventory) -> Live {
    live(
        &Side { environment: &a.environment, inventory: left, drift: &[] },
        &Side { environment: &b.environment, inventory: right, drift: &[] },
        TODAY,
    )
}

fn after(change: impl FnOnce(&mut Definition, &mut Inventory)) -> Live {
    let (mut staging, prod) = (shop("staging"), shop("prod"));
    let (mut left, right) = (inventory(&staging), inventory(&prod));
    change(&mut staging, &mut left);
    compare(&staging, &left, &prod, &right)
}

fn set(inventory: &mut Inventory, kind: &str, property: &str, value: impl Into<Value>) {
    let resource = inventory.resources.iter_mut().find(|resource| resource.address.kind == kind).unwrap();
    resource.properties.insert(property.to_owned(), value.into());
}

fn found(live: &Live) -> Vec<(Severity, Kind, String)> {
    live.findings.iter().map(|one| (one.severity, one.kind, one.path.to_string())).collect()
}

#[test]
fn names_ids_and_ranges_are_no_differences() {
    let live = after(|_, _| {});
    assert_eq!(found(&live), []);
    assert_eq!(live.verdict(), Verdict::Same);
    let notes: Vec<String> = live.notes.iter().map(|note| note.path.to_string()).collect();
    assert_eq!(notes, ["launch-template.web.user_data"], "the domain differs, as it may");
}

#[test]
fn another_release_and_other_networks_are_notes() {
    let (mut staging, prod) = (shop("staging"), shop("prod"));
    staging.environment.release = Some("1.6.0".to_owned());
    staging.environment.audience.allow = vec!["198.51.100.0/24".parse().unwrap(), "192.0.2.7/32".parse().unwrap()];
    let live = compare(&staging, &inventory(&staging), &prod, &inventory(&prod));
    assert_eq!(found(&live), []);
    assert_eq!(live.notes.len(), 2);
}

#[test]
fn a_change_by_hand_shows() {
    let live = after(|_, left| {
        set(left, "security-group", "ingress", Value::List(vec!["203.0.113.0/24".into(), "0.0.0.0/0".into()]));
        set(left, "auto-scaling-group", "max", 9);
    });
    let expected = [
        (Severity::Shape, Kind::Differs, "security-group.web.ingress".to_owned()),
        (Severity::Capacity, Kind::Inverted, "auto-scaling-group.web.max".to_owned()),
    ];
    assert_eq!(found(&live), expected);
}

#[test]
fn a_subnet_elsewhere_in_the_range_shows() {
    let live = after(|_, left| set(left, "subnet", "cidr", "10.10.64.0/20"));
    assert_eq!(found(&live), [(Severity::Shape, Kind::Differs, "subnet.web.cidr".to_owned())]);
}

#[test]
fn resources_of_one_side_show_once() {
    let live = after(|_, left| left.resources.retain(|resource| resource.address.kind != "role"));
    assert_eq!(found(&live), [(Severity::Shape, Kind::Missing, "role.web".to_owned())]);
    let live = after(|_, left| *left = Inventory::default());
    assert_eq!(found(&live), [(Severity::Shape, Kind::Missing, "staging".to_owned())]);
}

#[test]
fn a_waiver_for_the_definition_covers_what_comes_of_it() {
    let live = after(|staging, left| {
        set(left, "auto-scaling-group", "min", 1);
        set(left, "launch-template", "instance", "t4g.micro");
        staging.environment.deliberate =
            vec![deliberate("compute.web.count"), deliberate("launch-template.web.instance")];
    });
    assert_eq!(found(&live), []);
    assert_eq!(live.waived.len(), 2);
}

#[test]
fn an_entry_that_only_the_live_comparison_needs_is_not_unused() {
    let (mut staging, prod) = (shop("staging"), shop("prod"));
    staging.environment.deliberate = vec![deliberate("compute.web.count")];
    let mut left = inventory(&staging);
    set(&mut left, "auto-scaling-group", "min", 1);
    let live = compare(&staging, &left, &prod, &inventory(&prod));
    let parity = declared(&staging, &prod, TODAY);
    assert_eq!(parity.findings.len(), 1);
    assert_eq!(parity.heeding(&live).findings, []);
}

#[test]
fn drift_makes_the_verdict() {
    let (staging, prod) = (shop("staging"), shop("prod"));
    let drift = [Drift {
        address: Address::new("database", "main"),
        property: Some("standby".to_owned()),
        declared: Some(true.into()),
        live: Some(false.into()),
    }];
    let (left, right) = (inventory(&staging), inventory(&prod));
    let left = Side { environment: &staging.environment, inventory: &left, drift: &drift };
    let right = Side { environment: &prod.environment, inventory: &right, drift: &[] };
    let live = live(&left, &right, TODAY);
    assert_eq!((live.verdict(), live.left_drift.len(), live.right_drift.len()), (Verdict::Different, 1, 0));
}

#[test]
fn a_listener_that_comes_of_a_certificate_may_differ() {
    let (staging, mut prod) = (shop("staging"), shop("prod"));
    prod.environment.audience.certificate = Some("arn:aws:acm:eu-west-1:222222222222:certificate/1".to_owned());
    let mut right = inventory(&prod);
    right.resources.push(observed("listener", "arn:listener", &[]));
    let live = compare(&staging, &inventory(&staging), &prod, &right);
    assert_eq!(found(&live), []);
    assert!(live.notes.iter().any(|note| note.path.to_string() == "listener.web"));
}

#[test]
fn a_laptop_and_a_cloud_are_not_compared() {
    let (mut dev, prod) = (shop("dev"), shop("prod"));
    let left = inventory(&dev);
    dev.environment.target = Target::Local(Local::default());
    let live = compare(&dev, &left, &prod, &inventory(&prod));
    assert_eq!((found(&live), live.notes.len()), (vec![], 1));
}

#[test]
fn each_side_alone_is_the_same_as_itself() {
    let mut staging = shop("staging");
    staging.environment.audience.config.insert("PUBLIC_URL".to_owned(), text("https://x.example"));
    let inventory = inventory(&staging);
    let live = compare(&staging, &inventory, &staging, &inventory);
    assert_eq!((found(&live), live.notes), (vec![], vec![]));
}

#[test]
fn how_often_a_template_changed_is_no_difference() {
    let (staging, prod) = (shop("staging"), shop("prod"));
    let (mut left, mut right) = (inventory(&staging), inventory(&prod));
    for (inventory, version) in [(&mut left, "12"), (&mut right, "3")] {
        set(inventory, "auto-scaling-group", "version", version);
        let template = inventory.resources.iter_mut().find(|one| one.address.kind == "launch-template").unwrap();
        template.attributes.insert("version".to_owned(), version.to_owned());
    }
    assert_eq!(found(&compare(&staging, &left, &prod, &right)), []);
    set(&mut left, "auto-scaling-group", "version", "11");
    let stale = compare(&staging, &left, &prod, &right);
    assert_eq!(found(&stale), [(Severity::Shape, Kind::Differs, "auto-scaling-group.web.version".to_owned())]);
}

#[test]
fn a_config_value_declared_otherwise_is_not_told_twice() {
    let (mut staging, mut prod) = (shop("staging"), shop("prod"));
    let (mut left, mut right) = (inventory(&staging), inventory(&prod));
    for (side, inventory, value) in [(&mut staging, &mut left, "mock"), (&mut prod, &mut right, "live")] {
        side.environment.shape.config.insert("PAYMENTS_MODE".to_owned(), shared(value));
        set(inventory, "launch-template", "user_data", format!("PAYMENTS_MODE={value}"));
    }
    assert_eq!(found(&compare(&staging, &left, &prod, &right)), []);
    set(&mut left, "launch-template", "user_data", "PAYMENTS_MODE=off");
    assert_eq!(found(&compare(&staging, &left, &prod, &right)).len(), 1);
}
