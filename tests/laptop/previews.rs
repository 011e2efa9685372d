//! Short-lived copies of an environment, with a database and processes of their own.

use std::fs;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::project::{Project, get};

/// The project of a machine that has no account at all.
fn project() -> Project {
    let project = Project::new();
    for other in ["staging", "prod"] {
        fs::remove_file(project.path().join(format!("environments/{other}.toml"))).unwrap();
    }
    project.replace("environments/dev.toml", "mirrors  = \"prod\"", "release = \"1.5.0\"");
    project
}

/// A preview's row in `ls`: its release, and whether its time is over.
fn listed(project: &Project, name: &str) -> Option<String> {
    let report: Json = serde_json::from_str(&project.done("ls --live --format json").out).unwrap();
    let mut previews = report["previews"].as_array().unwrap().iter();
    previews.find(|preview| preview["name"] == name).map(|preview| preview["release"].as_str().unwrap().to_owned())
}

#[track_caller]
fn refused(project: &Project, line: &str, code: i32, says: &str) {
    let ended = project.envctl(line);
    assert!(ended.code == code && ended.err.contains(says), "envctl {line}: {ended:?}");
}

#[test]
fn a_preview_stands_apart_from_its_original_and_goes_without_a_trace_when_its_time_is_over() {
    let project = project();
    project.done("up dev --yes");
    project.done("up pr-1 --like dev --release 1.6.0 --ttl 1000h --yes");
    let [dev, preview] = ["dev", "pr-1 --like dev"].map(|which| project.url(which));
    assert_ne!(dev, preview);
    assert_eq!(get(&preview).0, 200);
    project.sql("pr-1 --like dev", "DELETE FROM products");
    assert_ne!(project.sql("dev", "SELECT count(*) FROM products"), "0");

    // What it was told once, it keeps.
    assert_eq!(project.seen("pr-1 --like dev", "ENVCTL_RELEASE"), "1.6.0");
    project.done("plan pr-1 --like dev --exit-code");
    assert_eq!(project.envctl("plan pr-1 --like dev --release 1.7.0 --exit-code").code, 1);
    assert_eq!(listed(&project, "pr-1").as_deref(), Some("1.6.0"));
    let audited = project.envctl("audit --live dev");
    assert_eq!(audited.code, 0, "a preview is no leftover: {}", audited.out);

    // Not before its time, and no more once it is prolonged.
    assert!(project.done("reap --yes").out.contains("No preview"), "its time is not over");
    project.done("up pr-1 --like dev --ttl 1ms --yes");
    assert!(project.done("reap --dry-run").out.contains("over for 0 min"));
    refused(&project, "reap", 3, "add `--yes`");
    project.done("up pr-1 --like dev --ttl 1h --yes");
    assert!(project.done("reap --yes").out.contains("No preview"), "it was prolonged");

    project.done("up pr-1 --like dev --ttl 1ms --yes");
    assert!(project.done("reap --yes").out.contains("pr-1 is gone"));
    assert_eq!(listed(&project, "pr-1"), None);
    let left: Vec<_> = fs::read_dir(project.machine.state()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_str().unwrap().contains("pr-1")), "{left:?}");
    assert_eq!(get(&dev).0, 200);
}

#[test]
fn a_preview_taken_down_by_hand_leaves_nothing_either() {
    let project = project();
    project.done("up pr-1 --like dev --ttl 1h --yes");
    project.done("down pr-1 --like dev --yes");
    assert_eq!(listed(&project, "pr-1"), None);
    let history = project.done("history pr-1 --like dev");
    assert!(history.out.contains("Nothing is written down"), "{}", history.out);
    project.done("down pr-1 --like dev --yes");
}

#[test]
fn what_cannot_be_a_preview_is_refused_before_anything_is_made() {
    let project = project();
    refused(&project, "up pr-1 --like dev --yes", 2, "--ttl 48h");
    refused(&project, "up pr-1 --like dev --ttl=-1h --yes", 2, "less than no time");
    refused(&project, "up pr-1 --like dev --ttl=0s --yes", 2, "must stand for some time");
    refused(&project, "up pr-1 --like dev --ttl 1h --release a/b --yes", 2, "\"a/b\" is not a release");
    refused(&project, "up pr-1 --like nowhere --ttl 1h --yes", 2, "no environment is called `nowhere`");
    refused(&project, "up PR_1 --like dev --ttl 1h --yes", 2, "a preview cannot be called \"PR_1\"");
    refused(&project, "up dev --like dev --ttl 1h --yes", 2, "environments/dev.toml defines it");
    refused(&project, "up dev --ttl 1h --yes", 2, "--like");
    project.replace("environments/dev.toml", "[local]", "protected = true\n[local]");
    refused(&project, "up pr-1 --like dev --ttl 1h --yes", 3, "`dev` is protected");
    project.replace("environments/dev.toml", "protected = true", "protected = false");
    // Whose own domain it would answer to.
    project.replace("environments/dev.toml", "domain = \"localhost\"", "domain = \"dev.shop.example\"");
    refused(&project, "up pr-1 --like dev --ttl 1h --yes", 3, "give each a domain of its own");
    assert!(fs::read_dir(project.machine.state()).unwrap().next().is_none());

    // What a definition has made is no preview, though its file is gone.
    project.replace("environments/dev.toml", "domain = \"dev.shop.example\"", "domain = \"localhost\"");
    project.done("up dev --yes");
    let dev = fs::read_to_string(project.path().join("environments/dev.toml")).unwrap();
    fs::remove_file(project.path().join("environments/dev.toml")).unwrap();
    project.write("environments/qa.toml", &dev);
    refused(&project, "up dev --like qa --ttl 1h --yes", 3, "`dev` stands, and is no preview");
}

#[test]
fn a_preview_that_gets_a_file_of_its_own_is_reaped_no_more() {
    let project = project();
    project.done("up pr-1 --like dev --ttl 1ms --yes");
    let dev = fs::read_to_string(project.path().join("environments/dev.toml")).unwrap();
    project.write("environments/pr-1.toml", &dev);
    assert!(project.done("reap --yes").out.contains("No preview"));
    project.done("up pr-1 --yes");
    fs::remove_file(project.path().join("environments/pr-1.toml")).unwrap();
    assert!(project.done("reap --yes").out.contains("No preview"), "it has been no preview since");
    refused(&project, "up pr-1 --like dev --ttl 1h --yes", 3, "is no preview");
}

#[test]
fn previews_go_whatever_became_of_their_original_and_those_of_another_app_stay() {
    let project = project();
    let other = Project::on(&project.machine);
    for name in ["staging", "prod"] {
        fs::remove_file(other.path().join(format!("environments/{name}.toml"))).unwrap();
    }
    other.replace("environments/dev.toml", "mirrors  = \"prod\"", "release = \"1.5.0\"");
    other.replace("templates/shop.toml", "app = \"shop\"", "app = \"stall\"");
    for app in [&project, &other] {
        app.done("up pr-1 --like dev --ttl 1ms --yes");
    }
    let dev = fs::read_to_string(project.path().join("environments/dev.toml")).unwrap();
    fs::remove_file(project.path().join("environments/dev.toml")).unwrap();
    project.write("environments/qa.toml", &dev);
    assert!(project.done("reap --yes").out.contains("pr-1 is gone"));
    assert_eq!(listed(&other, "pr-1").as_deref(), Some("1.5.0"));
    assert_eq!(get(&other.url("pr-1 --like dev")).0, 200);
    assert!(other.done("reap --yes").out.contains("pr-1 is gone"));
    assert_eq!((project.machine.environments().len(), project.machine.processes().len()), (0, 0));
}

/// Nobody is told to write a file for it.
#[test]
fn one_that_is_named_without_its_original_is_no_forgotten_environment() {
    let project = project();
    project.done("up pr-1 --like dev --ttl 1h --yes");
    let ended = project.envctl("status pr-1");
    assert!(ended.code == 2 && ended.err.contains("--like") && !ended.err.contains("environments/pr-1"), "{ended:?}");
    project.done("down pr-1 --like dev --yes");
}

/// Whoever is asked a question may answer long after its end was moved.
#[test]
fn an_end_that_somebody_moved_meanwhile_stays_moved() {
    let project = project();
    project.done("up pr-1 --like dev --ttl 1h --yes");
    let until = || -> Timestamp {
        let report: Json = serde_json::from_str(&project.done("ls --live --format json").out).unwrap();
        report["previews"][0]["until"].as_str().unwrap().parse().unwrap()
    };
    let first = until();
    let ended = project.on_a_terminal(ASKED, "up pr-1 --like dev --release 1.6.0");
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(listed(&project, "pr-1").as_deref(), Some("1.6.0"));
    assert!(until().duration_since(first).as_hours() > 90);
}

/// Runs a change on a terminal, and agrees to it after somebody else has given the preview more time.
const ASKED: &str = r#"
import os, pty, subprocess, sys
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b""
while b"[y/N]" not in seen:
    seen += os.read(terminal, 4096)
more = [sys.argv[1], "up", "pr-1", "--like", "dev", "--ttl", "100h", "--yes"]
subprocess.run(more, check=True, capture_output=True)
os.write(terminal, b"y\n")
try:
    while os.read(terminal, 4096):
        pass
except OSError:
    pass
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"#;
