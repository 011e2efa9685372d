//! Carries out a plan: each step the moment its dependencies are done, with retries, deadlines and events.
//!
//! The plan makes every choice. [`apply()`] schedules the steps; each goes through the same few calls to the
//! [`Provider`](crate::provider::Provider), is retried as long as the provider calls its errors transient, and waits,
//! by looking, until the provider shows what was asked for. It can be stopped or killed at any point: planning and
//! applying again goes on from what exists.

mod apply;
mod attributes;
mod calls;
mod clock;
mod event;
mod options;
mod retry;
mod step;

pub use apply::apply;
pub use event::{Event, Outcome};
pub use options::Options;
