use crate::audit::{Audit, Direction, Finding, Severity, Verdict};
use crate::model::Name;
use crate::ui::text::count;

/// More names than this are counted.
const SHOWN: usize = 4;

/// Who has to do with it: `staging → prod`, `dev = staging`, `dev ↔ staging`, `prod`.
pub fn parties(finding: &Finding) -> String {
    if finding.environments == finding.owners {
        return listed(&finding.environments, " ↔ ");
    }
    let between = if finding.direction == Direction::Within || !finding.owners.is_empty() { ", " } else { " = " };
    let parties = listed(&finding.environments, between);
    if finding.owners.is_empty() { parties } else { format!("{parties} → {}", listed(&finding.owners, ", ")) }
}

pub fn listed(names: &[Name], between: &str) -> String {
    let shown: Vec<&str> = names.iter().take(SHOWN).map(Name::as_str).collect();
    let more = names.len().saturating_sub(SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    shown.join(between) + &rest
}

pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Note => "note",
    }
}

/// The findings by severity, gravest first, without the severities that have none.
pub fn by_severity(findings: &[Finding]) -> Vec<(Severity, Vec<&Finding>)> {
    let all = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
    let of = |severity| findings.iter().filter(|finding| finding.severity == severity).collect::<Vec<_>>();
    all.map(|severity| (severity, of(severity))).into_iter().filter(|(_, found)| !found.is_empty()).collect()
}

/// `1 critical, 2 high`.
pub fn tally(findings: &[Finding]) -> String {
    let parts = by_severity(findings).into_iter();
    parts.map(|(of, found)| format!("{} {}", found.len(), severity(of))).collect::<Vec<_>>().join(", ")
}

pub fn headline(audit: &Audit) -> String {
    let seen = if audit.live { "definitions, or what exists, show" } else { "definitions show" };
    match (audit.verdict(), audit.environments.as_slice()) {
        (Verdict::Isolated, [one]) => format!("isolated: {one} shares nothing with others that {seen}"),
        (Verdict::Isolated, all) => {
            format!("isolated: {} share nothing that {seen}", count(all.len(), "environment"))
        }
        (Verdict::Leaking, _) => format!("leaking: {}", count(audit.findings.len(), "finding")),
    }
}

/// Which environments are production, by which everything is weighed.
pub fn production(audit: &Audit) -> String {
    match audit.productions.as_slice() {
        [] => "no environment is production: none is protected, and none mirrors another".to_owned(),
        [one] => format!("production is {one}"),
        several => format!("production are {}", listed(several, ", ")),
    }
}
