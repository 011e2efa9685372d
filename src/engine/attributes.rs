use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::graph::Resource;
use crate::model::{Address, Observed, Reference};
use crate::plan::Plan;
use crate::provider::{Error, ErrorKind, Wanted};

type Known = BTreeMap<Address, BTreeMap<String, String>>;

/// What is known of the resources that are as desired: what later steps refer to. Shared by all steps of a plan, each
/// of which adds its own resource when it is done.
#[derive(Debug)]
pub(super) struct Attributes(Mutex<Known>);

impl Attributes {
    pub(super) fn new(plan: &Plan) -> Self {
        Self(Mutex::new(plan.unchanged.iter().map(|seen| (seen.address.clone(), seen.attributes.clone())).collect()))
    }

    pub(super) fn learn(&self, seen: &Observed) {
        self.known().insert(seen.address.clone(), seen.attributes.clone());
    }

    /// The resource with every reference put in. All that it depends on is done, so a reference that is not known is a
    /// defect of the blueprint or of the provider.
    pub(super) fn resolve(&self, desired: &Resource) -> Result<Wanted, Error> {
        let known = self.known();
        let look_up = |reference: &Reference| known.get(&reference.address)?.get(reference.attribute).cloned();
        let missing = |reference: &Reference| {
            let message = format!("{} needs {reference}, which the provider does not show", desired.address);
            Error::new(ErrorKind::Unexpected, message)
        };
        let mut wanted = Wanted {
            address: desired.address.clone(),
            name: desired.name.clone(),
            properties: BTreeMap::new(),
            initial: BTreeMap::new(),
            rules: desired.rules.clone(),
            holds_data: desired.holds_data.clone(),
        };
        for (from, to) in [(&desired.properties, &mut wanted.properties), (&desired.initial, &mut wanted.initial)] {
            for (property, value) in from {
                to.insert(property, value.resolve(&look_up).map_err(missing)?);
            }
        }
        Ok(wanted)
    }

    /// A step that panicked leaves the map whole: each change of it is one insertion.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
