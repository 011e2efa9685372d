use envctl::model::{State, Value};
use envctl::plan::{Action, Plan, Step};
use envctl::ui::plan::{Detail, human, json};
use proptest::prelude::*;
use snapbox::{assert_data_eq, str};

use super::plain;
use super::sample::{change, header, observed, plan};

#[test]
fn every_kind_of_step_reads_well() {
    assert_data_eq!(
        plain(&human(&header(), &plan(), Detail::Brief)),
        str![[r#"
staging of shop, release 1.5.0, protected
aws account 111111111111 in eu-west-1

+ add  vpc.main
    cidr: 10.0.0.0/16

+ add  launch-template.web
    image: ami-0123456789
    instance: t4g.small
    ipv6: false
    monitoring: true
    network: {subnet: <vpc.main.id>}
    profile: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
    … 2 more (-v shows all)

~ change in place  security-group.web (sg-0123)
    vpc: vpc-0123 → (known after apply): vpc.main.id
    ingress.0.port: 80 → 443
    subnets: [a, b] → [b, c]

~ change in place  role.web (shop-staging-web)
    policy.Statement.0.Action: s3:GetObject → s3:*
    user_data:
          export PORT=8080
        - export RELEASE=1.4.9
        + export RELEASE=1.5.0
          fetch
    description:
        - …long long long long one
        + …long long long long two

… wait  load-balancer.web (arn:aws:elasticloadbalancing:xxxxxxxxxxxxxxxxxxxxxxx…
    still provisioning from an earlier change

± replace  database.main (shop-staging-main)
    engine: postgres → mysql
    engine cannot be changed in place
    DATA LOSS: this deletes the data of database.main. To permit it:
    --allow-data-loss database.main

- destroy  database.old (old)
    DATA LOSS: this deletes the data of database.old. To permit it:
    --allow-data-loss database.old

2 to add, 2 to change, 1 to replace, 1 to destroy, 1 to wait for, 1 unchanged

"#]]
    );
}

#[test]
fn nothing_is_cut_when_all_is_asked_for() {
    let text = human(&header(), &plan(), Detail::Full);
    assert!(text.contains(&"x".repeat(90)));
    assert!(text.contains("export RELEASE=1.5.0"));
    assert!(!text.contains("more (-v"));
}

#[test]
fn no_changes_say_so() {
    let unchanged = vec![observed("vpc", "main", "vpc-1"), observed("subnet", "a", "subnet-1")];
    let plan = Plan { steps: vec![], unchanged };
    assert_data_eq!(
        plain(&human(&header(), &plan, Detail::Brief)),
        str![[r#"
staging of shop, release 1.5.0, protected
aws account 111111111111 in eu-west-1

No changes: staging is as its definition says (2 resources).

"#]]
    );
}

#[test]
fn what_is_on_its_way_out_loses_nothing_by_being_waited_for() {
    let mut database = observed("database", "old", "old");
    database.holds_data = Some("database.old".to_owned());
    database.state = State::Leaving("deleting".to_owned());
    let address = database.address.clone();
    let action = Action::Delete { observed: database, replaced_for: vec![] };
    let plan = Plan { steps: vec![Step { address, action, after: [].into() }], unchanged: vec![] };
    let text = plain(&human(&header(), &plan, Detail::Brief));
    assert!(text.contains("… wait  database.old (old)\n    still deleting") && !text.contains("DATA LOSS"), "{text}");
}

#[test]
fn programs_read_the_whole_plan() {
    assert_data_eq!(format!("{:#}\n", json(&header(), &plan())), snapbox::file!["plan.json"]);
}

fn any_value() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![any::<bool>().prop_map(Value::Bool), any::<i64>().prop_map(Value::Integer), any_text()];
    plain.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::btree_map("[a-zA-Z0-9._:/]{1,40}", inner, 0..4).prop_map(Value::Map),
        ]
    })
}

fn any_text() -> impl Strategy<Value = Value> {
    prop_oneof!["\\PC{0,120}", "([a-z =]{0,90}\n){0,6}", "[\u{1b}\t\r\na-c\\[]{0,12}", Just(r#"{"a":[1]}"#.to_owned())]
        .prop_map(Value::Text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever a provider answers: a change is always seen, fits the columns, and steers no terminal.
    #[test]
    fn any_change_is_seen_and_fits(before in any_value(), after in any_value()) {
        prop_assume!(before != after);
        let observed = observed("role", "web", "shop-staging-web");
        let address = observed.address.clone();
        let desired = envctl::graph::Resource::new(address.clone(), "name");
        let action = Action::Update { desired, observed, changes: vec![change("property", before, after)] };
        let plan = Plan { steps: vec![Step { address, action, after: [].into() }], unchanged: vec![] };
        let text = plain(&human(&header(), &plan, Detail::Brief));
        let lines: Vec<&str> = text.lines().skip_while(|line| !line.starts_with('~')).collect();
        prop_assert!(lines[1].starts_with("    property"), "{text}");
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
}
