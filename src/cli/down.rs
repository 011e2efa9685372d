use super::{Consent, Format};

/// Remove an environment and all that belongs to it
///
/// In reverse order, and only what carries the environment's tags. Each database leaves a final snapshot, unless its
/// data is declared throwaway. A protected environment is refused.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl down staging
  envctl down review-17 --yes                in CI: no question

Exits with 0 when all is gone, 3 when it was refused and nothing was changed,
4 when something is left: run it again to go on.")]
pub struct Args {
    /// The environment's full name
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Remove it without asking
    #[arg(short, long)]
    pub yes: bool,
    /// The environment's name once more, in place of the question
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

impl Args {
    /// `terminal`: whether somebody can be asked.
    pub fn consent(&self, terminal: bool) -> Consent<'_> {
        Consent { yes: self.yes, confirm: self.confirm.as_deref(), allow_data_loss: &[], terminal }
    }
}
