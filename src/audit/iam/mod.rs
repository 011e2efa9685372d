//! What IAM policies allow, by AWS's documented rules; a pure and conservative evaluation.
//!
//! *Conservative* means: where a condition cannot be judged from what is known, an `Allow` is taken to hold and a `Deny`
//! not to. What is called denied is denied; what is called allowed may be so.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

mod condition;
mod document;
mod evaluate;
mod pattern;
#[cfg(test)]
mod semantics;

pub use document::{Document, Malformed};
pub use evaluate::{Access, Principal, Request, access};
pub use pattern::stem;
