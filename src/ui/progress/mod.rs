//! What runs, for how long, and what is left, while a plan is applied.
//!
//! [`Tracker`] turns events into lines and knows no clock and no terminal; [`Reporter`] brings both.

mod reporter;
mod tracker;

pub use reporter::{Mode, Reporter};
pub use tracker::Tracker;
