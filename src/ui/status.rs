//! What exists of an environment and how it is (`status`), and which environments there are (`ls`).

use serde_json::{Value as Json, json};

use crate::model::{Address, Definition, Inventory, NOT_RUNNING, Name, State, Target};

use super::style::{ALARM, paint};
use super::table::table;
use super::text::{count, wrap};
use super::{FORMAT_VERSION, Header, WIDTH};

/// An environment as it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusReport {
    pub environment: Header,
    /// Where it answers: URLs.
    pub address: Vec<String>,
    pub resources: Vec<Row>,
}

/// A resource that exists.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub address: Address,
    pub id: String,
    pub state: State,
    /// `2/2 healthy`. `None` for what has no health of its own.
    pub health: Option<String>,
}

impl StatusReport {
    /// A resource's health is its attribute `health`.
    pub fn new(environment: Header, inventory: &Inventory) -> Self {
        let rows = inventory.resources.iter().map(|observed| Row {
            address: observed.address.clone(),
            id: observed.id.clone(),
            state: observed.state.clone(),
            health: observed.attributes.get("health").cloned(),
        });
        Self { environment, address: addresses(inventory), resources: rows.collect() }
    }

    pub fn human(&self) -> String {
        let mut text = self.environment.human();
        for address in &self.address {
            text.push_str(&format!("{address}\n"));
        }
        text.push('\n');
        let name = &self.environment.environment;
        if self.resources.is_empty() {
            text.push_str(&format!(
                "Nothing of {name} exists yet: `envctl up {}` makes it.\n",
                self.environment.argument
            ));
            return text;
        }
        let rows = self.resources.iter().map(|row| {
            let health = row.health.as_deref().and_then(|health| health.split(": ").next()).unwrap_or("-");
            [row.address.to_string(), row.word().to_owned(), health.to_owned(), row.id.clone()]
        });
        text.push_str(&table(["RESOURCE", "STATE", "HEALTH", "ID"], rows.collect()));
        text.push_str(&format!("\n{}: {}\n", count(self.resources.len(), "resource"), self.states()));
        for row in &self.resources {
            let Some(detail) = row.long() else { continue };
            text.push_str(&format!("\n{}\n", paint(ALARM, &format!("{} {}", row.address, row.kind()))));
            text.extend(wrap(detail, WIDTH - 2).iter().map(|line| format!("  {line}\n")));
        }
        text
    }

    pub fn json(&self) -> Json {
        let resources = self.resources.iter().map(|row| {
            let detail = match &row.state {
                State::Ready => None,
                State::Pending(detail) | State::Leaving(detail) | State::Failed(detail) => Some(detail),
            };
            json!({
                "address": row.address,
                "id": row.id,
                "state": row.kind(),
                "detail": detail,
                "health": row.health,
            })
        });
        json!({
            "format_version": FORMAT_VERSION,
            "environment": self.environment.json(),
            "address": self.address,
            "resources": resources.collect::<Vec<_>>(),
        })
    }

    /// `40 ready, 2 failed`, or `nothing`.
    pub fn states(&self) -> String {
        let states = ["ready", "stopped", "pending", "leaving", "failed"].map(|state| {
            let number = self.resources.iter().filter(|row| row.kind() == state).count();
            (number > 0).then(|| format!("{number} {state}"))
        });
        let states: Vec<String> = states.into_iter().flatten().collect();
        if states.is_empty() { "nothing".to_owned() } else { states.join(", ") }
    }
}

impl Row {
    fn kind(&self) -> &'static str {
        match &self.state {
            State::Ready if self.health.as_deref() == Some(NOT_RUNNING) => "stopped",
            State::Ready => "ready",
            State::Pending(_) => "pending",
            State::Leaving(_) => "leaving",
            State::Failed(_) => "failed",
        }
    }

    /// The provider's own word where it has one.
    fn word(&self) -> &str {
        match &self.state {
            State::Pending(word) | State::Leaving(word) if is_word(word) => word,
            _ => self.kind(),
        }
    }

    /// What a cell has no room for.
    fn long(&self) -> Option<&str> {
        match (&self.state, &self.health) {
            (State::Failed(detail), _) => Some(detail),
            (_, Some(health)) if health.contains(": ") => Some(health),
            (State::Pending(detail) | State::Leaving(detail), health) => {
                Some(&**detail).filter(|detail| !is_word(detail) && health.as_deref() != Some(detail))
            }
            (State::Ready, _) => None,
        }
    }
}

fn is_word(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphabetic() || c == '-')
}

/// Where an environment answers: the attributes `url` of what exists, each once.
pub fn addresses(inventory: &Inventory) -> Vec<String> {
    let mut urls: Vec<String> = Vec::new();
    for url in inventory.resources.iter().filter_map(|observed| observed.attributes.get("url")) {
        if !urls.contains(url) {
            urls.push(url.clone());
        }
    }
    urls
}

/// The environments of a project, for people.
pub fn environments_human<'a>(definitions: impl IntoIterator<Item = &'a Definition>) -> String {
    let or_dash = |name: Option<&str>| name.unwrap_or("-").to_owned();
    let rows = definitions.into_iter().map(|definition| {
        let environment = &definition.environment;
        let place = match &environment.target {
            Target::Aws(aws) => format!("aws {} {}", aws.account, aws.region),
            Target::Local(_) => "local".to_owned(),
        };
        [
            environment.name.to_string(),
            environment.app.to_string(),
            place,
            or_dash(environment.release.as_deref()),
            or_dash(environment.mirrors.as_ref().map(Name::as_str)),
            if environment.protected { "yes" } else { "-" }.to_owned(),
        ]
    });
    table(["ENVIRONMENT", "APP", "TARGET", "RELEASE", "MIRRORS", "PROTECTED"], rows.collect())
}

/// The environments of a project, for programs.
pub fn environments_json<'a>(definitions: impl IntoIterator<Item = &'a Definition>) -> Json {
    let environments = definitions.into_iter().map(|definition| {
        let mut json = Header::of(&definition.environment).json();
        json["mirrors"] = json!(definition.environment.mirrors);
        json
    });
    json!({ "format_version": FORMAT_VERSION, "environments": environments.collect::<Vec<_>>() })
}
