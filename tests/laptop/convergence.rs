//! Killed at any instant, `up` and `down` converge when they are run again; and what the machine refuses is said.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::project::{Machine, Project, ended, get};
use crate::support::command::fed;

/// Lets a command run for a while, then kills it and nothing else.
fn cut_after(project: &Project, line: &str, time: Duration) {
    let mut command = project.command(line);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(time);
    drop(child.kill());
    drop(child.wait());
}

/// Kills a command as it tells of its progress for the `step`th time. Whether it came so far.
pub fn cut_at(project: &Project, line: &str, step: usize) -> bool {
    let mut command = project.command(line);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let told = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let came = told.filter(|line| line.starts_with('[')).nth(step).is_some();
    drop(child.kill());
    drop(child.wait());
    came
}

fn count(project: &Project, wanted: &str) -> usize {
    let line = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    project.machine.processes().iter().filter(|pid| line(pid).contains(wanted)).count()
}

#[track_caller]
fn all_is_there_once(project: &Project) {
    assert_eq!(project.sql("dev", "SELECT count(*) FROM products"), "2", "the seed came once");
    assert_eq!((count(project, "bin/web"), count(project, "bin/worker"), count(project, "supervise")), (2, 1, 2));
    assert_eq!(get(&project.url("dev")).0, 200);
}

#[test]
fn an_up_that_is_killed_at_any_of_its_steps_is_finished_by_the_next() {
    let project = Project::new();
    let mut step = 0;
    while cut_at(&project, "up dev --yes", step) {
        project.done("up dev --yes");
        all_is_there_once(&project);
        project.done("down dev --yes");
        step += 1;
    }
    assert!(step >= 5, "only {step} steps were told of");
    project.done("down dev --yes");
    assert_eq!((project.machine.environments().len(), project.machine.processes().len()), (0, 0));
}

#[test]
fn an_up_and_a_down_that_are_killed_again_and_again_are_finished_by_the_next() {
    let project = Project::new();
    for moment in [30, 150, 400, 900, 1600, 2400] {
        cut_after(&project, "up dev --yes", Duration::from_millis(moment));
    }
    project.done("up dev --yes");
    all_is_there_once(&project);
    for moment in [60, 200, 500] {
        cut_after(&project, "down dev --yes", Duration::from_millis(moment));
    }
    project.done("down dev --yes");
    assert_eq!((project.machine.environments().len(), project.machine.processes().len()), (0, 0));
}

#[test]
fn twenty_environments_at_once_come_up_side_by_side() {
    let machine = Machine::new();
    let project = Project::on(&machine);
    project.replace("templates/shop.toml", "count     = { min = 2, max = 6 }", "count     = 1");
    let dev = fs::read_to_string(project.path().join("environments/dev.toml")).unwrap();
    let names: Vec<String> = (1..=20).map(|number| format!("copy-{number}")).collect();
    for name in &names {
        project.write(&format!("environments/{name}.toml"), &dev);
    }
    let at_once = |verb: &str| {
        let start = |name: &String| {
            let mut command = project.command(&format!("{verb} {name} --yes"));
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let children: Vec<_> = names.iter().map(start).collect();
        for (name, mut child) in names.iter().zip(children) {
            assert!(child.wait().unwrap().success(), "{verb} {name}");
        }
    };
    at_once("up");
    let mut urls: Vec<String> = names.iter().map(|name| project.url(name)).collect();
    for (name, url) in names.iter().zip(&urls) {
        assert_eq!(get(url).1.lines().next(), Some(format!("the shop, {name}: 2 products").as_str()));
    }
    urls.sort();
    urls.dedup();
    assert_eq!(urls.len(), names.len());
    at_once("down");
    assert_eq!((machine.environments().len(), machine.processes().len()), (0, 0));
}

/// A machine that has lost its power while a supervisor wrote.
#[test]
fn what_a_lost_machine_has_left_half_written_stands_in_nobodys_way() {
    let project = Project::new();
    project.done("up dev --yes");
    for pid in project.machine.processes() {
        drop(Command::new("kill").args(["-9", &pid.to_string()]).stderr(Stdio::null()).status());
    }
    let folder = &project.machine.environments()[0];
    for component in ["web", "worker"] {
        fs::write(folder.join(format!("components/{component}/state.json")), "").unwrap();
    }
    fs::write(folder.join("secrets.Ab3dE9.new"), "half of a value").unwrap();
    assert_eq!(project.envctl("plan dev --exit-code").code, 1);
    project.done("up dev --yes");
    all_is_there_once(&project);
    assert_eq!(project.fed("secret set dev STRIPE_KEY", "another").code, 0);
    assert!(!folder.join("secrets.Ab3dE9.new").exists());
    project.done("down dev --yes");
}

#[test]
fn a_folder_that_others_may_write_into_holds_no_secrets_and_none_is_changed() {
    let project = Project::new();
    let state = project.path().join("state");
    fs::create_dir(&state).unwrap();
    for (mode, code) in [(0o777, 2), (0o1777, 2), (0o755, 0)] {
        fs::set_permissions(&state, fs::Permissions::from_mode(mode)).unwrap();
        let mut set = project.command("secret set dev STRIPE_KEY");
        let (ended, _, err) = fed(set.env("ENVCTL_STATE", &state), "a value of somebody's");
        assert_eq!(ended, code, "{err}");
        assert!(code == 0 || err.contains("anybody may write into") && err.contains("ENVCTL_STATE"), "{err}");
        assert_eq!(fs::metadata(&state).unwrap().mode() & 0o7777, mode);
    }
}

#[test]
fn a_folder_that_cannot_be_written_and_a_disk_that_takes_no_more_are_said() {
    let project = Project::new();
    project.write("file", "");
    let up = ended(project.command("up dev --yes").env("ENVCTL_STATE", project.path().join("file")));
    assert!(up.code != 0 && up.err.contains("cannot"), "{up:?}");
    assert!(project.machine.processes().is_empty());

    // No file may grow beyond 1 MiB: what a server's first files need.
    let mut limited = Command::new("sh");
    let up = project.command("up dev --yes");
    limited.current_dir(project.path()).envs(up.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited.args(["-c", "ulimit -f 2048; exec \"$0\" up dev --yes"]).arg(up.get_program());
    let up = ended(&mut limited);
    assert_eq!(up.code, 4, "{up:?}");
    assert!(up.out.contains("database.main could not be created") && up.out.contains("initdb"), "{}", up.out);
    project.done("up dev --yes");
    all_is_there_once(&project);
    project.done("down dev --yes");
}
