use serde_json::Value as Json;

use crate::model::{Class, ConfigValue, Environment, Part, Path, Placeholder, Text};

use super::{Finding, Kind, Severity};

/// Whether a text means the same in both environments once its placeholders are put in. What stands for something that
/// each environment has of its own, such as a database's URL, never does.
pub fn means_the_same(left: &Json, left_in: &Environment, right: &Json, right_in: &Environment) -> bool {
    let (Json::String(left), Json::String(right)) = (left, right) else { return false };
    match (resolved(left, left_in), resolved(right, right_in)) {
        (Some(left), Some(right)) => left == right,
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
            let domain = domains.iter().find(|domain| names_host(text.source(), domain))?;
            Some((key.clone(), (*domain).to_owned()))
        })
        .collect()
}

/// Audience values of one side that name the other side's domain.
pub fn crossed_domain(value: &Json, of: &Environment, other: &Environment) -> Option<String> {
    let domain = other.audience.domain.as_deref().filter(|domain| of.audience.domain.as_deref() != Some(domain))?;
    let text = resolved(value.as_str()?, of)?;
    names_host(&text, domain).then(|| domain.to_owned())
}

pub fn finding(class: Class, path: Path, note: &str) -> Finding {
    let kind = if class == Class::Data { Kind::SharedData } else { Kind::SharedAudience };
    Finding::new(Severity::Sharing, kind, class, path).noting(Some(note))
}

/// The text as the environment would see it; `None` if a placeholder stands for what is known only at run time.
pub fn resolved(source: &str, environment: &Environment) -> Option<String> {
    let Ok(text) = Text::parse(source) else { return Some(source.to_owned()) };
    text.parts()
        .iter()
        .map(|part| match part {
            Part::Literal(literal) => Some(literal.as_str()),
            Part::Placeholder(Placeholder::App) => Some(environment.app.as_str()),
            Part::Placeholder(Placeholder::Environment) => Some(environment.name.as_str()),
            Part::Placeholder(Placeholder::Release) => environment.release.as_deref(),
            Part::Placeholder(Placeholder::AudienceDomain) => environment.audience.domain.as_deref(),
            Part::Placeholder(Placeholder::Database(..) | Placeholder::Secret(_)) => None,
        })
        .collect()
}

/// Whether the text is, or holds a URL of, this very host; a subdomain and an e-mail address are something else.
fn names_host(text: &str, host: &str) -> bool {
    if host.is_empty() {
        return false;
    }
    let (text, host) = (text.to_ascii_lowercase(), host.to_ascii_lowercase());
    text.match_indices(&host).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + host.len()..]);
        let begins = before.is_empty() || before.ends_with("//");
        begins && !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_named_by_itself_or_in_a_url() {
        assert!(names_host("shop.example", "shop.example"));
        assert!(names_host("https://Shop.example/a", "shop.example"));
        assert!(names_host("a=1 https://shop.example:8080", "shop.example"));
        assert!(!names_host("https://staging.shop.example", "shop.example"));
        assert!(!names_host("help@shop.example", "shop.example"));
        assert!(!names_host("https://shop.example.org", "shop.example"));
    }
}
