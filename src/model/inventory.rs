use std::collections::BTreeMap;

use serde::Serialize;

use super::{Address, Value};

/// What exists of one environment at its provider. Built anew each time; nothing of it is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// In the order of their addresses. Two of one address can stand here after a crash.
    pub resources: Vec<Observed>,
}

/// A resource that exists, or is on its way in or out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Observed {
    pub address: Address,
    /// What the provider calls it: an id, an ARN or a name.
    pub id: String,
    pub state: State,
    /// Under the same names as the desired properties.
    pub properties: BTreeMap<String, Value>,
    /// What others may refer to: `id`, `arn`, `host`. And what people are shown: `health` (`1/2 healthy`); `url`, where
    /// the environment answers; `leaves`, what stays behind when it is deleted, such that it reads on after "leaving"
    /// (`the final snapshot shop-staging-main-final-4f2a`).
    pub attributes: BTreeMap<String, String>,
    /// The part of the definition whose data is lost with this resource: `database.main`.
    pub holds_data: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "detail")]
pub enum State {
    Ready,
    /// Being made or changed; the text is the provider's own word for it.
    Pending(String),
    /// Being deleted.
    Leaving(String),
    /// It will not become ready by waiting.
    Failed(String),
}

impl Observed {
    pub fn new(address: Address, id: impl Into<String>, state: State) -> Self {
        Self {
            address,
            id: id.into(),
            state,
            properties: BTreeMap::new(),
            attributes: BTreeMap::new(),
            holds_data: None,
        }
    }

    #[must_use]
    pub fn with(mut self, property: &str, value: impl Into<Value>) -> Self {
        self.properties.insert(property.to_owned(), value.into());
        self
    }

    #[must_use]
    pub fn attribute(mut self, attribute: &str, value: impl Into<String>) -> Self {
        self.attributes.insert(attribute.to_owned(), value.into());
        self
    }

    pub fn is_leaving(&self) -> bool {
        matches!(self.state, State::Leaving(_))
    }
}

impl Inventory {
    pub fn new(mut resources: Vec<Observed>) -> Self {
        resources.sort_by(|a, b| (&a.address, &a.id).cmp(&(&b.address, &b.id)));
        Self { resources }
    }

    /// The first of this address that is not on its way out, else the first.
    pub fn get(&self, address: &Address) -> Option<&Observed> {
        let all = || self.resources.iter().filter(|observed| observed.address == *address);
        all().find(|observed| !observed.is_leaving()).or_else(|| all().next())
    }

    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }
}
