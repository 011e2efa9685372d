//! What a process of an environment sees in its own environment: config and secrets, with every placeholder put in.
//!
//! On AWS the instances put them in themselves, at each start (`aws::boot`); this is for whoever runs something beside
//! them, and for the developer's own machine.

mod endpoint;
mod render;
pub mod tls;

pub use endpoint::Endpoint;
pub use render::{Known, UNRELEASED, Unknown, variables};
