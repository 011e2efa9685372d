//! Releases, their record and their lock, in the account that the environment is in.

use std::fs;

use serde_json::{Value as Json, json};

use super::project::{Project, STAGING};

/// What was done to an environment, newest first: `operation outcome release`.
pub fn history(project: &Project, environment: &str) -> Vec<String> {
    let report: Json =
        serde_json::from_str(&project.done(&format!("history {environment} --format json")).out).unwrap();
    let word = |entry: &Json, name: &str| entry[name].as_str().unwrap_or("-").to_owned();
    let entries = report["entries"].as_array().unwrap().iter();
    entries.map(|entry| ["operation", "outcome", "release"].map(|name| word(entry, name)).join(" ")).collect()
}

/// A release of which staging is the first to know.
fn released(project: &Project, release: &str) {
    project.release("staging", release);
    project.done("up staging --yes");
}

#[test]
fn a_release_goes_through_the_gates_and_comes_back_where_it_does_not_hold() {
    let project = Project::with_twin(600);
    project.done("up twin --yes");
    project.set_secret("twin");
    let migration =
        |name: &str, sql: &str| fs::write(project.file("templates/shop/migrations").join(name), sql).unwrap();
    migration("0002_notes.sql", "ALTER TABLE products ADD COLUMN notes text;");
    released(&project, "1.6.0");
    let untried = "0003_price.sql";
    migration(untried, "ALTER TABLE products DROP COLUMN price_cents;");
    let closed = project.staging("promote staging twin --min-age 0s --watch 1m --yes");
    assert_eq!(closed.code, 3, "{}{}", closed.out, closed.err);
    let closed = closed.out;
    assert!(
        closed.contains("1 gate closed") && closed.contains("main/0003_price.sql is not known to have run in staging"),
        "{closed}"
    );
    assert!(!closed.contains("0002_notes.sql is not known"), "{closed}");
    assert!(closed.contains("of these 1 may have run in twin already"), "{closed}");
    fs::remove_file(project.file("templates/shop/migrations").join(untried)).unwrap();

    let done = project.done("promote staging twin --min-age 0s --watch 1m --yes --write");
    assert!(done.err.contains("2 are pending, and nothing speaks against them"), "{}", done.err);
    assert!(done.out.contains("environments/twin.toml says"), "{}", done.out);
    project.done("plan twin --exit-code");
    assert_eq!(history(&project, "twin"), ["promote done 1.6.0", "up done 1.5.0"]);

    // Its instances have applied what was pending. The next one does not come up.
    let none = project.staging("promote staging twin --dry-run --min-age 0s --skip release --reason again");
    assert!(none.out.contains("none is pending"), "{}", none.out);
    released(&project, "1.7.0");
    project.aws.set("sick", &json!({ "user_data": ["shop/1.7.0"] }));
    let back = project.staging("promote staging twin --min-age 0s --watch 1m --yes --write");
    assert_eq!(back.code, 4, "{}{}", back.out, back.err);
    assert!(back.out.contains("1.7.0 did not stay well in twin") && back.out.contains("twin is up"), "{}", back.out);
    project.done("plan twin --exit-code");
    assert_eq!(history(&project, "twin")[0], "promote rolled-back 1.7.0");
    let rolled = project.done("rollback twin --to 1.5.0 --yes");
    assert!(rolled.out.contains("Set `release = \"1.5.0\"`"), "{}", rolled.out);
    project.aws.assert_no_violations();
}

/// No load balancer asks it for its health: its instances do by themselves.
#[test]
fn a_release_whose_worker_does_not_stay_up_goes_no_further() {
    let project = Project::with_twin(600);
    project.done("up twin --yes");
    project.set_secret("twin");
    released(&project, "1.6.0");
    project.aws.set("sick", &json!({ "user_data": ["envctl-worker"] }));
    let back = project.staging("promote staging twin --min-age 0s --watch 1s --yes --write");
    assert_eq!(back.code, 4, "{}{}", back.out, back.err);
    assert!(back.out.contains("1.6.0 did not stay well in twin"), "{}", back.out);
    assert!(back.out.contains("shop-twin-worker"), "{}", back.out);
    project.aws.set("sick", &json!({}));
    project.done("plan twin --exit-code");
    assert_eq!(history(&project, "twin")[0], "promote rolled-back 1.6.0");
    project.aws.assert_no_violations();
}

#[test]
fn a_plan_is_applied_as_it_was_read_in_the_account_too() {
    let project = Project::new(600);
    project.done("plan staging --out staging.plan");
    project.done("up staging --plan staging.plan");
    project.done("plan staging --out staging.plan");
    project.aws.by_hand(
        STAGING,
        "client('rds').modify_db_instance(DBInstanceIdentifier='shop-staging-main', BackupRetentionPeriod=1, ApplyImmediately=True)",
    );
    std::thread::sleep(std::time::Duration::from_millis(500));
    let moved = project.staging("up staging --plan staging.plan");
    assert_eq!(moved.code, 3, "{}", moved.err);
    assert!(moved.err.contains("database.main (shop-staging-main) has changed since"), "{}", moved.err);
    project.aws.assert_no_violations();
}

#[test]
fn a_record_that_somebody_deletes_is_brought_back_by_the_next_change_and_by_no_look() {
    let project = Project::new(600);
    project.done("up staging --yes");
    project.aws.by_hand(
        STAGING,
        "client('secretsmanager').delete_secret(SecretId='shop/staging/envctl.record', RecoveryWindowInDays=7)",
    );
    let before = project.aws.changes();
    assert_eq!(history(&project, "staging"), [""; 0]);
    assert_eq!(project.staging("audit --live staging").code, 0);
    assert_eq!(project.aws.changes(), before, "to look changes nothing");
    released(&project, "1.6.0");
    assert_eq!(history(&project, "staging"), ["up done 1.6.0", "up done 1.5.0"]);
    project.aws.assert_no_violations();
}
