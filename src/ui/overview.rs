use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::model::Name;

use super::previews::{Row, Standing, trouble};
use super::status::StatusReport;
use super::table::table;
use super::{FORMAT_VERSION, Header};

/// What exists of one of a project's environments, or why that cannot be said.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    pub environment: Header,
    pub found: Result<StatusReport, String>,
}

/// A row an environment, and below them the previews and what went wrong.
pub fn human(all: &[Overview], previews: &Standing, now: Timestamp) -> String {
    let rows = all.iter().map(|one| {
        let (state, address) = match &one.found {
            Ok(report) => (report.states(), report.address.first().cloned()),
            Err(_) => ("not to be seen".to_owned(), None),
        };
        let release = one.environment.release.clone().unwrap_or_else(|| "-".to_owned());
        [one.environment.environment.to_string(), release, state, address.unwrap_or_else(|| "-".to_owned())]
    });
    let mut text = table(["ENVIRONMENT", "RELEASE", "RESOURCES", "ADDRESS"], rows.collect());
    for one in all {
        if let Err(why) = &one.found {
            let name = &one.environment.environment;
            text.push_str(&format!("\n{}", trouble(&format!("{name} is not to be seen"), why)));
        }
    }
    if !previews.rows.is_empty() {
        text.push_str(&format!("\n{}", previews.human(now)));
    }
    // Where the environment itself is not to be seen, that has been said.
    let is_seen = |name: &Name| all.iter().any(|one| one.environment.environment == *name && one.found.is_ok());
    for (name, why) in previews.unseen.iter().filter(|(name, _)| is_seen(name)) {
        text.push_str(&format!("\n{}", trouble(&format!("previews beside {name} are not to be seen"), why)));
    }
    text
}

/// The same for programs: each environment as `status` gives it, or with an `error`.
pub fn json(all: &[Overview], previews: &Standing) -> Json {
    let environments = all.iter().map(|one| match &one.found {
        Ok(report) => {
            let mut json = report.json();
            json.as_object_mut().map(|fields| fields.remove("format_version"));
            json
        }
        Err(why) => json!({ "environment": one.environment.json(), "error": why }),
    });
    json!({
        "format_version": FORMAT_VERSION,
        "environments": environments.collect::<Vec<_>>(),
        "previews": previews.rows.iter().map(Row::json).collect::<Vec<_>>(),
    })
}
