//! Which secrets of an environment have a value; the values are nowhere in here.

use serde_json::{Value as Json, json};

use crate::provider::SecretState;

use super::FORMAT_VERSION;
use super::table::table;

/// A declared secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub name: String,
    /// The definition says that envctl makes its value.
    pub generate: bool,
    /// `None`: it has no value.
    pub state: Option<SecretState>,
}

impl Row {
    fn word(&self) -> &'static str {
        match self.state {
            Some(SecretState { generated: true, .. }) => "generated",
            Some(_) => "set",
            None if self.generate => "to be generated",
            None => "missing",
        }
    }

    fn changed(&self) -> Option<String> {
        let changed = self.state?.changed?;
        Some(changed.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
    }
}

pub fn human(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "The definition declares no secrets.\n".to_owned();
    }
    let cells = rows
        .iter()
        .map(|row| [row.name.clone(), row.word().to_owned(), row.changed().unwrap_or_else(|| "-".to_owned())]);
    table(["SECRET", "VALUE", "CHANGED"], cells.collect())
}

pub fn json(rows: &[Row]) -> Json {
    let secrets = rows.iter().map(|row| {
        json!({
            "name": row.name,
            "value": row.word(),
            "changed": row.state.and_then(|state| state.changed).map(|changed| changed.to_string()),
        })
    });
    json!({ "format_version": FORMAT_VERSION, "secrets": secrets.collect::<Vec<_>>() })
}
