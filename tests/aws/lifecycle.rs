//! From nothing to a running environment, through a release, and back.

use serde_json::Value as Json;

use super::project::{Project, STAGING, of_kind, remains};

#[test]
fn an_environment_lives_and_leaves_nothing_but_what_it_says() {
    let project = Project::new(600);
    project.keep_data();
    let planned = project.staging("plan staging --exit-code");
    assert_eq!(planned.code, 1, "{}", planned.err);
    assert!(project.aws.changes().iter().all(|call| call == "ImportCertificate"), "planning changes nothing");

    let up = project.done("up staging --yes");
    assert!(up.out.contains("staging is up"), "{}", up.out);
    let made = project.aws.inventory(STAGING);
    assert_layout(&made);
    assert!(made.iter().all(is_tagged), "{made:#?}");

    let again = project.done("plan staging --exit-code");
    assert!(again.out.contains("No changes: staging is as its definition says"), "{}", again.out);
    let before = project.aws.changes().len();
    assert!(project.done("up staging --yes").out.contains("No changes"));
    assert_eq!(project.aws.changes().len(), before, "up changes nothing when there is nothing to change");
    assert!(project.done("status staging").out.contains("1/1 healthy"));

    let old = instances(&made);
    project.replace("environments/staging.toml", "release  = \"1.5.0\"", "release  = \"1.6.0\"");
    let released = project.done("up staging --yes");
    assert!(released.out.contains("4 changed"), "{}", released.out);
    let new = instances(&project.aws.inventory(STAGING));
    assert_eq!(new.len(), old.len());
    assert!(new.iter().all(|instance| !old.contains(instance)), "a release replaces every instance");
    project.done("plan staging --exit-code");

    let refused = project.staging("down staging --yes");
    assert_eq!(refused.code, 3);
    assert!(refused.err.contains("--allow-data-loss database.main"), "{}", refused.err);
    project.done("down staging --yes --allow-data-loss database.main");
    let left = project.aws.inventory(STAGING);
    assert!(left.iter().all(remains), "{left:#?}");
    assert_eq!(left.iter().filter(|left| left["kind"] != "secret").count(), 1, "one final snapshot: {left:#?}");
    assert!(project.done("down staging --yes").out.contains("Nothing of staging exists"));
    project.aws.assert_no_violations();
}

#[test]
fn secrets_come_back_with_their_values_and_never_show() {
    let project = Project::new(600);
    let value = |project: &Project| {
        let script =
            "print(client('secretsmanager').get_secret_value(SecretId='shop/staging/SESSION_KEY')['SecretString'])";
        project.aws.by_hand(STAGING, script)
    };
    let up = project.done("up staging --yes -vv");
    let first = value(&project);
    assert_eq!(first.len(), 48);
    for shown in
        [&up.out, &up.err, &project.done("plan staging -v --format json").out, &project.done("status staging").out]
    {
        assert!(!shown.contains(&first), "a secret's value is in the output");
    }
    project.done("down staging --yes --allow-data-loss database.main");
    project.done("up staging --yes");
    assert_eq!(value(&project), first);
    project.aws.assert_no_violations();
}

#[test]
fn two_environments_in_one_account_do_not_touch_each_other() {
    let project = Project::new(600);
    let staging = std::fs::read_to_string(project.file("environments/staging.toml")).unwrap();
    let qa = staging.replace("staging.shop.example", "qa.shop.example");
    std::fs::write(project.file("environments/qa.toml"), qa).unwrap();
    let foreign = "vpc = client('ec2').create_vpc(CidrBlock='10.9.0.0/16')['Vpc']['VpcId']\n\
                   client('ec2').create_security_group(GroupName='by-hand', Description='by hand', VpcId=vpc)";
    project.aws.by_hand(STAGING, foreign);
    project.done("up qa --yes");
    let before = project.aws.inventory(STAGING);
    project.done("up staging --yes");
    project.done("down staging --yes --allow-data-loss database.main");
    let after: Vec<Json> =
        project.aws.inventory(STAGING).into_iter().filter(|resource| !is_of(resource, "staging")).collect();
    assert_eq!(after, before);
    project.done("plan qa --exit-code");
    project.aws.assert_no_violations();
}

fn is_of(resource: &Json, environment: &str) -> bool {
    resource["tags"]["envctl:environment"] == environment || resource["name"].to_string().contains(environment)
}

/// What follows from a launch (an instance, its network interface and disk) is tagged with it, or belongs to it.
fn is_tagged(resource: &Json) -> bool {
    let born_of_another = ["network-interface", "volume", "db-snapshot"];
    let kind = resource["kind"].as_str().unwrap_or_default();
    let managed = resource["name"].as_str().is_some_and(|name| name.starts_with("rds!db-"));
    managed || born_of_another.contains(&kind) || resource["tags"]["envctl:environment"] == "staging"
}

fn instances(inventory: &[Json]) -> Vec<String> {
    of_kind(inventory, "instance").iter().map(|instance| instance["id"].to_string()).collect()
}

fn assert_layout(made: &[Json]) {
    let count = |kind: &str| of_kind(made, kind).len();
    let counts =
        ["vpc", "subnet", "nat-gateway", "db-instance", "load-balancer", "auto-scaling-group", "instance"].map(count);
    assert_eq!(counts, [1, 4, 2, 1, 1, 2, 2], "{made:#?}");
    let database = &of_kind(made, "db-instance")[0]["properties"];
    assert_eq!((&database["encrypted"], &database["public"]), (&true.into(), &false.into()), "{database:#}");
}
