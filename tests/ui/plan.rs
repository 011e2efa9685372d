use envctl::model::{Address, State, Value};
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
    DATA LOSS: database.main is deleted, leaving the final snapshot
    shop-staging-main-final-4f2a. To permit it: --allow-data-loss database.main

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

/// The lines of one step, without header and tally.
fn block(address: &Address, action: Action, detail: Detail) -> String {
    let plan = Plan { steps: vec![Step { address: address.clone(), action, after: [].into() }], unchanged: vec![] };
    let text = plain(&human(&header(), &plan, detail));
    let lines: Vec<&str> = text.lines().skip(3).collect();
    lines[..lines.len() - 2].join("\n") + "\n"
}

fn rule(port: u16, peer: &str) -> Value {
    let (from, to) = (Value::from(port), Value::from(port));
    Value::map([("from", from), ("peer", Value::text(peer)), ("protocol", "tcp".into()), ("to", to)])
}

#[test]
fn each_rule_of_what_is_added_has_its_line() {
    let statement = Value::map([
        ("Action", Value::List(vec!["secretsmanager:GetSecretValue".into()])),
        ("Effect", "Allow".into()),
        ("Resource", Value::List(vec!["arn:aws:secretsmanager:*:*:secret:shop/staging/SESSION_KEY".into()])),
    ]);
    let parameters = Value::map([
        ("log_min_duration_statement", "500".into()),
        ("rds.force_ssl", "1".into()),
        ("shared_preload_libraries", "pg_stat_statements".into()),
    ]);
    let address = Address::new("security-group", "web");
    let desired = envctl::graph::Resource::new(address.clone(), "shop-staging-web")
        .with("egress", Value::List(vec![Value::Map([].into())]))
        .with("ingress", Value::List((1..=9).map(|port| rule(port, "203.0.113.0/24")).collect()))
        .with("parameters", parameters)
        .with("policy", Value::List(vec![statement]));
    let text = block(&address, Action::Create { desired, replaces: false }, Detail::Brief);
    assert_data_eq!(
        text,
        str![[r#"
+ add  security-group.web
    egress.0: {}
    ingress.0: from 1, peer 203.0.113.0/24, protocol tcp, to 1
    ingress.1: from 2, peer 203.0.113.0/24, protocol tcp, to 2
    ingress.2: from 3, peer 203.0.113.0/24, protocol tcp, to 3
    ingress.3: from 4, peer 203.0.113.0/24, protocol tcp, to 4
    ingress.4: from 5, peer 203.0.113.0/24, protocol tcp, to 5
    ingress.5: from 6, peer 203.0.113.0/24, protocol tcp, to 6
    … 3 more of ingress (-v shows all)
    parameters.log_min_duration_statement: 500
    parameters.rds.force_ssl: 1
    parameters.shared_preload_libraries: pg_stat_statements
    policy.0: Action [secretsmanager:GetSecretValue], Effect Allow,
        Resource [arn:aws:secretsmanager:*:*:secret:shop/staging/SESSION_KEY]

"#]]
    );
}

#[test]
fn a_rule_that_comes_or_goes_is_one_line() {
    let observed = observed("security-group", "web", "sg-1");
    let address = observed.address.clone();
    let desired = envctl::graph::Resource::new(address.clone(), "name");
    let before = Value::List(vec![rule(80, "10.0.0.0/8"), rule(5432, "0.0.0.0/0"), rule(443, "10.0.0.0/8")]);
    let after = Value::List(vec![rule(443, "10.0.0.0/8"), rule(80, "203.0.113.0/24"), rule(22, "198.51.100.7/32")]);
    let changes = vec![change("ingress", before, after)];
    let text = block(&address, Action::Update { desired, observed, changes }, Detail::Brief);
    assert_data_eq!(
        text,
        str![[r#"
~ change in place  security-group.web (sg-1)
    ingress.1.peer: 10.0.0.0/8 → 203.0.113.0/24
    ingress: - {from 5432, peer 0.0.0.0/0, protocol tcp, to 5432}
    ingress: + {from 22, peer 198.51.100.7/32, protocol tcp, to 22}

"#]]
    );
}

#[test]
fn an_empty_line_within_a_text_leaves_no_blanks() {
    let observed = observed("role", "web", "shop-staging-web");
    let address = observed.address.clone();
    let desired = envctl::graph::Resource::new(address.clone(), "name");
    let changes = vec![change("user_data", "\nfetch\n", "\nfetch\nstart\n"), change("text", "\nold\n", "\nnew\n")];
    let text = block(&address, Action::Update { desired, observed, changes }, Detail::Brief);
    assert_data_eq!(
        text,
        str![[r#"
~ change in place  role.web (shop-staging-web)
    user_data:
          fetch
        + start
    text:

        - old
        + new

"#]]
    );
}

#[test]
fn what_stays_behind_is_said_before_it_is_deleted() {
    let secret = observed("secret", "KEY", "arn").attribute("leaves", "its value, recoverable for 7 days");
    let address = secret.address.clone();
    let text = block(&address, Action::Delete { observed: secret, replaced_for: vec![] }, Detail::Brief);
    assert_data_eq!(
        text,
        str![[r#"
- destroy  secret.KEY (arn)
    leaves its value, recoverable for 7 days

"#]]
    );
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
