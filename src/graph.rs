//! A graph of desired resources: addresses, properties, dependencies, in a stable order and without cycles.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Address, Value};

/// What shall exist.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    pub address: Address,
    /// What it is called at the provider; derived from the environment, so that it can be found again.
    pub name: String,
    /// Compared with what is observed under the same names.
    pub properties: BTreeMap<&'static str, Value>,
    /// What a change of a property means. A property without a rule changes in place.
    pub rules: BTreeMap<&'static str, Rule>,
    /// Used when it is made and never compared: how many characters to generate, for instance.
    pub initial: BTreeMap<&'static str, Value>,
    /// The attributes that are different after each update in place: a launch template's `version`. Whatever refers to
    /// one of them changes with it.
    pub volatile: BTreeSet<&'static str>,
    /// What must be there first although no property refers to it.
    pub after: BTreeSet<Address>,
    /// The part of the definition whose data would be lost with this resource: `database.main`.
    pub holds_data: Option<String>,
}

/// How a property is compared, and what a change of it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Cannot be changed: the resource is made anew, which deletes the old one first. Where others refer to it by
    /// properties that change in place, and the provider deletes nothing that is in use, put the value into the
    /// address's name instead (`parameter-group.main-16`): then the new one is made, the others are moved to it, and
    /// the old one is deleted at last.
    Replace,
    /// Can grow in place; to become smaller, the resource is made anew.
    Grow,
    /// Cannot be changed while the environment stands, for too much stands on it.
    Never,
    /// An [`EngineVersion`](crate::model::EngineVersion): a major alone matches each of its minors. It can rise in
    /// place; to fall to another release line, the resource is made anew. A later release of the same line is no
    /// difference: the provider moves on by itself when one is withdrawn, and there is no way back.
    Version {
        /// How many numbers name a release line: 1 for `16`, 2 for `8.0`.
        line: usize,
    },
}

impl Resource {
    pub fn new(address: Address, name: impl Into<String>) -> Self {
        Self {
            address,
            name: name.into(),
            properties: BTreeMap::new(),
            rules: BTreeMap::new(),
            initial: BTreeMap::new(),
            volatile: BTreeSet::new(),
            after: BTreeSet::new(),
            holds_data: None,
        }
    }

    #[must_use]
    pub fn with(mut self, property: &'static str, value: impl Into<Value>) -> Self {
        self.properties.insert(property, value.into());
        self
    }

    #[must_use]
    pub fn rule(mut self, property: &'static str, rule: Rule) -> Self {
        self.rules.insert(property, rule);
        self
    }

    /// A property that cannot be changed.
    #[must_use]
    pub fn fixed(self, property: &'static str, value: impl Into<Value>) -> Self {
        self.with(property, value).rule(property, Rule::Replace)
    }

    #[must_use]
    pub fn initially(mut self, input: &'static str, value: impl Into<Value>) -> Self {
        self.initial.insert(input, value.into());
        self
    }

    /// An attribute that is different after each update in place.
    #[must_use]
    pub fn volatile(mut self, attribute: &'static str) -> Self {
        self.volatile.insert(attribute);
        self
    }

    #[must_use]
    pub fn after(mut self, addresses: impl IntoIterator<Item = Address>) -> Self {
        self.after.extend(addresses);
        self
    }

    #[must_use]
    pub fn holding(mut self, data: impl Into<String>) -> Self {
        self.holds_data = Some(data.into());
        self
    }

    /// All that must be there before this resource.
    pub fn dependencies(&self) -> BTreeSet<Address> {
        let values = self.properties.values().chain(self.initial.values());
        let referred = values.flat_map(Value::references).map(|reference| reference.address.clone());
        referred.chain(self.after.iter().cloned()).collect()
    }
}

/// Desired resources whose dependencies all exist and form no cycle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    resources: BTreeMap<Address, Resource>,
}

/// Why resources form no [`Graph`]. Each is a defect of the blueprint that made them, never of a definition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    #[error("{0} is there twice")]
    Twice(Address),
    #[error("{from} depends on {to}, which is not in the graph")]
    Dangling { from: Address, to: Address },
    #[error("{} depend on each other", .0.iter().map(Address::to_string).collect::<Vec<_>>().join(", "))]
    Cycle(Vec<Address>),
}

impl Graph {
    pub fn new(resources: impl IntoIterator<Item = Resource>) -> Result<Self, GraphError> {
        let mut all: BTreeMap<Address, Resource> = BTreeMap::new();
        for resource in resources {
            let address = resource.address.clone();
            if all.insert(address.clone(), resource).is_some() {
                return Err(GraphError::Twice(address));
            }
        }
        for resource in all.values() {
            if let Some(to) = resource.dependencies().into_iter().find(|to| !all.contains_key(to)) {
                return Err(GraphError::Dangling { from: resource.address.clone(), to });
            }
        }
        let graph = Self { resources: all };
        let ordered: BTreeSet<&Address> = graph.in_order().into_iter().map(|resource| &resource.address).collect();
        let cyclic: Vec<Address> =
            graph.resources.keys().filter(|address| !ordered.contains(address)).cloned().collect();
        if cyclic.is_empty() { Ok(graph) } else { Err(GraphError::Cycle(cyclic)) }
    }

    pub fn get(&self, address: &Address) -> Option<&Resource> {
        self.resources.get(address)
    }

    /// By address.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.values()
    }

    /// Dependencies before their dependents; among equals, by address. What stands on a cycle is left out.
    pub fn in_order(&self) -> Vec<&Resource> {
        let mut waiting: BTreeMap<&Address, BTreeSet<Address>> =
            self.resources.iter().map(|(address, resource)| (address, resource.dependencies())).collect();
        let mut ordered: Vec<&Resource> = Vec::with_capacity(waiting.len());
        while let Some(address) = waiting.iter().find(|(_, needs)| needs.is_empty()).map(|(address, _)| *address) {
            waiting.remove(address);
            for needs in waiting.values_mut() {
                needs.remove(address);
            }
            ordered.push(&self.resources[address]);
        }
        ordered
    }
}
