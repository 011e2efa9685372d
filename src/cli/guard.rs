use std::collections::BTreeSet;

use crate::local::Local;
use crate::model::{Environment, Target};
use crate::provider::{Caller, Provider};
use crate::ui;
use crate::ui::summary::Doing;

use super::{Error, LockArgs, While};

/// What was said on the command line in favour of a change.
#[derive(Clone, Copy, Debug, Default)]
pub struct Consent<'a> {
    pub yes: bool,
    /// What is applied was read before, in a file.
    pub reviewed: bool,
    /// The environment's name, written out.
    pub confirm: Option<&'a str>,
    /// Parts of the definition whose data may be deleted.
    pub allow_data_loss: &'a [String],
    /// Somebody is there to be asked.
    pub terminal: bool,
}

/// What every command that changes an environment takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Approval {
    /// Do it without asking
    #[arg(short, long)]
    pub yes: bool,
    /// The environment's name once more; what is protected needs it
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    #[command(flatten)]
    pub lock: LockArgs,
}

impl Approval {
    /// `terminal`: whether somebody can be asked.
    pub fn consent(&self, terminal: bool) -> Consent<'_> {
        Consent { yes: self.yes, confirm: self.confirm.as_deref(), terminal, ..Consent::default() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Go on.
    Given,
    /// Go on when the person at the terminal says so.
    Ask,
}

/// Why a change may not be made, and what would permit it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub why: String,
    pub remedy: String,
}

/// Whether a plan that is not empty may be applied. All that speaks against it is told at once.
pub fn judge(
    doing: Doing,
    environment: &Environment,
    data_lost: &BTreeSet<&str>,
    consent: Consent<'_>,
) -> Result<Permit, Vec<Refusal>> {
    let (name, argument) = (environment.name.as_str(), environment.argument());
    let mut refusals = Vec::new();
    let mut refuse = |why: String, remedy: String| refusals.push(Refusal { why, remedy });

    let allowed = |path: &str| consent.allow_data_loss.iter().any(|allowed| allowed == path);
    for path in data_lost.iter().filter(|path| !allowed(path)) {
        refuse(format!("this deletes {path}"), format!("to permit that, add `--allow-data-loss {path}`"));
    }

    let named = consent.confirm == Some(name);
    if let Some(other) = consent.confirm.filter(|_| !named) {
        refuse(
            format!("`--confirm {other}` names another environment than `{name}`"),
            format!("name the one that is meant: `--confirm {name}`"),
        );
    } else if environment.protected && doing == Doing::Down {
        refuse(
            format!("`{name}` is protected, and no flag takes a protected environment down"),
            format!("set `protected = false` in its definition and apply that first: `envctl up {argument}`"),
        );
    } else if environment.protected && !named && !consent.reviewed {
        refuse(
            format!("`{name}` is protected{}", if consent.yes { ", and `--yes` is not enough" } else { "" }),
            format!(
                "read the plan, then name the environment: `--confirm {name}`; `up` also applies one that was read in a \
                 file: `envctl plan {argument} --out FILE`"
            ),
        );
    } else if !named && !consent.reviewed && !consent.yes && !consent.terminal {
        refuse(
            "nobody can be asked: stdin is no terminal".to_owned(),
            format!("read the plan (`envctl plan {argument}`), then add `--yes`"),
        );
    }

    if !refusals.is_empty() {
        return Err(refusals);
    }
    Ok(if named || consent.reviewed || consent.yes { Permit::Given } else { Permit::Ask })
}

/// Whether a protected environment has been named in so many words.
pub fn confirm_protected(environment: &Environment, confirm: Option<&str>) -> Result<(), Error> {
    let name = environment.name.as_str();
    match confirm {
        Some(confirmed) if confirmed == name => Ok(()),
        None if !environment.protected => Ok(()),
        Some(other) => Err(Error::refused(
            format!("`--confirm {other}` names another environment than `{name}`"),
            format!("name the one that is meant: `--confirm {name}`"),
        )),
        None => Err(Error::refused(
            format!("`{name}` is protected"),
            format!("name the environment once more: `--confirm {name}`"),
        )),
    }
}

/// Puts the question to the person at the terminal. `command`: what to run again for whoever is not sure.
///
/// It is read by a thread that nobody waits for: until it is answered, a lock has to be renewed, and whoever is asked may
/// have the command stop instead.
pub async fn ask(question: &str, agrees: impl FnOnce(&str) -> bool, command: &str) -> Result<(), Error> {
    let (answered, answer) = tokio::sync::oneshot::channel();
    let question = question.to_owned();
    std::thread::spawn(move || answered.send(ui::ask(&question)));
    let answer = answer.await.unwrap_or(Ok(None)).while_doing("cannot read the answer")?.unwrap_or_default();
    if agrees(&answer) {
        return Ok(());
    }
    Err(Error::refused(
        "the question was not answered in its favour",
        format!("run `envctl {command}` again when you are sure"),
    ))
}

/// An answer to `[y/N]`.
pub fn is_yes(answer: &str) -> bool {
    ["y", "yes"].contains(&answer.to_lowercase().as_str())
}

/// Asks the provider who is calling, and judges the account.
pub async fn check_caller(environment: &Environment, provider: &impl Provider) -> Result<(), Error> {
    check_account(environment, &provider.caller().await?)
}

/// Whether the caller acts in the account that the definition names. Asked before anything else is: credentials of
/// another account would see nothing of the environment, and make a second one.
pub fn check_account(environment: &Environment, caller: &Caller) -> Result<(), Error> {
    match &environment.target {
        Target::Aws(aws) if aws.account != caller.account => Err(Error::WrongAccount {
            environment: environment.name.clone(),
            wanted: aws.account.clone(),
            actual: caller.account.clone(),
            caller: caller.name.clone(),
        }),
        Target::Aws(_) | Target::Local(_) => Ok(()),
    }
}

/// That there is something to work with, on this machine.
pub fn ensure_stands(local: &Local) -> Result<(), Error> {
    let environment = local.environment();
    match local.stands()? {
        true => Ok(()),
        false => Err(Error::Use {
            message: format!("nothing of {} exists yet", environment.name),
            hint: Some(format!("`envctl up {}` makes it", environment.argument())),
        }),
    }
}

/// A text that says something.
pub fn said(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("it says nothing".to_owned()) } else { Ok(text.to_owned()) }
}
