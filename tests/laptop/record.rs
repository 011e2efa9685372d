//! Who changes an environment, and what was done to it; plans that are read before they are applied.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use super::project::{Project, eventually};

fn history(project: &Project) -> Vec<String> {
    let report: Json = serde_json::from_str(&project.done("history dev --format json").out).unwrap();
    let entries = report["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| format!("{} {}", entry["operation"].as_str().unwrap(), entry["outcome"].as_str().unwrap()))
        .collect()
}

#[test]
fn what_was_done_is_written_down_and_outlives_the_environment() {
    let project = Project::new();
    assert!(project.done("history dev").out.contains("Nothing is written down of dev."));
    project.done("up dev --yes");
    project.done("up dev --yes");
    project.done("reset dev --confirm dev");
    project.done("down dev --yes");
    assert_eq!(history(&project), ["down done", "reset done", "up done"]);
    let shown = project.done("history dev").out;
    assert!(shown.contains("WHEN") && shown.contains("reset") && shown.contains("2 rows in 1 table"), "{shown}");
}

#[test]
fn no_secret_is_in_a_plan_or_in_the_record() {
    let project = Project::new();
    project.done("up dev --yes");
    // Another value restarts what sees it: that stands in the plan.
    let canary = "canary-5d41402abc4b2a76";
    assert_eq!(project.fed("secret set dev STRIPE_KEY", canary).code, 0);
    project.done("plan dev --out dev.plan");
    assert_eq!(project.envctl("show dev.plan --exit-code").code, 1);
    project.done("up dev --plan dev.plan");
    let records = std::fs::read_dir(project.machine.state()).unwrap().map(|entry| entry.unwrap().path());
    let records: Vec<_> = records.filter(|path| path.to_str().unwrap().ends_with(".record.json")).collect();
    assert_eq!(records.len(), 1);
    let url = project.seen("dev", "DATABASE_URL");
    let password = url.split(['@', ':']).nth(2).expect("a URL with a password").to_owned();
    let session = project.seen("dev", "SESSION_KEY");
    for path in [project.path().join("dev.plan"), records[0].clone()] {
        let text = std::fs::read_to_string(&path).unwrap();
        for secret in [canary, &password, &session] {
            assert!(secret.len() > 8 && !text.contains(secret), "{} holds a secret", path.display());
        }
    }
}

#[test]
fn of_two_that_come_at_once_one_is_told_who_is_at_work_or_waits() {
    let project = Project::new();
    let start = |line: &str| {
        let mut command = project.command(line);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let both = [start("up dev --yes --lock-timeout 2m"), start("up dev --yes --lock-timeout 2m")];
    let said: Vec<String> = both
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        })
        .into();
    assert_eq!(said.iter().filter(|text| text.contains("dev is up")).count(), 1, "{said:?}");
    assert_eq!(history(&project), ["up done"]);

    // Somebody is at work, and is ended: the lock of a process that has died is nobody's.
    let mut at_work = start("down dev --yes");
    while !project.done("history dev --format json").out.contains("\"since\"") && at_work.try_wait().unwrap().is_none()
    {
    }
    drop(at_work.kill());
    drop(at_work.wait());
    project.done("up dev --yes --lock-timeout 1s");
    project.done("down dev --yes");
    let unlocked = project.done("unlock dev --reason nobody");
    assert!(unlocked.out.contains("Nobody holds dev."), "{}", unlocked.out);
}

const LEASE: SignedDuration = SignedDuration::from_secs(6);

/// An `up` of dev under a short lease, which waits for its web tier as long as a file is there. Gives what else it says.
fn waiting(project: &Project) -> (Child, JoinHandle<String>, PathBuf) {
    let hold = project.hold_web_where("True");
    std::fs::write(&hold, "").unwrap();
    let mut up = project.command("up dev --yes");
    up.env("ENVCTL_LEASE", LEASE.to_string());
    let mut up = up.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(up.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(told.any(|line| line.contains("component.web: creating")), "it comes so far");
    let rest = std::thread::spawn(move || told.collect::<Vec<_>>().join("\n"));
    (up, rest, hold)
}

/// When dev's lock expires, if it is held.
fn until(project: &Project) -> Option<Timestamp> {
    let report: Json = serde_json::from_str(&project.done("history dev --format json").out).unwrap();
    report["lock"]["until"].as_str().map(|until| until.parse().unwrap())
}

#[test]
fn a_lock_is_renewed_for_as_long_as_the_work_lasts() {
    let project = Project::new();
    let (mut up, said, hold) = waiting(&project);
    let first = until(&project).expect("it is held");
    eventually("the first lease is over", || until(&project).expect("it is held").duration_since(first) > LEASE);
    let other = project.envctl("down dev --yes");
    assert!(other.code == 3 && other.err.contains("somebody else is changing dev"), "{other:?}");
    std::fs::remove_file(hold).unwrap();
    assert!(up.wait().unwrap().success(), "{}", said.join().unwrap());
    assert_eq!((until(&project), history(&project)), (None, vec!["up done".to_owned()]));
    project.done("plan dev --exit-code");
}

#[test]
fn whoever_slept_through_the_lease_does_not_go_on() {
    let project = Project::new();
    let (mut up, said, _hold) = waiting(&project);
    let signal = |name: &str| Command::new("kill").args([name, &up.id().to_string()]).status().unwrap();
    assert!(signal("-STOP").success());
    // Nobody holds what has expired.
    eventually("the lease is over", || until(&project).is_none());
    project.done("down dev --yes");
    assert!(signal("-CONT").success());
    let (status, said) = (up.wait().unwrap(), said.join().unwrap());
    assert!(status.code() == Some(4) && said.contains("lock was taken away"), "{status}: {said}");
    assert_eq!(history(&project), ["down done", "up abandoned"]);
    assert_eq!((project.machine.environments().len(), project.machine.processes().len()), (0, 0));
}

#[test]
fn a_plan_is_written_shown_and_applied_as_it_was_read() {
    let project = Project::new();
    project.done("plan dev --out dev.plan");
    let shown = project.done("show dev.plan").out;
    assert!(shown.contains("database.main") && shown.contains("Made "), "{shown}");
    assert_eq!(project.envctl("show dev.plan --exit-code").code, 1);
    project.done("up dev --plan dev.plan");
    let again = project.envctl("up dev --plan dev.plan");
    assert!(again.code == 3 && again.err.contains("is new since"), "{}", again.err);
    project.done("plan dev --out dev.plan");
    assert_eq!(project.envctl("show dev.plan --exit-code").code, 0);
    let report: Json = serde_json::from_str(&project.done("show dev.plan --format json").out).unwrap();
    assert_eq!((&report["changes"], &report["steps"]), (&Json::Bool(false), &Json::Array(vec![])));

    project.write("not.plan", "{}");
    let wrong = project.envctl("show not.plan");
    assert!(wrong.code == 2 && wrong.err.contains("not.plan holds no plan"), "{}", wrong.err);
    let missing = project.envctl("up dev --plan nowhere.plan");
    assert!(missing.code == 2 && missing.err.contains("nowhere.plan"), "{}", missing.err);
    let nowhere = project.envctl("plan dev --out nowhere/dev.plan");
    assert!(nowhere.code == 2 && nowhere.err.contains("cannot write nowhere/dev.plan"), "{}", nowhere.err);
    project.done("down dev --yes");
}
