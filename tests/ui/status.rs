use envctl::model::{Inventory, Local, State, Target};
use envctl::ui::status::{StatusReport, environments_human, environments_json};
use snapbox::{assert_data_eq, str};

use super::plain;
use super::sample::{definition, header, observed};

fn inventory() -> Inventory {
    let mut group = observed("autoscaling-group", "web", "shop-staging-web");
    group.attributes.insert("health".to_owned(), "1/2 healthy".to_owned());
    let mut balancer = observed("load-balancer", "web", &format!("arn:aws:elasticloadbalancing:{}", "x".repeat(70)));
    balancer.attributes.insert("url".to_owned(), "https://staging.shop.example".to_owned());
    let mut database = observed("database", "main", "shop-staging-main");
    database.state = State::Pending("backing-up".to_owned());
    let mut nat = observed("nat-gateway", "a", "nat-0123");
    nat.state = State::Failed("Gateway.NotAttached: the network has no internet gateway attached".to_owned());
    Inventory::new(vec![group, balancer, database, nat])
}

/// What a cell has no room for stands below.
#[test]
fn what_does_not_run_is_not_ready_and_what_is_ill_says_why() {
    let stopped = observed("database", "main", "main").with("running", false).attribute("health", "not running");
    let mut ill = observed("component", "web", "web");
    ill.state = State::Pending("0/2 healthy: it answered 404 at /nope, not 200".to_owned());
    ill.attributes.insert("health".to_owned(), "0/2 healthy: it answered 404 at /nope, not 200".to_owned());
    let mut rolling = observed("auto-scaling-group", "web", "shop-staging-web");
    rolling.state = State::Pending("new instances: 40 %".to_owned());
    let report = StatusReport::new(header(), &Inventory::new(vec![stopped, ill, rolling]));
    assert_data_eq!(
        plain(&report.human()).split_once("\n\n").unwrap().1.to_owned(),
        str![[r#"
RESOURCE                STATE    HEALTH       ID
auto-scaling-group.web  pending  -            shop-staging-web
component.web           pending  0/2 healthy  web
database.main           stopped  not running  main

3 resources: 1 stopped, 2 pending

auto-scaling-group.web pending
  new instances: 40 %

component.web pending
  0/2 healthy: it answered 404 at /nope, not 200

"#]]
    );
    assert_eq!(report.json()["resources"][2]["state"], "stopped");
}

#[test]
fn resources_stand_with_their_health() {
    let report = StatusReport::new(header(), &inventory());
    assert_data_eq!(
        plain(&report.human()),
        str![[r#"
staging of shop, release 1.5.0, protected
aws account 111111111111 in eu-west-1
https://staging.shop.example

RESOURCE               STATE       HEALTH       ID
autoscaling-group.web  ready       1/2 healthy  shop-staging-web
database.main          backing-up  -            shop-staging-main
load-balancer.web      ready       -            arn:aws:elasticloadbalancing:xx…
nat-gateway.a          failed      -            nat-0123

4 resources: 2 ready, 1 pending, 1 failed

nat-gateway.a failed
  Gateway.NotAttached: the network has no internet gateway attached

"#]]
    );
    assert_data_eq!(
        format!("{:#}\n", report.json()),
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
  "address": [
    "https://staging.shop.example"
  ],
  "resources": [
    {
      "address": "autoscaling-group.web",
      "id": "shop-staging-web",
      "state": "ready",
      "detail": null,
      "health": "1/2 healthy"
    },
    {
      "address": "database.main",
      "id": "shop-staging-main",
      "state": "pending",
      "detail": "backing-up",
      "health": null
    },
    {
      "address": "load-balancer.web",
      "id": "arn:aws:elasticloadbalancing:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
      "state": "ready",
      "detail": null,
      "health": null
    },
    {
      "address": "nat-gateway.a",
      "id": "nat-0123",
      "state": "failed",
      "detail": "Gateway.NotAttached: the network has no internet gateway attached",
      "health": null
    }
  ]
}

"#]]
    );
}

#[test]
fn nothing_exists() {
    let report = StatusReport::new(header(), &Inventory::default());
    assert_data_eq!(
        plain(&report.human()),
        str![[r#"
staging of shop, release 1.5.0, protected
aws account 111111111111 in eu-west-1

Nothing of staging exists yet: `envctl up staging` makes it.

"#]]
    );
}

#[test]
fn environments_stand_side_by_side() {
    let all = [
        definition("dev", Target::Local(Local::default()), None),
        definition("prod", header().target, None),
        definition("staging", header().target, Some("prod")),
    ];
    assert_data_eq!(
        plain(&environments_human(&all)),
        str![[r#"
ENVIRONMENT  APP   TARGET                      RELEASE  MIRRORS  PROTECTED
dev          shop  local                       -        -        -
prod         shop  aws 111111111111 eu-west-1  1.5.0    -        yes
staging      shop  aws 111111111111 eu-west-1  1.5.0    prod     -

"#]]
    );
    assert_data_eq!(
        format!("{:#}\n", environments_json(&all)),
        str![[r#"
{
  "format_version": 1,
  "environments": [
    {
      "name": "dev",
      "app": "shop",
      "target": {
        "provider": "local"
      },
      "protected": false,
      "release": null,
      "mirrors": null
    },
    {
      "name": "prod",
      "app": "shop",
      "target": {
        "provider": "aws",
        "account": "111111111111",
        "region": "eu-west-1"
      },
      "protected": true,
      "release": "1.5.0",
      "mirrors": null
    },
    {
      "name": "staging",
      "app": "shop",
      "target": {
        "provider": "aws",
        "account": "111111111111",
        "region": "eu-west-1"
      },
      "protected": false,
      "release": "1.5.0",
      "mirrors": "prod"
    }
  ]
}

"#]]
    );
}
