//! A [`Plan`](crate::plan::Plan) for reading: what would be done to which resource, property by property.

mod added;
mod difference;
mod element;
mod human;
mod json;
mod lines;
mod tally;

pub use human::{Detail, human};
pub use json::{json, steps};
pub use tally::tally;
