use std::time::Duration;

use envctl::engine::Outcome;
use envctl::provider::{Error, ErrorKind};
use envctl::ui::summary::{Doing, Summary};
use snapbox::{assert_data_eq, str};

use super::plain;
use super::sample::{header, plan};

fn summary(doing: Doing, outcome: &Outcome, address: &[String]) -> (String, String) {
    let (environment, plan) = (header(), plan());
    let summary = Summary { doing, environment: &environment, plan: &plan, outcome, address };
    (plain(&summary.human()), format!("{:#}\n", summary.json()))
}

fn partly() -> Outcome {
    let message = "create-db-instance shop-staging-main: the account may have no more than 40 instances \
                   (InstanceQuotaExceeded, request 5f3c2a)";
    Outcome {
        done: vec![0, 1, 5],
        failed: vec![(6, Error::new(ErrorKind::Quota, message))],
        skipped: vec![2, 3, 4, 7],
        interrupted: false,
        took: Duration::from_secs(182),
    }
}

#[test]
fn done() {
    let outcome = Outcome { done: (0..8).collect(), took: Duration::from_secs(252), ..Outcome::default() };
    let (human, _) = summary(Doing::Up, &outcome, &["https://staging.shop.example".to_owned()]);
    assert_data_eq!(
        human,
        str![[r#"
staging is up after 4m12s.
  2 added, 2 changed, 1 replaced, 1 destroyed, 1 waited for, 1 unchanged.
  https://staging.shop.example

"#]]
    );
    let (human, _) = summary(Doing::Down, &outcome, &[]);
    assert_data_eq!(
        human,
        str![[r#"
staging is gone after 4m12s.
  2 added, 2 changed, 1 replaced, 1 destroyed, 1 waited for, 1 unchanged.

"#]]
    );
}

#[test]
fn a_failure_says_what_helps_and_what_is_left() {
    let (human, json) = summary(Doing::Up, &partly(), &[]);
    assert_data_eq!(
        human,
        str![[r#"
Partly applied: 3 of 8 steps done, 1 failed in 3m02s.

database.main could not be created
  create-db-instance shop-staging-main: the account may have no more than 40
  instances (InstanceQuotaExceeded, request 5f3c2a)
  What helps: free some of it, or have the account's limit raised.

Left: security-group.web, role.web, load-balancer.web, database.old

Run `envctl up staging` again to go on.

"#]]
    );
    assert_data_eq!(
        json,
        str![[r#"
{
  "format_version": 1,
  "environment": {
    "name": "staging",
    "app": "shop",
    "target": {
      "provider": "aws",
      "account": "111111111111",
      "region": "eu-west-1"
    },
    "protected": true,
    "release": "1.5.0"
  },
  "complete": false,
  "interrupted": false,
  "seconds": 182.0,
  "unchanged": 1,
  "done": [
    "vpc.main",
    "launch-template.web",
    "database.main"
  ],
  "failed": [
    {
      "address": "database.main",
      "error": "create-db-instance shop-staging-main: the account may have no more than 40 instances (InstanceQuotaExceeded, request 5f3c2a)",
      "remedy": "free some of it, or have the account's limit raised."
    }
  ],
  "left": [
    "security-group.web",
    "role.web",
    "load-balancer.web",
    "database.old"
  ],
  "address": []
}

"#]]
    );
}

#[test]
fn stopped_on_request() {
    let outcome = Outcome { failed: vec![], interrupted: true, ..partly() };
    assert_data_eq!(
        summary(Doing::Down, &outcome, &[]).0,
        str![[r#"
Stopped: 3 of 8 steps done in 3m02s.

Left: security-group.web, role.web, load-balancer.web, database.old

Run `envctl down staging` again to go on.

"#]]
    );
}
