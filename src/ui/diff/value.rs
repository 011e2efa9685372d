use serde_json::Value as Json;

use crate::ui::text::{truncate, visible, width};

/// How much of what both values begin with is kept before the place where they part.
const CONTEXT: usize = 12;

/// One line, as TOML writes a value; nothing in it steers a terminal.
pub fn inline(value: &Json) -> String {
    match value {
        Json::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Json::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Json::Object(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{} = {}", visible(key), inline(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Json::Null => "nothing".to_owned(),
        other => visible(&other.to_string()),
    }
}

/// Both texts in at most `columns`. If one is too long, what both begin with is left out, so that what differs shows.
pub fn side_by_side(left: &str, right: &str, columns: usize) -> [String; 2] {
    if width(left) <= columns && width(right) <= columns {
        return [left.to_owned(), right.to_owned()];
    }
    let common = left.chars().zip(right.chars()).take_while(|(left, right)| left == right).count();
    let skipped = if left == right { 0 } else { common.saturating_sub(CONTEXT) };
    [left, right].map(|text| {
        let rest: String = text.chars().skip(skipped).collect();
        truncate(&if skipped > 0 { format!("…{rest}") } else { rest }, columns)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_read_like_toml() {
        let value = json!({ "min": 1, "names": ["a", "b"], "on": true, "none": {} });
        assert_eq!(inline(&value), r#"{ min = 1, names = ["a", "b"], on = true, none = {} }"#);
    }

    #[test]
    fn long_values_show_where_they_part() {
        let [left, right] = side_by_side(&format!("{}1", "x".repeat(90)), &format!("{}2", "x".repeat(90)), 30);
        assert_eq!((left.as_str(), right.as_str()), ("…xxxxxxxxxxxx1", "…xxxxxxxxxxxx2"));
        let [same, _] = side_by_side(&"y".repeat(90), &"y".repeat(90), 10);
        assert_eq!(same, "yyyyyyyyy…");
    }
}
