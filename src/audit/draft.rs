use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Name, Origin, Path};

use super::facts::{Facts, Place};
use super::{Code, Direction, Evidence, Finding, Severity};

/// A finding of one environment, before it is known which others have the very same one.
pub struct Draft {
    code: Code,
    environments: BTreeSet<Name>,
    owners: BTreeSet<Name>,
    message: String,
    evidence: BTreeSet<Evidence>,
    remedy: String,
    direction: Option<Direction>,
    lowered: bool,
}

impl Draft {
    /// Without evidence, which must follow. The message names no environment but the owner, so that many can have it.
    pub fn new(code: Code, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            code,
            environments: BTreeSet::new(),
            owners: BTreeSet::new(),
            message: message.into(),
            evidence: BTreeSet::new(),
            remedy: remedy.into(),
            direction: None,
            lowered: false,
        }
    }

    pub fn owner(mut self, owner: &Name) -> Self {
        self.owners.insert(owner.clone());
        self
    }

    /// Where the direction does not follow from whose it is and who has it.
    pub fn direction(self, direction: Direction) -> Self {
        Self { direction: Some(direction), ..self }
    }

    /// One step less grave, because something else still stands in between.
    pub fn lowered(self, lowered: bool) -> Self {
        Self { lowered, ..self }
    }

    pub fn at(self, place: &Place<'_>, what: impl Into<String>) -> Self {
        self.seen(&place.environment.name, place.path.clone(), place.origin.clone(), what)
    }

    pub fn seen(mut self, environment: &Name, path: Path, origin: Option<Origin>, what: impl Into<String>) -> Self {
        self.environments.insert(environment.clone());
        self.evidence.insert(Evidence { environment: environment.clone(), path, origin, what: what.into() });
        self
    }

    pub fn environments(&self) -> &BTreeSet<Name> {
        &self.environments
    }

    fn weighed(&self, facts: &Facts<'_>) -> Direction {
        self.direction.unwrap_or_else(|| direction(&self.environments, self.owners.first(), facts))
    }

    fn finish(self, facts: &Facts<'_>) -> Option<Finding> {
        let direction = self.weighed(facts);
        let path = self.evidence.first()?.path.clone();
        let base = self.code.severity();
        let severity = match direction {
            Direction::IntoProduction | Direction::Within => base,
            Direction::OutOfProduction => base.lowered(),
            Direction::Across => base.lowered().lowered(),
            Direction::Shared => base.lowered().lowered().lowered(),
        };
        // Of many, production is what must not be overlooked.
        let mut environments: Vec<Name> = self.environments.into_iter().collect();
        environments.sort_by_key(|name| !facts.is_production(name));
        let mut evidence: Vec<Evidence> = self.evidence.into_iter().collect();
        evidence.sort_by_key(|one| !facts.is_production(&one.environment));
        Some(Finding {
            severity: if self.lowered { severity.lowered() } else { severity },
            code: self.code,
            direction,
            environments,
            owners: self.owners.into_iter().collect(),
            path,
            message: self.message,
            evidence,
            remedy: self.remedy,
        })
    }
}

/// The worst way in which a mistake can run between those that have a thing, and whose it is.
fn direction(environments: &BTreeSet<Name>, owner: Option<&Name>, facts: &Facts<'_>) -> Direction {
    let (productions, others): (Vec<&Name>, Vec<&Name>) =
        environments.iter().partition(|name| facts.is_production(name));
    match owner {
        None if environments.len() == 1 => Direction::Within,
        // What production shares with others is production's, too.
        None if !productions.is_empty() && !others.is_empty() => Direction::IntoProduction,
        Some(owner) if facts.is_production(owner) && !others.is_empty() => Direction::IntoProduction,
        Some(owner) if !facts.is_production(owner) && !productions.is_empty() => Direction::OutOfProduction,
        _ => Direction::Across,
    }
}

/// The drafts as findings, sorted. What stands at one path with the same words and weight is one finding, of
/// however many environments.
pub fn finish(drafts: Vec<Draft>, facts: &Facts<'_>) -> Vec<Finding> {
    let mut merged: BTreeMap<_, Draft> = BTreeMap::new();
    for draft in drafts {
        let Some(first) = draft.evidence.first() else { continue };
        let key = (draft.code, first.path.clone(), draft.message.clone(), draft.weighed(facts), draft.lowered);
        match merged.get_mut(&key) {
            Some(known) => {
                known.environments.extend(draft.environments);
                known.owners.extend(draft.owners);
                known.evidence.extend(draft.evidence);
            }
            None => drop(merged.insert(key, draft)),
        }
    }
    let mut findings: Vec<Finding> = merged.into_values().filter_map(|draft| draft.finish(facts)).collect();
    findings.sort_by(|a, b| a.order().cmp(&b.order()));
    findings
}

/// Whether the severity lets a finding stand among those that fail.
pub fn fails(finding: &Finding) -> bool {
    finding.severity != Severity::Note
}
