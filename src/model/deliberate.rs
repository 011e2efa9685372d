use jiff::civil::Date;
use serde::Serialize;

use super::{Origin, Pattern};

/// A difference between an environment and the one it mirrors, or a finding of the audit, that is meant, with its reason
/// and its end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deliberate {
    /// A path, with `*` for one segment or a part of one: `compute.*.count`. What waives a finding of the audit begins with
    /// `audit` and the finding's code: `audit.foreign-domain.config.API_URL`.
    pub path: String,
    pub reason: String,
    pub owner: String,
    /// The last day on which it holds.
    pub expires: Date,
    /// Where the entry stands.
    #[serde(flatten)]
    pub origin: Origin,
}

impl Deliberate {
    /// Whether it is about isolation and not about parity.
    pub fn is_for_audit(&self) -> bool {
        Pattern::parse(&self.path).path().segments().first().is_some_and(|first| first == "audit")
    }
}
