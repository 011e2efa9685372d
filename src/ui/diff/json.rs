use serde_json::{Value as Json, json};

use crate::diff::{Live, Parity};
use crate::ui::FORMAT_VERSION;

/// Everything the comparison found. `verdict` is that of all of it; `live` is null where none was made.
pub fn json(parity: &Parity, live: Option<&Live>) -> Json {
    let verdict = live.map_or(parity.verdict(), |live| parity.verdict().max(live.verdict()));
    json!({
        "format_version": FORMAT_VERSION,
        "verdict": verdict,
        "left": parity.left,
        "right": parity.right,
        "findings": parity.findings,
        "waived": parity.waived,
        "notes": parity.notes,
        "live": live.map(|live| json!({
            "verdict": live.verdict(),
            "findings": live.findings,
            "waived": live.waived,
            "notes": live.notes,
            "drift": { "left": live.left_drift, "right": live.right_drift },
        })),
    })
}
