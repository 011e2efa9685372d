use clap::CommandFactory;
use clap_complete::Shell;

use super::{Answer, Cli};

/// Print the completion script of a shell
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl completions bash > ~/.local/share/bash-completion/completions/envctl
  envctl completions fish > ~/.config/fish/completions/envctl.fish
  envctl completions zsh  > \"${fpath[1]}/_envctl\"")]
pub struct Args {
    pub shell: Shell,
}

pub fn run(args: &Args) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "envctl", &mut script);
    Answer::done(String::from_utf8_lossy(&script))
}
