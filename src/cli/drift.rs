use crate::diff::Drift;
use crate::graph::Graph;
use crate::model::{Address, Inventory, Value};
use crate::plan::{Action, After, Change, plan};

/// Where an environment has left its own definition: what its plan would change.
pub fn drift(desired: &Graph, observed: &Inventory) -> Vec<Drift> {
    let steps = plan(desired, observed).steps;
    steps.iter().flat_map(|step| drift_of(&step.address, &step.action)).collect()
}

fn drift_of(address: &Address, action: &Action) -> Vec<Drift> {
    let whole = |declared: Option<Value>, live: Option<Value>| {
        vec![Drift { address: address.clone(), property: None, declared, live }]
    };
    let each = |changes: &[Change]| -> Vec<Drift> {
        let drift = |change: &Change| Drift {
            address: address.clone(),
            property: Some(change.property.clone()),
            declared: Some(match &change.after {
                After::Known(value) | After::Unknown(value) => value.clone(),
            }),
            live: change.before.clone(),
        };
        changes.iter().map(drift).collect()
    };
    match action {
        Action::Create { replaces: true, .. } | Action::Wait { .. } => Vec::new(),
        Action::Create { desired, .. } => whole(Some(Value::text(&desired.name)), None),
        Action::Update { changes, .. } => each(changes),
        Action::Delete { observed, replaced_for } if replaced_for.is_empty() => {
            whole(None, Some(Value::text(&observed.id)))
        }
        Action::Delete { replaced_for, .. } => each(replaced_for),
    }
}
