use crate::model::Name;

use super::check;
use super::draft::{fails, finish};
use super::facts::Facts;
use super::waiver::Waivers;
use super::{Audit, Finding, Seen};

/// What environments share. `only` names those that are asked about: findings that concern none of them are left out,
/// though all were compared. Empty, it stands for all.
pub fn audit(seen: &Seen<'_>, only: &[Name]) -> Audit {
    let facts = Facts::new(seen);
    let asked = |finding: &Finding| only.is_empty() || only.iter().any(|name| finding.concerns(name));
    let (findings, notes): (Vec<Finding>, Vec<Finding>) =
        finish(check::all(&facts), &facts).into_iter().partition(fails);

    let mut waivers = Waivers::new(seen.definitions.values(), seen.today);
    let (standing, waived) = waivers.apply(findings);
    let mut findings = standing;
    findings.extend(finish(waivers.problems(&facts), &facts));
    findings.sort_by(|a, b| a.order().cmp(&b.order()));

    let environments = seen.definitions.keys().filter(|name| only.is_empty() || only.contains(name));
    Audit {
        environments: environments.cloned().collect(),
        productions: facts.productions.iter().cloned().collect(),
        live: !seen.live.is_empty(),
        findings: findings.into_iter().filter(asked).collect(),
        waived: waived.into_iter().filter(|waived| asked(&waived.finding)).collect(),
        notes: notes.into_iter().filter(asked).collect(),
    }
}
