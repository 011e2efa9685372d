use std::cmp::Ordering;

use crate::graph::Rule;
use crate::model::{EngineVersion, Value};

/// What it takes to make what is seen into what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Same,
    InPlace,
    Replace,
}

/// Compares one property, by its rule. The planner decides by it, and the engine sees by it that an update has arrived.
///
/// `seen` is `None` when the provider shows no such property. Nothing but [`Rule::Replace`] and [`Rule::Never`] replaces a resource unless
/// it is certain that there is no way in place: [`Rule::Grow`] and [`Rule::Version`] do so only for what is known to
/// become smaller or lower.
pub fn compare(rule: Option<Rule>, seen: Option<&Value>, wanted: &Value) -> Verdict {
    let Some(seen) = seen else {
        return changed(rule);
    };
    if seen == wanted {
        return Verdict::Same;
    }
    match rule {
        None | Some(Rule::Replace | Rule::Never) => changed(rule),
        Some(Rule::Grow) => match (seen.as_integer(), wanted.as_integer()) {
            (Some(seen), Some(wanted)) if wanted < seen => Verdict::Replace,
            _ => Verdict::InPlace,
        },
        Some(Rule::Version { line }) => match (version(seen), version(wanted)) {
            (Some(seen), Some(wanted)) => match wanted.compare(&seen) {
                Ordering::Less if seen.major(line) == wanted.major(line) => Verdict::Same,
                Ordering::Less => Verdict::Replace,
                Ordering::Equal => Verdict::Same,
                Ordering::Greater => Verdict::InPlace,
            },
            _ => Verdict::InPlace,
        },
    }
}

/// The verdict on a property that is not there yet, or whose wanted value is not known yet.
pub(super) fn changed(rule: Option<Rule>) -> Verdict {
    if matches!(rule, Some(Rule::Replace | Rule::Never)) { Verdict::Replace } else { Verdict::InPlace }
}

/// A bare major can come as an integer.
fn version(value: &Value) -> Option<EngineVersion> {
    EngineVersion::parse(&value.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(rule: impl Into<Option<Rule>>, seen: impl Into<Value>, wanted: impl Into<Value>) -> Verdict {
        compare(rule.into(), Some(&seen.into()), &wanted.into())
    }

    #[test]
    fn a_property_without_a_rule_changes_in_place() {
        assert_eq!(verdict(None, "a", "a"), Verdict::Same);
        assert_eq!(verdict(None, "a", "b"), Verdict::InPlace);
        assert_eq!(compare(None, None, &Value::from("b")), Verdict::InPlace);
    }

    #[test]
    fn a_fixed_property_replaces() {
        assert_eq!(verdict(Rule::Replace, 1, 1), Verdict::Same);
        assert_eq!(verdict(Rule::Replace, 1, 2), Verdict::Replace);
        assert_eq!(compare(Some(Rule::Replace), None, &Value::from(1)), Verdict::Replace);
    }

    #[test]
    fn what_grows_replaces_only_to_shrink() {
        assert_eq!(verdict(Rule::Grow, 50, 50), Verdict::Same);
        assert_eq!(verdict(Rule::Grow, 50, 60), Verdict::InPlace);
        assert_eq!(verdict(Rule::Grow, 50, 40), Verdict::Replace);
        assert_eq!(verdict(Rule::Grow, "50", 40), Verdict::InPlace, "not comparable, so not known to shrink");
        assert_eq!(compare(Some(Rule::Grow), None, &Value::from(40)), Verdict::InPlace);
    }

    #[test]
    fn versions_are_compared_by_the_numbers_both_name() {
        let rule = Rule::Version { line: 1 };
        assert_eq!(verdict(rule, "16.9", "16"), Verdict::Same);
        assert_eq!(verdict(rule, "16.9", 16), Verdict::Same);
        assert_eq!(verdict(rule, "16.9", "16.10"), Verdict::InPlace);
        assert_eq!(verdict(rule, "16.9", "15"), Verdict::Replace);
        assert_eq!(verdict(rule, "latest", "16"), Verdict::InPlace);
    }

    #[test]
    fn a_later_release_of_the_same_line_stays() {
        assert_eq!(verdict(Rule::Version { line: 1 }, "16.10", "16.9"), Verdict::Same);
        assert_eq!(verdict(Rule::Version { line: 2 }, "8.0.40", "8.0.39"), Verdict::Same);
        assert_eq!(verdict(Rule::Version { line: 2 }, "8.4.1", "8.0.39"), Verdict::Replace);
    }

    #[test]
    fn lists_are_compared_as_they_stand() {
        let list = |texts: &[&str]| Value::List(texts.iter().map(|text| Value::from(*text)).collect());
        assert_eq!(verdict(None, list(&["a", "b"]), list(&["a", "b"])), Verdict::Same);
        assert_eq!(verdict(None, list(&["b", "a"]), list(&["a", "b"])), Verdict::InPlace);
    }
}
