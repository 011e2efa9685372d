//! A plan that somebody has read, in a file: it is applied as it was read, or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::model::{Environment, Inventory};
use crate::plan::Plan;
use crate::store;
use crate::ui::plan::{Detail, human, steps};
use crate::ui::{FORMAT_VERSION, Header, plain, visible};

use super::guard::Refusal;
use super::{Error, now};

/// Of a large environment it holds each property of each step.
const LARGEST: u64 = 64 << 20;

/// The plan, and digests of all that it was made from, so that it can be said what has moved since. No value of a secret
/// is in it: neither a definition nor what is observed holds one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reviewed {
    pub format_version: u32,
    /// The version that made it.
    pub envctl: String,
    pub made: Timestamp,
    /// How a command line names the environment.
    pub argument: String,
    pub environment: Json,
    /// Whether there is something to do.
    pub changes: bool,
    pub data_lost: BTreeSet<String>,
    /// Of the steps.
    pub digest: String,
    pub steps: Json,
    /// Digests of the definition's values, by path.
    pub definition: BTreeMap<String, String>,
    /// Digests of what existed, by address and id.
    pub observed: BTreeMap<String, String>,
    /// As a reader sees it.
    pub text: String,
}

impl Reviewed {
    pub fn new(environment: &Environment, observed: &Inventory, plan: &Plan) -> Self {
        let header = Header::of(environment);
        Self {
            format_version: FORMAT_VERSION,
            envctl: env!("CARGO_PKG_VERSION").to_owned(),
            made: now(),
            argument: environment.argument(),
            environment: header.json(),
            changes: !plan.is_empty(),
            data_lost: plan.data_lost().into_iter().map(str::to_owned).collect(),
            digest: digest(plan),
            steps: steps(plan),
            definition: definition(environment),
            observed: observed_digests(observed),
            text: plain(&human(&header, plan, Detail::Full)),
        }
    }

    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = store::read_text_of(path, LARGEST).map_err(Error::File)?;
        let plan: Self = serde_json::from_str(&text).map_err(|error| Error::Use {
            // The parser's own message can quote a value: this may be any file.
            message: format!(
                "{} holds no plan: it cannot be understood at line {}, column {}",
                path.display(),
                error.line(),
                error.column()
            ),
            hint: Some("write one with `envctl plan ENV --out FILE`".to_owned()),
        })?;
        if plan.format_version != FORMAT_VERSION {
            return Err(Error::Use {
                message: format!("{} is of another envctl, {}", path.display(), visible(&plan.envctl)),
                hint: Some("make it anew: `envctl plan ENV --out FILE`".to_owned()),
            });
        }
        Ok(plan)
    }

    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Error::Use { message: format!("the plan cannot be written down: {error}"), hint: None })?;
        store::write_text(path, &format!("{text}\n")).map_err(Error::File)
    }

    /// Refuses what is not as it was when the plan was read.
    pub fn ensure_same(&self, environment: &Environment, observed: &Inventory, plan: &Plan) -> Result<(), Error> {
        let moved = self.moved(&Self::new(environment, observed, plan));
        if moved.is_empty() {
            return Ok(());
        }
        let remedy = format!("make a plan anew and read it: `envctl plan {} --out FILE`", environment.argument());
        Err(Error::Refused(moved.into_iter().map(|why| Refusal { why, remedy: remedy.clone() }).collect()))
    }

    fn moved(&self, now: &Self) -> Vec<String> {
        let mut moved = Vec::new();
        if self.environment["name"] != now.environment["name"] || self.environment["app"] != now.environment["app"] {
            let whose = |plan: &Self| format!("{} of {}", plan.environment["name"], plan.environment["app"]);
            return vec![format!("it is a plan for {}, and not for {}", whose(self), whose(now))];
        }
        if self.envctl != now.envctl {
            moved.push(format!("envctl {} made the plan, and this is {}", self.envctl, now.envctl));
        }
        let in_definition = differing(&self.definition, &now.definition);
        moved.extend(in_definition.map(|(path, what)| format!("{path} {what} in the definition since")));
        let in_world = differing(&self.observed, &now.observed);
        moved.extend(in_world.map(|(resource, what)| format!("{resource} {what} since")));
        // What was shown is what is applied, whatever became of the file meanwhile.
        if moved.is_empty() && *self != (Self { made: self.made, ..now.clone() }) {
            moved.push("the plan comes out otherwise than it did".to_owned());
        }
        moved
    }
}

/// Of the steps, and so of all that applying them does.
pub fn digest(plan: &Plan) -> String {
    digest_of(&steps(plan))
}

fn definition(environment: &Environment) -> BTreeMap<String, String> {
    let mut digests = BTreeMap::new();
    for (_, path, value) in environment.by_class() {
        leaves(&path.to_string(), &value, &mut digests);
    }
    digests
}

fn leaves(path: &str, value: &Json, into: &mut BTreeMap<String, String>) {
    match value {
        Json::Object(fields) if !fields.is_empty() => {
            for (name, field) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                leaves(&path, field, into);
            }
        }
        value => drop(into.insert(path.to_owned(), digest_of(value))),
    }
}

/// What is healthy now and was not then makes no other plan, so only ids and properties count.
fn observed_digests(observed: &Inventory) -> BTreeMap<String, String> {
    let resources = observed.resources.iter();
    let digests = resources.map(|one| (format!("{} ({})", one.address, one.id), digest_of(&one.properties)));
    digests.collect()
}

fn digest_of(value: &impl Serialize) -> String {
    let text = serde_json::to_vec(value).unwrap_or_default();
    Sha256::digest(&text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn differing<'a>(
    then: &'a BTreeMap<String, String>,
    now: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = (&'a str, &'static str)> {
    let names: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    names.into_iter().filter_map(|name| match (then.get(name), now.get(name)) {
        (Some(then), Some(now)) if then == now => None,
        (Some(_), Some(_)) => Some((name.as_str(), "has changed")),
        (Some(_), None) => Some((name.as_str(), "is gone")),
        (None, _) => Some((name.as_str(), "is new")),
    })
}
