use std::collections::BTreeSet;
use std::fmt;
use std::io;

#[cfg(feature = "aws")]
use crate::aws::BlueprintError;
use crate::local::supervise;
use crate::model::{Name, Placeholder};
use crate::provider::{self, ErrorKind};
use crate::record::Lock;
use crate::store::StoreError;
use crate::ui;
use crate::variables::Unknown;

use super::Exit;
use super::guard::Refusal;

/// Why a command ended without doing what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no environment is called `{wanted}`")]
    UnknownEnvironment { wanted: String, known: Vec<String> },
    /// The definitions do not hold; what is wrong with them has been shown already.
    #[error("{errors} {} in the definitions", if *.errors == 1 { "error" } else { "errors" })]
    Definitions { errors: usize },
    /// The command as given makes no sense.
    #[error("{message}")]
    Use { message: String, hint: Option<String> },
    #[error("refused: nothing was changed")]
    Refused(Vec<Refusal>),
    /// The credentials belong to another account than the definition names.
    #[error("refused: `{environment}` belongs to account {wanted}, and the caller is {caller} of account {actual}")]
    WrongAccount { environment: Name, wanted: String, actual: String, caller: String },
    #[error("{}", heading(.0.kind))]
    Provider(#[from] provider::Error),
    #[error("this machine cannot have it as it is defined")]
    Laptop(#[source] provider::Error),
    /// A process of the environment would lack these.
    #[error("not all that a process of `{environment}` sees has a value")]
    Unknown {
        /// How a command line names it.
        environment: String,
        unknown: Vec<Unknown>,
    },
    /// Of these there is no knowing.
    #[error("not all environments could be looked at, and half an audit would say too little")]
    Unseen(Vec<(Name, Error)>),
    #[error("refused: somebody else is changing {environment}")]
    Locked { environment: String, held: Box<Lock> },
    #[error("stopped: the environment's lock was taken away")]
    LockLost,
    #[error("the environment's record is written by others all the time")]
    Contended,
    /// Stopped at once, on request.
    #[error("stopped at once: what was under way may be half done")]
    Abandoned,
    /// On request, before anything was begun.
    #[error("stopped: nothing was changed")]
    Stopped,
    #[error("{doing}")]
    Io { doing: String, source: io::Error },
    #[error("the project cannot be read")]
    Store(#[from] StoreError),
    /// One that the command line names.
    #[error("{0}")]
    File(StoreError),
    #[error("the component cannot be run")]
    Supervise(#[from] supervise::Error),
    #[cfg(feature = "aws")]
    #[error("the definition cannot be laid out on AWS")]
    Blueprint(#[from] BlueprintError),
}

impl Error {
    /// One thing speaks against it.
    pub fn refused(why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Refused(vec![Refusal { why: why.into(), remedy: remedy.into() }])
    }

    pub fn exit(&self) -> Exit {
        match self {
            Self::UnknownEnvironment { .. } | Self::Definitions { .. } | Self::Use { .. } => Exit::Trouble,
            Self::Unknown { .. } | Self::Unseen(_) | Self::Laptop(_) => Exit::Trouble,
            Self::Refused(_) | Self::WrongAccount { .. } | Self::Locked { .. } | Self::Stopped => Exit::Refused,
            Self::Provider(error) if is_refusal(error.kind) => Exit::Refused,
            Self::Contended | Self::Provider(_) | Self::Io { .. } | Self::Supervise(_) => Exit::Trouble,
            Self::Store(_) | Self::File(_) => Exit::Trouble,
            Self::Abandoned | Self::LockLost => Exit::Partial,
            #[cfg(feature = "aws")]
            Self::Blueprint(BlueprintError::Graph(_)) => Exit::Defect,
            #[cfg(feature = "aws")]
            Self::Blueprint(_) => Exit::Trouble,
        }
    }

    /// What stands below the error: why it is so, then what can be done.
    fn details(&self) -> (Vec<String>, Vec<String>) {
        match self {
            Self::UnknownEnvironment { wanted, known } => unknown(wanted, known),
            Self::Definitions { .. } | Self::Use { hint: None, .. } => (vec![], vec![]),
            Self::Use { hint: Some(hint), .. } => (vec![], vec![hint.clone()]),
            Self::Refused(refusals) => (
                refusals.iter().map(|refusal| refusal.why.clone()).collect(),
                // What helps against several is said once.
                refusals.iter().fold(Vec::new(), |mut remedies, refusal| {
                    if !remedies.contains(&refusal.remedy) {
                        remedies.push(refusal.remedy.clone());
                    }
                    remedies
                }),
            ),
            Self::WrongAccount { wanted, .. } => {
                (vec![], vec![format!("choose credentials of account {wanted}, for instance with `AWS_PROFILE`")])
            }
            Self::Provider(error) => (vec![error.message.clone()], vec![error.remedy().to_owned()]),
            // What helps stands in the message: it depends on what is lacking.
            Self::Laptop(error) => (vec![error.message.clone()], vec![]),
            Self::Unknown { environment, unknown } => {
                let remedies: BTreeSet<String> = unknown.iter().map(|one| remedy(environment, one)).collect();
                (unknown.iter().map(ToString::to_string).collect(), remedies.into_iter().collect())
            }
            Self::Unseen(unseen) => (
                unseen.iter().map(|(name, error)| format!("{name}: {}", error.in_a_line())).collect(),
                vec!["choose credentials that reach them, or name those to look at".to_owned()],
            ),
            Self::Locked { environment, held } => (
                vec![ui::history::holder(held)],
                vec![
                    "wait for it: `--lock-timeout 10m`".to_owned(),
                    format!("if nobody is at work there any more: `envctl unlock {environment}`"),
                ],
            ),
            Self::Contended => (vec![], vec!["run the same command again".to_owned()]),
            Self::Stopped => (vec![], vec![]),
            Self::Abandoned | Self::LockLost => {
                (vec![], vec!["run the same command again: it looks at what exists, and goes on from there".to_owned()])
            }
            Self::Io { source, .. } => {
                let full = source.kind() == io::ErrorKind::StorageFull;
                let help = full.then(|| "make room where it is written to, or write elsewhere".to_owned());
                (vec![source.to_string()], help.into_iter().collect())
            }
            Self::Store(error) => (chain(error), error.remedy().map(str::to_owned).into_iter().collect()),
            Self::File(error) => (chain(error).split_off(1), error.remedy().map(str::to_owned).into_iter().collect()),
            Self::Supervise(error) => (chain(error), vec![]),
            #[cfg(feature = "aws")]
            Self::Blueprint(error @ BlueprintError::Graph(_)) => {
                (vec![error.to_string()], vec![super::defect::REPORT.to_owned()])
            }
            #[cfg(feature = "aws")]
            Self::Blueprint(error) => (vec![error.to_string()], vec![]),
        }
    }

    /// What went wrong and why, without what would help.
    pub fn in_a_line(&self) -> String {
        let (causes, _) = self.details();
        std::iter::once(self.to_string()).chain(causes).collect::<Vec<_>>().join(": ")
    }

    /// As it is shown on stderr.
    pub fn human(&self) -> String {
        let (causes, helps) = self.details();
        ui::error(&self.to_string(), &causes, &helps)
    }
}

fn heading(kind: ErrorKind) -> &'static str {
    match kind {
        kind if is_refusal(kind) => "refused",
        ErrorKind::Faulty => "something does not work as it stands",
        _ => "the provider could not be asked",
    }
}

/// What was found is no failure of the provider's, but stands in the way.
fn is_refusal(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotOurs | ErrorKind::Elsewhere)
}

fn chain(error: &dyn std::error::Error) -> Vec<String> {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect()
}

fn remedy(environment: &str, unknown: &Unknown) -> String {
    match unknown {
        Unknown::Secret { name } | Unknown::Placeholder { placeholder: Placeholder::Secret(name), .. } => {
            format!("`envctl secret set {environment} {name}`")
        }
        Unknown::Placeholder { .. } => format!("make what is not there yet: `envctl up {environment}`"),
        Unknown::Config { key } => format!("give {key} a value in the definition"),
        Unknown::Nul { name } => format!("give {name} another value"),
    }
}

fn unknown(wanted: &str, known: &[String]) -> (Vec<String>, Vec<String>) {
    if known.is_empty() {
        return (vec![], vec!["the project defines none: add one as `environments/NAME.toml`".to_owned()]);
    }
    let similar = |name: &&String| strsim::jaro_winkler(wanted, name);
    let nearest = known.iter().max_by(|a, b| similar(a).total_cmp(&similar(b))).filter(|name| similar(name) > 0.7);
    let help = match nearest {
        Some(name) => format!("did you mean `{name}`? envctl never guesses an environment"),
        None => "a preview is in no file: name it with what it is a copy of, as in `pr-123 --like staging`".to_owned(),
    };
    (vec![format!("known: {}", known.join(", "))], vec![help])
}

/// The file system's answer, with what was asked of it.
pub trait While<T> {
    fn while_doing(self, doing: impl fmt::Display) -> Result<T, Error>;
}

impl<T> While<T> for io::Result<T> {
    fn while_doing(self, doing: impl fmt::Display) -> Result<T, Error> {
        self.map_err(|source| Error::Io { doing: doing.to_string(), source })
    }
}
