//! What it takes to make what exists into what shall exist: [`plan()`] is pure, deterministic and total, and whoever
//! carries a [`Plan`] out has no choice left to make.

mod compare;
mod decide;
mod order;
mod planner;
mod step;

pub use compare::{Verdict, compare};
pub use planner::{plan, teardown};
pub use step::{Action, After, Change, Plan, Step, Tally};
