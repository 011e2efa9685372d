use std::collections::BTreeMap;

use crate::audit::Code;
use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::audit::read::{Clue, Kind, canonical};
use crate::model::{Environment, Path, Target};

/// What makes an environment itself, and two have: its domain, its certificate, the role that operates it.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let domain = |environment: &Environment| {
        environment.audience.domain.as_deref().filter(|domain| domain.contains('.')).map(canonical)
    };
    let certificate = |environment: &Environment| environment.audience.certificate.clone();
    let role = |environment: &Environment| match &environment.target {
        Target::Aws(aws) => aws.role.clone(),
        Target::Local(_) => None,
    };
    let mut drafts = shared(facts, &["audience", "domain"], domain, |domain| {
        Draft::new(Code::SharedDomain, format!("they answer to one domain, {domain}"), "give each a domain of its own")
    });
    drafts.extend(shared(facts, &["audience", "certificate"], certificate, |_| {
        let remedy = "issue a certificate for each: who has one's key can pass for the other";
        Draft::new(Code::SharedCertificate, "they present one certificate", remedy)
    }));
    drafts.extend(shared(facts, &["aws", "role"], role, |role| {
        let remedy = "give each a role of its own, so that who operates one cannot change the other";
        Draft::new(Code::SharedRole, format!("they are operated by one role, {role}"), remedy)
    }));
    drafts.extend(facts.environments().filter_map(|environment| foreign_role(facts, environment)));
    drafts
}

fn shared(
    facts: &Facts<'_>,
    path: &[&str],
    of: impl Fn(&Environment) -> Option<String>,
    draft: impl Fn(&str) -> Draft,
) -> Vec<Draft> {
    let path = Path::new(path.iter().copied());
    let mut by_value: BTreeMap<String, Vec<&Environment>> = BTreeMap::new();
    for environment in facts.environments() {
        if let Some(value) = of(environment) {
            by_value.entry(value).or_default().push(environment);
        }
    }
    let several = by_value.into_iter().filter(|(_, environments)| environments.len() > 1);
    several
        .map(|(value, environments)| {
            environments.into_iter().fold(draft(&value), |draft, environment| {
                draft.seen(&environment.name, path.clone(), facts.origin(&environment.name, &path), value.clone())
            })
        })
        .collect()
}

/// The role by which an environment is operated stands in the account of another.
fn foreign_role(facts: &Facts<'_>, environment: &Environment) -> Option<Draft> {
    let Target::Aws(aws) = &environment.target else { return None };
    let role = aws.role.as_ref()?;
    let account = role.split(':').nth(4).filter(|account| **account != aws.account)?;
    let owner = facts.foreign_owner(&Clue::new(Kind::Account, account), &environment.name)?;
    let path = Path::new(["aws", "role"]);
    let message = format!("{path} is a role of {owner}'s account: who operates the one signs in to the other");
    let draft = Draft::new(Code::ForeignRole, message, "name a role of the environment's own account").owner(owner);
    Some(draft.seen(&environment.name, path.clone(), facts.origin(&environment.name, &path), role.clone()))
}
