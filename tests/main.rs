//! Every test of the project that stands outside its module, in one binary.

mod engine;
mod plan;
mod support;
mod diff;
mod cli;
mod ui;
mod boot;
