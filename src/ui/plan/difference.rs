use std::collections::BTreeMap;

use crate::model::Value;
use crate::plan::{After, Change};
use crate::ui::text::visible;

use super::element::{entries, is_list_of_maps, shown};

/// One line, or one small text diff, of what changes within a property.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// From the property down: `ingress.0.port`.
    pub path: String,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `None`: it is not there on that side.
    Value { before: Option<String>, after: Option<String> },
    /// Known once what it refers to exists; the text names that when it is one thing.
    Unknown { before: Option<String>, refers_to: Option<String> },
    /// A map that a list has won or lost, each of its entries as `key value`.
    Element { added: bool, entries: Vec<String> },
    /// Texts of several lines.
    Lines { before: String, after: String },
}

/// A change taken apart: maps by key, lists by element, texts that hold JSON like what they hold.
pub fn differences(change: &Change) -> Vec<Difference> {
    let (after, known) = match &change.after {
        After::Known(value) => (value, true),
        After::Unknown(value) => (value, false),
    };
    let mut found = Vec::new();
    compare(&change.property, change.before.as_ref(), Some(after), &mut found);
    // The planner says that it changes, so something has to be seen of it even where both sides read the same.
    if found.is_empty() {
        let before = change.before.as_ref().map(shown);
        let kind = if known {
            Kind::Value { before, after: Some(shown(after)) }
        } else {
            Kind::Unknown { before, refers_to: None }
        };
        found.push(Difference { path: change.property.clone(), kind });
    }
    found
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    let mut push = |kind| found.push(Difference { path: visible(path), kind });
    match (before, after) {
        (Some(Value::Map(before)), Some(Value::Map(after))) => compare_maps(path, before, after, found),
        (None, Some(Value::Map(after))) if !after.is_empty() => compare_maps(path, &BTreeMap::new(), after, found),
        (Some(Value::Map(before)), None) if !before.is_empty() => compare_maps(path, before, &BTreeMap::new(), found),
        (Some(Value::List(before)), Some(Value::List(after))) if !all_plain(before) || !all_plain(after) => {
            compare_lists(path, before, after, found);
        }
        (None, Some(after)) if is_list_of_maps(after) => compare_lists(path, &[], after.as_list(), found),
        (Some(before), None) if is_list_of_maps(before) => compare_lists(path, before.as_list(), &[], found),
        (Some(Value::Text(old)), Some(Value::Text(new))) => match (structure(old), structure(new)) {
            (Some(old), Some(new)) if old != new => compare(path, Some(&old), Some(&new), found),
            _ if old.contains('\n') || new.contains('\n') => {
                push(Kind::Lines { before: visible(old), after: visible(new) });
            }
            _ => push(Kind::Value { before: before.map(shown), after: after.map(shown) }),
        },
        (before, Some(after)) if !after.references().is_empty() => {
            let refers_to = if let Value::Reference(reference) = after { Some(reference.to_string()) } else { None };
            push(Kind::Unknown { before: before.map(shown), refers_to });
        }
        (before, after) => {
            push(Kind::Value { before: before.map(shown), after: after.map(shown) });
        }
    }
}

fn compare_maps(
    path: &str,
    before: &BTreeMap<String, Value>,
    after: &BTreeMap<String, Value>,
    found: &mut Vec<Difference>,
) {
    let added = after.keys().filter(|key| !before.contains_key(*key));
    let mut keys: Vec<&String> = before.keys().chain(added).collect();
    keys.sort();
    for key in keys {
        compare(&format!("{path}.{key}"), before.get(key), after.get(key), found);
    }
}

/// Elements that stand on both sides are no difference wherever they stand. Each of the others is compared with the one
/// on the other side that it is most like; what is like none has come or gone as a whole.
fn compare_lists(path: &str, before: &[Value], after: &[Value], found: &mut Vec<Difference>) {
    let mut gone: Vec<(usize, &Value)> = before.iter().enumerate().collect();
    let mut come: Vec<(usize, &Value)> = Vec::new();
    for (index, value) in after.iter().enumerate() {
        match gone.iter().position(|(_, other)| *other == value) {
            Some(at) => drop(gone.remove(at)),
            None => come.push((index, value)),
        }
    }
    let mut unmatched = Vec::new();
    for (index, value) in come {
        let likest = (0..gone.len())
            .rev()
            .map(|at| (likeness(gone[at].1, value), at))
            .filter(|(likeness, _)| *likeness > 0)
            .max_by_key(|(likeness, _)| *likeness);
        match likest {
            Some((_, at)) => compare(&format!("{path}.{index}"), Some(gone.remove(at).1), Some(value), found),
            None => unmatched.push((index, value)),
        }
    }
    for (index, value) in gone {
        whole(path, index, value, false, found);
    }
    for (index, value) in unmatched {
        whole(path, index, value, true, found);
    }
}

/// How much two elements have in common: of maps, the equal entries, at least half of them. What is no map has no parts
/// to tell by, and is taken in its order.
fn likeness(a: &Value, b: &Value) -> usize {
    match (a.as_map(), b.as_map()) {
        (Some(a), Some(b)) => {
            let equal = a.iter().filter(|(key, value)| b.get(*key) == Some(*value)).count();
            if equal * 2 >= a.len().max(b.len()) { equal } else { 0 }
        }
        (None, None) => 1,
        _ => 0,
    }
}

/// An element that stands on one side only.
fn whole(path: &str, index: usize, value: &Value, added: bool, found: &mut Vec<Difference>) {
    match value.as_map() {
        Some(map) => {
            found.push(Difference { path: visible(path), kind: Kind::Element { added, entries: entries(map) } });
        }
        None => {
            let (before, after) = if added { (None, Some(value)) } else { (Some(value), None) };
            compare(&format!("{path}.{index}"), before, after, found);
        }
    }
}

/// Whether a list reads well on one line.
fn all_plain(values: &[Value]) -> bool {
    values.iter().all(|value| !matches!(value, Value::Map(_) | Value::List(_)))
}

/// What a text holds when it is a JSON object or array, as IAM policies are.
fn structure(text: &str) -> Option<Value> {
    fn convert(json: serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::text("null"),
            serde_json::Value::Bool(value) => Value::Bool(value),
            serde_json::Value::Number(number) => {
                number.as_i64().map_or_else(|| Value::text(number.to_string()), Value::Integer)
            }
            serde_json::Value::String(text) => Value::Text(text),
            serde_json::Value::Array(values) => Value::List(values.into_iter().map(convert).collect()),
            serde_json::Value::Object(entries) => Value::map(entries.into_iter().map(|(key, v)| (key, convert(v)))),
        }
    }
    let begins = text.trim_start().starts_with(['{', '[']);
    begins.then(|| serde_json::from_str(text).ok().map(convert)).flatten()
}

#[cfg(test)]
mod tests {
    use crate::model::Address;

    use super::*;

    fn shown(before: impl Into<Value>, after: impl Into<Value>) -> Vec<String> {
        let change = Change {
            property: "p".to_owned(),
            before: Some(before.into()),
            after: After::Known(after.into()),
            replaces: false,
        };
        let line = |found: Difference| match found.kind {
            Kind::Value { before, after } => format!("{}: {before:?} {after:?}", found.path),
            Kind::Unknown { refers_to, .. } => format!("{}: unknown {refers_to:?}", found.path),
            Kind::Element { added, entries } => {
                format!("{}: {} {}", found.path, if added { "+" } else { "-" }, entries.join(", "))
            }
            Kind::Lines { .. } => format!("{}: lines", found.path),
        };
        differences(&change).into_iter().map(line).collect()
    }

    fn rule(port: i32) -> Value {
        Value::map([("port", Value::from(port)), ("from", Value::text("10.0.0.0/8"))])
    }

    #[test]
    fn an_element_put_in_front_is_the_only_difference() {
        let found = shown(Value::List(vec![rule(80)]), Value::List(vec![rule(22), rule(80)]));
        assert_eq!(found, ["p: + from 10.0.0.0/8, port 22"]);
        assert_eq!(shown(Value::List(vec![rule(80)]), Value::List(vec![])), ["p: - from 10.0.0.0/8, port 80"]);
    }

    #[test]
    fn an_element_is_compared_with_the_one_it_is_most_like() {
        let rule = |from: &str, port: i32, protocol: &str| {
            Value::map([("from", from.into()), ("port", port.into()), ("protocol", protocol.into())])
        };
        let before = vec![rule("10.0.0.0/8", 22, "tcp"), rule("10.0.0.0/8", 5432, "tcp"), rule("::/0", 53, "udp")];
        let after = vec![rule("0.0.0.0/0", 5432, "tcp"), rule("1.2.3.4/32", 443, "tcp")];
        let found = shown(Value::List(before), Value::List(after));
        assert_eq!(
            found,
            [
                "p.0.from: Some(\"10.0.0.0/8\") Some(\"0.0.0.0/0\")",
                "p: - from 10.0.0.0/8, port 22, protocol tcp",
                "p: - from ::/0, port 53, protocol udp",
                "p: + from 1.2.3.4/32, port 443, protocol tcp",
            ]
        );
    }

    #[test]
    fn nested_values_are_named_by_their_path() {
        let found = shown(Value::List(vec![rule(80), rule(22)]), Value::List(vec![rule(443), rule(22)]));
        assert_eq!(found, ["p.0.port: Some(\"80\") Some(\"443\")"]);
    }

    #[test]
    fn texts_of_json_are_compared_by_what_they_hold() {
        assert_eq!(shown("{\"a\":{\"b\":1}}", "{ \"a\": {\"b\": 2} }"), ["p.a.b: Some(\"1\") Some(\"2\")"]);
        assert_eq!(shown("{\"a\":1}", "{ \"a\": 1 }"), ["p: Some(\"{\\\"a\\\":1}\") Some(\"{ \\\"a\\\": 1 }\")"]);
        assert_eq!(shown("[broken", "[still"), ["p: Some(\"[broken\") Some(\"[still\")"]);
    }

    #[test]
    fn a_reference_is_named() {
        let found = shown("vpc-1", Address::new("vpc", "main").attribute("id"));
        assert_eq!(found, ["p: unknown Some(\"vpc.main.id\")"]);
    }

    #[test]
    fn a_list_in_another_order_is_still_seen() {
        let found = shown(Value::List(vec![rule(1), rule(2)]), Value::List(vec![rule(2), rule(1)]));
        assert_eq!(found.len(), 1);
    }
}
