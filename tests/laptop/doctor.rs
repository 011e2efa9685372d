//! `doctor` on this machine: what is there, and what is missing.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value as Json;

use super::project::Project;

fn checks(project: &Project, code: i32) -> Vec<Json> {
    let ended = project.envctl("doctor dev --format json");
    assert_eq!(ended.code, code, "{}\n{}", ended.out, ended.err);
    let report: Json = serde_json::from_str(&ended.out).unwrap();
    report["checks"].as_array().unwrap().clone()
}

#[test]
fn a_machine_in_order_lacks_nothing_and_nothing_is_made_on_it() {
    let project = Project::new();
    let human = project.done("doctor dev").out;
    assert!(human.ends_with("\nAll is in order.\n") && human.contains("database.main: postgres"), "{human}");
    assert!(human.lines().all(|line| line.chars().count() <= 80), "{human}");
    assert!(project.machine.environments().is_empty());
    // Without it `up` would refuse.
    let rehearsal = project.envctl("doctor staging --local").out;
    assert!(
        rehearsal.contains("server") && rehearsal.contains("envctl secret set staging --local STRIPE_KEY"),
        "{rehearsal}"
    );
    assert_eq!(project.fed("secret set staging --local STRIPE_KEY", "sk_test_of_the_rehearsal").code, 0);
    project.done("doctor staging --local");
}

#[test]
fn a_folder_of_migrations_that_is_not_there_says_what_helps_wherever_it_is_met() {
    let project = Project::new();
    project.replace("templates/shop.toml", "templates/shop/migrations/", "nowhere/");
    for line in ["doctor dev", "plan dev", "up dev --yes"] {
        let ended = project.envctl(line);
        let said = format!("{}{}", ended.out, ended.err);
        assert!(ended.code > 0 && said.contains("name the one that is there"), "{line}: {ended:?}");
    }
    assert!(project.envctl("check").out.contains("there is no folder nowhere/"));
}

#[test]
fn a_server_that_is_not_installed_is_named_with_how_to_install_it() {
    let project = Project::new();
    project.replace("templates/shop.toml", "version    = \"16.9\"", "version    = \"10.1\"");
    project.replace(
        "environments/dev.toml",
        "path    = \"database.main.version\"",
        "path    = \"database.main.storage\"",
    );
    let found = checks(&project, 1);
    let missing: Vec<&Json> = found.iter().filter(|one| one["state"] == "missing").collect();
    let [one] = missing[..] else { panic!("{found:#?}") };
    assert_eq!(one["what"], "server");
    assert!(one["found"].as_str().unwrap().contains("database.main") && one["why"] != "", "{one}");
    assert!(one["remedy"].as_str().unwrap().contains("install"), "{one}");
}

#[test]
fn migrations_that_cannot_be_read_are_found() {
    let project = Project::new();
    project.write("templates/shop/migrations/0001_again.sql", "select 1;");
    let found = checks(&project, 1);
    assert!(found.iter().any(|one| one["what"] == "migrations" && one["state"] == "missing"), "{found:#?}");
}

#[test]
fn a_folder_that_takes_nothing_is_found() {
    // Root writes everywhere.
    if is_root() {
        return;
    }
    let project = Project::new();
    std::fs::set_permissions(project.machine.state(), std::fs::Permissions::from_mode(0o555)).unwrap();
    let found = checks(&project, 1);
    std::fs::set_permissions(project.machine.state(), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert!(found.iter().any(|one| one["what"] == "folder" && one["state"] == "missing"), "{found:#?}");
}

/// Also for root: a file stands where the folder should.
#[test]
fn a_file_in_the_folders_place_is_found() {
    let project = Project::new();
    let file = project.path().join("state");
    std::fs::write(&file, "").unwrap();
    let output = project.command("doctor dev").env("ENVCTL_STATE", &file).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert!(out.contains("nothing can be written") && out.contains("ENVCTL_STATE"), "{out}");
}

#[test]
fn whoever_listens_at_the_usual_port_is_told_of() {
    let project = Project::new();
    let _taken = TcpListener::bind(("127.0.0.1", project.port)).unwrap();
    let human = project.done("doctor dev").out;
    assert!(human.contains(&format!("{} is taken", project.port)), "{human}");
}

fn is_root() -> bool {
    std::process::Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}
