use std::collections::BTreeMap;

use super::foreign::is_local;
use crate::audit::draft::Draft;
use crate::audit::facts::{Facts, Place};
use crate::audit::read::{Clue, Kind};
use crate::audit::{Code, Direction};
use crate::model::{Digest, Mark, Name, Path};

/// One password, key or secret in several environments, whatever it is called there.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = values(facts);
    drafts.extend(access_keys(facts));
    drafts.extend(live_keys(facts));
    drafts
}

enum Holder<'a> {
    Config(&'a Place<'a>, &'static str),
    Secret(&'a Name, &'a str),
}

fn values(facts: &Facts<'_>) -> Vec<Draft> {
    let mut by_value: BTreeMap<Digest, Vec<Holder<'_>>> = BTreeMap::new();
    for place in &facts.places {
        for (digest, what) in &place.reading.credentials {
            by_value.entry(*digest).or_default().push(Holder::Config(place, what));
        }
    }
    for (environment, name, sealed) in facts.secrets() {
        for digest in sealed.credentials.iter().filter(|_| !sealed.marks.contains(&Mark::Empty)) {
            by_value.entry(*digest).or_default().push(Holder::Secret(environment, name));
        }
    }
    let drafts = by_value.into_values().map(|holders| {
        let all_secret = holders.iter().all(|holder| matches!(holder, Holder::Secret(..)));
        let mut draft = if all_secret {
            Draft::new(
                Code::SharedSecret,
                "they have one value of a secret",
                "set a value of its own in each, and revoke this one",
            )
        } else {
            Draft::new(
                Code::SharedCredential,
                "they have one password or key",
                "declare it under [secrets], set a value of its own in each, and revoke this one",
            )
        };
        for holder in holders {
            draft = match holder {
                Holder::Config(place, what) => draft.at(place, format!("{what} (not shown)")),
                Holder::Secret(environment, name) => {
                    let path = Path::new(["secrets", name]);
                    let origin = facts.origin(environment, &path);
                    draft.seen(environment, path, origin, "its value (not shown)")
                }
            };
        }
        draft
    });
    drafts.filter(|draft| is_shared(facts, draft)).collect()
}

/// Laptops among themselves share what they like.
fn is_shared(facts: &Facts<'_>, draft: &Draft) -> bool {
    let all_local = || {
        let mut targets = draft.environments().iter().filter_map(|name| facts.definition(name));
        targets.all(|definition| is_local(&definition.environment.target))
    };
    draft.environments().len() > 1 && !all_local()
}

fn access_keys(facts: &Facts<'_>) -> Vec<Draft> {
    let mut by_key: BTreeMap<&Clue, Vec<&Place<'_>>> = BTreeMap::new();
    for place in facts.places.iter().filter(|place| !place.reading.marks.contains(&Mark::Example)) {
        let keys = place.reading.clues.keys().filter(|clue| clue.kind == Kind::AccessKey);
        keys.for_each(|key| by_key.entry(key).or_default().push(place));
    }
    let drafts = by_key.into_iter().map(|(key, places)| {
        let shown = masked(&key.text);
        let draft = Draft::new(
            Code::SharedAccessKey,
            format!("they use the access key {shown}"),
            "components have roles: take the key out, and delete it in IAM",
        );
        places.into_iter().fold(draft, |draft, place| draft.at(place, shown.clone()))
    });
    drafts.filter(|draft| is_shared(facts, draft)).collect()
}

/// An access key's id is no secret, but nobody needs all of it to know which one it is.
fn masked(key: &str) -> String {
    let (first, last) = (key.get(..4).unwrap_or_default(), key.get(key.len().saturating_sub(4)..).unwrap_or_default());
    format!("{first}…{last}")
}

/// A provider's live key is production's, wherever it stands.
fn live_keys(facts: &Facts<'_>) -> Vec<Draft> {
    let draft = |provider: &str, environment: &Name| {
        let message = format!("a live key of {provider} stands outside production");
        let draft = Draft::new(Code::LiveKey, message, "use the provider's test key here, and roll the live one");
        let draft = draft.direction(Direction::IntoProduction);
        // Of several productions nobody can say whose it is.
        let owner = facts.productions.first().filter(|_| facts.productions.len() == 1);
        let draft = match owner {
            Some(owner) => draft.owner(owner),
            None => draft,
        };
        (!facts.is_production(environment)).then_some(draft)
    };
    let in_config = facts.marked(|mark| matches!(mark, Mark::Live(_))).filter_map(|(place, mark)| {
        let Mark::Live(provider) = mark else { return None };
        Some(draft(provider, &place.environment.name)?.at(place, format!("a live key of {provider} (not shown)")))
    });
    let in_secrets = facts.secrets().filter_map(|(environment, name, sealed)| {
        let provider =
            sealed.marks.iter().find_map(|mark| if let Mark::Live(provider) = mark { Some(provider) } else { None })?;
        let path = Path::new(["secrets", name]);
        let origin = facts.origin(environment, &path);
        Some(draft(provider, environment)?.seen(
            environment,
            path,
            origin,
            format!("a live key of {provider} (not shown)"),
        ))
    });
    // Without any production there is nothing that it could be live for but this.
    if facts.productions.is_empty() { Vec::new() } else { in_config.chain(in_secrets).collect() }
}
