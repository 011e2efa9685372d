//! What a provider must do, and how it fails. The engine knows no more of AWS or of a laptop than this.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::graph::Rule;
use crate::model::{Address, Exposure, Inventory, Name, Observed, Value};
use crate::plan::{Verdict, compare};
use crate::record::{Preview, Record};
use crate::variables::Endpoint;

/// A desired resource whose references are all known: what a provider is asked to make or to change.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    pub address: Address,
    pub name: String,
    pub properties: BTreeMap<&'static str, Value>,
    pub initial: BTreeMap<&'static str, Value>,
    pub rules: BTreeMap<&'static str, Rule>,
    pub holds_data: Option<String>,
}

impl Wanted {
    /// A property's text; empty where there is none.
    pub fn text(&self, property: &str) -> &str {
        self.properties.get(property).and_then(Value::as_text).unwrap_or_default()
    }

    /// A property's list of texts.
    pub fn texts(&self, property: &str) -> Vec<&str> {
        let list = self.properties.get(property).map(Value::as_list).unwrap_or_default();
        list.iter().filter_map(Value::as_text).collect()
    }

    /// A property's list of texts, as calls take them.
    pub fn strings(&self, property: &str) -> Vec<String> {
        self.texts(property).into_iter().map(str::to_owned).collect()
    }

    /// A property's number; 0 where there is none.
    pub fn integer(&self, property: &str) -> i32 {
        let integer = self.properties.get(property).and_then(Value::as_integer).unwrap_or_default();
        i32::try_from(integer).unwrap_or(i32::MAX)
    }

    /// A property's switch; off where there is none.
    pub fn is(&self, property: &str) -> bool {
        self.properties.get(property).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The properties that the observed resource has otherwise, or not at all, and that can be changed in place.
    pub fn differing(&self, observed: &Observed) -> Vec<&'static str> {
        let verdict = |name: &str, value| compare(self.rules.get(name).copied(), observed.properties.get(name), value);
        let differing = self.properties.iter().filter(|(name, value)| verdict(name, value) == Verdict::InPlace);
        differing.map(|(name, _)| *name).collect()
    }
}

/// How long to wait for a resource, and how often to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    pub interval: Duration,
    pub deadline: Duration,
}

/// Whose credentials the provider acts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account as definitions name it.
    pub account: String,
    /// The full name of the user or role.
    pub name: String,
}

/// Makes, changes, finds and removes the resources of one environment.
///
/// Each call is one attempt and waits for nothing: the engine retries what [`Error::is_transient`] calls so, and waits
/// by looking. `create` is idempotent: repeated after a crash or a lost answer, it finds what it made before.
pub trait Provider: Send + Sync + 'static {
    fn caller(&self) -> impl Future<Output = Result<Caller, Error>> + Send;

    /// All that exists of the environment, found by tag or name; the number of calls grows with the kinds of resource, not
    /// with the resources, but for what lists show too late.
    fn observe(&self) -> impl Future<Output = Result<Inventory, Error>> + Send;

    /// One resource, by the id that [`create`](Self::create) gave; `None` once it is gone.
    fn look(&self, address: &Address, id: &str) -> impl Future<Output = Result<Option<Observed>, Error>> + Send;

    /// Begins to make it, and gives its id.
    fn create(&self, wanted: &Wanted) -> impl Future<Output = Result<String, Error>> + Send;

    /// Begins to change the named properties.
    fn update(
        &self,
        wanted: &Wanted,
        observed: &Observed,
        properties: &[&str],
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Begins to remove it. What is gone already is no error.
    fn delete(&self, observed: &Observed) -> impl Future<Output = Result<(), Error>> + Send;

    fn patience(&self, address: &Address) -> Patience;

    /// How long after a run was killed its last calls may still come to be and show: whoever takes over waits so long.
    fn settles_within(&self) -> Duration;

    /// Whether what is not ready can be changed as it is. Otherwise it is waited for first: what is being made or changed
    /// takes no other change as a rule. But what does not come up may need just that change to do so.
    fn takes_changes(&self, _wanted: &Wanted, _observed: &Observed) -> bool {
        false
    }
}

/// What working in an environment takes, beside its resources: the values of its secrets, and where its databases are.
pub trait Access: Send + Sync {
    /// The secrets that have a value.
    fn secrets(&self) -> impl Future<Output = Result<BTreeMap<String, SecretState>, Error>> + Send;

    /// The value of each secret that has one.
    fn secret_values(&self) -> impl Future<Output = Result<BTreeMap<String, SecretString>, Error>> + Send;

    /// Gives a declared secret its value. The environment need not stand yet.
    fn set_secret(&self, name: &str, value: &SecretString) -> impl Future<Output = Result<(), Error>> + Send;

    /// Takes a secret's value away; `false` if it has none.
    fn unset_secret(&self, name: &str) -> impl Future<Output = Result<bool, Error>> + Send;

    /// The databases that stand.
    fn databases(&self) -> impl Future<Output = Result<BTreeMap<Name, Endpoint>, Error>> + Send;

    /// Where the public components that stand answer.
    fn urls(&self) -> impl Future<Output = Result<BTreeMap<Name, String>, Error>> + Send;
}

/// What an audit sees of an environment that it looks at.
pub trait Inspect: Send + Sync {
    /// Read with calls that change nothing and read no data, and no secret's value.
    fn exposure(&self) -> impl Future<Output = Result<Exposure, Error>> + Send;
}

/// Looks whether the caller may do all that an environment takes, and whether the place is in order.
pub trait Examine: Send + Sync {
    /// Changes nothing. `now` is the caller's clock, which is one of the things to be examined.
    ///
    /// # Errors
    /// Where not even who is calling can be told. All else that goes wrong is what is looked for.
    fn examine(&self, now: Timestamp) -> impl Future<Output = Result<Vec<Check>, Error>> + Send;
}

/// One thing that was examined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What kind of thing: `permission`, `quota`.
    pub what: &'static str,
    /// How it was found, in one sentence.
    pub found: String,
    pub state: CheckState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckState {
    InOrder,
    /// `why` it matters, and what helps.
    Missing {
        why: String,
        remedy: String,
    },
    /// It cannot be told; `why` not, and what would help.
    Unknown {
        why: String,
        remedy: String,
    },
}

impl Check {
    pub fn in_order(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, found: found.into(), state: CheckState::InOrder }
    }

    pub fn missing(
        what: &'static str,
        found: impl Into<String>,
        why: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { what, found: found.into(), state: CheckState::Missing { why: why.into(), remedy: remedy.into() } }
    }

    pub fn unknown(
        what: &'static str,
        found: impl Into<String>,
        why: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { what, found: found.into(), state: CheckState::Unknown { why: why.into(), remedy: remedy.into() } }
    }
}

/// Keeps an environment's record where the environment is.
pub trait Keep: Send + Sync {
    fn record(&self) -> impl Future<Output = Result<Kept, Error>> + Send;

    /// Puts a record in the place of the one that was read, if that is still the present one; whether it was.
    fn replace(&self, kept: &Kept, record: &Record) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Removes the record, and all else that would stay when a preview goes.
    fn forget(&self) -> impl Future<Output = Result<(), Error>> + Send;

    /// The previews that stand where this environment does, by name.
    fn previews(&self) -> impl Future<Output = Result<BTreeMap<Name, Preview>, Error>> + Send;
}

/// A record as it was read, and which version of it that was; `None` where nothing has been kept yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    pub record: Record,
    pub version: Option<String>,
}

/// A table of an environment's database, and how many rows it holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableRows {
    pub database: Name,
    pub table: String,
    pub rows: u64,
}

/// What may be told of a secret that has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretState {
    /// Made by envctl.
    pub generated: bool,
    /// When its value was last set.
    pub changed: Option<Timestamp>,
}

/// What went wrong at the provider, by what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    pub kind: ErrorKind,
    /// One sentence: what was tried, and the provider's own words with its error code and request id.
    pub message: String,
    /// What the reader can do about it, where that is more than its kind says.
    pub own_remedy: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Throttled, cut off, or not yet consistent: the same call may go through later.
    Transient,
    /// Still used by something that is on its way out.
    InUse,
    /// The caller may not do this.
    Denied,
    /// No credentials, or none that the provider accepts.
    Unauthenticated,
    /// A limit of the account.
    Quota,
    /// Something of this name exists and does not carry the environment's tags.
    NotOurs,
    /// The environment stands at another place than its definition says.
    Elsewhere,
    /// The provider refuses it as it stands.
    Rejected,
    /// It has not come to its end in the time that it is given.
    Late,
    /// Something does not work as it stands, of the project (its SQL, its code) or of what is there already.
    Faulty,
    /// The provider answered what envctl does not understand.
    Unexpected,
}

impl Error {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), own_remedy: None }
    }

    #[must_use]
    pub fn with_remedy(self, remedy: impl Into<String>) -> Self {
        Self { own_remedy: Some(remedy.into()), ..self }
    }

    /// What the reader can do about it.
    pub fn remedy(&self) -> &str {
        self.own_remedy.as_deref().unwrap_or(self.kind.remedy())
    }

    /// Whether the same call may go through later without anyone doing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, ErrorKind::Transient | ErrorKind::InUse)
    }
}

impl ErrorKind {
    /// What the reader can do about any such error, in one sentence.
    fn remedy(self) -> &'static str {
        match self {
            Self::Transient => "the provider was busy or cut off; the same command may go through now.",
            Self::InUse => "find what still uses it and remove that, or wait until it is gone.",
            Self::Denied => "give the caller's role the permission that the message names.",
            Self::Unauthenticated => {
                "log in to the provider again, or choose other credentials (`AWS_PROFILE`); a region that is not enabled \
                 refuses them all."
            }
            Self::Quota => "free some of it, or have the account's limit raised.",
            Self::NotOurs => "rename or remove what has that name already; envctl never touches what it did not make.",
            Self::Elsewhere => {
                "set `region` in its definition back; to move it, take it down there first: its data stays there, in the final \
                 snapshot."
            }
            Self::Rejected => "change the definition so that the provider accepts it.",
            Self::Late => {
                "it may only take longer: the same command goes on from there. If the last state names a fault, mend that \
                 first."
            }
            Self::Faulty => "mend what the message names; the same command goes on from there.",
            Self::Unexpected => "look at the calls with `-vv`; if nothing explains it, report it as a defect.",
        }
    }
}
