use crate::audit::Code;
use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::model::Path;

/// A value that was set before any of the environments existed came from somewhere else.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let Some(first) = facts.seen.live.values().filter_map(|exposure| exposure.since).min() else { return drafts };
    for (name, exposure) in facts.seen.live {
        for secret in &exposure.secrets {
            let Some(set) = secret.set.filter(|set| *set < first) else { continue };
            let path = Path::new(["secrets", secret.name.as_str()]);
            let message = format!("the value of secret {} was set before any environment was made", secret.name);
            let draft = Draft::new(Code::OldSecret, message, "set a value of its own, and revoke the old one");
            let what = format!("set on {set}; the first environment is of {first}");
            drafts.push(draft.seen(name, path.clone(), facts.origin(name, &path), what));
        }
    }
    drafts
}
