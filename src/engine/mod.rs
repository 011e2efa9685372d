//! Carries out a plan: each step the moment its dependencies are done, with retries, deadlines and events.

mod event;

pub use event::{Event, Outcome};
