use crate::audit::Code;
use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::model::Path;

/// A value that was set before its environment existed came from somewhere else.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (name, exposure) in facts.seen.live {
        let Some(since) = exposure.since else { continue };
        for secret in &exposure.secrets {
            let Some(set) = secret.set.filter(|set| *set < since) else { continue };
            let path = Path::new(["secrets", secret.name.as_str()]);
            let message = format!("the value of secret {} was set before its environment was made", secret.name);
            let draft = Draft::new(Code::OldSecret, message, "set a value of its own, and revoke the old one");
            let what = format!("set on {set}; the environment is of {since}");
            drafts.push(draft.seen(name, path.clone(), facts.origin(name, &path), what));
        }
    }
    drafts
}
