use super::ReportFormat;

/// Validate all definitions, and compare every declared mirror
///
/// The one command for CI: it needs no credentials and no network. Every error is reported, with its file and line.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl check
  envctl check --format markdown >> \"$GITHUB_STEP_SUMMARY\"

Exits with 0 when all is well, 1 on findings, 2 on errors in a definition.")]
pub struct Args {
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: ReportFormat,
}
