use super::ReportFormat;

/// Compare two environments: shape must be equal, data must not
///
/// Values are compared by meaning, not by spelling. Each difference names its path, both values, and the file and line
/// that set each side; those that a `[[deliberate]]` entry covers stand apart.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl diff staging prod
  envctl diff staging prod --live
  envctl diff staging prod --format json | jq .

Exits with 0 when they match, 1 on differences, 2 on trouble.")]
pub struct Args {
    /// An environment's full name
    #[arg(value_name = "A")]
    pub left: String,
    /// The one to compare it with
    #[arg(value_name = "B")]
    pub right: String,
    /// Compare what exists, not what is defined
    #[arg(long)]
    pub live: bool,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: ReportFormat,
}
