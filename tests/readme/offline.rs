use trycmd::cargo::cargo_bin;

use crate::laptop::project::Machine;

use super::TODAY;

/// Blocks of `console`, in the project's own folder; those that need an AWS say `ignore`.
#[test]
fn commands_that_need_no_cloud_do_what_is_shown() {
    let machine = Machine::new();
    trycmd::TestCases::new()
        .register_bin("envctl", cargo_bin!("envctl"))
        .env("ENVCTL_STATE", machine.state().to_str().unwrap())
        .env("ENVCTL_TODAY", TODAY)
        .env("NO_COLOR", "1")
        .case("README.md")
        .run();
}
