//! Parity of what really exists.

use super::project::{Project, STAGING};

#[test]
fn what_exists_is_compared_without_ids_and_names() {
    let project = Project::with_twin(600);
    for environment in ["staging", "twin"] {
        project.done(&format!("up {environment} --yes"));
    }
    let same = project.staging("diff twin staging --live");
    assert_eq!(same.code, 0, "{}{}", same.out, same.err);

    project.aws.by_hand(
        STAGING,
        "client('rds').modify_db_instance(DBInstanceIdentifier='shop-twin-main', BackupRetentionPeriod=1, ApplyImmediately=True)",
    );
    std::thread::sleep(std::time::Duration::from_millis(500));
    let different = project.staging("diff twin staging --live --format json");
    assert_eq!(different.code, 1, "{}{}", different.out, different.err);
    let report: serde_json::Value = serde_json::from_str(&different.out).unwrap();
    let finding = &report["live"]["findings"][0];
    assert_eq!(finding["path"], "database.main.backup_days", "{report:#}");
    assert_eq!((&finding["left"]["value"], &finding["right"]["value"]), (&1.into(), &7.into()), "{finding:#}");
    let drift = &report["live"]["drift"];
    assert_eq!(
        (drift["left"].as_array().unwrap().len(), drift["right"].as_array().unwrap().len()),
        (1, 0),
        "{drift:#}"
    );
    let human = project.staging("diff twin staging --live").out;
    assert!(human.contains("database.main"), "{human}");
    project.aws.assert_no_violations();
}

#[test]
fn the_list_shows_what_exists_of_each_and_hides_none() {
    let project = Project::new(600);
    project.done("up staging --yes");
    let list = project.staging("ls --live");
    assert_eq!(list.code, 0, "{}", list.err);
    assert!(list.out.contains("32 ready") && list.out.contains("https://staging.shop.example"), "{}", list.out);
    assert!(list.out.contains("prod is not to be seen") && list.out.contains("222222222222"), "{}", list.out);
    let json: serde_json::Value = serde_json::from_str(&project.staging("ls --live --format json").out).unwrap();
    assert_eq!(json["environments"][2]["resources"].as_array().unwrap().len(), 32, "{json:#}");
    project.aws.assert_no_violations();
}
