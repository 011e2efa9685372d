//! The engine, against a provider in memory and on a clock that jumps.

pub mod cloud;
mod convergence;
mod drive;
mod failure;
mod interruption;
mod schedule;
mod waiting;
