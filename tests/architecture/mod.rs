//! What keeps the project in its shape: who may import whom, what pure means, how long a file may be.
//!
//! The law itself stands in the tables of the crate's documentation, `src/lib.rs`; these tests read it there.

mod bare;
mod files;
mod grants;
mod law;
mod modules;
mod paths;
mod purity;
mod tree;
