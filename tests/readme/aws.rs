use trycmd::cargo::cargo_bin;

use crate::aws::project::{Project, STAGING};

use super::TODAY;

/// Blocks of `console,ignore`, one after the other, in a copy of the example with an AWS of its own.
#[test]
fn commands_on_aws_do_what_is_shown() {
    let project = Project::new(60);
    let readme = include_str!("../../README.md");
    let blocks = readme.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("console,ignore\n"));
    let blocks: Vec<String> = blocks.map(|block| format!("```console\n{block}```\n")).collect();
    assert!(!blocks.is_empty(), "the README shows nothing on AWS");
    // trycmd runs a case's commands in the folder beside it that bears its name.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tour.md"), blocks.join("\n")).unwrap();
    std::os::unix::fs::symlink(project.path(), folder.path().join("tour.in")).unwrap();

    let cases = trycmd::TestCases::new();
    cases.register_bin("envctl", cargo_bin!("envctl"));
    for (name, value) in project.command(STAGING, "").get_envs() {
        if let Some(value) = value {
            cases.env(name.to_string_lossy(), value.to_string_lossy());
        }
    }
    cases.env("CI", "true").env("ENVCTL_TODAY", TODAY).env("NO_COLOR", "1");
    cases.case(folder.path().join("tour.md"));
    cases.run();
    project.aws.assert_no_violations();
}
