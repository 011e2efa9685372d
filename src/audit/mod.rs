//! Isolation: what environments share with each other, and so what a mistake in one does to another.
//!
//! [`audit`] is a pure function from what was [seen](Seen) to typed, sorted [`Finding`]s. Definitions alone show a part;
//! an [`Exposure`](crate::model::Exposure) of each environment shows the rest. Showing them is the `ui` module's.
//!
//! # How grave it is
//!
//! Each [`Code`] has the severity of its worst direction: from another environment into production. The other way round it
//! is one step less, between two that are both production or neither two steps, and what is nobody's own the least.
//! Production is what [`productions`](crate::model::productions) says it is.
//!
//! # How it works
//!
//! Every value is read once, through JSON, percent-encoding and base64, into clues in canonical form; what an environment
//! owns is indexed by the same form, so that time grows with the number of values and not with that of pairs. Credentials
//! are digested under the run's key where they are read; nothing after that knows them.

mod check;
mod code;
mod draft;
mod facts;
mod finding;
pub mod iam;
mod judge;
mod read;
mod seen;
mod waiver;
mod words;

pub use code::Code;
pub use finding::{Audit, Direction, Evidence, Finding, Severity, Verdict, Waived};
pub use judge::audit;
pub use seen::{Seen, seal, store_hosts};
