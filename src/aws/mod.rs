//! The AWS provider.
//!
//! [`names`] and [`boot`] are pure and need no SDK: what things are called, and what an instance does when it starts.

pub mod boot;
pub mod names;
