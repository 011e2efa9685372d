//! `rotated`, really run, with an `aws` that knows each secret's version.

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::sample::{artifact, files, path_with, resolved, shop, write_program};

/// Answers the one question that the check may ask, from the file that is called as the secret is.
const AWS: &str = r#"#!/bin/sh
[ "$1 $2 $3 $4" = "secretsmanager get-secret-value --region eu-west-1" ] || exit 252
[ "$5 $7 $8 $9" = "--secret-id --query VersionId --output" ] || exit 252
cat "$FAKE/${6##*:}" 2>/dev/null && exit 0
echo "An error occurred (AccessDeniedException): not now" >&2
exit 254
"#;

fn instance(started: &[(&str, &str)], current: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_program(&at("rotated"), &files(&resolved(&shop(artifact(), "bin/web")))["/opt/envctl/rotated"]);
    write_program(&at("aws"), AWS);
    let line = |(name, version): &(&str, &str)| {
        format!("{version} arn:aws:secretsmanager:eu-west-1:111111111111:secret:{name}\n")
    };
    fs::write(at("versions"), started.iter().map(line).collect::<String>()).unwrap();
    for (name, version) in current {
        fs::write(at(name), format!("{version}\n")).unwrap();
    }
    folder
}

fn check(folder: &TempDir) -> Output {
    let mut command = Command::new(folder.path().join("rotated"));
    command.arg(folder.path().join("versions"));
    command.env("PATH", path_with(folder.path())).env("FAKE", folder.path()).output().unwrap()
}

#[test]
fn another_version_is_a_reason_to_restart() {
    let output = check(&instance(&[("main", "v1"), ("other", "v7")], &[("main", "v1"), ("other", "v8")]));
    assert_eq!(output.status.code(), Some(0));
    snapbox::assert_data_eq!(
        String::from_utf8(output.stdout).unwrap(),
        snapbox::str![[r#"
envctl: arn:aws:secretsmanager:eu-west-1:111111111111:secret:other was rotated, the component is restarted

"#]]
    );
}

#[test]
fn the_same_version_is_none() {
    let output = check(&instance(&[("main", "v1"), ("other", "v7")], &[("main", "v1"), ("other", "v7")]));
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty() && output.stderr.is_empty(), "nothing a minute in the journal");
}

#[test]
fn a_stopped_component_is_left_alone() {
    let folder = instance(&[], &[]);
    fs::remove_file(folder.path().join("versions")).unwrap();
    assert_eq!(check(&folder).status.code(), Some(1));
}

/// 254 and below: systemd takes 255 for a failure of the check itself, and success would restart a sound component.
#[test]
fn what_cannot_be_read_restarts_nothing_and_hides_no_other() {
    let output = check(&instance(&[("main", "v1")], &[]));
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("AccessDeniedException"));
    let output = check(&instance(&[("main", "v1"), ("other", "v7")], &[("other", "v8")]));
    assert_eq!(output.status.code(), Some(0));
}
