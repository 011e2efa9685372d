//! Killed at any instant, `up` and `down` converge when they are run again.

use std::process::Stdio;
use std::time::Duration;

use super::project::{Project, get};

/// Lets a command run for a while, then kills it and nothing else.
fn cut(project: &Project, line: &str, after: Duration) {
    let mut child =
        project.command(line).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    drop(child.kill());
    drop(child.wait());
}

fn count(project: &Project, wanted: &str) -> usize {
    let line = |pid: &u32| std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    project.machine.processes().iter().filter(|pid| line(pid).contains(wanted)).count()
}

#[test]
fn an_up_and_a_down_that_are_killed_are_finished_by_the_next() {
    let project = Project::new();
    for moment in [30, 150, 400, 900, 1600, 2400] {
        cut(&project, "up dev --yes", Duration::from_millis(moment));
    }
    project.done("up dev --yes");
    assert_eq!(project.sql("dev", "SELECT count(*) FROM products"), "2", "the seed came once");
    assert_eq!((count(&project, "bin/web"), count(&project, "bin/worker"), count(&project, "supervise")), (2, 1, 2));
    assert_eq!(get(&project.url("dev")).0, 200);
    for moment in [60, 200, 500] {
        cut(&project, "down dev --yes", Duration::from_millis(moment));
    }
    project.done("down dev --yes");
    assert_eq!((project.machine.environments().len(), project.machine.processes().len()), (0, 0));
}
