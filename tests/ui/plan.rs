use envctl::plan::Plan;
use envctl::ui::plan::{Detail, human, json};
use snapbox::{assert_data_eq, str};

use super::plain;
use super::sample::{header, observed, plan};

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
fn programs_read_the_whole_plan() {
    assert_data_eq!(format!("{:#}\n", json(&header(), &plan())), snapbox::file!["plan.json"]);
}
