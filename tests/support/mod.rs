//! What tests of several modules share.

pub mod canary;
pub mod command;
pub mod example;
pub mod graphs;
pub mod python;
pub mod show;
pub mod signals;
pub mod simulation;
#[cfg(feature = "aws")]
pub mod strict;
