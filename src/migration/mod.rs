//! What a migration would do to a database that is in use.
//!
//! [`dangers`] reads it off its text: squawk's rules, those of style left out, and some of our own. They know no catalogue, so
//! what they say of a table may be harmless, and what they do not say is not proved safe. A [`Measurement`] knows better what
//! a statement locks, scans and rewrites: it has been run, on an empty database of the same version. [`weighed`] puts the
//! two together, with the size of the tables where that is known.

mod danger;
mod measurement;
mod rules;
mod text;
mod weigh;

pub use danger::Danger;
pub use measurement::{Effect, Measurement, Work};
pub use rules::dangers;
pub use weigh::weighed;
