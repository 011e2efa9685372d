//! The local provider: a whole environment on the developer's own machine.

pub mod server;
