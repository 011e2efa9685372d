use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::audit::Code;
use crate::audit::draft::Draft;
use crate::audit::facts::{Facts, Place};
use crate::audit::read::{Clue, Kind};
use crate::model::{Digest, Path, Sealed, Target};

const REMEDY: &str =
    "give each environment a database server of its own; within one, {database.NAME.url} is its address";

/// One database behind several environments: by the same address, by another of its names, or on one server.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let databases = shared(facts, Kind::Store, |sealed| &sealed.stores);
    let together: Vec<BTreeSet<_>> = databases.iter().map(|draft| draft.environments().clone()).collect();
    let servers = shared(facts, Kind::Server, |sealed| &sealed.servers);
    // Who shares a database shares its server: that is said already.
    let servers =
        servers.into_iter().filter(|draft| !together.iter().any(|known| known.is_superset(draft.environments())));
    let servers: Vec<Draft> = servers.collect();
    databases.into_iter().chain(servers).collect()
}

fn shared(facts: &Facts<'_>, kind: Kind, of_secret: fn(&Sealed) -> &BTreeSet<Digest>) -> Vec<Draft> {
    let mut by_clue: BTreeMap<&Clue, Vec<(&Place<'_>, Option<&'static str>)>> = BTreeMap::new();
    for place in &facts.places {
        for (clue, how) in place.reading.clues.iter().filter(|(clue, _)| clue.kind == kind) {
            if !is_within(&clue.text, place) {
                by_clue.entry(clue).or_default().push((place, *how));
            }
        }
    }
    let mut secrets: BTreeMap<Digest, Vec<_>> = BTreeMap::new();
    for (environment, name, sealed) in facts.secrets() {
        for digest in of_secret(sealed) {
            secrets.entry(*digest).or_default().push((environment, name));
        }
    }
    let mut drafts = Vec::new();
    for (clue, places) in by_clue {
        let host = clue.text.split('/').next().unwrap_or_default();
        // That it is another's is said already, of each of them.
        let server = Clue::new(Kind::Server, host);
        let is_foreign = |place: &Place<'_>| {
            let name = &place.environment.name;
            facts.foreign_owner(&server, name).or_else(|| facts.called_after(host, name)).is_some()
        };
        if places.iter().all(|(place, _)| is_foreign(place)) {
            secrets.remove(&Digest::of(facts.seen.key, &clue.canonical()));
            continue;
        }
        let mut draft = draft(kind, Some(host));
        for (place, how) in places {
            draft = draft.at(place, told(how));
        }
        for (environment, name) in secrets.remove(&Digest::of(facts.seen.key, &clue.canonical())).unwrap_or_default() {
            draft = draft.seen(environment, Path::new(["secrets", name]), None, "the secret's value leads there, too");
        }
        drafts.push(draft);
    }
    for places in secrets.into_values() {
        let mut draft = draft(kind, None);
        for (environment, name) in places {
            draft = draft.seen(environment, Path::new(["secrets", name]), None, "the secret's value leads there");
        }
        drafts.push(draft);
    }
    drafts.retain(|draft| draft.environments().len() > 1);
    drafts
}

fn draft(kind: Kind, host: Option<&str>) -> Draft {
    let on = host.map(|host| format!(" on {host}")).unwrap_or_default();
    if kind == Kind::Store {
        Draft::new(Code::SharedDatabase, format!("they use one database{on}"), REMEDY)
    } else {
        Draft::new(Code::SharedServer, format!("they use one server{on}"), REMEDY)
    }
}

fn told(how: Option<&'static str>) -> String {
    how.map_or("leads there".to_owned(), |how| format!("leads there, {how}"))
}

/// A private address means another machine in each network, if the network is the environment's own.
fn is_within(server: &str, place: &Place<'_>) -> bool {
    let Ok(IpAddr::V4(address)) = server.split('/').next().unwrap_or_default().parse() else { return false };
    matches!(&place.environment.target, Target::Aws(aws) if aws.cidr.contains(&address))
}
