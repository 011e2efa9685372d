//! What a faultless provider would make of a plan, without time passing.

use std::collections::BTreeMap;

use envctl::graph::Resource;
use envctl::model::{Inventory, Observed, Reference, State, Value};
use envctl::plan::{Action, Plan};

/// Carries out the steps in the plan's order. Panics where a step needs what is not there.
pub fn simulate(plan: &Plan, before: &Inventory) -> Inventory {
    let mut resources = before.resources.clone();
    for step in &plan.steps {
        match &step.action {
            Action::Create { desired, .. } => {
                assert!(!resources.iter().any(|seen| seen.address == desired.address), "{} is there", step.address);
                let used = |id: &String| before.resources.iter().chain(&resources).any(|seen| seen.id == *id);
                let mut ids = (1..).map(|number| format!("{}-{number}", desired.address.name));
                let id = ids.find(|id| !used(id)).expect("numbers do not run out");
                let properties = resolve(desired, &resources);
                resources.push(observed(desired, id, 1, properties));
            }
            Action::Update { desired, observed: seen, .. } => {
                let properties = resolve(desired, &resources);
                let old = resources.iter_mut().find(|old| old.id == seen.id).expect("what is updated exists");
                let revision =
                    old.attributes.get("revision").and_then(|text| text.rsplit('.').next()?.parse::<u32>().ok());
                *old = observed(desired, seen.id.clone(), revision.unwrap_or(0) + 1, properties);
            }
            Action::Wait { observed: seen } => {
                let old = resources.iter_mut().find(|old| old.id == seen.id).expect("what is waited for exists");
                old.state = State::Ready;
                for (attribute, value) in attributes(&seen.id, 1) {
                    old.attributes.entry(attribute).or_insert(value);
                }
            }
            Action::Delete { observed: seen, .. } => {
                let count = resources.len();
                resources.retain(|other| other.id != seen.id);
                assert_eq!(resources.len() + 1, count, "what is deleted exists, once");
            }
        }
    }
    Inventory::new(resources)
}

fn resolve(desired: &Resource, resources: &[Observed]) -> BTreeMap<String, Value> {
    let look_up = |reference: &Reference| {
        // What is on its way out shows nothing more, and may still stand beside what takes its place.
        let mut targets = resources.iter().filter(|seen| seen.address == reference.address);
        targets.find_map(|seen| seen.attributes.get(reference.attribute)).cloned()
    };
    let resolved = desired.properties.iter().map(|(property, value)| {
        let value = value.resolve(&look_up).unwrap_or_else(|missing| panic!("{} needs {missing}", desired.address));
        ((*property).to_owned(), value)
    });
    resolved.collect()
}

/// As the provider shows what it was asked for.
pub fn observed(desired: &Resource, id: String, revision: u32, properties: BTreeMap<String, Value>) -> Observed {
    Observed {
        address: desired.address.clone(),
        attributes: attributes(&id, revision),
        id,
        state: State::Ready,
        properties,
        holds_data: desired.holds_data.clone(),
    }
}

fn attributes(id: &str, revision: u32) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("id".to_owned(), id.to_owned()),
        ("arn".to_owned(), format!("arn:{id}")),
        ("revision".to_owned(), format!("{id}.{revision}")),
    ])
}
