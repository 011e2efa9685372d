use jiff::ToSpan;

use crate::audit::Code;
use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::model::Path;

/// A secret may be set while the rest is being prepared.
const DAYS_AHEAD: i64 = 30;

/// A value that was set before any of the environments existed came from somewhere else.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let Some(first) = facts.seen.live.values().filter_map(|exposure| exposure.since).min() else { return drafts };
    let first = first.checked_sub(DAYS_AHEAD.days()).unwrap_or(first);
    for (name, exposure) in facts.seen.live.iter().filter(|(_, exposure)| exposure.since.is_some()) {
        for secret in &exposure.secrets {
            let Some(set) = secret.set.filter(|set| *set < first) else { continue };
            let path = Path::new(["secrets", secret.name.as_str()]);
            let message = format!("the value of secret {} was set long before any environment was made", secret.name);
            let draft = Draft::new(Code::OldSecret, message, "set a value of its own, and revoke the old one");
            let what = format!("set on {set}, a month or more before the first environment");
            drafts.push(draft.seen(name, path.clone(), facts.origin(name, &path), what));
        }
    }
    drafts
}
