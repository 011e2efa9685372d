//! What a single text holds: names of things, connections, credentials. Nothing here knows of environments.

mod clue;
mod connection;
mod host;
mod layer;
mod provider;
mod reading;
mod seal;

pub use clue::{Clue, Kind};
pub use host::{canonical, parents, server};
pub use reading::{Reading, UNKNOWN};
pub use seal::seal;
