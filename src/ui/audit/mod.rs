//! What environments share: for people, programs and reviewers. SARIF and JUnit are [`findings`](super::findings)'s.

mod human;
mod json;
mod markdown;
mod parties;

pub use human::human;
pub use json::json;
pub use markdown::markdown;
