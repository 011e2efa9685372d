use std::collections::BTreeSet;

use serde::Serialize;

use crate::graph::{Resource, Rule};
use crate::model::{Address, Observed, Value};

/// Steps in an order in which one worker could take them; `after` says which could be taken at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    pub steps: Vec<Step>,
    /// What exists, and needs nothing done: later steps refer to it.
    pub unchanged: Vec<Observed>,
}

/// One thing to do to one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub address: Address,
    pub action: Action,
    /// The steps, by their index in the plan, that must be done before this one.
    pub after: BTreeSet<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Create {
        desired: Resource,
        /// This follows the deletion of one of the same address.
        replaces: bool,
    },
    Update {
        desired: Resource,
        observed: Observed,
        changes: Vec<Change>,
    },
    /// Nothing to change, but a change that was begun earlier is still under way.
    Wait {
        observed: Observed,
    },
    /// Removed, and waited for until it is gone: also what is on its way out already.
    Delete {
        observed: Observed,
        /// It makes way for one of the same address, because of these changes. Empty when it is removed for good.
        replaced_for: Vec<Change>,
    },
}

/// A property that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    pub property: String,
    /// `None`: it is not there yet.
    pub before: Option<Value>,
    pub after: After,
    /// This property cannot be changed in place.
    pub replaces: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum After {
    Known(Value),
    /// It refers to something that does not exist yet.
    Unknown(Value),
}

/// How many resources a plan touches, by what happens to them. A replacement counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub add: usize,
    pub change: usize,
    pub replace: usize,
    pub destroy: usize,
    pub wait: usize,
    pub unchanged: usize,
}

impl Action {
    pub fn address(&self) -> &Address {
        match self {
            Self::Create { desired, .. } => &desired.address,
            Self::Update { observed, .. } | Self::Wait { observed } | Self::Delete { observed, .. } => {
                &observed.address
            }
        }
    }
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    pub fn tally(&self) -> Tally {
        let mut tally = Tally { unchanged: self.unchanged.len(), ..Tally::default() };
        for step in &self.steps {
            match &step.action {
                Action::Create { replaces: true, .. } => tally.replace += 1,
                Action::Create { .. } => tally.add += 1,
                Action::Update { .. } => tally.change += 1,
                Action::Wait { .. } => tally.wait += 1,
                Action::Delete { observed, .. } if observed.is_leaving() => tally.wait += 1,
                Action::Delete { replaced_for, .. } if replaced_for.is_empty() => tally.destroy += 1,
                Action::Delete { .. } => {}
            }
        }
        tally
    }

    /// What cannot be changed while the environment stands, and would have to be: each with its change.
    pub fn blocked(&self) -> Vec<(&Address, &Change)> {
        let rules = |address: &Address| {
            let created = self.steps.iter().find_map(|step| match &step.action {
                Action::Create { desired, .. } if desired.address == *address => Some(&desired.rules),
                _ => None,
            });
            created.into_iter().flatten()
        };
        let never = |address: &Address, change: &Change| {
            rules(address).any(|(property, rule)| *property == change.property && *rule == Rule::Never)
        };
        let replaced = self.steps.iter().filter_map(|step| match &step.action {
            Action::Delete { observed, replaced_for } => Some((&observed.address, replaced_for)),
            _ => None,
        });
        let changes = replaced.flat_map(|(address, changes)| changes.iter().map(move |change| (address, change)));
        changes.filter(|(address, change)| never(address, change)).collect()
    }

    /// The parts of the definition whose data these steps would delete, by name, each once. What is on its way out
    /// already loses nothing by being waited for.
    pub fn data_lost(&self) -> BTreeSet<&str> {
        let deleted = self.steps.iter().filter_map(|step| match &step.action {
            Action::Delete { observed, .. } if !observed.is_leaving() => observed.holds_data.as_deref(),
            _ => None,
        });
        deleted.collect()
    }
}
