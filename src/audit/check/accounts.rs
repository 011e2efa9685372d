use std::collections::{BTreeMap, BTreeSet};

use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::audit::{Code, Direction};
use crate::model::{Aws, Environment, Path, Target};

/// Several environments in one account: allowed, and said once with what it weakens.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let mut by_account: BTreeMap<&str, Vec<(&Environment, &Aws)>> = BTreeMap::new();
    for environment in facts.environments() {
        if let Target::Aws(aws) = &environment.target {
            by_account.entry(&aws.account).or_default().push((environment, aws));
        }
    }
    let path = Path::new(["aws", "account"]);
    let shared = by_account.into_iter().filter(|(_, environments)| environments.len() > 1);
    shared
        .map(|(account, environments)| {
            let regions: BTreeSet<&str> = environments.iter().map(|(_, aws)| aws.region.as_str()).collect();
            let region = match regions.first() {
                Some(one) if regions.len() == 1 => format!(" and in {one}"),
                _ => String::new(),
            };
            let message = format!(
                "they stand in account {account}{region}: policies alone part them, and they share its limits and its bill"
            );
            let remedy = "an account for production is the one boundary that no policy can open by mistake";
            let draft = Draft::new(Code::SharedAccount, message, remedy).direction(Direction::Shared);
            environments.into_iter().fold(draft, |draft, (environment, _)| {
                draft.seen(&environment.name, path.clone(), facts.origin(&environment.name, &path), account)
            })
        })
        .collect()
}
