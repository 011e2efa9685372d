use clap::CommandFactory;

use super::{Answer, Cli, Error, While};

/// Print the manual page of envctl, or of one of its commands
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl man | man -l -
  envctl man up > ~/.local/share/man/man1/envctl-up.1")]
pub struct Args {
    pub command: Option<String>,
}

pub fn run(args: &Args) -> Result<Answer, Error> {
    let mut app = Cli::command();
    app.build();
    let page = match &args.command {
        None => app,
        Some(name) => app.find_subcommand(name).cloned().ok_or_else(|| {
            let known: Vec<&str> = app.get_subcommands().map(clap::Command::get_name).collect();
            Error::Use {
                message: format!("envctl has no command `{name}`"),
                hint: Some(format!("it has {}", known.join(", "))),
            }
        })?,
    };
    let mut text = Vec::new();
    let source = format!("envctl {}", env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(page).source(source).render(&mut text).while_doing("cannot write the manual page")?;
    Ok(Answer::done(String::from_utf8_lossy(&text)))
}
