//! Results and events as people and programs read them.

pub mod diagnostics;
