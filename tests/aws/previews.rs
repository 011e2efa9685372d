//! Short-lived copies of an environment, in its account.

use serde_json::Value as Json;

use super::project::{Project, STAGING, remains};

fn of(project: &Project, environment: &str) -> Vec<String> {
    let inventory = project.aws.inventory(STAGING);
    let own = inventory.iter().filter(|one| one["tags"]["envctl:environment"] == environment && !remains(one));
    own.map(|one| format!("{} {}", one["kind"], one["tags"]["envctl:resource"])).collect()
}

fn standing(project: &Project) -> Json {
    let report: Json = serde_json::from_str(&project.done("ls --live --format json").out).unwrap();
    report["previews"].clone()
}

#[test]
fn a_preview_is_made_beside_its_original_and_reaped_with_its_record() {
    let project = Project::new(600);
    project.with_staging_alone();
    project.done("up staging --yes");
    let staging = of(&project, "staging");
    project.done("up pr-1 --like staging --release 1.6.0 --ttl 1000h --yes");
    assert_eq!(of(&project, "pr-1").len(), staging.len());
    let standing_now = standing(&project);
    assert_eq!((&standing_now[0]["name"], &standing_now[0]["release"]), (&"pr-1".into(), &"1.6.0".into()));
    project.done("plan pr-1 --like staging --exit-code");
    let audited = project.staging("audit --live staging");
    assert!(!audited.out.contains("unknown-environment"), "{}", audited.out);
    assert!(project.done("reap --yes").out.contains("No preview"));

    project.done("up pr-1 --like staging --ttl 1ms --yes");
    let reaped = project.done("reap --yes");
    assert!(reaped.out.contains("pr-1 is gone"), "{}", reaped.out);
    assert_eq!(of(&project, "pr-1"), Vec::<String>::new());
    assert_eq!(of(&project, "staging"), staging);
    assert_eq!(standing(&project), Json::Array(vec![]));
    // Neither a record nor a snapshot is left to pay for.
    let left = project.aws.inventory(STAGING);
    let left: Vec<&Json> = left.iter().filter(|one| one["tags"]["envctl:environment"] == "pr-1").collect();
    assert!(
        left.iter().all(|one| one["kind"] == "secret" && one["properties"]["planned_deletion"] == true),
        "{left:#?}"
    );

    // A pull request that is opened again gets the same name.
    project.done("up pr-1 --like staging --ttl 1h --yes");
    project.done("down pr-1 --like staging --yes");
    project.aws.assert_no_violations();
}

#[test]
fn a_preview_that_would_answer_for_its_original_is_refused() {
    let project = Project::new(600);
    project.replace("environments/staging.toml", "{environment}.shop.example", "staging.shop.example");
    let before = project.aws.changes();
    let refused = project.staging("up pr-1 --like staging --ttl 1h --yes");
    assert_eq!(refused.code, 3, "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("give each a domain of its own"), "{}", refused.err);
    assert_eq!(project.aws.changes(), before);
}
