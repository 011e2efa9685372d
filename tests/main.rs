//! Every test of the project that stands outside its module, in one binary.

#[cfg(feature = "aws")]
mod aws;
mod boot;
mod cli;
mod definitions;
mod diff;
mod engine;
mod plan;
mod scenarios;
mod support;
mod ui;
