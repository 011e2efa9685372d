//! The checks, one a file: each looks at the facts and says what it finds.

mod accounts;
mod audience;
mod credentials;
mod databases;
mod defaults;
mod foreign;
mod identities;
mod live;
mod permissions;
mod service;

use super::draft::Draft;
use super::facts::Facts;

pub type Check = fn(&Facts<'_>) -> Vec<Draft>;

const DECLARED: &[Check] = &[
    databases::check,
    foreign::check,
    credentials::check,
    identities::check,
    permissions::check,
    defaults::check,
    accounts::check,
    audience::check,
];

/// All that is found.
pub fn all(facts: &Facts<'_>) -> Vec<Draft> {
    DECLARED.iter().chain(live::ALL).flat_map(|check| check(facts)).collect()
}
