use jiff::civil::Date;
use serde_json::json;

use crate::model::{Deliberate, Environment, Name, Path, Pattern};

use super::{Finding, Kind, Setting, Severity, Waived};

/// The `[[deliberate]]` entries of both sides, and which of them were needed.
pub struct Waivers {
    entries: Vec<Entry>,
}

struct Entry {
    deliberate: Deliberate,
    left: bool,
    right: bool,
    pattern: Pattern,
    /// Why it waives nothing.
    void: Option<Kind>,
    used: bool,
    /// Written for this comparison, so that it is superfluous if nothing here needs it.
    meant_for_this: bool,
}

impl Waivers {
    /// An environment has nothing to waive against itself.
    pub fn new(left: &Environment, right: &Environment, today: Date) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        if left.name == right.name {
            return Self { entries };
        }
        for (environment, other, is_left) in [(left, right, true), (right, left, false)] {
            for deliberate in environment.deliberate.iter().filter(|entry| !entry.is_for_audit()) {
                let meant_for_this = environment.mirrors.as_ref().is_none_or(|mirrored| *mirrored == other.name);
                if let Some(known) = entries.iter_mut().find(|known| known.deliberate == *deliberate) {
                    known.left |= is_left;
                    known.right |= !is_left;
                    known.meant_for_this |= meant_for_this;
                    continue;
                }
                let pattern = Pattern::parse(&deliberate.path);
                let void = if pattern.is_too_wide() {
                    Some(Kind::TooWide)
                } else if [&deliberate.reason, &deliberate.owner].iter().any(|text| text.trim().is_empty()) {
                    Some(Kind::Unexplained)
                } else {
                    (today > deliberate.expires).then_some(Kind::Expired)
                };
                entries.push(Entry {
                    deliberate: deliberate.clone(),
                    left: is_left,
                    right: !is_left,
                    void,
                    used: permits_version(environment, &pattern),
                    pattern,
                    meant_for_this,
                });
            }
        }
        entries.sort_by(|a, b| {
            let key = |entry: &Entry| (entry.deliberate.origin.clone(), entry.deliberate.path.clone());
            key(a).cmp(&key(b))
        });
        Self { entries }
    }

    /// Parts the findings into those that stand and those that are waived. `names` gives the paths under which a waiver
    /// may know a finding.
    pub fn apply(
        &mut self,
        findings: Vec<Finding>,
        names: impl Fn(&Finding) -> Vec<Path>,
    ) -> (Vec<Finding>, Vec<Waived>) {
        let (mut standing, mut waived) = (Vec::new(), Vec::new());
        for finding in findings {
            let names = names(&finding);
            let mut first = None;
            for entry in &mut self.entries {
                if names.iter().any(|name| entry.pattern.covers(name)) {
                    entry.used = true;
                    if entry.void.is_none() && first.is_none() {
                        first = Some(entry.deliberate.clone());
                    }
                }
            }
            match first {
                Some(waiver) => waived.push(Waived { finding, waiver }),
                None => standing.push(finding),
            }
        }
        (standing, waived)
    }

    /// What is wrong with the entries themselves. An unused entry whose path begins with none of `sections` may be meant
    /// for what exists and not for what is declared: that is a remark.
    pub fn problems(&self, sections: &[&str]) -> Vec<Finding> {
        self.entries.iter().filter_map(|entry| entry.problem(sections)).collect()
    }
}

/// Such an entry lets a developer's machine run the version that it has, which no definition shows.
fn permits_version(environment: &Environment, pattern: &Pattern) -> bool {
    let version = |name: &Name| Path::new(["database", name.as_str(), "version"]);
    let names = environment.shape.database.keys();
    environment.is_local() && names.into_iter().any(|name| pattern.covers(&version(name)))
}

impl Entry {
    fn problem(&self, sections: &[&str]) -> Option<Finding> {
        let Deliberate { reason, owner, expires, .. } = &self.deliberate;
        let known_section =
            self.pattern.path().segments().first().is_some_and(|first| sections.contains(&first.as_str()));
        let (severity, kind, note) = match self.void {
            Some(Kind::Expired) if self.used => (
                Severity::Waiver,
                Kind::Expired,
                format!("it waived this until {expires}: end the difference, or renew"),
            ),
            Some(Kind::Expired) => {
                (Severity::Waiver, Kind::Expired, format!("ended on {expires} and waives nothing any more: remove it"))
            }
            Some(Kind::TooWide) => {
                (Severity::Waiver, Kind::TooWide, "name the component or database, and what of it differs".to_owned())
            }
            Some(kind) => (Severity::Waiver, kind, "a waiver says why and who answers for it".to_owned()),
            None if self.used || !self.meant_for_this => return None,
            None if known_section => {
                (Severity::Waiver, Kind::Unused, "nothing differs here: remove it, or correct its path".to_owned())
            }
            None => {
                let note = "it names no part of a definition; a comparison with --live can tell whether it is needed";
                (Severity::Info, Kind::Remark, note.to_owned())
            }
        };
        let setting = Setting {
            value: json!({ "reason": reason, "owner": owner, "expires": expires }),
            origin: Some(self.deliberate.origin.clone()),
        };
        let side = |is_there: bool| is_there.then(|| setting.clone());
        Some(Finding {
            severity,
            kind,
            class: None,
            path: self.pattern.path().clone(),
            left: side(self.left),
            right: side(self.right),
            note: Some(note),
        })
    }
}
