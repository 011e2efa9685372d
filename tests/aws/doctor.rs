//! `doctor`: what it finds of an account before anything is made there.

use serde_json::{Value as Json, json};

use super::project::{PROD, Project, STAGING};

fn checks(project: &Project, account: &str, code: i32) -> Vec<Json> {
    let ended = project.envctl(account, "doctor staging --format json");
    assert_eq!(ended.code, code, "{}\n{}", ended.out, ended.err);
    let report: Json = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(report["format_version"], 1);
    report["checks"].as_array().unwrap().clone()
}

/// `what state` of each.
fn states(checks: &[Json]) -> Vec<String> {
    let mut states: Vec<String> = checks
        .iter()
        .map(|one| format!("{} {}", one["what"].as_str().unwrap(), one["state"].as_str().unwrap()))
        .collect();
    states.dedup();
    states
}

fn missing(checks: &[Json]) -> Vec<&Json> {
    checks.iter().filter(|one| one["state"] == "missing").collect()
}

#[test]
fn an_account_in_order_lacks_nothing_and_nothing_is_changed_in_it() {
    let project = Project::new(60);
    let before = project.aws.inventory(STAGING).len();
    let found = checks(&project, STAGING, 0);
    let whole = ["account ok", "endpoints ok", "region ok", "clock ok", "permissions ok", "quota ok"];
    assert_eq!(states(&found), whole);
    assert_eq!(project.aws.inventory(STAGING).len(), before);
    let human = project.done("doctor staging").out;
    assert!(human.lines().all(|line| line.chars().count() <= 80), "{human}");
    assert!(human.contains("EC2-VPC Elastic IPs: 0 of 5 used, 2 to come"), "{human}");
    project.aws.assert_no_violations();
}

#[test]
fn a_permission_that_is_missing_is_named_with_what_it_is_for_and_what_helps() {
    let project = Project::new(60);
    for action in ["rds:CreateDBInstance", "ec2:CreateVpc", "ec2:DeleteVpc", "iam:PassRole"] {
        project.aws.deny(&[action]);
        let found = checks(&project, STAGING, 1);
        let [one] = missing(&found)[..] else { panic!("{found:#?}") };
        let text = |field: &str| one[field].as_str().unwrap().to_owned();
        assert_eq!((text("what"), text("found")), ("permission".to_owned(), format!("not allowed: {action}")));
        assert!(text("why").starts_with('`') && text("why").contains("cannot"), "{one}");
        assert!(text("remedy").starts_with(&format!("allow {action} to arn:")), "{one}");
    }
    project.aws.deny(&[]);
    project.aws.assert_no_violations();
}

/// EC2's own word is left, and the rest is neither in order nor missing.
#[test]
fn where_iam_may_not_be_asked_nothing_is_made_up() {
    let project = Project::new(60);
    project.aws.deny(&["iam:SimulatePrincipalPolicy", "ec2:DescribeVpcs"]);
    let found = checks(&project, STAGING, 1);
    let [one] = missing(&found)[..] else { panic!("{found:#?}") };
    assert_eq!(one["found"], "not allowed: ec2:DescribeVpcs");
    let unknown: Vec<&Json> = found.iter().filter(|one| one["state"] == "unknown").collect();
    assert!(unknown.iter().any(|one| one["remedy"].as_str().unwrap().contains("iam:SimulatePrincipalPolicy")));

    project.aws.deny(&["iam:SimulatePrincipalPolicy"]);
    checks(&project, STAGING, 0);
    let human = project.done("doctor staging").out;
    assert!(human.contains("\nNothing is missing, as far as can be told: 1 unknown.\n"), "{human}");
}

#[test]
fn another_account_is_all_that_is_said_of_it() {
    let project = Project::new(60);
    let found = checks(&project, PROD, 1);
    assert_eq!(states(&found), ["account missing"]);
    assert!(found[0]["found"].as_str().unwrap().contains(PROD), "{found:#?}");
    assert!(found[0]["remedy"].as_str().unwrap().contains("AWS_PROFILE"), "{found:#?}");
}

#[test]
fn a_quota_that_would_not_do_is_found_before_it_is_met() {
    let project = Project::new(60);
    project.aws.by_hand(STAGING, "for _ in range(4): client('ec2').allocate_address(Domain='vpc')");
    let found = checks(&project, STAGING, 1);
    let [one] = missing(&found)[..] else { panic!("{found:#?}") };
    assert_eq!(one["found"], "EC2-VPC Elastic IPs: 4 of 5 are used, and 2 are to come");
    assert!(one["remedy"].as_str().unwrap().contains("Service Quotas"), "{one}");
}

#[test]
fn a_service_that_does_not_answer_is_named_and_waited_for_no_longer_than_that() {
    let project = Project::new(60);
    let mut command = project.command(STAGING, "doctor staging");
    // Nobody listens there.
    command.env("AWS_ENDPOINT_URL_RDS", "http://127.0.0.1:9");
    let output = command.output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{out}{}", String::from_utf8_lossy(&output.stderr));
    assert!(out.contains("RDS in eu-west-1 does not answer"), "{out}");
}

/// The SDK signs again by AWS's clock.
#[test]
fn a_clock_that_is_off_is_told_and_in_nobodys_way() {
    let project = Project::new(60);
    for (ahead, said) in [(900, "s behind AWS's"), (-900, "s ahead of AWS's"), (120, "s behind AWS's")] {
        project.aws.set("door", &json!({ "ahead": ahead }));
        let found = checks(&project, STAGING, 1);
        let [one] = missing(&found)[..] else { panic!("{found:#?}") };
        assert!(one["what"] == "clock" && one["found"].as_str().unwrap().ends_with(said), "{one}");
        assert!(states(&found).contains(&"permissions ok".to_owned()), "{found:#?}");
        project.done("plan staging");
    }
    project.aws.assert_no_violations();
}

#[test]
fn a_region_that_is_not_enabled_or_not_there_is_told_from_bad_credentials() {
    let project = Project::new(60);
    project.aws.set("door", &json!({ "disabled": ["eu-west-1"] }));
    let found = checks(&project, STAGING, 1);
    assert_eq!(states(&found), ["region missing"]);
    assert_eq!(found[0]["found"], "eu-west-1 is not enabled in this account");

    project.aws.set("door", &json!({}));
    project.aws.set("door", &json!({ "disabled": ["eu-wset-1"] }));
    project.edit("environments/staging.toml", |text| text.replace("eu-west-1", "eu-wset-1"));
    let found = checks(&project, STAGING, 1);
    assert_eq!(found[0]["found"], "AWS knows no region eu-wset-1");
    project.aws.assert_no_violations();
}
