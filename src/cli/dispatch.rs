use std::ffi::OsString;

use clap::Parser;

use crate::ui;

use super::{
    Answer, Cli, Command, Error, Exit, While, audit, check, completions, db, diff, doctor, down, history, logging,
    logs, ls, man, plan, promote, reap, reset, rollback, run, secret, show, status, supervise, unlock, up,
};

/// Does what the arguments ask for; the first one is the program's own name.
pub fn execute(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(answer) => {
            // Help for a reader that went away is no trouble; a message that nobody can read changes nothing.
            drop(answer.print());
            return if answer.use_stderr() { Exit::Trouble } else { Exit::Done };
        }
    };
    cli.globals.color.choose();
    let ended = logging::start(&cli.globals).and_then(|()| dispatch(&cli));
    let told = |answer: Answer| match ui::out(&answer.text).while_doing("cannot write to stdout") {
        // What was done must be known all the same, and that something is left.
        Err(error) if answer.exit == Exit::Partial => {
            ui::note(&error.human());
            Ok(answer.exit)
        }
        written => written.map(|()| answer.exit),
    };
    match ended.and_then(told) {
        Ok(exit) => exit,
        Err(error) => {
            ui::note(&error.human());
            error.exit()
        }
    }
}

fn dispatch(cli: &Cli) -> Result<Answer, Error> {
    match &cli.command {
        Command::Audit(args) => audit::run(args, &cli.globals),
        Command::Check(args) => check::run(args, &cli.globals),
        Command::Diff(args) => diff::run(args, &cli.globals),
        Command::Plan(args) => plan::command(args, &cli.globals),
        Command::Show(args) => show::run(args),
        Command::Up(args) => up::command(args, &cli.globals),
        Command::Down(args) => down::command(args, &cli.globals),
        Command::Status(args) => status::command(args, &cli.globals),
        Command::Promote(args) => promote::run(args, &cli.globals),
        Command::Rollback(args) => rollback::command(args, &cli.globals),
        Command::Reap(args) => reap::run(args, &cli.globals),
        Command::Reset(args) => reset::command(args, &cli.globals),
        Command::Secret(args) => secret::command(args, &cli.globals),
        Command::Run(args) => run::command(args, &cli.globals),
        Command::Db(args) => db::command(args, &cli.globals),
        Command::History(args) => history::command(args, &cli.globals),
        Command::Unlock(args) => unlock::command(args, &cli.globals),
        Command::Logs(args) => logs::command(args, &cli.globals),
        Command::Ls(args) => ls::run(args, &cli.globals),
        Command::Doctor(args) => doctor::command(args, &cli.globals),
        Command::Completions(args) => Ok(completions::run(args)),
        Command::Man(args) => man::run(args),
        Command::Supervise(supervise::Args) => supervise::run(),
    }
}
