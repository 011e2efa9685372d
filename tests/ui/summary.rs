use std::time::Duration;

use envctl::engine::Outcome;
use envctl::plan::{Action, Plan, Step};
use envctl::provider::{Error, ErrorKind};
use envctl::ui::summary::{Doing, Summary};
use snapbox::{assert_data_eq, str};

use super::plain;
use super::sample::{header, observed, plan};

fn summary(doing: Doing, outcome: &Outcome, address: &[String]) -> (String, String) {
    let (environment, plan) = (header(), plan());
    let again = &format!("Run `envctl {} staging` again to go on.", doing.command());
    let summary = Summary { doing, environment: &environment, plan: &plan, outcome, address, again };
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
  Kept: the final snapshot shop-staging-main-final-4f2a (database.main).

"#]]
    );
    let (human, _) = summary(Doing::Down, &outcome, &[]);
    assert_data_eq!(
        human,
        str![[r#"
staging is gone after 4m12s.
  2 added, 2 changed, 1 replaced, 1 destroyed, 1 waited for, 1 unchanged.
  Kept: the final snapshot shop-staging-main-final-4f2a (database.main).

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
  Kept: the final snapshot shop-staging-main-final-4f2a (database.main).

database.main could not be created
  create-db-instance shop-staging-main: the account may have no more than 40
  instances (InstanceQuotaExceeded, request 5f3c2a)
  help: free some of it, or have the account's limit raised.

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
  "kept": [
    {
      "address": "database.main",
      "leaves": "the final snapshot shop-staging-main-final-4f2a"
    }
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
  Kept: the final snapshot shop-staging-main-final-4f2a (database.main).

Left: security-group.web, role.web, load-balancer.web, database.old

Run `envctl down staging` again to go on.

"#]]
    );
}

#[test]
fn what_stays_behind_is_told_of_what_was_deleted_in_truth() {
    let delete = |kind: &str, name: &str, leaves: &str| {
        let observed = observed(kind, name, name).attribute("leaves", leaves);
        let address = observed.address.clone();
        Step { address, action: Action::Delete { observed, replaced_for: vec![] }, after: [].into() }
    };
    let secret = "its value, recoverable for 7 days";
    let steps = vec![
        delete("secret", "SESSION_KEY", secret),
        delete("database", "main", "the final snapshot shop-staging-main-final-4f2a"),
        delete("secret", "STRIPE_KEY", secret),
        delete("secret", "LEFT", secret),
    ];
    let (environment, plan) = (header(), Plan { steps, unchanged: vec![] });
    let outcome = Outcome { done: vec![0, 1, 2], skipped: vec![3], interrupted: true, ..Outcome::default() };
    let again = "Run `envctl down staging` again to go on.";
    let summary =
        Summary { doing: Doing::Down, environment: &environment, plan: &plan, outcome: &outcome, address: &[], again };
    assert_data_eq!(
        plain(&summary.human()),
        str![[r#"
Stopped: 3 of 4 steps done in 0.0s.
  Kept: its value, recoverable for 7 days (secret.SESSION_KEY,
  secret.STRIPE_KEY).
  Kept: the final snapshot shop-staging-main-final-4f2a (database.main).

Left: secret.LEFT

Run `envctl down staging` again to go on.

"#]]
    );
    assert_data_eq!(
        format!("{:#}\n", summary.json()["kept"]),
        str![[r#"
[
  {
    "address": "secret.SESSION_KEY",
    "leaves": "its value, recoverable for 7 days"
  },
  {
    "address": "secret.STRIPE_KEY",
    "leaves": "its value, recoverable for 7 days"
  },
  {
    "address": "database.main",
    "leaves": "the final snapshot shop-staging-main-final-4f2a"
  }
]

"#]]
    );
}
