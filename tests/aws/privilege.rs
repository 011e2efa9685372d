//! The policy that `doctor --policy` prints, enforced: it is enough for all that envctl does, and holds nothing that nothing
//! needs.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::project::{Project, STAGING, census, remains};

/// What these runs do not call, and who does.
const BEYOND: [(&str, &str); 5] = [
    ("autoscaling:CancelInstanceRefresh", "an `up` while an earlier one's release is still rolling out"),
    ("ec2:DescribeKeyPairs", "an audit that finds instances with key pairs"),
    ("ec2:GetManagedPrefixListEntries", "an audit that finds rules with prefix lists"),
    ("iam:CreateServiceLinkedRole", "AWS itself, at the first load balancer, database or group in an account"),
    ("rds:DescribeDBProxyTargets", "an audit that finds proxies"),
];

/// The policies as they are printed for an environment.
fn printed(project: &Project, environment: &str) -> Vec<Json> {
    let calls = project.aws.calls().len();
    let printed = project.done(&format!("doctor --policy {environment}"));
    assert_eq!(project.aws.calls().len(), calls, "it asks nobody");
    let policies: Vec<Json> = serde_json::from_str(&printed.out).unwrap();
    assert!(policies.iter().all(|policy| policy.to_string().len() <= 6144));
    policies
}

fn actions(policies: &[Json]) -> BTreeSet<String> {
    let statements = policies.iter().flat_map(|policy| policy["Statement"].as_array().unwrap());
    let actions = statements.flat_map(|statement| statement["Action"].as_array().unwrap());
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

fn allow_both(project: &Project) -> BTreeSet<String> {
    let policies: Vec<Json> = ["staging", "twin"].iter().flat_map(|name| printed(project, name)).collect();
    project.aws.allow_only(STAGING, &policies);
    actions(&policies)
}

/// Up, another release, promoted and brought back, and all that looks on.
fn release(project: &Project) {
    let healthy = project.done("doctor staging");
    assert!(healthy.out.ends_with("\nAll is in order.\n"), "{}", healthy.out);
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    project.done("status staging");
    project.done("up twin --yes");
    for environment in ["staging", "twin"] {
        project.set_secret(environment);
    }
    project.release("staging", "1.6.0");
    project.done("up staging --yes");
    let by_hand = "--skip migrations --reason by-hand";
    project.done(&format!("promote staging twin --min-age 0s --watch 1s --yes --write {by_hand}"));
    project.done("plan twin --exit-code");
    project.done("history twin");
    project.done("rollback twin --yes");
    project.done("ls --live");
    project.done("run staging -- true");
    let audited = project.staging("audit --live --secrets staging twin");
    assert_eq!((audited.code, audited.err.as_str()), (0, ""), "{}", audited.out);
    project.done("down twin --yes --allow-data-loss database.main");
}

/// Whatever a definition can ask for beside that, and take back.
fn change(project: &Project) {
    let template = "templates/shop.toml";
    project.replace(template, "storage    = \"50 GiB\"", "storage    = \"80 GiB\"");
    project.replace(template, "log_min_duration_statement = \"500\"\n", "");
    project.replace(template, "health    = \"/healthz\"", "health    = \"/up\"");
    let shape = std::fs::read_to_string(project.file(template)).unwrap();
    let public = "[compute.worker]\nport = 9000\nhealth = \"/up\"\npublic = true";
    project.replace(template, "[compute.worker]", public);
    project.done("up staging --yes");
    project.edit(template, |_| shape);
    project.edit("environments/staging.toml", |text| format!("{text}\n[network]\nzones = 2\negress = \"none\"\n"));
    project.done("up staging --yes");
    project.replace("environments/staging.toml", "zones = 2", "zones = 3");
    project.done("up staging --yes");
    project.replace("environments/staging.toml", "egress = \"none\"", "egress = \"per-zone\"");
    project.edit("environments/staging.toml", |text| {
        text.lines().filter(|line| !line.starts_with("certificate")).map(|line| format!("{line}\n")).collect()
    });
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
}

/// What somebody has changed at the console is set right, by the same policy.
fn meddle(project: &Project) {
    let policies = printed(project, "staging");
    project.aws.allow_all(STAGING);
    project.aws.by_hand(STAGING, include_str!("meddled.py"));
    project.aws.allow_only(STAGING, &policies);
    // The database takes two minutes of AWS's to stop.
    std::thread::sleep(std::time::Duration::from_secs(1));
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
}

#[test]
fn the_printed_policy_is_enough_and_no_more() {
    let project = Project::with_twin(600);
    project.keep_data();
    let granted = allow_both(&project);
    release(&project);
    change(&project);
    meddle(&project);
    let gone = "down staging --yes --allow-data-loss database.main";
    project.done(gone);
    // Its secrets come back.
    project.done("up staging --yes");
    project.done(gone);
    assert_eq!(census(&project), [""; 0]);
    project.aws.assert_no_violations();

    let seen: BTreeSet<String> = project.aws.judged(STAGING).into_iter().collect();
    assert_eq!(seen.difference(&granted).collect::<Vec<_>>(), [""; 0], "called, and not granted");
    let unused: BTreeSet<&str> = granted.difference(&seen).map(String::as_str).collect();
    assert_eq!(unused, BEYOND.map(|(action, _)| action).into(), "granted, and not called");
}

/// Another environment of the same app in the same account, and one of another app.
#[test]
fn one_environments_policy_reaches_no_other() {
    let project = Project::with_twin(600);
    project.done("up staging --yes");
    let policies = printed(&project, "twin");
    project.aws.allow_only(STAGING, &policies);
    let before = census(&project);
    for line in ["down staging --yes --allow-data-loss database.main", "secret get staging SESSION_KEY"] {
        let refused = project.staging(line);
        assert_ne!(refused.code, 0, "envctl {line}\n{}", refused.out);
        assert!(refused.err.contains("not authorized"), "{}", refused.err);
    }
    assert_eq!(census(&project), before);
    project.done("up twin --yes");
    project.done("down twin --yes");
    assert_eq!(census(&project), before);
    project.aws.assert_no_violations();
}

/// What is gone has no tags any more, and whoever may remove only what has them is refused.
#[test]
fn what_was_done_already_is_no_error_to_whoever_has_the_policy() {
    let project = Project::new(600);
    project.aws.allow_only(STAGING, &printed(&project, "staging"));
    project.aws.faults(0, &json!([{ "fault": "cut", "when": "after", "changes": true, "every": 2 }]));
    project.done("up staging --yes");
    project.done("down staging --yes --allow-data-loss database.main");
    assert_eq!(census(&project), [""; 0]);
    project.aws.assert_no_violations();
}

/// Whoever has the policy for any environment has it for each.
#[test]
fn the_policy_for_any_environment_is_enough_for_one_and_its_previews() {
    let project = Project::new(600);
    project.with_staging_alone();
    project.aws.allow_only(STAGING, &printed(&project, ""));
    let healthy = project.done("doctor staging");
    assert!(healthy.out.ends_with("\nAll is in order.\n"), "{}", healthy.out);
    project.done("up staging --yes");
    project.done("up pr-1 --like staging --release 1.6.0 --ttl 1ms --yes");
    project.done("ls --live");
    let reaped = project.done("reap --yes");
    assert!(reaped.out.contains("pr-1 is gone"), "{}", reaped.out);
    project.done("plan staging --exit-code");
    project.done("down staging --yes --allow-data-loss database.main");
    assert!(project.aws.inventory(STAGING).iter().all(remains));
    project.aws.assert_no_violations();
}
