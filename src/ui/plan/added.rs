use std::collections::BTreeMap;

use crate::graph::Resource;
use crate::model::Value;
use crate::ui::WIDTH;
use crate::ui::style::{DIM, paint};
use crate::ui::text::{visible, width};

use super::element::{entries, flow, is_list_of_maps, shown};
use super::human::{Detail, INDENT, fit};

/// Properties shown of a resource that is added, and elements of a list of maps, unless all are asked for.
const SHOWN: usize = 6;

/// The lines that tell what a resource will be.
pub fn properties(desired: &Resource, detail: Detail) -> Vec<String> {
    let said: BTreeMap<&str, &Value> = desired
        .properties
        .iter()
        .filter(|(_, value)| !is_empty(value))
        .map(|(property, value)| (*property, value))
        .collect();
    let shown = shown_of(said.len(), detail);
    let mut lines: Vec<String> =
        said.iter().take(shown).flat_map(|(name, value)| property(name, value, detail)).collect();
    lines.extend(more(said.len() - shown, ""));
    lines
}

fn shown_of(all: usize, detail: Detail) -> usize {
    // A line that says "1 more" takes as much room as the property itself.
    if detail == Detail::Full || all == SHOWN + 1 { all } else { all.min(SHOWN) }
}

fn more(left: usize, of: &str) -> Option<String> {
    (left > 0).then(|| format!("{INDENT}{}", paint(DIM, &format!("… {left} more{of} (-v shows all)"))))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.is_empty(),
        Value::List(values) => values.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        _ => false,
    }
}

fn property(name: &str, value: &Value, detail: Detail) -> Vec<String> {
    if is_list_of_maps(value) {
        return elements(name, value.as_list(), detail);
    }
    let text = visible(&value.to_string());
    let line = format!("{INDENT}{name}: {text}");
    let number = text.lines().count();
    match value {
        Value::Map(map) if number > 1 || width(&line) > WIDTH => {
            map.iter().flat_map(|(key, value)| property(&format!("{name}.{}", visible(key)), value, detail)).collect()
        }
        _ if number <= 1 => vec![fit(format!("{INDENT}{name}: {}", shown(value)), detail)],
        _ if detail == Detail::Brief => vec![fit(format!("{INDENT}{name}: ({number} lines)"), detail)],
        _ => {
            let body = text.lines().map(|line| format!("{INDENT}{INDENT}{line}").trim_end().to_owned());
            std::iter::once(format!("{INDENT}{name}:")).chain(body).collect()
        }
    }
}

/// `ingress.0: from 80, peer 203.0.113.0/24, protocol tcp, to 80`
fn elements(name: &str, elements: &[Value], detail: Detail) -> Vec<String> {
    let shown = shown_of(elements.len(), detail);
    let maps = elements.iter().filter_map(Value::as_map).take(shown).enumerate();
    let mut lines: Vec<String> = maps
        .flat_map(|(index, map)| {
            let end = if map.is_empty() { "{}" } else { "" };
            flow(&format!("{INDENT}{name}.{index}: "), &entries(map), end, &INDENT.repeat(2), WIDTH)
        })
        .map(|line| fit(line, detail))
        .collect();
    lines.extend(more(elements.len() - shown, &format!(" of {name}")));
    lines
}
