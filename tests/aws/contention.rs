//! Two that change one environment at once: one works, the other waits or learns who does, and what comes of it is what
//! comes of the one after the other.

use std::process::{Command, Output};

use super::project::{Project, STAGING, census};
use super::releases::history;
use crate::support::example;
use crate::support::signals::started;

#[test]
fn of_many_that_come_at_once_one_works_and_the_others_learn_who_it_is() {
    let project = Project::new(120);
    let ended = at_once([(); 4].map(|()| project.command(STAGING, "up staging --yes")));
    assert_eq!(ended.iter().filter(|(code, _)| *code == Some(0)).count(), 1, "{ended:?}");
    for (code, said) in ended.iter().filter(|(code, _)| *code != Some(0)) {
        assert_eq!(*code, Some(3), "{said}");
        assert!(said.contains("somebody else is changing staging") && said.contains("`up` by arn:aws:"), "{said}");
    }
    assert_eq!(history(&project, "staging"), ["up done 1.5.0"]);
    assert_eq!(project.aws.changes().iter().filter(|call| *call == "CreateVpc").count(), 1);
    project.aws.assert_no_violations();
}

/// Starts all at once, and gives how they ended.
fn at_once<const N: usize>(commands: [Command; N]) -> [(Option<i32>, String); N] {
    let said = |output: Output| {
        let texts = [output.stderr, output.stdout].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        (output.status.code(), texts.concat())
    };
    std::thread::scope(|scope| {
        let all = commands.map(|mut command| scope.spawn(move || command.output().expect("it runs")));
        all.map(|one| said(one.join().expect("it ended")))
    })
}

/// Only what the last of them wanted is there.
fn assert_serial(project: &Project, whole: &[String]) {
    let last = &history(project, "staging")[0];
    let left = if last.starts_with("down") { &[] } else { whole };
    assert_eq!(census(project), left, "after {last}");
    project.aws.assert_no_violations();
}

#[test]
fn up_and_down_do_not_meet() {
    let project = Project::new(300);
    let down = "down staging --yes --allow-data-loss database.main";
    project.done("up staging --yes");
    let whole = census(&project);
    project.release("staging", "1.6.0");
    let ended = at_once([project.command(STAGING, "up staging --yes"), project.command(STAGING, down)]);
    let mut codes = ended.each_ref().map(|(code, _)| *code);
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(3)], "{ended:?}");
    let refused = ended.iter().find(|(code, _)| *code == Some(3)).map(|(_, said)| said.as_str()).unwrap_or_default();
    assert!(refused.contains("somebody else is changing staging"), "{refused}");
    assert_serial(&project, &whole);

    // Both have something to do, whichever comes first.
    project.done("up staging --yes");
    project.release("staging", "1.7.0");
    let patient = |line: &str| project.command(STAGING, &format!("{line} --lock-timeout 2m"));
    let ended = at_once([patient("up staging --yes"), patient(down)]);
    assert!(ended.iter().all(|(code, _)| *code == Some(0)), "{ended:?}");
    assert!(ended.iter().any(|(_, said)| said.contains("waiting: `")), "nobody has waited: {ended:?}");
    assert_serial(&project, &whole);
}

#[test]
fn of_two_promotions_one_is_at_work_and_the_other_judges_what_it_leaves() {
    let project = Project::with_twin(300);
    project.done("up staging --yes");
    project.done("up twin --yes");
    project.set_secret("twin");
    project.release("staging", "1.6.0");
    project.done("up staging --yes");
    let promote =
        |more| project.command(STAGING, &format!("promote staging twin --min-age 0s --watch 1m --yes {more}"));
    let ended = at_once([promote(""), promote("")]);
    let mut codes = ended.each_ref().map(|(code, _)| *code);
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(3)], "{ended:?}");
    let refused = ended.iter().find(|(code, _)| *code == Some(3)).map(|(_, said)| said.as_str()).unwrap_or_default();
    assert!(refused.contains("`promote` by arn:aws:"), "{refused}");
    assert_eq!(history(&project, "twin")[0], "promote done 1.6.0");
    project.release("twin", "1.6.0");

    project.release("staging", "1.7.0");
    project.done("up staging --yes");
    let mut first = started(&mut promote("--write"));
    while !project.done("history twin").out.contains("is being changed: `promote`") {
        assert!(first.try_wait().unwrap().is_none(), "it has ended before anybody saw it at work");
    }
    let [(code, said)] = at_once([promote("--write --lock-timeout 2m")]);
    assert!(code == Some(0) && said.contains("waiting: `promote` by"), "{said}");
    assert!(first.wait_with_output().unwrap().status.success());
    assert_eq!(history(&project, "twin")[..2], ["promote done 1.7.0", "promote done 1.6.0"]);
    project.done("plan twin --exit-code");
    project.aws.assert_no_violations();
}

#[test]
fn of_two_definitions_the_later_one_holds_whole() {
    let project = Project::new(300);
    project.done("up staging --yes");
    let whole = census(&project);
    let other = tempfile::tempdir().unwrap();
    example::put_into(other.path());
    for file in ["environments/staging.toml", "templates/shop.toml"] {
        let text = std::fs::read_to_string(project.file(file)).unwrap();
        let text = text.replace("\"1.5.0\"", "\"1.7.0\"").replace("\"t4g.small\"", "\"t4g.large\"");
        std::fs::write(other.path().join(file), text).unwrap();
    }
    project.release("staging", "1.6.0");
    project.replace("templates/shop.toml", "storage    = \"50 GiB\"", "storage    = \"80 GiB\"");
    let line = ["up", "staging", "--yes", "--lock-timeout", "2m", "--allow-data-loss", "database.main"];
    let up = |folder| {
        let mut command = project.aws.envctl(STAGING, folder);
        command.args(line);
        command
    };
    let ended = at_once([up(project.path()), up(other.path())]);
    assert!(ended.iter().all(|(code, _)| *code == Some(0)), "{ended:?}");
    assert!(ended.iter().any(|(_, said)| said.contains("waiting: `")), "nobody has waited: {ended:?}");
    assert_eq!(history(&project, "staging").len(), 3);
    let folder = if history(&project, "staging")[0].ends_with("1.7.0") { other.path() } else { project.path() };
    let mut plan = project.aws.envctl(STAGING, folder);
    let plan = plan.args(["plan", "staging", "--exit-code"]).output().unwrap();
    assert_eq!(plan.status.code(), Some(0), "{}", String::from_utf8_lossy(&plan.stdout));
    assert_serial(&project, &whole);
}
