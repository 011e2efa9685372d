use std::fmt::Write;

use crate::diff::{Drift, Finding, Kind, Live, Parity, Setting, Severity, Verdict, Waived};
use crate::model::Name;
use crate::ui::markup::{code, escaped, table};
use crate::ui::text::truncate;

use super::human::promotion;
use super::section::{Section, label, tally};
use super::value::{inline, side_by_side};

/// A pull request's comment has an upper limit of characters; a value of this many still tells what it is.
const LONGEST_VALUE: usize = 160;

/// For a pull request's comment.
pub fn markdown(parity: &Parity, live: Option<&Live>) -> String {
    let (left, right) = (&parity.left.name, &parity.right.name);
    let mut out = match parity.verdict() {
        Verdict::Same => format!("### ✅ same: {left} has the shape of {right}\n"),
        Verdict::Different => {
            format!("### ❌ different: {left} is no copy of {right}\n\n{}\n", tally(&parity.findings))
        }
    };
    body(&parity.findings, &parity.waived, &parity.notes, left, right, true, &mut out);
    if let Some(live) = live {
        let what = match live.verdict() {
            Verdict::Same => "✅ same",
            Verdict::Different => "❌ different",
        };
        let _ = write!(out, "\n### Live: {what}\n");
        body(&live.findings, &live.waived, &live.notes, left, right, false, &mut out);
        for (name, drift) in [(left, &live.left_drift), (right, &live.right_drift)] {
            drifted(name, drift, &mut out);
        }
    }
    out
}

fn body(
    findings: &[Finding],
    waived: &[Waived],
    notes: &[Finding],
    left: &Name,
    right: &Name,
    with_origins: bool,
    out: &mut String,
) {
    for (section, findings) in Section::of_all(findings) {
        let rows = findings.into_iter().map(|finding| {
            let [a, b] = cells(finding, with_origins);
            let label = label(finding, left, right);
            let about: Vec<String> = label.iter().chain(&finding.note).map(|text| escaped(text)).collect();
            [code(&finding.path.to_string()), a, b, about.join("; ")]
        });
        let _ = write!(out, "\n#### {}\n\n", section.title());
        if let Some(advice) = section.advice() {
            let _ = write!(out, "{}\n\n", escaped(advice));
        }
        table(["path", left.as_str(), right.as_str(), ""], rows, out);
    }
    if !waived.is_empty() {
        let rows = waived.iter().map(|Waived { finding, waiver }| {
            let [a, b] = cells(finding, with_origins);
            let why = format!("{} ({}, until {})", waiver.reason, waiver.owner, waiver.expires);
            [code(&finding.path.to_string()), a, b, escaped(&why)]
        });
        let _ = write!(out, "\n<details><summary>Waived: {}</summary>\n\n", waived.len());
        table(["path", left.as_str(), right.as_str(), "why"], rows, out);
        out.push_str("\n</details>\n");
    }
    let told = told(notes, left, right);
    if !told.is_empty() {
        let _ = write!(out, "\n{}", told.concat());
    }
}

fn told(notes: &[Finding], left: &Name, right: &Name) -> Vec<String> {
    let mut told: Vec<String> = notes
        .iter()
        .filter_map(|note| match (note.kind, &note.note) {
            (Kind::ToBePromoted, _) => Some(format!("- {}\n", escaped(&promotion(note, left, right)))),
            (_, Some(text)) => Some(format!("- {}: {}\n", code(&note.path.to_string()), escaped(text))),
            _ => None,
        })
        .collect();
    for (kind, what) in [(Kind::MayDiffer, "may differ, and does"), (Kind::Local, "not on a laptop")] {
        let paths = notes.iter().filter(|note| note.kind == kind && note.note.is_none());
        let paths: Vec<String> = paths.map(|note| code(&note.path.to_string())).collect();
        if !paths.is_empty() {
            told.push(format!("- {what}: {}\n", paths.join(", ")));
        }
    }
    told
}

fn cells(finding: &Finding, with_origins: bool) -> [String; 2] {
    let sides = [&finding.left, &finding.right];
    if finding.severity == Severity::Waiver {
        return sides.map(|side| side.as_ref().map(|setting| place(setting, "")).unwrap_or_default());
    }
    let texts = sides.map(|side| side.as_ref().map(|setting| inline(&setting.value)).unwrap_or_default());
    let texts = side_by_side(&texts[0], &texts[1], LONGEST_VALUE);
    let default = if with_origins { "default" } else { "" };
    let mut cells = sides.into_iter().zip(texts).map(|(side, text)| match side {
        Some(setting) => match place(setting, default) {
            place if place.is_empty() => code(&text),
            place => format!("{}<br>{place}", code(&text)),
        },
        None => "—".to_owned(),
    });
    [cells.next().unwrap_or_default(), cells.next().unwrap_or_default()]
}

fn place(setting: &Setting, default: &str) -> String {
    let place = setting.origin.as_ref().map(|origin| format!("{}:{}", origin.file, origin.line));
    escaped(&place.unwrap_or_else(|| default.to_owned()))
}

fn drifted(name: &Name, drift: &[Drift], out: &mut String) {
    if drift.is_empty() {
        return;
    }
    let rows = drift.iter().map(|one| {
        let property = one.property.as_ref().map(|name| format!(".{name}")).unwrap_or_default();
        let value = |value: &Option<crate::model::Value>| match value {
            Some(value) => code(&truncate(&value.to_string(), LONGEST_VALUE)),
            None => "—".to_owned(),
        };
        [code(&format!("{}{property}", one.address)), value(&one.declared), value(&one.live)]
    });
    let _ = write!(out, "\n#### {name} is not as it declares\n\n");
    table(["property", "declared", "live"], rows, out);
}
