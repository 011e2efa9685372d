//! The program as one meets it: what is typed, what is answered, how it ends. Each file here is a console session
//! in the project of the same name.

#[test]
fn console_sessions() {
    trycmd::TestCases::new().env("NO_COLOR", "1").env("ENVCTL_TODAY", "2026-11-25").case("tests/scenarios/*.trycmd");
}
