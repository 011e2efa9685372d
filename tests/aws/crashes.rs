//! Killed at any of its calls, as it is sent or as its answer is on the way, the next run goes on: no orphan, no duplicate.

use std::fs::File;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use super::project::{Project, STAGING, census};

const UP: &str = "up staging --yes --allow-data-loss database.main";
const DOWN: &str = "down staging --yes --allow-data-loss database.main";
const PROMOTE: &str = "promote staging twin --min-age 0s --watch 5s --yes --write";

/// At which call a command is killed.
#[derive(Clone, Copy, Debug)]
struct At {
    /// `before`: the call was sent and is never executed. `after`: it was executed and its answer never arrives.
    side: &'static str,
    /// Counts only the calls that change something.
    changes: bool,
    nth: usize,
}

/// Kills the command at this call. Gives the action, or nothing if the command came to its end before.
fn killed(project: &Project, line: &str, at: At) -> Option<String> {
    project.aws.faults(0, &json!([{ "fault": "hold", "when": at.side, "changes": at.changes, "at": at.nth }]));
    let said = project.file("said.txt");
    let output = File::create(&said).unwrap();
    let mut command = project.command(STAGING, line);
    command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
    let mut child = command.spawn().unwrap();
    let began = Instant::now();
    let action = loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{line}: {status}\n{}", std::fs::read_to_string(&said).unwrap());
            break None;
        }
        if let Some(action) = project.aws.stopped_at() {
            child.kill().unwrap();
            child.wait().unwrap();
            break Some(action);
        }
        assert!(began.elapsed().as_secs() < 100, "{line} hangs:\n{}", std::fs::read_to_string(&said).unwrap());
        std::thread::sleep(Duration::from_millis(3));
    };
    project.aws.no_faults();
    action
}

/// Runs it again, without a crash: all that shall exist does, once, and nothing is left to do.
fn goes_on(project: &Project, line: &str, whole: &[String], crash: &str) {
    let ended = project.staging(line);
    assert_eq!(ended.code, 0, "killed at {crash}, envctl {line}\n{}\n{}", ended.out, ended.err);
    let plan = project.staging("plan staging --exit-code");
    let to_do = if whole.is_empty() { 1 } else { 0 };
    assert_eq!(plan.code, to_do, "killed at {crash}\n{}\n{}", plan.out, plan.err);
    assert_eq!(census(project), whole, "killed at {crash}");
}

/// What a run without a crash makes.
fn undisturbed(project: &Project) -> Vec<String> {
    project.done(UP);
    census(project)
}

/// Kills one run after the other, each a little later than the one before had begun to change something, until one comes to
/// its end. Every run goes on from what the last crash has left. Gives how many were killed.
fn killed_again_and_again(project: &Project, line: &str) -> usize {
    let calls = [(true, 5), (true, 9), (true, 1), (true, 14), (false, 60)];
    for kills in 0..200 {
        let (changes, nth) = calls[kills % calls.len()];
        let side = if kills % 2 == 0 { "after" } else { "before" };
        if killed(project, line, At { side, changes, nth }).is_none() {
            return kills;
        }
    }
    panic!("`envctl {line}` never comes to its end");
}

/// Tries the case at each call as it is sent, and at each that changes something as its answer is on the way (of one that
/// only reads, that is the same to AWS), until the command has no more of them. Gives how many were tried.
#[expect(clippy::print_stdout, reason = "it takes an hour, and somebody may look how far it is")]
fn at_each(mut case: impl FnMut(At) -> bool) -> usize {
    let mut tried = 0;
    for (side, changes) in [("before", false), ("after", true)] {
        let calls = (1..).map(|nth| At { side, changes, nth }).inspect(|at| println!("killed {at:?}"));
        tried += calls.take_while(|at| case(*at)).count();
    }
    tried
}

/// Both at once: the state after the one is where the other begins.
fn up_and_down(project: &Project, at: At, whole: &[String]) -> bool {
    project.anew();
    let up = killed(project, UP, at);
    goes_on(project, UP, whole, &format!("{at:?}: {up:?}"));
    let down = killed(project, DOWN, at);
    goes_on(project, DOWN, &[], &format!("{at:?}: {down:?}"));
    up.is_some() || down.is_some()
}

/// From the one definition to the other, and in the next case back.
fn update(project: &Project, at: At, whole: &[String]) -> bool {
    let text = std::fs::read_to_string(project.file("templates/shop.toml")).unwrap();
    let (from, to) = if text.contains("t4g.small") { ("small", "medium") } else { ("medium", "small") };
    project.edit("templates/shop.toml", |text| {
        let text = text.replace(&format!("\"t4g.{from}\""), &format!("\"t4g.{to}\""));
        let duration = |size| if size == "small" { "\"500\"" } else { "\"900\"" };
        text.replace(duration(from), duration(to))
    });
    project.release("staging", if to == "small" { "1.5.0" } else { "1.6.0" });
    let crash = killed(project, UP, at);
    goes_on(project, UP, whole, &format!("{at:?}: {crash:?}"));
    crash.is_some()
}

/// Storage grows in place, and shrinks only by a replacement.
fn replacement(project: &Project, at: At, whole: &[String]) -> bool {
    project.replace("templates/shop.toml", "\"50 GiB\"", "\"20 GiB\"");
    let crash = killed(project, UP, at);
    goes_on(project, UP, whole, &format!("{at:?}: {crash:?}"));
    project.replace("templates/shop.toml", "\"20 GiB\"", "\"50 GiB\"");
    project.done(UP);
    crash.is_some()
}

/// Two environments, of which the second is ready for what the first runs.
fn twins(speed: u32) -> Project {
    let project = Project::with_twin(speed);
    project.done("up staging --yes");
    project.done("up twin --yes");
    project.set_secret("twin");
    project
}

/// The definition is the way back from a promotion that was cut off.
fn promotion(project: &Project, at: At, release: usize, whole: &[String]) -> bool {
    project.release("staging", &format!("2.{release}.0"));
    project.done("up staging --yes");
    let crash = killed(project, PROMOTE, at);
    let Some(action) = crash else { return false };
    project.done("up twin --yes");
    goes_on(project, PROMOTE, whole, &format!("{at:?}: {action}"));
    project.done("plan twin --exit-code");
    true
}

#[test]
fn an_environment_that_is_killed_again_and_again_comes_up_and_goes() {
    let project = Project::new(600);
    let whole = undisturbed(&project);
    project.anew();
    let kills = killed_again_and_again(&project, UP);
    assert!(kills > 4, "{kills}");
    goes_on(&project, UP, &whole, "one call after the other");
    assert!(project.done("history staging").out.contains("abandoned"));
    let kills = killed_again_and_again(&project, DOWN);
    assert!(kills > 4, "{kills}");
    goes_on(&project, DOWN, &[], "one call after the other");
    project.aws.assert_no_violations();
}

#[test]
fn changes_that_are_killed_are_gone_on_with() {
    let project = Project::new(600);
    let whole = undisturbed(&project);
    let at = |side, nth| At { side, changes: true, nth };
    assert!(update(&project, at("after", 3), &whole));
    assert!(update(&project, at("before", 5), &whole));
    assert!(replacement(&project, at("after", 2), &whole));
    project.aws.assert_no_violations();
}

#[test]
fn a_promotion_that_is_killed_is_gone_back_from_and_done_whole() {
    let project = twins(600);
    let whole = census(&project);
    assert!(promotion(&project, At { side: "after", changes: true, nth: 4 }, 1, &whole));
    project.aws.assert_no_violations();
}

/// From where `staging` stands.
fn killed_at_each_call(case: fn(&Project, At, &[String]) -> bool, least: usize) {
    let project = Project::new(600);
    let whole = undisturbed(&project);
    let tried = at_each(|at| case(&project, at, &whole));
    assert!(tried > least, "{tried}");
    project.aws.assert_no_violations();
}

#[test]
#[ignore = "an hour: an environment comes up and goes at each of its calls"]
fn up_and_down_are_killed_at_each_call() {
    killed_at_each_call(up_and_down, 300);
}

#[test]
#[ignore = "an hour: a change in place at each of its calls"]
fn an_update_is_killed_at_each_call() {
    killed_at_each_call(update, 50);
}

#[test]
#[ignore = "an hour: a replacement at each of its calls"]
fn a_replacement_is_killed_at_each_call() {
    killed_at_each_call(replacement, 50);
}

#[test]
#[ignore = "an hour: a promotion at each of its calls"]
fn a_promotion_is_killed_at_each_call() {
    let project = twins(600);
    let whole = census(&project);
    let mut release = 0;
    let tried = at_each(|at| {
        release += 1;
        promotion(&project, at, release, &whole)
    });
    assert!(tried > 100, "{tried}");
    project.aws.assert_no_violations();
}
