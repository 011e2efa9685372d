use crate::audit::{self, Audit};
use crate::definition::{self, Diagnostic};
use crate::diff::{self, Parity};
use crate::model::{Deliberate, Name, Origin};

/// A finding as tools of any kind know it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Kebab case, with what it is about before a slash: `audit/foreign-domain`.
    pub rule: String,
    /// What the rule is about, in a few words.
    pub title: String,
    pub level: Level,
    pub message: String,
    /// The first is the place to look at.
    pub places: Vec<Place>,
    pub waiver: Option<Waiver>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Error,
    Warning,
    Note,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub origin: Origin,
    /// What stands there, by environment and path: `staging.config.API_URL`.
    pub name: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Waiver {
    pub reason: String,
    pub owner: String,
    pub expires: String,
}

impl Waiver {
    fn of(entry: &Deliberate) -> Self {
        Self { reason: entry.reason.clone(), owner: entry.owner.clone(), expires: entry.expires.to_string() }
    }
}

/// What was set by no line stands in the environment's own file.
fn place(environment: &Name, path: &str, origin: Option<&Origin>) -> Place {
    let file = || Origin { file: format!("environments/{environment}.toml"), line: 1, column: 1 };
    Place { origin: origin.cloned().unwrap_or_else(file), name: format!("{environment}.{path}") }
}

pub fn of_diagnostics(diagnostics: &[Diagnostic]) -> Vec<Entry> {
    let entry = |fault: &Diagnostic| Entry {
        rule: format!("definition/{}", fault.code),
        title: "A fault in a definition".to_owned(),
        level: match fault.severity {
            definition::Severity::Error => Level::Error,
            definition::Severity::Warning => Level::Warning,
        },
        message: fault.message.clone(),
        places: vec![Place { origin: fault.origin.clone(), name: fault.origin.file.clone() }],
        waiver: None,
    };
    diagnostics.iter().map(entry).collect()
}

pub fn of_parity(parity: &Parity) -> Vec<Entry> {
    let (left, right) = (&parity.left.name, &parity.right.name);
    let entry = |finding: &diff::Finding, waiver: Option<&Deliberate>| {
        let kind = serde_json::to_value(finding.kind).ok();
        let path = finding.path.to_string();
        let note = finding.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
        let sides = [(left, &finding.left), (right, &finding.right)];
        let places = sides.into_iter().filter_map(|(name, side)| {
            let side = side.as_ref()?;
            Some(place(name, &path, side.origin.as_ref()))
        });
        Entry {
            rule: format!("parity/{}", kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default()),
            title: format!("A copy that differs from what it mirrors ({})", spoken(finding.severity)),
            level: if finding.severity == diff::Severity::Info { Level::Note } else { Level::Error },
            message: format!("{path} of {left} and {right}{note}"),
            places: places.collect(),
            waiver: waiver.map(Waiver::of),
        }
    };
    let standing = parity.findings.iter().map(|finding| entry(finding, None));
    standing.chain(parity.waived.iter().map(|waived| entry(&waived.finding, Some(&waived.waiver)))).collect()
}

fn spoken(severity: diff::Severity) -> &'static str {
    match severity {
        diff::Severity::Sharing => "shared",
        diff::Severity::Shape => "shape",
        diff::Severity::Capacity => "capacity",
        diff::Severity::Waiver => "waiver",
        diff::Severity::Info => "note",
    }
}

pub fn of_audit(audit: &Audit) -> Vec<Entry> {
    let entry = |finding: &audit::Finding, waiver: Option<&Deliberate>| {
        let names: Vec<&str> = finding.environments.iter().map(Name::as_str).collect();
        let places = finding.evidence.iter();
        let places = places.map(|one| place(&one.environment, &one.path.to_string(), one.origin.as_ref()));
        Entry {
            rule: format!("audit/{}", finding.code.as_str()),
            title: finding.code.title().to_owned(),
            level: match finding.severity {
                audit::Severity::Critical | audit::Severity::High => Level::Error,
                audit::Severity::Medium | audit::Severity::Low => Level::Warning,
                audit::Severity::Note => Level::Note,
            },
            message: format!("{}: {}. Remedy: {}", names.join(", "), finding.message, finding.remedy),
            places: places.collect(),
            waiver: waiver.map(Waiver::of),
        }
    };
    let standing = audit.findings.iter().chain(&audit.notes).map(|finding| entry(finding, None));
    standing.chain(audit.waived.iter().map(|waived| entry(&waived.finding, Some(&waived.waiver)))).collect()
}
