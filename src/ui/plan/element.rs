use std::collections::BTreeMap;

use crate::model::Value;
use crate::ui::text::{visible, width};

/// As a person reads it: a text is bare unless it is empty or has blanks at its ends, which nobody would see.
pub fn shown(value: &Value) -> String {
    let text = visible(&value.to_string());
    if text.is_empty() || text.trim() != text { format!("\"{text}\"") } else { text }
}

/// A list of maps, such as rules and policies are: it reads well only with each element by itself.
pub fn is_list_of_maps(value: &Value) -> bool {
    !value.as_list().is_empty() && value.as_list().iter().all(|element| element.as_map().is_some())
}

/// What a map holds, each entry as `key value`.
pub fn entries(map: &BTreeMap<String, Value>) -> Vec<String> {
    let entry = |(key, value): (&String, &Value)| format!("{} {}", visible(key), shown(value)).replace('\n', "⏎");
    map.iter().map(entry).collect()
}

/// The head and the entries after it, separated by commas, on as few lines as `columns` allow; `indent` stands before
/// all lines but the first. An entry that is longer than a line has one of its own, uncut.
pub fn flow(head: &str, entries: &[String], end: &str, indent: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = head.to_owned();
    for (index, entry) in entries.iter().enumerate() {
        let after = if index + 1 == entries.len() { end } else { "," };
        let gap = if index == 0 || line == indent { "" } else { " " };
        if index > 0 && width(&line) + gap.len() + width(entry) + width(after) > columns {
            lines.push(std::mem::replace(&mut line, format!("{indent}{entry}{after}")));
        } else {
            line.push_str(&format!("{gap}{entry}{after}"));
        }
    }
    if entries.is_empty() {
        line.push_str(end);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_flow_over_lines_and_none_is_cut() {
        let entries = ["one 1", "two 22", "three 333"].map(str::to_owned);
        assert_eq!(flow("rule: {", &entries, "}", "  ", 80), ["rule: {one 1, two 22, three 333}"]);
        assert_eq!(flow("rule: {", &entries, "}", "  ", 21), ["rule: {one 1, two 22,", "  three 333}"]);
        assert_eq!(flow("rule: {", &entries, "}", "  ", 5), ["rule: {one 1,", "  two 22,", "  three 333}"]);
        assert_eq!(flow("rule: {", &[], "}", "  ", 80), ["rule: {}"]);
    }

    #[test]
    fn what_nobody_would_see_is_quoted() {
        let map = BTreeMap::from([("a".to_owned(), "".into()), ("b".to_owned(), "x ".into())]);
        assert_eq!(entries(&map), ["a \"\"", "b \"x \""]);
    }
}
