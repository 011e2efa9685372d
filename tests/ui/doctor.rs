use envctl::provider::Check;
use envctl::ui::doctor;
use snapbox::{assert_data_eq, str};

use super::plain;
use super::sample::header;

fn checks() -> Vec<Check> {
    vec![
        Check::in_order("account", "111111111111, as arn:aws:iam::111111111111:user/ann"),
        Check::missing(
            "permission",
            "not allowed: rds:CreateDBInstance, rds:CreateDBSubnetGroup",
            "`up` cannot make the databases",
            "allow rds:CreateDBInstance, rds:CreateDBSubnetGroup to ann; `envctl doctor --policy staging` prints on what",
        ),
        Check::unknown("quota", "the limits of a service cannot be told", "no answer in time", "try again."),
    ]
}

#[test]
fn what_is_missing_stands_with_why_it_matters_and_what_helps() {
    assert_data_eq!(
        plain(&doctor::human(&header(), &checks())),
        str![[r#"
staging of shop, release 1.5.0, protected
aws account 111111111111 in eu-west-1

 ok       account      111111111111, as arn:aws:iam::111111111111:user/ann
 missing  permission   not allowed: rds:CreateDBInstance,
                       rds:CreateDBSubnetGroup
                       `up` cannot make the databases
                       → allow rds:CreateDBInstance, rds:CreateDBSubnetGroup to
                       ann; `envctl doctor --policy staging` prints on what
 unknown  quota        the limits of a service cannot be told
                       no answer in time
                       → try again.

1 missing, 1 unknown.

"#]]
    );
    assert!(doctor::human(&header(), &checks()[..1]).ends_with("\nAll is in order.\n"));
    assert!(doctor::lacks(&checks()) && !doctor::lacks(&checks()[2..]));
}

#[test]
fn programs_read_the_same() {
    let json = doctor::json(&header(), &checks());
    let states: Vec<&str> =
        json["checks"].as_array().unwrap().iter().map(|check| check["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["ok", "missing", "unknown"]);
    assert!(json["checks"][0]["remedy"].is_null() && json["checks"][1]["remedy"].is_string());
}
