use jiff::civil::Date;
use serde::Serialize;

use super::Origin;

/// A difference between an environment and the one it mirrors that is meant, with its reason and its end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deliberate {
    /// A path, with `*` for one segment or a part of one: `compute.*.count`.
    pub path: String,
    pub reason: String,
    pub owner: String,
    /// The last day on which it holds.
    pub expires: Date,
    /// Where the entry stands.
    #[serde(flatten)]
    pub origin: Origin,
}
