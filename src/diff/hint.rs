use crate::clues::{called, host, is_credential, is_stand_in, resolved};
use crate::model::{Environment, Path};

/// The part that says what a differing config value is about, as far as anybody but its owners can tell.
pub fn of_config(key: &str, left: &str, left_in: &Environment, right: &str, right_in: &Environment) -> Option<String> {
    if is_credential(key, left) || is_credential(key, right) {
        return Some("looks like a secret: declare it under [secrets]".to_owned());
    }
    if let Some(text) = in_common(left, left_in, right, right_in) {
        return Some(format!("alike but for the names of the environment: write \"{text}\" in both"));
    }
    let sides = [(left_in, left), (right_in, right)];
    stand_in(key, &sides)
        .or_else(|| named_environment(key, left, right))
        .or_else(|| debugging(key, &sides))
        .or_else(|| same_meaning(left, right))
        .or_else(|| same_but_for_name(left, left_in, right, right_in))
}

/// What there is to say of a config key that one side alone has.
pub fn of_lone_config(key: &str, value: &str, of: &Environment) -> Option<String> {
    if is_credential(key, value) {
        return Some("looks like a secret: declare it under [secrets]".to_owned());
    }
    stand_in(key, &[(of, value)])
}

/// What there is to say of another part of the shape.
pub fn of_shape(path: &Path, left: &str, right: &str) -> Option<String> {
    let segments: Vec<&str> = path.segments().iter().map(String::as_str).collect();
    match segments.as_slice() {
        // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
        ["database", _, "parameters", "rds.force_ssl" | "require_secure_transport"] => {
            same_meaning(left, right).or_else(|| Some("one side takes connections without TLS".to_owned()))
        }
        ["database", _, "parameters", _] => same_meaning(left, right),
        ["compute", _, "image" | "artifact"] if [left, right].iter().any(|text| !text.contains("{release}")) => {
            Some("names a build of its own: with {release} it follows the environment's release".to_owned())
        }
        _ => None,
    }
}

/// The text that both are, once each side's own domain and name are put back as placeholders.
fn in_common(left: &str, left_in: &Environment, right: &str, right_in: &Environment) -> Option<String> {
    let [left, right] = [(left, left_in), (right, right_in)].map(|(text, of)| {
        let domain = of.audience.domain.as_deref().filter(|domain| domain.contains('.'));
        let text = domain.map_or(text.to_owned(), |domain| replace_word(text, domain, "{audience.domain}"));
        [text.clone(), replace_word(&text, of.name.as_str(), "{environment}")]
    });
    left.into_iter().zip(right).find(|(left, right)| left == right).map(|(common, _)| common)
}

/// Replaces the word where it stands by itself: no letter, digit or dot goes on from it, nor a hyphen before a domain.
fn replace_word(text: &str, word: &str, by: &str) -> String {
    let dotted = word.contains('.');
    let goes_on = |c: char| c.is_ascii_alphanumeric() || (dotted && c == '-');
    let (mut out, mut rest, mut from) = (String::new(), text, 0);
    while let Some(at) = rest[from..].find(word).map(|at| at + from) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let joined = before.ends_with(goes_on) || after.starts_with(goes_on) || (dotted && before.ends_with('.'));
        if joined {
            from = at + word.chars().next().map_or(1, char::len_utf8);
            continue;
        }
        out.push_str(before);
        out.push_str(by);
        (rest, from) = (after, 0);
    }
    out + rest
}

/// A mock where the other side has the real thing: what is tried on one side is not what runs on the other.
fn stand_in(key: &str, sides: &[(&Environment, &str)]) -> Option<String> {
    let on: Vec<&str> =
        sides.iter().filter(|(_, value)| is_stand_in(key, value)).map(|(of, _)| of.name.as_str()).collect();
    match on[..] {
        [one] => Some(format!("{one} has a stand-in here: what it tries is not the real thing")),
        _ => None,
    }
}

/// `RAILS_ENV` and the like: a program changes its own behaviour by them.
fn named_environment(key: &str, left: &str, right: &str) -> Option<String> {
    const PRODUCTION: [&str; 3] = ["production", "prod", "live"];
    let last = key.rsplit('_').next().unwrap_or(key).to_ascii_lowercase();
    let is_production = |value: &str| PRODUCTION.contains(&value.to_ascii_lowercase().as_str());
    let named = ["env", "environment", "stage"].contains(&last.as_str()) && is_production(left) != is_production(right);
    named.then(|| "programs behave otherwise by this: give both one value; a mere label is {environment}".to_owned())
}

fn debugging(key: &str, sides: &[(&Environment, &str)]) -> Option<String> {
    let is_switch = key.split('_').any(|word| word.eq_ignore_ascii_case("debug"));
    let is_on = |value: &str| ["true", "1", "yes", "on"].contains(&value.to_ascii_lowercase().as_str());
    let on: Vec<&str> = sides.iter().filter(|(_, value)| is_on(value)).map(|(of, _)| of.name.as_str()).collect();
    match on[..] {
        [one] if is_switch => Some(format!("debugging is on in {one} alone: programs behave otherwise by this")),
        _ => None,
    }
}

/// `acme-staging-mail` and `acme-mail`, `db_staging` and `db_production`: a name is written out, or left out.
fn same_but_for_name(left: &str, left_in: &Environment, right: &str, right_in: &Environment) -> Option<String> {
    let [left, right] = [(left, left_in), (right, right_in)].map(|(text, of)| {
        let names = called(of.name.as_str());
        let mut kept = String::new();
        let mut gap = "";
        for part in text.split_inclusive(['-', '_', '.', '/', ':', '"', '\'', ',', ' ']) {
            let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            if names.iter().any(|name| name.eq_ignore_ascii_case(word)) {
                // What stood after the name parts its neighbours, unless they are parted by something stronger.
                kept.truncate(kept.trim_end_matches(['-', '_', '.']).len());
                gap = &part[word.len()..];
                continue;
            }
            if kept.ends_with(|c: char| c.is_ascii_alphanumeric()) {
                kept.push_str(gap);
            }
            gap = "";
            kept.push_str(part);
        }
        if kept.ends_with(|c: char| c.is_ascii_alphanumeric()) {
            kept.push_str(gap);
        }
        kept
    });
    let says_more = left.chars().any(|c| c.is_ascii_alphanumeric());
    (says_more && left == right).then(|| "alike but for the environment's name, which {environment} can say".to_owned())
}

fn same_meaning(left: &str, right: &str) -> Option<String> {
    let canonical = |text: &str| {
        let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
        match text.as_str() {
            "true" | "1" | "yes" | "on" => "true".to_owned(),
            "false" | "0" | "no" | "off" => "false".to_owned(),
            _ => text,
        }
    };
    (canonical(left) == canonical(right)).then(|| "may well mean the same: write it alike".to_owned())
}

/// What to say of a value that both sides share: it looks like a secret, or names a host under either side's domain
/// without being that domain, which may be one service for both or production's.
pub fn of_alike_config(key: &str, text: &str, left: &Environment, right: &Environment) -> Option<String> {
    if is_credential(key, text) {
        return Some("looks like a secret, and is the same in both: declare it under [secrets]".to_owned());
    }
    let [ours, theirs] = [resolved(text, left)?, resolved(text, right)?];
    [left, right].into_iter().find_map(|side| {
        let domain = side.audience.domain.as_deref()?;
        let named = host::under(&theirs, domain);
        let host = host::under(&ours, domain).into_iter().find(|host| host != domain && named.contains(host))?;
        Some(format!("names {host} in both, which lies under the domain of {}", side.name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_meaning() {
        for (left, right) in [("true", "True"), ("1", "on"), ("https://a.example/", "https://A.example"), ("0", "off")]
        {
            assert!(same_meaning(left, right).is_some(), "{left} {right}");
        }
        for (left, right) in [("500", "500ms"), ("1", "10"), ("", "0"), ("debug", "info")] {
            assert!(same_meaning(left, right).is_none(), "{left} {right}");
        }
    }

    #[test]
    fn words_are_replaced_where_they_stand_alone() {
        assert_eq!(replace_word("acme-prod-mail", "prod", "{environment}"), "acme-{environment}-mail");
        assert_eq!(replace_word("products prod", "prod", "X"), "products X");
        assert_eq!(replace_word("https://shop.example/a", "shop.example", "X"), "https://X/a");
        assert_eq!(replace_word("https://my-shop.example", "shop.example", "X"), "https://my-shop.example");
    }
}
