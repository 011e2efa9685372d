//! Parity: whether a copy has the shape of what it mirrors.
//!
//! [`declared`] compares two definitions, [`live`] what exists of them. Both give [`Finding`]s, sorted, the failing ones
//! apart from the [waived](Waived) and from the notes that fail nothing. Showing them is the `ui` module's.
//!
//! The *left* side is the copy (staging), the *right* one what it is compared with (prod).

mod capacity;
mod conceal;
mod declared;
mod finding;
mod hint;
mod live;
mod normalise;
mod provenance;
mod relate;
mod setting;
mod sharing;
mod waiver;
mod walk;

pub use declared::declared;
pub use finding::{Compared, Finding, Kind, Parity, Setting, Severity, Verdict, Waived};
pub use live::{Drift, Live, Side, live};
