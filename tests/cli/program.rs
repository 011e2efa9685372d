//! The program itself, as a process.

use std::process::Stdio;

use snapbox::cmd::Command;
use snapbox::str;

fn envctl(line: &str) -> Command {
    let command = Command::new(snapbox::cmd::cargo_bin!("envctl")).args(line.split_whitespace());
    command.env_remove("ENVCTL_LOG").env("NO_COLOR", "1")
}

#[test]
fn help_and_version_succeed() {
    envctl("--help").assert().code(0).stdout_eq(str![[r#"
Stamps out isolated copies of a product, and proves that they match

An environment is a complete copy of a product and of all it depends on: the
running code, its database, its configuration, its secrets and the cloud
resources behind them. It is defined once, in `templates/` and `environments/`;
envctl makes copies of it, in AWS or on this machine, and proves before a
release that staging has production's shape.

Usage: envctl [OPTIONS] <COMMAND>

Commands:
...
  completions  Print the completion script of a shell
  man          Print the manual page of envctl, or of one of its commands
  help         Print this message or the help of the given subcommand(s)

Options:
  -h, --help
          Print help (see a summary with '-h')

  -V, --version
          Print version

Global options:
      --project <DIR>
          The project's folder [default: the nearest parent that has
          `environments/`]

  -v, --verbose...
          Say more; twice, log each call to the provider too

      --log <FILTER>
          What to log to stderr: a level, or `module=level,…`; never what is
          sent or received
          
          [env: ENVCTL_LOG]

      --color <WHEN>
          Colour the output

          Possible values:
          - auto:   On a terminal, unless `NO_COLOR` is set
          - always
          - never
          
          [default: auto]

Exit codes:
   0  done, no differences
   1  differences or findings (audit, check, diff, doctor, plan --exit-code)
   2  an error in use or in a definition
   3  refused by a guard: protected, wrong account, locked, not confirmed
   4  partly applied, with the command that goes on
  70  a defect of envctl

"#]]);
    envctl("--version").assert().code(0);
}

#[test]
fn wrong_use_exits_with_2() {
    for line in ["", "destroy-everything", "man up --colour", "--log =a=b= man", "man nothing"] {
        envctl(line).assert().code(2).stdout_eq("");
    }
}

#[test]
fn a_folder_outside_any_project_says_what_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let output = envctl("check").current_dir(folder.path()).assert().code(2).stdout_eq("");
    let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    for part in ["no project here", "`environments/`", "--project DIR"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn completions_and_manual_pages_are_written_for_what_there_is() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        envctl(&format!("completions {shell}")).assert().code(0).stderr_eq("");
    }
    envctl("man").assert().code(0).stderr_eq("");
    envctl("man completions").assert().code(0).stderr_eq("");
}

#[test]
fn no_time_is_too_long_to_be_counted() {
    for line in ["up dev --lock-timeout 100000000h", "up pr-1 --like dev --ttl 100000000h", "promote a b --watch 9000h"]
    {
        let output = envctl(line).assert().code(2).get_output().stderr.clone();
        assert!(String::from_utf8_lossy(&output).contains("more than a year"), "{line}");
    }
    let output = envctl("up dev --lock-timeout soon").assert().code(2).get_output().stderr.clone();
    assert!(String::from_utf8_lossy(&output).contains("such as 10m or 48h"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_and_a_closed_pipe_is_none() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let program = || {
        let mut command = std::process::Command::new(snapbox::cmd::cargo_bin!("envctl"));
        command.args(["completions", "bash"]).stderr(Stdio::piped());
        command
    };
    let output = program().stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to stdout"));

    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = program().stdout(writer).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}
