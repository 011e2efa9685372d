use std::collections::BTreeSet;

use crate::graph::Graph;
use crate::model::{Address, Inventory, Observed};

use super::decide::{Fate, decide};
use super::order::order;
use super::step::{Action, Plan};

/// The steps that make what is observed into what is desired.
///
/// What is observed and not desired is deleted, and so is a second resource of one address (a crash can leave one):
/// the one that [`Inventory::get`] chooses is kept. Something that is on its way out is waited for by a deletion, and
/// then made anew. A property that is observed and not desired is left alone.
///
/// A dependent that is only updated keeps its old reference until the new resource exists, so a replaced resource is
/// deleted without waiting for that update: the provider may refuse the deletion for as long as it is in use.
pub fn plan(desired: &Graph, observed: &Inventory) -> Plan {
    let mut actions = Vec::new();
    let mut unchanged = Vec::new();
    let mut spoken_for: BTreeSet<(&Address, &str)> = BTreeSet::new();
    for (address, fate) in decide(desired, observed) {
        let Some(resource) = desired.get(address) else { continue };
        let (wanted, replaces) = (resource.clone(), matches!(fate, Fate::Replace(..)));
        match fate {
            Fate::Create => actions.push(Action::Create { desired: wanted, replaces }),
            Fate::Replace(seen, changes) => {
                spoken_for.insert(identity(seen));
                actions.push(Action::Delete { observed: seen.clone(), replaced_for: changes });
                actions.push(Action::Create { desired: wanted, replaces });
            }
            Fate::Update(seen, changes) => {
                spoken_for.insert(identity(seen));
                actions.push(Action::Update { desired: wanted, observed: seen.clone(), changes });
            }
            Fate::Wait(seen) => {
                spoken_for.insert(identity(seen));
                actions.push(Action::Wait { observed: seen.clone() });
            }
            Fate::Keep(seen) => {
                spoken_for.insert(identity(seen));
                unchanged.push(seen.clone());
            }
        }
    }
    actions.extend(deletions(observed, spoken_for));
    Plan { steps: order(desired, actions), unchanged }
}

/// The steps that remove all that is observed. The desired graph only tells what depended on what.
pub fn teardown(desired: &Graph, observed: &Inventory) -> Plan {
    Plan { steps: order(desired, deletions(observed, BTreeSet::new())), unchanged: Vec::new() }
}

/// A deletion for everything but what is spoken for. What is listed twice is deleted once.
fn deletions<'a>(observed: &'a Inventory, mut spoken_for: BTreeSet<(&'a Address, &'a str)>) -> Vec<Action> {
    let others = observed.resources.iter().filter(|seen| spoken_for.insert(identity(seen)));
    others.map(|seen| Action::Delete { observed: seen.clone(), replaced_for: Vec::new() }).collect()
}

fn identity(observed: &Observed) -> (&Address, &str) {
    (&observed.address, &observed.id)
}
