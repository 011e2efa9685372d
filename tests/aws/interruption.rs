//! Stopped or killed at any time, the next run goes on.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value as Json;

use super::project::{Project, STAGING, remains};

/// The names and kinds of all that exists: what a crash must not multiply.
fn census(project: &Project) -> Vec<String> {
    let line = |resource: &Json| {
        // What RDS calls a password's secret is random.
        let name =
            resource["name"].as_str().map_or("", |name| if name.starts_with("rds!db-") { "rds!db" } else { name });
        format!("{} {name} {}", resource["kind"], resource["tags"]["envctl:resource"])
    };
    let mut all: Vec<String> = project.aws.inventory(STAGING).iter().filter(|one| !remains(one)).map(line).collect();
    all.sort();
    all
}

/// Kills the command again and again, each time a little later, until one run comes to its end. Gives how often.
fn kill_until_done(project: &Project, line: &str) -> usize {
    for (kills, millis) in (40..8000).step_by(110).enumerate() {
        let mut command = project.command(STAGING, line);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(millis));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return kills;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    panic!("`envctl {line}` never comes to its end");
}

#[test]
fn killed_again_and_again_it_converges() {
    let calm = Project::new(600);
    calm.done("up staging --yes");
    let undisturbed = census(&calm);
    drop(calm);

    let project = Project::new(300);
    assert!(kill_until_done(&project, "up staging --yes") > 3);
    project.done("plan staging --exit-code");
    assert_eq!(census(&project), undisturbed);
    assert!(kill_until_done(&project, "down staging --yes --allow-data-loss database.main") > 3);
    assert_eq!(census(&project), Vec::<String>::new());
    project.aws.assert_no_violations();
}

#[test]
fn an_interrupt_stops_between_steps_and_says_what_is_left() {
    let project = Project::new(60);
    let mut child = project
        .command(STAGING, "up staging --yes")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let progress = BufReader::new(child.stderr.take().unwrap());
    let mut progress = progress.lines().map(Result::unwrap);
    assert!(progress.any(|line| line.contains("database.main: creating")), "the database takes its time");
    // Whatever else is told has somewhere to go.
    let rest = std::thread::spawn(move || progress.count());
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    rest.join().unwrap();
    let out = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(ended.status.code(), Some(4), "{out}");
    assert!(out.contains("database.main") && out.contains("envctl up staging"), "{out}");
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}
