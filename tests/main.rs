//! Every test of the project that stands outside its module, in one binary.

mod architecture;
#[cfg(feature = "aws")]
mod aws;
mod boot;
mod cli;
mod definitions;
mod diff;
mod engine;
mod plan;
mod support;
mod ui;
