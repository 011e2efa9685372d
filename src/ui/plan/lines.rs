use similar::{ChangeTag, TextDiff};

use crate::ui::style::{ADD, DESTROY, DIM, paint};
use crate::ui::text::truncate;

/// Unchanged lines shown around a changed one.
const CONTEXT: usize = 1;

/// The changed lines of a text, with a little around them, each in at most `columns`.
pub fn changed_lines(before: &str, after: &str, columns: usize) -> Vec<String> {
    let diff = TextDiff::from_lines(before, after);
    let mut shown = Vec::new();
    for (index, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            shown.push(paint(DIM, "⋮"));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = change.to_string_lossy();
            let text = blanks_seen(text.trim_end_matches('\n'));
            let line = |sign: &str| truncate(&format!("{sign} {text}"), columns).trim_end().to_owned();
            shown.push(match change.tag() {
                ChangeTag::Equal => line(" "),
                ChangeTag::Delete => paint(DESTROY, &line("-")),
                ChangeTag::Insert => paint(ADD, &line("+")),
            });
        }
    }
    shown
}

/// Blanks at a line's end can be the whole difference.
fn blanks_seen(line: &str) -> String {
    let kept = line.trim_end();
    let blanks = line.chars().count() - kept.chars().count();
    format!("{kept}{}", "␠".repeat(blanks))
}

/// Two one-line texts, each cut to `columns` such that the place where they part is seen.
pub fn around_the_difference(before: &str, after: &str, columns: usize) -> (String, String) {
    /// How much of the common beginning stays.
    const LEAD: usize = 20;
    let common = before.chars().zip(after.chars()).take_while(|(a, b)| a == b).count();
    let cut = |text: &str| {
        if common <= LEAD || crate::ui::text::width(text) <= columns {
            return truncate(text, columns);
        }
        let rest: String = text.chars().skip(common - LEAD).collect();
        truncate(&format!("…{rest}"), columns)
    };
    (cut(before), cut(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_is_seen_however_long_the_text() {
        let (before, after) = (format!("{}one{}", "x".repeat(200), "y".repeat(99)), format!("{}two", "x".repeat(200)));
        let (before, after) = around_the_difference(&before, &after, 30);
        assert_eq!(before, format!("…{}one{}…", "x".repeat(20), "y".repeat(5)));
        assert_eq!(after, format!("…{}two", "x".repeat(20)));
    }

    #[test]
    fn far_apart_changes_stand_apart() {
        let before = "a\n1\n2\n3\n4\nb\n";
        let after = "A\n1\n2\n3\n4\nB\n";
        let lines: Vec<String> = changed_lines(before, after, 40)
            .iter()
            .map(|line| anstream::adapter::strip_str(line).to_string())
            .collect();
        assert_eq!(lines, ["- a", "+ A", "  1", "⋮", "  4", "- b", "+ B"]);
    }
}
