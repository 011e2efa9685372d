use serde_json::Value as Json;

use crate::clues::{host, resolved};
use crate::model::{Class, ConfigValue, Environment, Path};

use super::{Finding, Kind, Severity};

/// Whether a text means the same in both environments once its placeholders are put in. What stands for something that
/// each environment has of its own, such as a database's URL, never does.
pub fn means_the_same(left: &Json, left_in: &Environment, right: &Json, right_in: &Environment) -> bool {
    let (Json::String(left), Json::String(right)) = (left, right) else { return false };
    match (resolved(left, left_in), resolved(right, right_in)) {
        (Some(left), Some(right)) => host::canonical(&left) == host::canonical(&right),
        _ => false,
    }
}

/// Config values that are the same everywhere and yet name one side's domain: the other side sends its users there.
pub fn borrowed_domains(left: &Environment, right: &Environment) -> Vec<(String, String)> {
    let domains: Vec<&str> = [left, right].iter().filter_map(|side| side.audience.domain.as_deref()).collect();
    let shared = left.shape.config.iter().filter_map(|(key, value)| match (value, right.shape.config.get(key)) {
        (ConfigValue::Shared(ours), Some(ConfigValue::Shared(theirs))) if ours == theirs => Some((key, ours)),
        _ => None,
    });
    shared
        .filter_map(|(key, text)| {
            let names = |domain: &&&str| host::under(text.source(), domain).iter().any(|host| host == *domain);
            let domain = domains.iter().find(names)?;
            Some((key.clone(), (*domain).to_owned()))
        })
        .collect()
}

/// What to say of a value of one side that names a host of the other side's domain.
pub fn crossed(value: &str, of: &Environment, other: &Environment) -> Option<String> {
    let (ours, theirs) = (of.audience.domain.as_deref(), other.audience.domain.as_deref()?);
    let text = resolved(value, of)?;
    let host = host::under(&text, theirs).into_iter().find(|host| host::is_rather(host, theirs, ours))?;
    let what = if host == theirs {
        format!("which is the domain of {}", other.name)
    } else {
        format!("which lies under {theirs}, the domain of {}", other.name)
    };
    Some(format!("{} points to {host}, {what}", of.name))
}

pub fn finding(class: Class, path: Path, note: &str) -> Finding {
    let kind = if class == Class::Data { Kind::SharedData } else { Kind::SharedAudience };
    Finding::new(Severity::Sharing, kind, class, path).noting(Some(note))
}
