use imara_diff::{Algorithm, Diff, InternedInput};

use crate::ui::style::{ADD, DESTROY, DIM, paint};
use crate::ui::text::truncate;

/// Unchanged lines shown around a changed one.
const CONTEXT: usize = 1;

/// The changed lines of a text, with a little around them, each in at most `columns`.
pub fn changed_lines(before: &str, after: &str, columns: usize) -> Vec<String> {
    let input = InternedInput::new(before, after);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let line =
        |sign: char, text: &str| truncate(&format!("{sign} {}", blanks_seen(text)), columns).trim_end().to_owned();
    let range = |range: std::ops::Range<u32>| range.start as usize..range.end as usize;
    let hunks: Vec<_> = diff.hunks().map(|hunk| (range(hunk.before), range(hunk.after))).collect();
    let mut shown = Vec::new();
    // How far the unchanged lines are shown.
    let mut end = 0;
    for (index, (old, new)) in hunks.iter().enumerate() {
        let start = old.start.saturating_sub(CONTEXT).max(end);
        if index > 0 && start > end {
            shown.push(paint(DIM, "⋮"));
        }
        let next = hunks.get(index + 1).map_or(before.len(), |(next, _)| next.start);
        end = (old.end + CONTEXT).min(next);
        shown.extend(before[start..old.start].iter().map(|text| line(' ', text)));
        shown.extend(before[old.clone()].iter().map(|text| paint(DESTROY, &line('-', text))));
        shown.extend(after[new.clone()].iter().map(|text| paint(ADD, &line('+', text))));
        shown.extend(before[old.end..end].iter().map(|text| line(' ', text)));
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
