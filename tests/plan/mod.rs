//! The planner.

mod deletion;
mod properties;
mod rules;
