//! Asked to stop, it stops cleanly, and the next run goes on.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::project::{Project, STAGING};

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
