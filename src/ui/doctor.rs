//! What was examined before an environment is made, and what is missing.

use serde_json::{Value as Json, json};

use crate::provider::{Check, CheckState};

use super::style::{ADD, ALARM, CHANGE, paint};
use super::text::wrap;
use super::{FORMAT_VERSION, Header, WIDTH};

/// Columns before what was found.
const MARGIN: usize = 23;

pub fn human(environment: &Header, checks: &[Check]) -> String {
    let mut text = environment.human() + "\n";
    for check in checks {
        let (style, word, more) = match &check.state {
            CheckState::InOrder => (ADD, "ok", None),
            CheckState::Missing { why, remedy } => (ALARM, "missing", Some((why, remedy))),
            CheckState::Unknown { why, remedy } => (CHANGE, "unknown", Some((why, remedy))),
        };
        let mut lines = wrap(&check.found, WIDTH - MARGIN);
        if let Some((why, remedy)) = more {
            lines.extend(wrap(why, WIDTH - MARGIN));
            lines.extend(wrap(&format!("→ {remedy}"), WIDTH - MARGIN));
        }
        let head = format!("{}{}{:<12} ", paint(style, word), " ".repeat(9 - word.len()), check.what);
        text.push_str(&format!(" {head}{}\n", lines.join(&format!("\n{}", " ".repeat(MARGIN)))));
    }
    let (missing, unknown) = (number(checks, is_missing), number(checks, is_unknown));
    text.push_str(&match (missing, unknown) {
        (0, 0) => "\nAll is in order.\n".to_owned(),
        (0, _) => format!("\nNothing is missing, as far as can be told: {unknown} unknown.\n"),
        (_, 0) => format!("\n{missing} missing.\n"),
        _ => format!("\n{missing} missing, {unknown} unknown.\n"),
    });
    text
}

pub fn json(environment: &Header, checks: &[Check]) -> Json {
    let checks: Vec<Json> = checks
        .iter()
        .map(|check| {
            let (state, why, remedy) = match &check.state {
                CheckState::InOrder => ("ok", None, None),
                CheckState::Missing { why, remedy } => ("missing", Some(why), Some(remedy)),
                CheckState::Unknown { why, remedy } => ("unknown", Some(why), Some(remedy)),
            };
            json!({ "what": check.what, "state": state, "found": check.found, "why": why, "remedy": remedy })
        })
        .collect();
    json!({ "format_version": FORMAT_VERSION, "environment": environment.json(), "checks": checks })
}

/// Whether something is missing. What cannot be told is not.
pub fn lacks(checks: &[Check]) -> bool {
    checks.iter().any(is_missing)
}

fn number(checks: &[Check], of: impl Fn(&Check) -> bool) -> usize {
    checks.iter().filter(|check| of(check)).count()
}

fn is_missing(check: &Check) -> bool {
    matches!(check.state, CheckState::Missing { .. })
}

fn is_unknown(check: &Check) -> bool {
    matches!(check.state, CheckState::Unknown { .. })
}
