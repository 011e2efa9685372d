//! What a text gives away: hosts, credentials, stand-ins, the names of environments.
//!
//! Parity and isolation read the same definitions and must not see different things in them.

mod credential;
pub mod host;
mod stand_in;
mod wording;

pub use credential::is_credential;
pub use stand_in::is_stand_in;
pub use wording::{called, resolved};
