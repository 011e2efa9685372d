//! Checks of what exists. They look at the [exposures](crate::model::Exposure) of those environments that were looked at.

mod access;
mod aliases;
mod databases;
mod keys;
mod networks;
mod policies;
mod rules;
mod secrets;
mod tags;

use std::collections::BTreeMap;

use super::Check;
use crate::audit::Code;
use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::model::{Exposure, Name, Path};

pub const ALL: &[Check] = &[
    access::check,
    aliases::check,
    databases::check,
    keys::check,
    networks::check,
    policies::check,
    rules::check,
    secrets::check,
    tags::check,
];

/// What several environments have in common: a finding for each such value.
fn shared<'a>(
    facts: &Facts<'a>,
    of: impl Fn(&'a Exposure) -> Vec<(String, Path)>,
    draft: impl Fn(&str) -> Draft,
) -> Vec<Draft> {
    let mut by_value: BTreeMap<String, Vec<(&Name, Path)>> = BTreeMap::new();
    for (name, exposure) in facts.seen.live {
        for (value, path) in of(exposure) {
            by_value.entry(value).or_default().push((name, path));
        }
    }
    let drafts = by_value.into_iter().map(|(value, places)| {
        let several = |draft: Draft, (name, path): (&Name, Path)| draft.seen(name, path, None, value.clone());
        places.into_iter().fold(draft(&value), several)
    });
    drafts.filter(|draft| draft.environments().len() > 1).collect()
}

/// Where a role's policies stand: `role.NAME.policy`.
fn role_path(arn: &str) -> Path {
    Path::new(["role", arn.rsplit('/').next().unwrap_or(arn), "policy"])
}

fn crossing(message: String, remedy: &str) -> Draft {
    Draft::new(Code::CrossingPermission, message, remedy)
}
