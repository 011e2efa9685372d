use std::collections::BTreeSet;

use serde::Serialize;

use crate::model::{Deliberate, Name, Origin, Path};

use super::Code;

/// How much a finding can cost, most grave first. All but [`Note`](Severity::Note) make the verdict *leaking*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// A mistake elsewhere changes, reads or loses what is production's.
    Critical,
    High,
    Medium,
    Low,
    /// Allowed, and worth knowing. It fails nothing.
    Note,
}

impl Severity {
    /// One step less grave, down to [`Low`](Severity::Low).
    pub(super) fn lowered(self) -> Self {
        match self {
            Self::Critical => Self::High,
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
            Self::Note => Self::Note,
        }
    }
}

/// Which way a mistake can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From another environment into production: the worst.
    IntoProduction,
    /// From production into another environment: its data and its work end up there.
    OutOfProduction,
    /// Between two that are both production, or neither.
    Across,
    /// Nobody's own, used by several: the least.
    Shared,
    /// Within one environment.
    Within,
}

/// One place that shows what a finding says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Evidence {
    pub environment: Name,
    /// Where in the definition, or at the provider.
    pub path: Path,
    /// The file and line that set it. `None` for what was observed and for defaults.
    pub origin: Option<Origin>,
    /// What stands there: an identifier, or what was found without its text. Never a secret.
    pub what: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    pub severity: Severity,
    pub code: Code,
    pub direction: Direction,
    /// Those that hold, reach or share it: productions first, then by name.
    pub environments: Vec<Name>,
    /// Those whose own it is; none where nobody can say.
    pub owners: Vec<Name>,
    /// Where one of the evidence stands.
    pub path: Path,
    /// What is so, in a sentence.
    pub message: String,
    /// At least one; productions first, then by environment and path.
    pub evidence: Vec<Evidence>,
    pub remedy: String,
}

/// A finding that is meant, and the entry that says so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Waived {
    pub finding: Finding,
    pub waiver: Deliberate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Isolated,
    Leaking,
}

/// What environments share with each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Audit {
    /// Those that were asked about.
    pub environments: Vec<Name>,
    /// Those of the project that are production.
    pub productions: Vec<Name>,
    /// Whether what exists was looked at, and not the definitions alone.
    pub live: bool,
    /// By severity, then code, path and environments.
    pub findings: Vec<Finding>,
    /// In the same order.
    pub waived: Vec<Waived>,
    /// What fails nothing: all of severity [`Note`](Severity::Note).
    pub notes: Vec<Finding>,
}

impl Audit {
    pub fn verdict(&self) -> Verdict {
        if self.findings.is_empty() { Verdict::Isolated } else { Verdict::Leaking }
    }
}

impl Finding {
    pub(super) fn concerns(&self, name: &Name) -> bool {
        self.environments.contains(name) || self.owners.contains(name)
    }

    /// The paths by which a waiver knows it, one for each place: `audit.foreign-domain.config.API_URL`.
    pub fn waiver_paths(&self) -> BTreeSet<Path> {
        let paths = self.evidence.iter().map(|evidence| evidence.path.segments().iter().map(String::as_str));
        paths.map(|path| Path::new(["audit", self.code.as_str()].into_iter().chain(path))).collect()
    }

    pub(super) fn order(&self) -> impl Ord + '_ {
        (self.severity, self.code, &self.path, &self.environments, &self.owners, self.direction, &self.message)
    }
}
