//! Stopped or killed at any time, the next run goes on.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::project::{Project, STAGING, remains};

/// The names and kinds of all that exists: what a crash must not multiply.
fn census(project: &Project) -> Vec<String> {
    let line = |resource: &serde_json::Value| {
        format!("{} {} {}", resource["kind"], resource["name"], resource["tags"]["envctl:resource"])
    };
    let mut all: Vec<String> = project.aws.inventory(STAGING).iter().filter(|one| !remains(one)).map(line).collect();
    all.sort();
    all
}

#[test]
fn killed_again_and_again_it_converges() {
    let project = Project::new(300);
    let mut runs = 0;
    // Each run is killed a little later than the one before, until one comes to its end.
    for millis in (40..).step_by(110) {
        let mut child = project
            .command(STAGING, "up staging --yes")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(millis));
        let ended = child.try_wait().unwrap();
        if ended.is_some_and(|status| status.success()) {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        runs += 1;
        assert!(runs < 60, "it never comes to its end");
    }
    assert!(runs > 3, "it was killed {runs} times only");
    project.done("plan staging --exit-code");
    let after_crashes = census(&project);

    let calm = Project::new(600);
    calm.done("up staging --yes");
    assert_eq!(after_crashes, census(&calm));
    project.aws.assert_no_violations();

    for millis in (40..).step_by(110) {
        let mut child = project
            .command(STAGING, "down staging --yes --allow-data-loss database.main")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(millis));
        if child.try_wait().unwrap().is_some_and(|status| status.success()) {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(census(&project), Vec::<String>::new());
    project.aws.assert_no_violations();
}

#[test]
fn an_interrupt_stops_between_steps_and_says_what_is_left() {
    let project = Project::new(60);
    let child = project
        .command(STAGING, "up staging --yes")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(2500));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let out = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(ended.status.code(), Some(4), "{out}");
    assert!(out.contains("database.main") && out.contains("envctl up staging"), "{out}");
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}
