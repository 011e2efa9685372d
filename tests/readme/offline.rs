use trycmd::cargo::cargo_bin;

use super::TODAY;

/// Blocks of `console`, in the project's own folder; those that need an AWS say `ignore`.
#[test]
fn commands_that_need_no_cloud_do_what_is_shown() {
    trycmd::TestCases::new()
        .register_bin("envctl", cargo_bin!("envctl"))
        .env("ENVCTL_TODAY", TODAY)
        .env("NO_COLOR", "1")
        .case("README.md");
}
