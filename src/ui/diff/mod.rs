//! What `envctl diff` shows: the same findings for people, for programs and for a pull request.
//!
//! Each view takes the comparison of the definitions and, where one was made, that of what exists.

mod human;
mod json;
mod markdown;
mod section;
mod value;

pub use human::human;
pub use json::json;
pub use markdown::markdown;
