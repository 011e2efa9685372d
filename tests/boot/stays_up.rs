//! `stays-up`, really run, with a `systemctl` that answers from a file.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use super::sample::{path_with, write_program};

/// What systemctl is asked for beside results, and what is said, where the unit's results are these.
fn looked(results: &[&str]) -> (Vec<String>, String) {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_program(&at("stays-up"), include_str!("../../src/aws/boot/stays-up.sh"));
    write_program(&at("sleep"), "#!/bin/sh\n");
    fs::write(at("results"), results.iter().map(|result| format!("{result}\n")).collect::<String>()).unwrap();
    write_program(
        &at("systemctl"),
        "#!/bin/sh\n\
         if [ \"$*\" = 'show --property Result --value envctl-worker.service' ]; then\n\
         head -n 1 \"$FAKE/results\"; sed -i 1d \"$FAKE/results\"\n\
         else echo \"$*\" >>\"$FAKE/asked\"; fi\n",
    );
    let mut command = Command::new(at("stays-up"));
    let output = command.arg("envctl-worker.service").env("PATH", path_with(folder.path())).env("FAKE", folder.path());
    let output = output.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let asked = fs::read_to_string(at("asked")).unwrap();
    (asked.lines().map(str::to_owned).collect(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn what_runs_for_a_minute_is_looked_at_no_more() {
    let (asked, said) = looked(&["success"; 30]);
    assert_eq!(asked, ["disable --quiet envctl-stays-up@envctl-worker.timer"]);
    assert_eq!(said, "");
}

#[test]
fn an_instance_whose_process_fails_is_turned_off() {
    let (asked, said) = looked(&["success", "success", "exit-code"]);
    assert_eq!(asked, ["poweroff"]);
    let expected =
        "envctl: envctl-worker.service does not stay up (exit-code), so this instance is turned off, to be replaced\n";
    assert_eq!(said, expected);
}
