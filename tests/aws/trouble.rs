//! What AWS does of itself: lists that lag, gateways that fail, databases that were stopped or moved on.

use serde_json::json;

use super::project::{PROD, Project, STAGING, of_kind, remains};

#[test]
fn lists_that_lag_neither_hide_nor_double_anything() {
    let project = Project::new(60);
    project.keep_data();
    project.aws.set("lag", &json!({ "secretsmanager:ListSecrets": 3000, "iam:GetAccountAuthorizationDetails": 10 }));
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    project.done("down staging --yes --allow-data-loss database.main");
    let left = project.aws.inventory(STAGING);
    assert!(left.iter().all(remains), "{left:#?}");
    project.aws.assert_no_violations();
}

#[test]
fn a_gateway_that_failed_is_made_anew() {
    let project = Project::new(600);
    project.aws.set("nat", &json!({ "count": 1 }));
    let up = project.staging("up staging --yes");
    assert_eq!(up.code, 4, "{}", up.err);
    assert!(up.out.contains("nat-gateway."), "{}", up.out);
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    assert_eq!(of_kind(&project.aws.inventory(STAGING), "nat-gateway").len(), 2);
    project.aws.assert_no_violations();
}

#[test]
fn a_database_that_was_stopped_is_started_and_not_replaced() {
    let project = Project::new(600);
    project.done("up staging --yes");
    project.aws.by_hand(STAGING, "client('rds').stop_db_instance(DBInstanceIdentifier='shop-staging-main')");
    std::thread::sleep(std::time::Duration::from_millis(800));
    let plan = project.staging("plan staging --exit-code");
    assert!(
        plan.out.contains("running: false → true") && plan.out.contains("1 to change, 31 unchanged"),
        "{}",
        plan.out
    );
    // What else is to change follows in the same run.
    project.replace("templates/shop.toml", "storage    = \"50 GiB\"", "storage    = \"80 GiB\"");
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}

#[test]
fn a_database_that_aws_moved_on_within_its_line_stays() {
    let project = Project::new(600);
    project.replace("templates/shop.toml", "version    = \"16.9\"", "version    = \"16.8\"");
    project.done("up staging --yes");
    let moved = json!({ "identifier": "shop-staging-main", "account": STAGING, "version": "16.9" });
    project.aws.set("database", &moved);
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}

#[test]
fn instances_that_never_get_healthy_are_told_and_left_for_the_next_release() {
    let project = Project::new(600);
    project.done("up staging --yes");
    project.aws.set("sick", &json!({ "user_data": ["shop/1.6.0"] }));
    project.replace("environments/staging.toml", "release  = \"1.5.0\"", "release  = \"1.6.0\"");
    let up = project.staging("up staging --yes");
    assert_eq!(up.code, 4, "{}{}", up.out, up.err);
    assert!(up.out.contains("auto-scaling-group.web"), "{}", up.out);
    project.replace("environments/staging.toml", "release  = \"1.6.0\"", "release  = \"1.6.1\"");
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}

#[test]
fn a_group_whose_instances_come_and_go_takes_the_release_that_mends_it() {
    let project = Project::new(600);
    project.done("up staging --yes");
    project.aws.set("sick", &json!({ "user_data": ["shop/1.6.0"] }));
    project.replace("environments/staging.toml", "release  = \"1.5.0\"", "release  = \"1.6.0\"");
    assert_eq!(project.staging("up staging --yes").code, 4);
    // Those of the sick release are started and given up again and again. It is met while none serves.
    let serves = || {
        let status = project.done("status staging --format json").out;
        let status: serde_json::Value = serde_json::from_str(&status).unwrap();
        let resources = status["resources"].as_array().unwrap().iter();
        resources.filter(|one| one["address"] == "auto-scaling-group.web").all(|one| one["state"] == "ready")
    };
    let began = std::time::Instant::now();
    while serves() {
        assert!(began.elapsed().as_secs() < 60, "its instances serve all the time");
    }
    project.replace("environments/staging.toml", "release  = \"1.6.0\"", "release  = \"1.6.1\"");
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}

#[test]
fn what_stands_in_another_region_is_not_taken_over() {
    let project = Project::new(600);
    project.done("up staging --yes");
    project.replace("environments/staging.toml", "region  = \"eu-west-1\"", "region  = \"eu-central-1\"");
    project.edit("environments/staging.toml", |text| {
        text.lines().filter(|line| !line.starts_with("certificate")).collect::<Vec<_>>().join("\n")
    });
    let refused = project.staging("up staging --yes");
    assert_eq!(refused.code, 3, "{}", refused.err);
    assert!(refused.err.contains("stands in eu-west-1"), "{}", refused.err);
}

#[test]
fn the_network_is_not_pulled_from_under_an_environment() {
    let project = Project::new(600);
    project.done("up staging --yes");
    project.replace(
        "environments/staging.toml",
        "region  = \"eu-west-1\"",
        "region  = \"eu-west-1\"\ncidr    = \"10.8.0.0/16\"",
    );
    let before = project.aws.changes().len();
    let refused = project.staging("up staging --yes --allow-data-loss database.main");
    assert_eq!(refused.code, 3, "{}", refused.err);
    assert!(refused.err.contains("cidr of vpc.main cannot change"), "{}", refused.err);
    assert_eq!(project.aws.changes().len(), before);
}

#[test]
fn another_account_is_reached_by_assuming_its_role() {
    let project = Project::new(600);
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;
    let script = format!("client('iam').create_role(RoleName='deploy', AssumeRolePolicyDocument='{trust}')");
    project.aws.by_hand(PROD, &script);
    assert_eq!(project.staging("plan prod").code, 3);
    let role = "account = \"222222222222\"\nrole    = \"arn:aws:iam::222222222222:role/deploy\"";
    project.replace("environments/prod.toml", "account = \"222222222222\"", role);
    let plan = project.staging("plan prod --exit-code");
    assert_eq!(plan.code, 1, "{}{}", plan.out, plan.err);
    project.done("up prod --confirm prod");
    assert_eq!(of_kind(&project.aws.inventory(PROD), "vpc").len(), 1);
    project.done("up staging --yes");
    let live = project.staging("diff staging prod --live --format json");
    let report: serde_json::Value = serde_json::from_str(&live.out).unwrap();
    assert_eq!(report["live"]["drift"], json!({ "left": [], "right": [] }), "{report:#}");
    assert_eq!(report["live"]["findings"], json!([]), "{report:#}");
    project.aws.assert_no_violations();
}
