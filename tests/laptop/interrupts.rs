//! Asked to stop, by whatever signal and at any time, a command stops between steps, says so, and gives its lock back.

use std::io::{BufRead, BufReader};
use std::process::Command;

use super::project::{Project, eventually};
use super::promotion::defined;
use crate::support::signals::{interrupted, send, started};

#[test]
fn each_signal_stops_an_up_and_a_down_between_their_steps() {
    let project = Project::new();
    for (signal, step) in [("-INT", 0), ("-TERM", 2), ("-HUP", 1), ("-HUP", 4)] {
        let (code, said) = interrupted(&mut project.command("up dev --yes"), &[signal], step).expect("it comes so far");
        assert!(code == 4 && said.contains("envctl up dev"), "{signal} at {step}: {code} {said}");
        assert!(!project.done("history dev").out.contains("is being changed"), "the lock is given back");
        project.done("up dev --yes");
        let (code, said) =
            interrupted(&mut project.command("down dev --yes"), &[signal], 0).expect("a down has a first step");
        assert!(code == 4 || code == 0, "{signal}: {said}");
        project.done("down dev --yes");
        assert_eq!((project.machine.environments().len(), project.machine.processes().len()), (0, 0));
    }
}

#[test]
fn what_is_to_outlive_its_terminal_does() {
    let project = Project::new();
    let mut command = Command::new("sh");
    let up = project.command("up dev --yes");
    command.current_dir(project.path()).args(["-c", "trap '' HUP; exec \"$@\"", "sh"]);
    command.arg(up.get_program()).args(up.get_args());
    for (name, value) in up.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let mut child = started(&mut command);
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(told.any(|line| line.starts_with('[')), "it begins");
    send("-HUP", &child);
    told.for_each(drop);
    assert!(child.wait().unwrap().success());
    project.done("plan dev --exit-code");
}

/// The reader of its progress has gone, and the terminal with it.
#[test]
fn a_terminal_that_is_closed_leaves_nothing_half_done() {
    let project = Project::new();
    let ended = project.on_a_terminal(CLOSED, "up dev --yes");
    let said = String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
    assert!(["3", "4"].contains(&said.trim()), "it ended by itself, with nothing done or a part: {said}");
    assert!(!project.done("history dev").out.contains("is being changed"));
    project.done("up dev --yes");
}

/// Runs a command on a terminal of its own, closes that as soon as there is progress, and prints how the command ended.
const CLOSED: &str = r#"
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b""
def begins():
    # The plan may come in pieces.
    _, is_whole, progress = seen.partition(b"to add")
    return is_whole and (b"creating" in progress or b"\r" in progress[10:])
while not begins():
    seen += os.read(terminal, 4096)
os.close(terminal)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status))
"#;

/// The server on which migrations are measured outlives whoever started it.
#[test]
fn measuring_that_is_interrupted_leaves_no_server() {
    let project = defined();
    project.done("up qa --yes");
    project.done("up live --confirm live");
    project.write("templates/shop/migrations/0002_long.sql", "SELECT pg_sleep(60);\n");
    let child = started(&mut project.command("promote qa live --dry-run"));
    let measure = project.machine.state().join("measure");
    eventually("it measures", || measure.join("data/postmaster.pid").exists());
    send("-INT", &child);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(3));
    let line = |pid: &u32| std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let left = project.machine.processes().iter().filter(|pid| line(pid).contains("/measure/")).count();
    assert_eq!((measure.exists(), left), (false, 0));
}

/// Asked for the second time, under the lock, since something has changed: it need not be answered.
#[test]
fn a_question_does_not_stand_in_the_way_of_a_signal() {
    let project = Project::new();
    project.done("up dev --yes");
    project.replace("templates/shop.toml", "QUEUE_DEPTH  = 100", "QUEUE_DEPTH  = 7");
    let ended = project.on_a_terminal(ASKED, "up dev");
    let said = String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("what exists has changed") && said.trim().ends_with('3'), "{said}");
    assert!(!project.done("history dev").out.contains("is being changed"));
    assert_eq!(project.envctl("plan dev --exit-code").code, 1, "nothing was done");
}

/// Runs `up` on a terminal, agrees to what something else makes obsolete, and interrupts the question that follows.
const ASKED: &str = r#"
import os, pty, signal, subprocess, sys
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
def read_until(count):
    global seen
    while seen.count(b"[y/N]") < count:
        seen += os.read(terminal, 4096)
seen = b""
read_until(1)
subprocess.run([sys.argv[1], "secret", "set", "dev", "STRIPE_KEY"], input=b"another", check=True, capture_output=True)
os.write(terminal, b"y\n")
read_until(2)
os.kill(child, signal.SIGINT)
_, status = os.waitpid(child, 0)
print(seen.decode(), os.waitstatus_to_exitcode(status))
"#;
