use serde_json::{Value as Json, json};

use crate::audit::Audit;
use crate::ui::FORMAT_VERSION;

/// Everything the audit found.
pub fn json(audit: &Audit) -> Json {
    json!({
        "format_version": FORMAT_VERSION,
        "verdict": audit.verdict(),
        "environments": audit.environments,
        "productions": audit.productions,
        "live": audit.live,
        "findings": audit.findings,
        "waived": audit.waived,
        "notes": audit.notes,
    })
}
