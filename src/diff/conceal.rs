use crate::clues::is_credential;
use crate::model::Environment;

use super::Finding;

/// The finding without the text of what is a secret on either side, or looks like one.
pub fn conceal(mut finding: Finding, sides: &[Environment; 2]) -> Finding {
    let segments: Vec<&str> = finding.path.segments().iter().map(String::as_str).collect();
    let (["config" | "secrets", key] | ["audience", "config", key]) = segments[..] else { return finding };
    let is_secret = sides.iter().any(|side| side.shape.secrets.contains_key(key));
    for setting in [&mut finding.left, &mut finding.right].into_iter().flatten() {
        if setting.value.as_str().is_some_and(|text| is_secret || is_credential(key, text)) {
            setting.value = "(not shown)".into();
        }
    }
    finding
}
