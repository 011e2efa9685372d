use std::collections::BTreeMap;

use serde::Serialize;

use super::{Address, Value};

/// What exists of one environment at its provider. Built anew each time; nothing of it is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// In the order of their addresses. Two of one address can stand here after a crash.
    pub resources: Vec<Observed>,
}

/// What the attribute `health` says of what exists and is switched off.
pub const NOT_RUNNING: &str = "not running";

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

    fn mentions(&self, id: &str) -> bool {
        fn within(value: &Value, id: &str) -> bool {
            match value {
                Value::Text(text) => text == id,
                Value::List(values) => values.iter().any(|value| within(value, id)),
                Value::Map(entries) => entries.values().any(|value| within(value, id)),
                _ => false,
            }
        }
        self.properties.values().any(|value| within(value, id))
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

    /// The one of this address that is not on its way out. Of several, the one that has to do with the most others: what a
    /// crash left behind has nothing standing on it, and stands on nothing.
    pub fn get(&self, address: &Address) -> Option<&Observed> {
        let all: Vec<&Observed> = self.resources.iter().filter(|observed| observed.address == *address).collect();
        match all.as_slice() {
            [] | [_] => all.first().copied(),
            several => several.iter().copied().min_by_key(|one| {
                let is_tied = |other: &&Observed| other.mentions(&one.id) || one.mentions(&other.id);
                (one.is_leaving(), std::cmp::Reverse(self.resources.iter().filter(is_tied).count()))
            }),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }
}
