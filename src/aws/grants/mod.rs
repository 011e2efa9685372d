//! What envctl calls at AWS, and on what: the one list from which its IAM policy is printed and by which the caller's
//! permissions are examined.
//!
//! Plain text in and out. Tests hold the list against the calls that an AWS on loopback sees.
//!
//! What carries tags is granted by the environment's tags, what has a derived name by that name, and both where the API
//! knows both. What a call needs beside its own action (tags at birth, the role that instances get) stands in the list as an
//! action of its own, as IAM has it. Which action knows which resource and which condition is the Service Authorization
//! Reference's: <https://docs.aws.amazon.com/service-authorization/latest/reference/>

mod compute;
mod data;
mod document;
mod grant;
mod identity;
mod network;
mod scope;

pub use document::{LONGEST, Statement, documents, statements};
pub use grant::{Condition, Grant, On, Purpose};
pub use scope::Scope;

/// Every grant, by what it is for.
pub fn all() -> impl Iterator<Item = (&'static str, &'static Grant)> {
    let parts = [network::PURPOSES, compute::PURPOSES, data::PURPOSES, identity::PURPOSES];
    let purposes = parts.into_iter().flatten();
    purposes.flat_map(|purpose| purpose.grants.iter().map(|grant| (purpose.why, grant)))
}
