use serde::Serialize;

use super::live::Live;
use crate::model::{Class, Deliberate, Environment, Name, Origin, Path};

/// What a finding is about, most grave first. All but [`Info`](Severity::Info) make the verdict *different*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Both sides hold what each must have of its own: a URL, a certificate, a seed.
    Sharing,
    /// Topology, engine, parameters, config, secret names, permissions: must be equal.
    Shape,
    /// How much of it there is: counts, instance classes, storage. Must be equal too, and is shown apart.
    Capacity,
    /// A `[[deliberate]]` entry that is expired, unused, too wide or unexplained.
    Waiver,
    /// May be so.
    Info,
}

/// What was found at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The right side has it, the copy does not.
    Missing,
    /// The copy has it, the right side does not.
    Extra,
    Differs,
    /// The copy has more of it than what it mirrors.
    Inverted,
    /// A config key that is no audience key holds two values.
    ConfigValue,
    /// A secret on one side, plain config on the other.
    PlainSecret,
    SharedAudience,
    SharedData,
    Expired,
    Unused,
    TooWide,
    /// A waiver without a reason or an owner.
    Unexplained,
    ToBePromoted,
    MayDiffer,
    /// Both sides stand in one account and region.
    SameTarget,
    /// One side runs on a developer's machine, which has no such thing.
    Local,
    /// A resource that is not ready, or a waiver that this comparison cannot judge.
    Remark,
}

/// One value and the place that set it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Setting {
    /// In its canonical form.
    pub value: serde_json::Value,
    /// `None` for a default, and for what was observed.
    pub origin: Option<Origin>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    pub severity: Severity,
    pub kind: Kind,
    /// `None` for what is about a waiver.
    pub class: Option<Class>,
    pub path: Path,
    /// The copy's; `None` where it has nothing at this path.
    pub left: Option<Setting>,
    pub right: Option<Setting>,
    /// What the values alone do not say, or what to do.
    pub note: Option<String>,
}

/// A finding that is meant, and the entry that says so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Waived {
    pub finding: Finding,
    pub waiver: Deliberate,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    pub name: Name,
    pub release: Option<String>,
    /// One line: provider, account, region.
    pub target: String,
}

/// Of two verdicts, the greater holds for both together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Same,
    Different,
}

/// What two definitions say of each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parity {
    pub left: Compared,
    pub right: Compared,
    /// By severity, then path.
    pub findings: Vec<Finding>,
    /// By severity, then path.
    pub waived: Vec<Waived>,
    /// What fails nothing: all of severity [`Info`](Severity::Info).
    pub notes: Vec<Finding>,
}

impl Parity {
    /// With the live comparison of the same two known: an entry that it needs is not unused.
    #[must_use]
    pub fn heeding(mut self, live: &Live) -> Self {
        let is_needed = |finding: &Finding| {
            let places = [&finding.left, &finding.right].map(|side| side.as_ref().and_then(|one| one.origin.as_ref()));
            let about_an_entry = finding.class.is_none() && matches!(finding.kind, Kind::Unused | Kind::Remark);
            let mut needed = live.waived.iter().map(|waived| Some(&waived.waiver.origin));
            about_an_entry && needed.any(|origin| places.contains(&origin))
        };
        self.findings.retain(|finding| !is_needed(finding));
        self.notes.retain(|finding| !is_needed(finding));
        self
    }

    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.findings.is_empty())
    }
}

impl Verdict {
    pub(super) fn of(same: bool) -> Self {
        if same { Self::Same } else { Self::Different }
    }
}

impl Compared {
    pub(super) fn new(environment: &Environment) -> Self {
        Self {
            name: environment.name.clone(),
            release: environment.release.clone(),
            target: environment.target.to_string(),
        }
    }
}

impl Finding {
    /// Nothing on either side yet; see [`between`](Self::between).
    pub(super) fn new(severity: Severity, kind: Kind, class: Class, path: Path) -> Self {
        Self { severity, kind, class: Some(class), path, left: None, right: None, note: None }
    }

    #[must_use]
    pub(super) fn between(mut self, left: Option<Setting>, right: Option<Setting>) -> Self {
        self.left = left;
        self.right = right;
        self
    }

    #[must_use]
    pub(super) fn noting(mut self, note: Option<impl Into<String>>) -> Self {
        self.note = note.map(Into::into);
        self
    }

    pub(super) fn order(&self) -> (Severity, &Path, Kind) {
        (self.severity, &self.path, self.kind)
    }
}
