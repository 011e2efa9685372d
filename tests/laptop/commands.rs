//! Every command that there is, and how the canary calls it.

use clap::CommandFactory;
use envctl::cli::Cli;

/// A command of clap's own tree.
#[derive(Clone, Debug)]
pub struct Command {
    /// As it is typed: `secret set`.
    pub name: String,
    /// What `--format` takes; none where there is no such option.
    pub formats: Vec<String>,
}

impl Command {
    /// The option for each of them; none for a command that has no such option.
    pub fn format_options(&self) -> impl Iterator<Item = String> + Clone + use<> {
        let mut options: Vec<String> = self.formats.iter().map(|format| format!("--format {format}")).collect();
        if options.is_empty() {
            options.push(String::new());
        }
        options.into_iter()
    }
}

/// All that do something: also those that no help shows.
pub fn all() -> Vec<Command> {
    let mut found = Vec::new();
    leaves(&Cli::command(), "", &mut found);
    found
}

fn leaves(command: &clap::Command, name: &str, found: &mut Vec<Command>) {
    if !command.has_subcommands() {
        let format = command.get_arguments().find(|argument| argument.get_id() == "format");
        let values = format.map(clap::Arg::get_possible_values).unwrap_or_default();
        let formats = values.iter().map(|value| value.get_name().to_owned()).collect();
        found.push(Command { name: name.to_owned(), formats });
    }
    for below in command.get_subcommands() {
        leaves(below, format!("{name} {}", below.get_name()).trim_start(), found);
    }
}

/// How a command is called where all is well, and the code that it then ends with. `HAND` stands for a folder with files
/// that are written by hand.
///
/// # Panics
/// Of a command that is not here: whoever adds one says here how it is called.
pub fn well(command: &str) -> (&'static str, i32) {
    match command {
        "audit" => ("audit --secrets", 0),
        "check" => ("check", 0),
        "diff" => ("diff qa live", 0),
        "plan" => ("plan qa", 0),
        "show" => ("show qa.plan", 0),
        "up" => ("up qa --yes --lock-timeout 1m", 0),
        "down" => ("down qa", 3),
        "doctor" => ("doctor qa", 0),
        "status" => ("status qa", 0),
        "promote" => ("promote qa live --dry-run --min-age 0s", 0),
        "rollback" => ("rollback qa --yes", 3),
        "reset" => ("reset qa", 3),
        "reap" => ("reap --dry-run", 0),
        "secret set" => ("secret set qa STRIPE_KEY --file HAND/value", 0),
        "secret get" => ("secret get qa STRIPE_KEY", 0),
        "secret list" => ("secret list qa", 0),
        "secret unset" => ("secret unset qa NONE", 0),
        "secret import" => ("secret import qa HAND/values.env", 0),
        "run" => ("run qa -- true", 0),
        "db" => ("db qa -- -X -c select(1)", 0),
        "logs" => ("logs qa", 0),
        "history" => ("history qa", 0),
        "unlock" => ("unlock live --reason nobody --confirm live", 0),
        "ls" => ("ls --live", 0),
        "completions" => ("completions bash", 0),
        "man" => ("man secret", 0),
        "supervise" => ("supervise", 2),
        _ => panic!("`envctl {command}` is new: say in tests/laptop/commands.rs how the canary calls it"),
    }
}

/// How commands are called wrongly, or of what is not there.
pub const WRONG: [&str; 17] = [
    "audit nowhere --secrets",
    "diff qa",
    "plan qa --out nowhere/qa.plan",
    "show HAND/values.env",
    "show HAND/value",
    "show HAND/value.json",
    "up qa --plan HAND/value",
    "up qa --plan qa.plan --yes",
    "promote qa live --min-age 0s",
    "rollback qa --to 9.9.9 --yes",
    "secret set qa NONE --file HAND/value",
    "secret get qa NONE",
    "secret import qa HAND/value",
    "secret import live HAND/broken.env",
    "run qa -- no-such-command",
    "db qa -- -X -v ON_ERROR_STOP=1 -c select(nothing)",
    "logs qa nothing --log =a=b=",
];

/// What tells of the present state, whatever that is.
pub const LOOKS: [&str; 12] = [
    "plan qa",
    "doctor qa",
    "status qa",
    "ls --live",
    "history qa",
    "logs qa",
    "secret list qa",
    "audit --live --secrets",
    "diff qa live --live",
    "check --live",
    "run qa -- true",
    "db qa -- -X -c select(1)",
];

/// All levels of the log, as they are asked for.
pub const LEVELS: [&str; 9] =
    ["--log off", "--log error", "--log warn", "--log info", "--log debug", "--log trace", "-v", "-vv", "-vvv"];
/// Those that say least and most: what the others say is among it.
pub const OUTERMOST: [&str; 3] = ["--log off", "--log trace", "-vvv"];
