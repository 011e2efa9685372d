use std::collections::{BTreeMap, HashMap};

use serde_json::Value as Json;

use crate::model::{Name, Path};

use super::finding::{Finding, Kind, Severity};

/// Sees what two findings about one side each have to do with each other: a secret that the other side keeps as plain
/// config becomes one finding; a key misspelt and a component by another name get a note.
pub fn relate(mut findings: Vec<Finding>, left: &Name, right: &Name) -> Vec<Finding> {
    join_secrets(&mut findings, left, right);
    let mut by_parent: BTreeMap<Path, [Vec<usize>; 2]> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate() {
        let side = match finding.kind {
            Kind::Extra => 0,
            Kind::Missing => 1,
            _ => continue,
        };
        if let Some(parent) = finding.path.parent() {
            by_parent.entry(parent).or_default()[side].push(index);
        }
    }
    for (parent, [extra, missing]) in by_parent {
        let is_thing = ["compute", "database"].iter().any(|section| parent == Path::new([*section]));
        let notes = if is_thing {
            renames(&findings, &extra, &missing, [left, right])
        } else {
            misspellings(&findings, &extra, &missing, [left, right])
        };
        for (index, note) in notes {
            findings[index].note = Some(match findings[index].note.take() {
                Some(before) => format!("{before}; {note}"),
                None => note,
            });
        }
    }
    findings
}

/// The path of a secret's declaration, and of the config key of the same name.
pub fn both_paths(finding: &Finding) -> Vec<Path> {
    match finding.kind {
        Kind::PlainSecret => vec![finding.path.clone(), Path::new(["config", key(finding)])],
        _ => vec![finding.path.clone()],
    }
}

fn key(finding: &Finding) -> &str {
    finding.path.segments().last().map_or("", String::as_str)
}

fn join_secrets(findings: &mut Vec<Finding>, left: &Name, right: &Name) {
    let of = |section: &'static str| {
        move |finding: &&Finding| {
            matches!(finding.kind, Kind::Extra | Kind::Missing)
                && matches!(finding.path.segments(), [first, _] if first == section)
        }
    };
    let plain: BTreeMap<String, Finding> =
        findings.iter().filter(of("config")).map(|one| (key(one).to_owned(), one.clone())).collect();
    let mut joined = Vec::new();
    for secret in findings.iter_mut().filter(|finding| of("secrets")(&&**finding)) {
        let Some(config) = plain.get(key(secret)).filter(|config| config.kind != secret.kind) else { continue };
        let (is_plain, is_secret) = if config.kind == Kind::Extra { (left, right) } else { (right, left) };
        secret.severity = Severity::Shape;
        secret.kind = Kind::PlainSecret;
        secret.left = secret.left.take().or_else(|| config.left.clone());
        secret.right = secret.right.take().or_else(|| config.right.clone());
        secret.note = Some(format!("a secret in {is_secret}, plain config in {is_plain}: declare it under [secrets]"));
        joined.push(config.path.clone());
    }
    findings.retain(|finding| !joined.contains(&finding.path));
}

type Notes = Vec<(usize, String)>;

fn misspellings(findings: &[Finding], extra: &[usize], missing: &[usize], [left, right]: [&Name; 2]) -> Notes {
    // Keys that are one slip apart have a form in common, so that no key need be compared with all others.
    let mut by_form: HashMap<String, Vec<usize>> = HashMap::new();
    for &there in missing {
        for form in forms(key(&findings[there])) {
            by_form.entry(form).or_default().push(there);
        }
    }
    let told = |of: &Name, index: usize| format!("{of} has {}: is one of the two misspelt?", key(&findings[index]));
    let notes = extra.iter().filter_map(|&here| {
        let forms = forms(key(&findings[here]));
        let mut candidates = forms.iter().filter_map(|form| by_form.get(form)).flatten().copied();
        let there = candidates.find(|there| near(key(&findings[here]), key(&findings[*there])))?;
        Some([(here, told(right, there)), (there, told(left, here))])
    });
    notes.flatten().collect()
}

/// The key without separators and case, and the key without each of its characters in turn.
fn forms(key: &str) -> Vec<String> {
    /// No variable's name is so long; what is has no likes.
    const LONGEST: usize = 128;
    if key.len() > LONGEST {
        return Vec::new();
    }
    let without = key.char_indices().map(|(at, c)| format!("{}{}", &key[..at], &key[at + c.len_utf8()..]));
    [bare(key), key.to_owned()].into_iter().chain(without).collect()
}

fn bare(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether one slip of the hand makes one key of the other: two letters swapped, or, in a word of at least four, one too
/// many, too few or wrong; or separators and case. A digit is no slip: `DB_1` and `DB_2` are two things.
fn near(a: &str, b: &str) -> bool {
    let [mut long, mut short] = [a, b].map(|text| text.chars().collect::<Vec<char>>());
    if long.len() < short.len() {
        std::mem::swap(&mut long, &mut short);
    }
    let start = long.iter().zip(&short).take_while(|(x, y)| x == y).count();
    let end = long.iter().rev().zip(short.iter().rev()).take_while(|(x, y)| x == y).count().min(short.len() - start);
    let (here, there) = (&long[start..long.len() - end], &short[start..short.len() - end]);
    let in_word = |c: &&char| c.is_ascii_alphanumeric();
    let before = long[..start].iter().rev().take_while(in_word).count();
    let is_long = before + long[start..].iter().take_while(in_word).count() >= 4;
    let no_digit = here.iter().chain(there).all(|c| !c.is_ascii_digit());
    let slip = match (here, there) {
        ([_], [] | [_]) => is_long,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    };
    (slip && no_digit) || bare(a) == bare(b)
}

fn renames(findings: &[Finding], extra: &[usize], missing: &[usize], [left, right]: [&Name; 2]) -> Notes {
    /// Where so much has another name, the two have little in common, and to compare each with each takes long.
    const MOST_PAIRS: usize = 2_500;
    if extra.len() * missing.len() > MOST_PAIRS {
        return Vec::new();
    }
    let notes = extra.iter().filter_map(|&here| {
        let (there, but_for) = renamed(findings, here, missing.iter().copied())?;
        let but_for = if but_for.is_empty() { String::new() } else { format!(" but for {}", but_for.join(", ")) };
        let told =
            |of: &Name, index: usize| format!("like {} of {of}{but_for}: under another name?", findings[index].path);
        Some([(here, told(right, there)), (there, told(left, here))])
    });
    notes.flatten().collect()
}

/// Which of the others is the same thing by another name, and in which fields it differs all the same: at most a third.
fn renamed(findings: &[Finding], here: usize, others: impl Iterator<Item = usize>) -> Option<(usize, Vec<String>)> {
    let fields = |index: usize| {
        let finding = &findings[index];
        finding.left.as_ref().or(finding.right.as_ref()).and_then(|setting| setting.value.as_object())
    };
    let ours = fields(here)?;
    let candidates = others.filter_map(|other| {
        let theirs = fields(other)?;
        let mut keys: Vec<&String> = ours.keys().chain(theirs.keys()).collect();
        keys.sort();
        keys.dedup();
        let differ = |key: &&&String| {
            ours.get(**key).filter(|value| is_set(value)) != theirs.get(**key).filter(|value| is_set(value))
        };
        let differing: Vec<String> = keys.iter().filter(differ).map(|key| (*key).clone()).collect();
        (differing.len() * 3 <= keys.len()).then_some((other, differing))
    });
    candidates.min_by_key(|(other, differing)| (differing.len(), *other))
}

fn is_set(value: &Json) -> bool {
    !value.is_null()
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn one_slip_is_near_another_thing_is_not() {
        for (a, b) in [
            ("DATABSE_URL", "DATABASE_URL"),
            ("DATABASE_URL", "DATABSAE_URL"),
            ("DOWNLOAD_BUCKET", "DOWNLOADS_BUCKET"),
            ("ROLE_READEE", "ROLE_READER"),
            ("LOGLEVEL", "LOG_LEVEL"),
            ("log_level", "LOG_LEVEL"),
            ("SEARCH_ULR", "SEARCH_URL"),
        ] {
            assert!(near(a, b) && near(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("DB_HOST", "DB_PORT"),
            ("SHARD_1", "SHARD_2"),
            ("REPLICA1_URL", "REPLICA2_URL"),
            ("MIN_A", "MIN_B"),
            ("APP_URL", "API_URL"),
            ("SMTP_HOST", "SMTP_PORT"),
        ] {
            assert!(!near(a, b), "{a} {b}");
        }
    }
}
