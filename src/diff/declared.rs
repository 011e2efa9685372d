use std::cmp::Ordering;

use jiff::civil::Date;
use serde_json::Value as Json;

use crate::model::{Class, ConfigValue, Definition, Engine, EngineVersion, Environment, Path, Target};

use super::conceal::conceal;
use super::finding::{Compared, Finding, Kind, Parity, Setting, Severity};
use super::setting::setting;
use super::waiver::Waivers;
use super::walk::{Pair, as_set, pairs};
use super::{capacity, hint, relate, sharing};

/// The tables that a definition is made of: what a waiver's path can begin with.
const SECTIONS: [&str; 9] = ["network", "compute", "database", "config", "secrets", "audience", "data", "aws", "local"];

/// Compares the definition of a copy (`left`) with that of what it mirrors (`right`).
///
/// Waivers of both sides apply; one that expires `today` still holds. An entry that an environment wrote for another
/// comparison than this one, because it mirrors a third, is not called unused here.
pub fn declared(left: &Definition, right: &Definition, today: Date) -> Parity {
    let comparison = Comparison::new(left, right);
    let all = relate::relate(comparison.findings(), &left.environment.name, &right.environment.name);
    let all = all.into_iter().map(|finding| conceal(finding, &comparison.effective));
    let (notes, mut findings): (Vec<Finding>, Vec<Finding>) =
        all.partition(|finding| finding.severity == Severity::Info);
    findings.sort_by(|a, b| a.order().cmp(&b.order()));

    let mut waivers = Waivers::new(&left.environment, &right.environment, today);
    let (mut findings, waived) = waivers.apply(findings, relate::both_paths);
    let (remarks, problems): (Vec<Finding>, Vec<Finding>) =
        waivers.problems(&SECTIONS).into_iter().partition(|finding| finding.severity == Severity::Info);
    findings.extend(problems);
    let mut notes = [notes, remarks].concat();
    notes.sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
    Parity { left: Compared::new(&left.environment), right: Compared::new(&right.environment), findings, waived, notes }
}

struct Comparison<'a> {
    left: &'a Definition,
    right: &'a Definition,
    /// With what is unset but follows from elsewhere put in.
    effective: [Environment; 2],
    /// An environment shares everything with itself.
    is_itself: bool,
    has_local: bool,
}

impl<'a> Comparison<'a> {
    fn new(left: &'a Definition, right: &'a Definition) -> Self {
        let (a, b) = (&left.environment, &right.environment);
        let is_local = |environment: &Environment| matches!(environment.target, Target::Local(_));
        Self {
            left,
            right,
            effective: effective(a, b),
            is_itself: a.name == b.name && a.app == b.app,
            has_local: is_local(a) != is_local(b),
        }
    }

    fn findings(&self) -> Vec<Finding> {
        let [a, b] = &self.effective;
        let mut found = Vec::new();
        if a.app != b.app {
            let [left, right] = [a, b].map(|side| Some(Setting { value: side.app.as_str().into(), origin: None }));
            let finding = Finding::new(Severity::Shape, Kind::Differs, Class::Shape, Path::new(["app"]));
            found.push(finding.between(left, right).noting(Some("two products are no copies of each other")));
        }
        for ((class, at, left), (_, _, right)) in a.by_class().iter().zip(b.by_class().iter()) {
            if *class == Class::Target && at.segments().is_empty() && self.has_local {
                continue;
            }
            // A laptop runs the code as it lies there.
            if *class == Class::Release && self.has_local && [a, b].iter().any(|side| side.release.is_none()) {
                continue;
            }
            for pair in pairs(at, left, right) {
                found.extend(match class {
                    Class::Shape => self.shape(&pair),
                    Class::Data | Class::Audience => self.own(*class, &pair),
                    Class::Release => self.differing(&pair, Severity::Info, Kind::ToBePromoted, *class),
                    Class::Target => self.differing(&pair, Severity::Info, Kind::MayDiffer, *class),
                });
            }
        }
        if !self.is_itself {
            found.extend(sharing::borrowed_domains(a, b).into_iter().map(|(key, domain)| self.borrowed(&key, &domain)));
            found.extend(self.target());
            found.extend(self.any_version());
            found.extend(self.alike());
        }
        found
    }

    fn at(&self, pair: &Pair, severity: Severity, kind: Kind, class: Class) -> Finding {
        Finding::new(severity, kind, class, pair.path.clone())
            .between(setting(self.left, &pair.path, pair.left), setting(self.right, &pair.path, pair.right))
    }

    fn differing(&self, pair: &Pair, severity: Severity, kind: Kind, class: Class) -> Option<Finding> {
        let equal = pair.left.map(as_set) == pair.right.map(as_set);
        (!equal).then(|| self.at(pair, severity, kind, class))
    }

    fn shape(&self, pair: &Pair) -> Option<Finding> {
        let (mut severity, mut kind, note) = match (pair.left, pair.right) {
            (Some(_), Some(_)) if self.is_equal(pair) => return None,
            (Some(left), Some(right)) => self.judge(&pair.path, left, right),
            (Some(left), None) => (Severity::Shape, Kind::Extra, self.lone(&pair.path, left, 0)),
            (None, right) => (Severity::Shape, Kind::Missing, right.and_then(|right| self.lone(&pair.path, right, 1))),
        };
        if self.has_local && no_laptop_has(&pair.path) {
            (severity, kind) = (Severity::Info, Kind::Local);
        }
        Some(self.at(pair, severity, kind, Class::Shape).noting(note))
    }

    fn is_equal(&self, pair: &Pair) -> bool {
        let (Some(left), Some(right)) = (pair.left, pair.right) else { return false };
        match versions(&pair.path, left, right) {
            Some([left, right]) => left.matches(&right),
            None => as_set(left) == as_set(right),
        }
    }

    fn judge(&self, path: &Path, left: &Json, right: &Json) -> (Severity, Kind, Option<String>) {
        if capacity::is_capacity(path) {
            let inverted = capacity::compare(left, right) == Some(Ordering::Greater);
            return (Severity::Capacity, if inverted { Kind::Inverted } else { Kind::Differs }, None);
        }
        if let [section, _] = path.segments()
            && section == "config"
        {
            return self.config_value(path, left, right);
        }
        let note = match versions(path, left, right) {
            Some([left, right]) => {
                let parts = self.engine_of(path).map_or(1, Engine::major_parts);
                let same_line = left.major(parts) == right.major(parts);
                Some(
                    if same_line { "another minor of the same major version" } else { "another major version" }
                        .to_owned(),
                )
            }
            None => match (left, right) {
                (Json::String(left), Json::String(right)) => hint::of_shape(path, left, right),
                _ => self.list_note(left, right),
            },
        };
        (Severity::Shape, Kind::Differs, note)
    }

    fn config_value(&self, path: &Path, left: &Json, right: &Json) -> (Severity, Kind, Option<String>) {
        let [a, b] = &self.effective;
        let (Some(left), Some(right)) = (left.as_str(), right.as_str()) else {
            return (Severity::Shape, Kind::Differs, Some("an audience key on one side only".to_owned()));
        };
        match self.crossing(left, right) {
            Some(note) => (Severity::Sharing, Kind::SharedAudience, Some(note)),
            None => (Severity::Shape, Kind::ConfigValue, hint::of_config(key_of(path), left, a, right, b)),
        }
    }

    /// Whether either side's value names the other side's domain.
    fn crossing(&self, left: &str, right: &str) -> Option<String> {
        let [a, b] = &self.effective;
        sharing::crossed(left, a, b).or_else(|| sharing::crossed(right, b, a))
    }

    /// What there is to say of what one side alone has: the left one, 0, or the right one, 1.
    fn lone(&self, path: &Path, value: &Json, side: usize) -> Option<String> {
        let ("config", Some(value)) = (path.segments().first()?.as_str(), value.as_str()) else { return None };
        let (of, other) = (&self.effective[side], &self.effective[1 - side]);
        sharing::crossed(value, of, other).or_else(|| hint::of_lone_config(key_of(path), value, of))
    }

    fn engine_of(&self, path: &Path) -> Option<Engine> {
        let database = path.segments().get(1)?;
        self.effective.iter().find_map(|side| side.shape.database.get(database.as_str())).map(|found| found.engine)
    }

    /// Which elements of two lists stand on one side only.
    fn list_note(&self, left: &Json, right: &Json) -> Option<String> {
        let (Json::Array(ours), Json::Array(theirs)) = (as_set(left), as_set(right)) else { return None };
        let [left, right] = &self.effective;
        let notes: Vec<String> = [(&left.name, &ours, &theirs), (&right.name, &theirs, &ours)]
            .into_iter()
            .filter_map(|(name, here, there)| {
                let only: Vec<String> = here.iter().filter(|one| !there.contains(one)).map(Json::to_string).collect();
                (!only.is_empty()).then(|| format!("only in {name}: {}", only.join(", ")))
            })
            .collect();
        Some(notes.join("; "))
    }

    /// Data and audience: each environment's own. A text that both have in common is what parity forbids here.
    fn own(&self, class: Class, pair: &Pair) -> Option<Finding> {
        let [a, b] = &self.effective;
        let fill = |finding: Finding| {
            let at = self.at(pair, finding.severity, finding.kind, class);
            Finding { left: at.left, right: at.right, ..finding }
        };
        if let (Some(left), Some(right), false) = (pair.left, pair.right, self.is_itself) {
            if sharing::means_the_same(left, a, right, b) {
                let note = match class {
                    Class::Data => "both are seeded from the same file: each must have data of its own",
                    _ => "declared as each environment's own, and the same in both",
                };
                return Some(fill(sharing::finding(class, pair.path.clone(), note)));
            }
            let crossing = left.as_str().zip(right.as_str()).and_then(|(left, right)| self.crossing(left, right));
            if let Some(note) = crossing.filter(|_| class == Class::Audience) {
                return Some(fill(sharing::finding(class, pair.path.clone(), &note)));
            }
        }
        self.differing(pair, Severity::Info, Kind::MayDiffer, class)
    }

    fn borrowed(&self, key: &str, domain: &str) -> Finding {
        let path = Path::new(["config", key]);
        let [left, right] = [self.left, self.right].map(|side| {
            let value = serde_json::to_value(side.environment.shape.config.get(key)).ok()?;
            setting(side, &path, Some(&value))
        });
        let note = format!("names {domain} in both: declare it {{ audience = true }}, or write {{audience.domain}}");
        sharing::finding(Class::Shape, path, &note).between(left, right)
    }

    /// Config that is alike on both sides and looks as if it should not be: worth a look, and no more.
    fn alike(&self) -> Vec<Finding> {
        let [a, b] = &self.effective;
        let alike = a.shape.config.iter().filter(|(key, value)| b.shape.config.get(*key) == Some(value));
        let told = alike.filter_map(|(key, value)| {
            let ConfigValue::Shared(text) = value else { return None };
            let note = hint::of_alike_config(key, text.source(), a, b)?;
            let path = Path::new(["config", key]);
            Some(Finding::new(Severity::Info, Kind::Remark, Class::Shape, path).noting(Some(note)))
        });
        told.collect()
    }

    /// Where a laptop may run another major version than both definitions name.
    fn any_version(&self) -> Vec<Finding> {
        let [a, b] = &self.effective;
        let names = a.shape.database.keys().filter(|name| b.shape.database.contains_key(*name));
        let free = names.filter(|name| self.has_local && (a.takes_any_version(name) || b.takes_any_version(name)));
        let noted = free.map(|name| {
            let path = Path::new(["database", name.as_str(), "version"]);
            let note = "the laptop may run another major version, deliberately";
            Finding::new(Severity::Info, Kind::Local, Class::Shape, path).noting(Some(note))
        });
        noted.collect()
    }

    fn target(&self) -> Option<Finding> {
        let [a, b] = &self.effective;
        let (kind, path, note) = match (&a.target, &b.target) {
            (Target::Aws(left), Target::Aws(right))
                if (&left.account, &left.region) == (&right.account, &right.region) =>
            {
                (Kind::SameTarget, "aws", "both stand in this account and region")
            }
            _ if self.has_local => (
                Kind::Local,
                "local",
                "a laptop mirrors no network, instance classes, counts, disk sizes, standby, backups or deletion \
                 protection: differences there fail nothing",
            ),
            _ => return None,
        };
        let [left, right] = [a, b].map(|side| Some(Setting { value: side.target.to_string().into(), origin: None }));
        let finding = Finding::new(Severity::Info, kind, Class::Target, Path::new([path]));
        Some(finding.between(left, right).noting(Some(note)))
    }
}

/// Deletion protection, where one side says it and the other leaves it to `protected`, is compared by its effect.
fn effective(left: &Environment, right: &Environment) -> [Environment; 2] {
    let [mut a, mut b] = [left.clone(), right.clone()];
    let (a_protected, b_protected) = (a.protected, b.protected);
    for (name, ours) in &mut a.shape.database {
        let Some(theirs) = b.shape.database.get_mut(name) else { continue };
        if ours.deletion_protection.is_some() || theirs.deletion_protection.is_some() {
            ours.deletion_protection.get_or_insert(a_protected);
            theirs.deletion_protection.get_or_insert(b_protected);
        }
    }
    [a, b]
}

/// Both values as engine versions, where the path names one.
fn versions(path: &Path, left: &Json, right: &Json) -> Option<[EngineVersion; 2]> {
    let ["database", _, "version"] = path.segments().iter().map(String::as_str).collect::<Vec<_>>()[..] else {
        return None;
    };
    let parse = |value: &Json| EngineVersion::parse(value.as_str()?).ok();
    Some([parse(left)?, parse(right)?])
}

/// What has no counterpart on a developer's own machine.
fn no_laptop_has(path: &Path) -> bool {
    let segments: Vec<&str> = path.segments().iter().map(String::as_str).collect();
    matches!(
        segments.as_slice(),
        ["network", ..]
            | ["compute", _, "instance" | "count", ..]
            | ["database", _, "instance" | "storage" | "standby" | "backups" | "deletion_protection", ..]
    )
}

fn key_of(path: &Path) -> &str {
    path.segments().last().map_or("", String::as_str)
}
