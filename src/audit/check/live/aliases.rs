use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::audit::Code;
use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::audit::read::canonical;
use crate::model::{ExposedDatabase, Name};

/// Hosts whose name says nothing, and that lead to another's database all the same. Addresses are compared as one resolver
/// gives them for both, so that networks of one range are told apart.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for place in &facts.places {
        let own = &place.environment.name;
        for host in &place.reading.stores {
            let Some(addresses) = facts.seen.resolved.get(host) else { continue };
            let owners = owners(facts, host, addresses);
            if owners.contains(&own) {
                continue;
            }
            drafts.extend(owners.into_iter().map(|owner| {
                let message = format!("{} leads to {host}, another name for the database of {owner}", place.path);
                let remedy = "use {database.NAME.url}, or a database of the environment's own";
                Draft::new(Code::ForeignDatabase, message, remedy).owner(owner).at(place, "points there, by an alias")
            }));
        }
    }
    drafts
}

/// Whose databases are where the host leads to.
fn owners<'a>(facts: &Facts<'a>, host: &str, addresses: &BTreeSet<IpAddr>) -> BTreeSet<&'a Name> {
    let leads_to = |database: &ExposedDatabase| {
        let others = database.endpoints.iter().map(|endpoint| canonical(endpoint)).filter(|endpoint| endpoint != host);
        let found = others.filter_map(|endpoint| facts.seen.resolved.get(&endpoint));
        found.flatten().any(|address| addresses.contains(address))
    };
    let live = facts.seen.live.iter();
    live.filter(|(_, exposure)| exposure.databases.iter().any(leads_to)).map(|(name, _)| name).collect()
}
