use std::collections::BTreeMap;

use anstyle::Style;

use crate::audit::{Audit, Evidence, Finding, Severity, Verdict};
use crate::model::Name;
use crate::ui::WIDTH;
use crate::ui::style::{ADD, ALARM, BOLD, CHANGE, DESTROY, DIM, paint};
use crate::ui::text::{truncate, visible, width, wrap};

use super::parties::{by_severity, headline, listed, parties, production, severity, tally};

const INDENT: &str = "      ";
/// A value of a template can stand in hundreds of environments.
const EVIDENCE_SHOWN: usize = 6;

/// For people, in 80 columns.
pub fn human(audit: &Audit) -> String {
    let style = if audit.verdict() == Verdict::Isolated { ADD } else { DESTROY };
    let mut lines = vec![paint(style, &headline(audit))];
    let waived = (!audit.waived.is_empty()).then(|| format!("{} waived", audit.waived.len()));
    let totals: Vec<String> =
        Some(tally(&audit.findings)).filter(|text| !text.is_empty()).into_iter().chain(waived).collect();
    if !totals.is_empty() {
        lines.push(format!("  {}", totals.join("; ")));
    }
    lines.extend(wrap(&production(audit), WIDTH - 2).iter().map(|line| paint(DIM, &format!("  {line}"))));
    for (of, findings) in by_severity(&audit.findings) {
        title(&capital(severity(of)), findings.len(), &mut lines);
        for finding in findings {
            head(finding, style_of(of), &mut lines);
            body(finding, &mut lines);
        }
    }
    if !audit.waived.is_empty() {
        title("Waived", audit.waived.len(), &mut lines);
        for waived in &audit.waived {
            head(&waived.finding, DIM, &mut lines);
            let entry = &waived.waiver;
            lines.extend(indented(&waived.finding.message));
            lines.extend(indented(&format!("reason: {}", entry.reason)));
            let origin = format!("{}:{}", entry.origin.file, entry.origin.line);
            lines.extend(indented(&format!("{}, until {}, {origin}", entry.owner, entry.expires)));
        }
    }
    if !audit.notes.is_empty() {
        lines.extend([String::new(), paint(BOLD, "Notes")]);
        for note in &audit.notes {
            let text = format!("{}: {}", parties(note), note.message);
            let mut wrapped = wrap(&text, WIDTH - 4).into_iter();
            lines.extend(wrapped.next().map(|first| format!("  {first}")));
            lines.extend(wrapped.map(|more| format!("    {more}")));
        }
    }
    lines.join("\n") + "\n"
}

fn style_of(severity: Severity) -> Style {
    match severity {
        Severity::Critical => ALARM,
        Severity::High => DESTROY,
        Severity::Medium | Severity::Low | Severity::Note => CHANGE,
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}

fn title(text: &str, number: usize, lines: &mut Vec<String>) {
    lines.extend([String::new(), format!("{} {}", paint(BOLD, text), paint(DIM, &format!("({number})")))]);
}

fn head(finding: &Finding, style: Style, lines: &mut Vec<String>) {
    let code = finding.code.as_str();
    let parties = truncate(&visible(&parties(finding)), WIDTH - 6 - width(code));
    lines.push(format!("  {} {}  {parties}", paint(style, "!"), paint(BOLD, code)));
}

fn body(finding: &Finding, lines: &mut Vec<String>) {
    lines.extend(indented(&finding.message));
    let groups = groups(finding);
    let shown = groups.iter().take(EVIDENCE_SHOWN);
    let places: Vec<(String, &Evidence)> = shown.map(|(names, one)| (place(finding, names, one), *one)).collect();
    let widest = places.iter().map(|(place, _)| width(place)).max().unwrap_or_default();
    for (place, evidence) in &places {
        let what = visible(&evidence.what).replace('\n', " ");
        if INDENT.len() + widest + 2 + width(&what) <= WIDTH {
            let padding = " ".repeat(widest - width(place) + 2);
            lines.push(format!("{INDENT}{}{padding}{what}", paint(DIM, place)));
        } else {
            lines.push(format!("{INDENT}{}", paint(DIM, place)));
            lines.extend(wrap(&what, WIDTH - INDENT.len() - 2).iter().map(|line| format!("{INDENT}  {line}")));
        }
    }
    let more = groups.len().saturating_sub(EVIDENCE_SHOWN);
    if more > 0 {
        lines.push(format!("{INDENT}… and {more} more (--format json has them all)"));
    }
    lines.extend(indented(&format!("remedy: {}", finding.remedy)));
}

/// One line of a template is one place, of however many environments.
fn groups(finding: &Finding) -> Vec<(Vec<Name>, &Evidence)> {
    let mut groups: Vec<(Vec<Name>, &Evidence)> = Vec::new();
    let mut known = BTreeMap::new();
    for one in &finding.evidence {
        let at = *known.entry((&one.origin, &one.path, &one.what)).or_insert(groups.len());
        match groups.get_mut(at) {
            Some((names, _)) if one.origin.is_some() => names.push(one.environment.clone()),
            _ => groups.push((vec![one.environment.clone()], one)),
        }
    }
    groups
}

/// `environments/staging.toml:12`, with the path where the message does not say it, and with the environments where they
/// are not all that the finding is about.
fn place(finding: &Finding, names: &[Name], evidence: &Evidence) -> String {
    let origin = evidence.origin.as_ref().map(|origin| format!("{}:{}", origin.file, origin.line));
    let of = if names.len() == finding.environments.len() { String::new() } else { listed(names, ", ") + " " };
    let path = evidence.path.to_string();
    match origin {
        Some(origin) if finding.message.contains(&path) => format!("{of}{origin}"),
        Some(origin) => format!("{of}{path}, {origin}"),
        None => format!("{of}{path}"),
    }
}

fn indented(text: &str) -> Vec<String> {
    wrap(text, WIDTH - INDENT.len()).into_iter().map(|line| format!("{INDENT}{line}")).collect()
}
