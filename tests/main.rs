//! Every test of the project that stands outside its module, in one binary.
#![allow(clippy::allow_attributes, reason = "which of these a build needs depends on its features")]
#![allow(clippy::unwrap_used, clippy::panic_in_result_fn, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "tests make the files, the time and the processes that they need")]

mod architecture;
mod audit;
#[cfg(feature = "aws")]
mod aws;
mod boot;
mod cli;
mod definitions;
mod diff;
mod engine;
mod laptop;
mod local;
mod plan;
mod promote;
mod readme;
mod record;
mod scenarios;
mod servers;
mod support;
mod ui;
