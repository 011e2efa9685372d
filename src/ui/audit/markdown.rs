use std::fmt::Write;

use crate::audit::{Audit, Finding, Verdict};
use crate::ui::markup::{code, escaped, table};

use super::parties::{by_severity, headline, parties, production, severity, tally};

/// A pull request's comment has an upper limit of characters.
const EVIDENCE_SHOWN: usize = 4;

/// For a pull request's comment.
pub fn markdown(audit: &Audit) -> String {
    let mark = if audit.verdict() == Verdict::Isolated { "✅" } else { "❌" };
    let mut out = format!("### {mark} {}\n\n", escaped(&headline(audit)));
    let tally = tally(&audit.findings);
    let tally = if tally.is_empty() { tally } else { format!("{tally}; ") };
    let _ = writeln!(out, "{tally}{}", escaped(&production(audit)));
    for (of, findings) in by_severity(&audit.findings) {
        let rows = findings.into_iter().map(|finding| {
            [
                code(finding.code.as_str()),
                escaped(&parties(finding)),
                escaped(&finding.message),
                places(finding),
                escaped(&finding.remedy),
            ]
        });
        let _ = write!(out, "\n#### {}\n\n", severity(of));
        table(["finding", "environments", "what", "where", "remedy"], rows, &mut out);
    }
    if !audit.waived.is_empty() {
        let rows = audit.waived.iter().map(|waived| {
            let why = format!("{} ({}, until {})", waived.waiver.reason, waived.waiver.owner, waived.waiver.expires);
            let finding = &waived.finding;
            [code(finding.code.as_str()), escaped(&parties(finding)), escaped(&finding.message), escaped(&why)]
        });
        let _ = write!(out, "\n<details><summary>Waived: {}</summary>\n\n", audit.waived.len());
        table(["finding", "environments", "what", "why"], rows, &mut out);
        out.push_str("\n</details>\n");
    }
    if !audit.notes.is_empty() {
        out.push('\n');
        for note in &audit.notes {
            let _ = writeln!(out, "- {}: {}", escaped(&parties(note)), escaped(&note.message));
        }
    }
    out
}

fn places(finding: &Finding) -> String {
    let place = |evidence: &crate::audit::Evidence| match &evidence.origin {
        Some(origin) => escaped(&format!("{}:{}", origin.file, origin.line)),
        None => code(&format!("{} {}", evidence.environment, evidence.path)),
    };
    let mut places: Vec<String> = finding.evidence.iter().map(place).collect();
    places.dedup();
    let more = places.len().saturating_sub(EVIDENCE_SHOWN);
    places.truncate(EVIDENCE_SHOWN);
    if more > 0 {
        places.push(format!("and {more} more"));
    }
    places.join("<br>")
}
