use std::collections::BTreeMap;
use std::fmt::Write;

use super::entry::{Entry, Level};

/// The XML that CI systems show as tests: a suite for each kind of finding, a case for each rule at each place. Waived ones
/// are skipped, notes pass. So is a suite without findings that says why it could not have any.
/// <https://github.com/testmoapp/junitxml>
pub fn junit(entries: &[Entry], suites: &[(&str, Option<&str>)]) -> String {
    // A suite without findings passed, and says so.
    let mut by_suite: BTreeMap<&str, Vec<&Entry>> = suites.iter().map(|(suite, _)| (*suite, Vec::new())).collect();
    let unjudged = |suite: &str, entries: &[&Entry]| {
        let why = suites.iter().find(|(name, _)| *name == suite).and_then(|(_, why)| *why);
        why.filter(|_| entries.is_empty())
    };
    for entry in entries {
        let suite = entry.rule.split('/').next().unwrap_or_default();
        by_suite.entry(suite).or_default().push(entry);
    }
    let failures = |entries: &[&Entry]| entries.iter().filter(|entry| fails(entry)).count();
    let skipped = |entries: &[&Entry]| entries.iter().filter(|entry| entry.waiver.is_some()).count();
    let all: Vec<&Entry> = entries.iter().collect();
    let passed = by_suite.values().filter(|entries| entries.is_empty()).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuites name=\"envctl\" tests=\"{}\" failures=\"{}\" errors=\"0\">",
        all.len() + passed,
        failures(&all)
    );
    for (suite, entries) in &by_suite {
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">",
            escaped(suite),
            entries.len().max(1),
            failures(entries),
            skipped(entries) + usize::from(unjudged(suite, entries).is_some())
        );
        let name = escaped(suite);
        let _ = match unjudged(suite, entries) {
            Some(why) => writeln!(
                out,
                "    <testcase classname=\"{name}\" name=\"not judged\">\n      <skipped message=\"{}\"/>\n    </testcase>",
                escaped(why)
            ),
            None if entries.is_empty() => {
                writeln!(out, "    <testcase classname=\"{name}\" name=\"nothing found\"/>")
            }
            None => Ok(()),
        };
        for entry in entries {
            case(entry, &mut out);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn fails(entry: &Entry) -> bool {
    entry.waiver.is_none() && entry.level != Level::Note
}

fn case(entry: &Entry, out: &mut String) {
    let (name, at) = match entry.places.first() {
        Some(place) => {
            let origin = &place.origin;
            let at = format!(" file=\"{}\" line=\"{}\"", escaped(&origin.file), origin.line);
            (format!("{} {}", entry.rule, place.name), at)
        }
        None => (entry.rule.clone(), String::new()),
    };
    let _ = write!(out, "    <testcase classname=\"{}\" name=\"{}\"{at}", escaped(&entry.rule), escaped(&name));
    if let Some(waiver) = &entry.waiver {
        let why = format!("{} ({}, until {})", waiver.reason, waiver.owner, waiver.expires);
        let _ = writeln!(out, ">\n      <skipped message=\"{}\"/>\n    </testcase>", escaped(&why));
    } else if fails(entry) {
        let places: Vec<String> = entry.places.iter().map(|place| format!("{} {}", place.origin, place.name)).collect();
        let _ = writeln!(
            out,
            ">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>",
            escaped(&entry.rule),
            escaped(&entry.message),
            escaped(&places.join("\n"))
        );
    } else {
        let _ = writeln!(out, ">\n      <system-out>{}</system-out>\n    </testcase>", escaped(&entry.message));
    }
}

/// As text or as an attribute's value. What XML 1.0 has no way to write becomes a mark.
/// <https://www.w3.org/TR/xml/#charsets>
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_its_place() {
        assert_eq!(escaped("<a href=\"&\">\n\u{1b}\u{0}"), "&lt;a href=&quot;&amp;&quot;&gt;&#10;\u{fffd}\u{fffd}");
    }
}
