use std::cmp::Ordering;

use jiff::civil::Date;
use serde::Serialize;

use crate::model::{Address, Class, Environment, Inventory, Observed, Path, State, Target, Value};

use super::capacity;
use super::finding::{Compared, Finding, Kind, Setting, Severity, Verdict, Waived};
use super::normalise::{Normaliser, union};
use super::provenance::definition_paths;
use super::waiver::Waivers;
use super::walk::pairs;

/// Properties that say how much there is of a thing, whatever kind of resource has them.
const CAPACITY: [&str; 9] =
    ["count", "desired", "max", "min", "instance", "instance_class", "instance_type", "storage", "allocated_storage"];

/// One side of a live comparison.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    pub environment: &'a Environment,
    pub inventory: &'a Inventory,
    /// What its own plan would change, as the planner says.
    pub drift: &'a [Drift],
}

/// A difference between what is declared and what exists, of one environment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drift {
    pub address: Address,
    /// `None`: the resource as a whole is missing or superfluous.
    pub property: Option<String>,
    pub declared: Option<Value>,
    pub live: Option<Value>,
}

/// What two existing environments say of each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Live {
    pub left: Compared,
    pub right: Compared,
    /// By severity, then path.
    pub findings: Vec<Finding>,
    pub waived: Vec<Waived>,
    pub notes: Vec<Finding>,
    pub left_drift: Vec<Drift>,
    pub right_drift: Vec<Drift>,
}

impl Live {
    /// Drift counts: a definition that was compared says little of an environment that has left it.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.findings.is_empty() && self.left_drift.is_empty() && self.right_drift.is_empty())
    }
}

/// Compares what exists of two environments, resource by resource and property by property.
///
/// A finding's path is the resource's address and the property: `database.main.standby`. A waiver covers it under that
/// path, and under the path of the definition that the property comes from, so that what is waived as declared is waived
/// as it exists. What is wrong with waivers themselves is said by [`declared`](super::declared()), not here.
pub fn live(left: &Side, right: &Side, today: Date) -> Live {
    let mut waivers = Waivers::new(left.environment, right.environment, today);
    let comparison = Comparison::new(left, right);
    let (mut notes, mut findings): (Vec<Finding>, Vec<Finding>) =
        comparison.findings().into_iter().partition(|finding| finding.severity == Severity::Info);
    findings.sort_by(|a, b| a.order().cmp(&b.order()));
    notes.sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
    let (findings, waived) = waivers.apply(findings, |finding| {
        let mut names = definition_paths(&finding.path);
        names.push(finding.path.clone());
        names
    });
    Live {
        left: Compared::new(left.environment),
        right: Compared::new(right.environment),
        findings,
        waived,
        notes,
        left_drift: left.drift.to_vec(),
        right_drift: right.drift.to_vec(),
    }
}

struct Comparison<'a> {
    sides: [&'a Side<'a>; 2],
    normalisers: [Normaliser; 2],
}

impl<'a> Comparison<'a> {
    fn new(left: &'a Side<'a>, right: &'a Side<'a>) -> Self {
        let sides = [left, right];
        Self {
            sides,
            normalisers: [
                Normaliser::new(left.environment, left.inventory, right.environment),
                Normaliser::new(right.environment, right.inventory, left.environment),
            ],
        }
    }

    fn findings(&self) -> Vec<Finding> {
        let [left, right] = self.sides;
        if let Some(finding) = self.incomparable() {
            return vec![finding];
        }
        let addresses = |side: &'a Side<'a>| side.inventory.resources.iter().map(|resource| &resource.address);
        union(addresses(left), addresses(right)).into_iter().flat_map(|address| self.resource(address)).collect()
    }

    /// Where comparing resource by resource says nothing.
    fn incomparable(&self) -> Option<Finding> {
        let [left, right] = self.sides;
        let local = self.sides.map(|side| matches!(side.environment.target, Target::Local(_)));
        if local[0] != local[1] {
            let finding = Finding::new(Severity::Info, Kind::Local, Class::Target, Path::new(["local"]));
            return Some(
                finding.noting(Some("a laptop and a cloud have no resources in common: nothing was compared")),
            );
        }
        let (kind, empty) = match (left.inventory.is_empty(), right.inventory.is_empty()) {
            (true, false) => (Kind::Missing, left),
            (false, true) => (Kind::Extra, right),
            _ => return None,
        };
        let path = Path::new([empty.environment.name.as_str()]);
        let note = format!("nothing exists of {}", empty.environment.name);
        Some(Finding::new(Severity::Shape, kind, Class::Shape, path).noting(Some(note)))
    }

    fn resource(&self, address: &Address) -> Vec<Finding> {
        let path = Path::new([address.kind.as_str(), address.name.as_str()]);
        let present = |observed: &&Observed| !matches!(observed.state, State::Leaving(_));
        let found = self.sides.map(|side| side.inventory.get(address).filter(present));
        let [left, right] = found;
        let mut findings: Vec<Finding> = found
            .iter()
            .zip(self.sides)
            .filter_map(|(observed, side)| remark(path.clone(), (*observed)?, side.environment))
            .collect();
        let one_sided = |kind| {
            let severity = if self.comes_from_certificate(address, None) { Severity::Info } else { Severity::Shape };
            let class = if severity == Severity::Info { Class::Audience } else { Class::Shape };
            Finding::new(severity, if severity == Severity::Info { Kind::MayDiffer } else { kind }, class, path.clone())
        };
        match (left, right) {
            (Some(left), Some(right)) => {
                findings.extend(union(left.properties.keys(), right.properties.keys()).into_iter().flat_map(|name| {
                    self.property(address, name, left.properties.get(name), right.properties.get(name))
                }));
            }
            (Some(left), None) => findings.push(one_sided(Kind::Extra).between(named(&left.id), None)),
            (None, Some(right)) => findings.push(one_sided(Kind::Missing).between(None, named(&right.id))),
            (None, None) => {}
        }
        findings
    }

    fn property(&self, address: &Address, name: &str, left: Option<&Value>, right: Option<&Value>) -> Vec<Finding> {
        if left == right {
            return Vec::new();
        }
        let [a, b] = &self.normalisers;
        let [left_json, right_json] =
            [left.map(|value| a.value(address, value)), right.map(|value| b.value(address, value))]
                .map(Option::unwrap_or_default);
        let equal_but_for_own = match (left, right) {
            (Some(left), Some(right)) => a.value_without_own(address, left) == b.value_without_own(address, right),
            _ => false,
        };
        let own = if equal_but_for_own { Some((Class::Audience, Kind::MayDiffer)) } else { self.own(address, name) };
        let at = Path::new([address.kind.as_str(), address.name.as_str(), name]);
        pairs(&at, &left_json, &right_json)
            .into_iter()
            .filter(|pair| pair.left != pair.right)
            .map(|pair| {
                let (severity, kind, class) = match (own, pair.left, pair.right) {
                    (Some((class, kind)), _, _) => (Severity::Info, kind, class),
                    (None, Some(left), Some(right)) if CAPACITY.contains(&name) => {
                        let inverted = capacity::compare(left, right) == Some(Ordering::Greater);
                        (Severity::Capacity, if inverted { Kind::Inverted } else { Kind::Differs }, Class::Shape)
                    }
                    (None, Some(_), Some(_)) => (Severity::Shape, Kind::Differs, Class::Shape),
                    (None, Some(_), None) => (Severity::Shape, Kind::Extra, Class::Shape),
                    (None, None, _) => (Severity::Shape, Kind::Missing, Class::Shape),
                };
                let setting = |value: Option<&serde_json::Value>| {
                    value.map(|value| Setting { value: value.clone(), origin: None })
                };
                Finding::new(severity, kind, class, pair.path.clone()).between(setting(pair.left), setting(pair.right))
            })
            .collect()
    }

    /// Properties that follow from what the contract leaves to each environment.
    fn own(&self, address: &Address, property: &str) -> Option<(Class, Kind)> {
        let [left, right] = self.sides.map(|side| side.environment);
        let regions = [left, right].map(|side| match &side.target {
            Target::Aws(aws) => Some(&aws.region),
            Target::Local(_) => None,
        });
        // Which zones an account sees first is AWS's choice, and each region has images of its own.
        if (address.kind == "subnet" && property == "zone") || (property == "image" && regions[0] != regions[1]) {
            return Some((Class::Target, Kind::MayDiffer));
        }
        // A release brings its own.
        if property == "migrations" && left.release != right.release {
            return Some((Class::Release, Kind::MayDiffer));
        }
        if property == "throwaway" {
            return Some((Class::Data, Kind::MayDiffer));
        }
        if property == "deletion_protection" && left.protected != right.protected {
            let follows = |side: &Environment| {
                let database = side.shape.database.get(address.name.as_str());
                database.is_some_and(|database| database.deletion_protection.is_none())
            };
            return (follows(left) && follows(right)).then_some((Class::Target, Kind::MayDiffer));
        }
        self.comes_from_certificate(address, Some(property)).then_some((Class::Audience, Kind::MayDiffer))
    }

    /// With a certificate a load balancer has one listener and one open port more, and redirects the other.
    fn comes_from_certificate(&self, address: &Address, property: Option<&str>) -> bool {
        let [left, right] = self.sides.map(|side| side.environment.audience.certificate.is_some());
        left != right
            && (address.kind == "listener" || (address.kind == "security-group" && property == Some("ingress")))
    }
}

fn named(id: &str) -> Option<Setting> {
    Some(Setting { value: id.into(), origin: None })
}

/// What is neither ready nor comparable for long.
fn remark(path: Path, observed: &Observed, environment: &Environment) -> Option<Finding> {
    let note = match &observed.state {
        State::Ready | State::Leaving(_) => return None,
        State::Pending(detail) => format!("in {} it is still {detail}", environment.name),
        State::Failed(detail) => format!("in {} it has failed: {detail}", environment.name),
    };
    Some(Finding::new(Severity::Info, Kind::Remark, Class::Shape, path).noting(Some(note)))
}
