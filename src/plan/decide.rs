use std::collections::BTreeMap;

use crate::graph::{Graph, Resource};
use crate::model::{Address, Inventory, Observed, Reference, State, Value};

use super::compare::{Verdict, changed, compare};
use super::step::{After, Change};

/// What becomes of one desired resource.
#[derive(Debug)]
pub(super) enum Fate<'a> {
    Create,
    Replace(&'a Observed, Vec<Change>),
    Update(&'a Observed, Vec<Change>),
    Wait(&'a Observed),
    Keep(&'a Observed),
}

/// The fate of each desired resource, dependencies first: what becomes of one tells what is known to its dependents.
pub(super) fn decide<'a>(desired: &'a Graph, observed: &'a Inventory) -> BTreeMap<&'a Address, Fate<'a>> {
    let mut fates = BTreeMap::new();
    for resource in desired.in_order() {
        let fate = match observed.get(&resource.address) {
            Some(seen) if !seen.is_leaving() => fate_of(resource, seen, &|reference| known(reference, desired, &fates)),
            _ => Fate::Create,
        };
        fates.insert(&resource.address, fate);
    }
    fates
}

fn fate_of<'a>(resource: &Resource, seen: &'a Observed, look_up: &impl Fn(&Reference) -> Option<String>) -> Fate<'a> {
    let changes: Vec<Change> =
        resource.properties.keys().filter_map(|property| change(resource, property, seen, look_up)).collect();
    let replaces = changes.iter().any(|change| change.replaces);
    let holds_data = resource.holds_data.is_some() || seen.holds_data.is_some();
    match &seen.state {
        // What failed is made anew, but never at the price of data: there the failure is for a person to judge, and
        // the step that waits for it reports it.
        State::Failed(detail) if !replaces && !holds_data => {
            Fate::Replace(seen, [vec![failed(detail)], changes].concat())
        }
        _ if replaces => Fate::Replace(seen, changes),
        _ if !changes.is_empty() => Fate::Update(seen, changes),
        State::Ready => Fate::Keep(seen),
        State::Pending(_) | State::Leaving(_) | State::Failed(_) => Fate::Wait(seen),
    }
}

fn failed(detail: &str) -> Change {
    let before = Some(Value::text(detail));
    Change { property: "state".to_owned(), before, after: After::Known(Value::text("ready")), replaces: true }
}

fn change(
    resource: &Resource,
    property: &'static str,
    seen: &Observed,
    look_up: &impl Fn(&Reference) -> Option<String>,
) -> Option<Change> {
    let wanted = resource.properties.get(property)?;
    let rule = resource.rules.get(property).copied();
    let before = seen.properties.get(property);
    let (verdict, after) = match wanted.resolve(look_up) {
        Ok(value) => (compare(rule, before, &value), After::Known(value)),
        Err(_) => (changed(rule), After::Unknown(wanted.clone())),
    };
    let change = |replaces| Change { property: property.to_owned(), before: before.cloned(), after, replaces };
    match verdict {
        Verdict::Same => None,
        Verdict::InPlace => Some(change(false)),
        Verdict::Replace => Some(change(true)),
    }
}

/// The attribute, if it will still be this one when the plan has been carried out.
fn known(reference: &Reference, desired: &Graph, fates: &BTreeMap<&Address, Fate<'_>>) -> Option<String> {
    let seen = match fates.get(&reference.address)? {
        Fate::Create | Fate::Replace(..) => return None,
        Fate::Update(seen, _) => {
            let volatile = desired.get(&reference.address).map(|resource| &resource.volatile);
            if volatile.is_some_and(|volatile| volatile.contains(reference.attribute)) {
                return None;
            }
            seen
        }
        Fate::Wait(seen) | Fate::Keep(seen) => seen,
    };
    seen.attributes.get(reference.attribute).cloned()
}
