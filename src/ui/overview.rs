use serde_json::{Value as Json, json};

use super::status::StatusReport;
use super::style::{ALARM, paint};
use super::table::table;
use super::text::wrap;
use super::{FORMAT_VERSION, Header, WIDTH};

/// What exists of one of a project's environments, or why that cannot be said.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    pub environment: Header,
    pub found: Result<StatusReport, String>,
}

/// A row an environment, and below them what went wrong.
pub fn human(all: &[Overview]) -> String {
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
            text.push_str(&format!("\n{}\n", paint(ALARM, &format!("{name} is not to be seen"))));
            text.extend(wrap(why, WIDTH - 2).iter().map(|line| format!("  {line}\n")));
        }
    }
    text
}

/// The same for programs: each environment as `status` gives it, or with an `error`.
pub fn json(all: &[Overview]) -> Json {
    let environments = all.iter().map(|one| match &one.found {
        Ok(report) => {
            let mut json = report.json();
            json.as_object_mut().map(|fields| fields.remove("format_version"));
            json
        }
        Err(why) => json!({ "environment": one.environment.json(), "error": why }),
    });
    json!({ "format_version": FORMAT_VERSION, "environments": environments.collect::<Vec<_>>() })
}
