use std::collections::BTreeSet;

use super::shared;
use crate::audit::Code;
use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::audit::read::server;
use crate::model::{ExposedDatabase, Path};

/// Databases that are one, and databases that the internet can reach.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let remedy = "give each environment a database of its own, and move the data of one there";
    let path = |database: &ExposedDatabase| Path::new(["database", database.name.as_str()]);
    let mut drafts = shared(
        facts,
        |exposure| {
            let all = exposure.databases.iter();
            all.flat_map(|database| identities(database).into_iter().map(move |one| (one, path(database)))).collect()
        },
        |_| Draft::new(Code::SharedDatabase, "their endpoints lead to one database", remedy),
    );
    for (name, exposure) in facts.seen.live {
        for database in exposure.databases.iter().filter(|database| database.public) {
            let path = path(database);
            let message = format!("{path} has a public address");
            let draft = Draft::new(Code::PublicDatabase, message, "make it private: components reach it from within");
            drafts.push(draft.seen(name, path.clone(), facts.origin(name, &path), "publicly accessible"));
        }
    }
    drafts
}

/// By ARN, by every name that it answers to, and by where these lead.
fn identities(database: &ExposedDatabase) -> BTreeSet<String> {
    let names = database.endpoints.iter().filter_map(|endpoint| server(endpoint, None));
    // A private address means another machine in each network: of such, the network belongs to it.
    let addresses = database.addresses.iter().map(|address| format!("{address} in {}", database.vpc));
    names.chain(addresses).chain([database.arn.clone()]).filter(|one| !one.is_empty()).collect()
}
