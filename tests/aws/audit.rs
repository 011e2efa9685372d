//! The isolation of what really exists.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::project::{Project, STAGING};

/// What an audit finds: `code environments>owners`.
fn found(project: &Project, line: &str) -> BTreeSet<String> {
    let ended = project.staging(&format!("{line} --format json"));
    assert!(ended.code < 2, "{line}: {}{}", ended.out, ended.err);
    let report: Json = serde_json::from_str(&ended.out).expect("the report is JSON");
    assert_eq!(report["live"], true, "{report:#}");
    let names = |list: &Json| {
        let names: Vec<&str> = list.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        names.join(",")
    };
    let findings = report["findings"].as_array().expect("a list").iter();
    findings
        .map(|finding| {
            let code = finding["code"].as_str().expect("a code");
            format!("{code} {}>{}", names(&finding["environments"]), names(&finding["owners"]))
        })
        .collect()
}

#[test]
fn what_somebody_does_by_hand_between_two_environments_is_found() {
    let project = Project::with_twin(600);
    for environment in ["staging", "twin"] {
        project.done(&format!("up {environment} --yes"));
    }
    let pooled = "ORDERS = \"postgres://app@pool.proxy-c9akciq32rgw.eu-west-1.rds.amazonaws.com/orders\"";
    project.edit("environments/staging.toml", |text| {
        text.replace("[data.main]", &format!("[config]\n{pooled}\n[data.main]"))
    });
    let before = project.staging("audit --live staging twin");
    assert_eq!((before.code, before.err.as_str()), (0, ""), "{}", before.out);
    let calls_before = project.aws.changes();

    project.aws.by_hand(STAGING, include_str!("incidents.py"));
    let made = project.aws.changes().len();
    let expected = [
        "crossing-operator staging>twin",
        "crossing-permission twin>staging",
        "crossing-policy staging>",
        "crossing-rule twin>staging",
        "foreign-database staging>twin",
        "joined-networks staging,twin>",
        "orphan staging>",
        "public-database twin>",
        "shared-key-pair staging,twin>",
        "unknown-environment staging,twin>",
        "wide-security-group staging>",
    ];
    assert_eq!(found(&project, "audit --live staging twin"), expected.map(str::to_owned).into());
    let with_values = found(&project, "audit --live --secrets staging twin");
    assert!(with_values.contains("shared-secret staging,twin>"), "{with_values:?}");
    assert!(calls_before.len() <= made && made == project.aws.changes().len(), "an audit changes nothing");

    let human = project.staging("audit --live --secrets staging twin");
    assert!(!human.out.contains("of-both-environments"), "{}", human.out);
    project.aws.assert_no_violations();
}

#[test]
fn what_cannot_be_looked_at_is_named_and_no_half_audit_is_shown() {
    let project = Project::new(600);
    let ended = project.staging("audit --live");
    assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{}", ended.err);
    assert!(ended.err.contains("prod") && ended.err.contains("222222222222"), "{}", ended.err);
    let check = project.staging("check --live");
    assert_eq!((check.code, check.out.as_str()), (2, ""), "{}", check.err);
}
