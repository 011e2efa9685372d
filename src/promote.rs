//! Whether a release may go from one environment to the next: every gate is judged before the verdict.
//!
//! [`judge`] is a pure function from what was seen of both environments to [`Gate`]s. What it takes to see it, and what
//! follows, is the command's.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value as Json;

use crate::audit::Audit;
use crate::diff::{Finding, Live, Parity, Setting};
use crate::migration::Danger;
use crate::model::{Environment, Inventory, NOT_RUNNING, Observed, State};
use crate::plan::{Action, Plan, Step};
use crate::record::{Migrated, Operation, Outcome, Record};

/// In the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateName {
    /// All that the project defines resolves. Where it does not, nothing else can be judged.
    Definitions,
    /// The source may be promoted from: it has a release, and the target another.
    Release,
    Parity,
    Isolation,
    /// The source runs the release, in good health, for long enough.
    Running,
    /// What the release needs has a value in the target.
    Secrets,
    Migrations,
    /// The target is as its definition says, so that nothing but the release changes.
    Drift,
    Lock,
}

impl GateName {
    /// Those that may be passed though they are closed: all but the one without which nothing can be judged.
    const SKIPPABLE: [Self; 8] = [
        Self::Release,
        Self::Parity,
        Self::Isolation,
        Self::Running,
        Self::Secrets,
        Self::Migrations,
        Self::Drift,
        Self::Lock,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Definitions => "definitions",
            Self::Release => "release",
            Self::Parity => "parity",
            Self::Isolation => "isolation",
            Self::Running => "running",
            Self::Secrets => "secrets",
            Self::Migrations => "migrations",
            Self::Drift => "drift",
            Self::Lock => "lock",
        }
    }
}

/// One that may be skipped.
impl FromStr for GateName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == Self::Definitions.as_str() {
            return Err("without valid definitions nothing can be judged".to_owned());
        }
        let found = Self::SKIPPABLE.into_iter().find(|name| name.as_str() == text);
        found.ok_or_else(|| format!("the gates: {}", Self::SKIPPABLE.map(Self::as_str).join(", ")))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gate {
    pub name: GateName,
    #[serde(flatten)]
    pub state: GateState,
    /// What was found, one a line; of an open gate what it says of itself.
    pub findings: Vec<String>,
    /// What opens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum GateState {
    Open,
    Closed,
    /// Closed, and passed all the same, by name.
    Skipped {
        reason: String,
    },
    /// Nobody can tell: the definitions are invalid.
    Unjudged,
}

/// What was seen of one of the two.
pub struct Side<'a> {
    pub environment: &'a Environment,
    pub found: &'a Inventory,
    /// What it takes to make it as its definition says.
    pub plan: &'a Plan,
    pub record: &'a Record,
}

pub struct Case<'a> {
    pub from: Side<'a>,
    pub to: Side<'a>,
    pub parity: &'a Parity,
    /// What exists of both, where both can be compared.
    pub live: Option<&'a Live>,
    pub audit: &'a Audit,
    /// Secrets that somebody has to set and nobody has, in the target.
    pub missing: &'a [String],
    pub migrations: &'a Pending,
    /// How long the source must have run the release.
    pub age: SignedDuration,
    pub now: Timestamp,
    /// Gates to pass though they are closed, each with the reason.
    pub skip: &'a BTreeMap<GateName, String>,
}

/// The migrations that the target lacks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pending {
    /// By database and file.
    pub files: Vec<String>,
    /// Of them, those that the target may have had: `up` brought them there, and no promotion judged them.
    pub unjudged: Vec<String>,
    /// Of them, those that the source has not run either.
    pub untried: Vec<String>,
    pub dangers: Vec<Danger>,
    /// Those that were judged by their text alone, by why they were not measured.
    pub unmeasured: BTreeMap<String, Vec<String>>,
    /// Those that no release brings along, while the database can be reached from within its network alone.
    pub unreachable: Vec<String>,
    /// All files of such databases: what the record says once somebody has applied them by hand.
    pub by_hand: BTreeMap<String, Migrated>,
}

pub fn judge(case: &Case<'_>) -> Vec<Gate> {
    let judged = [
        (GateName::Definitions, Ok("all are valid".to_owned())),
        (GateName::Release, release(case)),
        (GateName::Parity, parity(case)),
        (GateName::Isolation, isolation(case)),
        (GateName::Running, running(case)),
        (GateName::Secrets, secrets(case)),
        (GateName::Migrations, migrations(case)),
        (GateName::Drift, drift(case)),
        (GateName::Lock, lock(case)),
    ];
    let gates = judged.into_iter().map(|(name, judged)| match (judged, case.skip.get(&name)) {
        (Ok(says), _) => Gate { name, state: GateState::Open, findings: vec![says], remedy: None },
        (Err(Shut { findings, remedy }), skip) => {
            let state = match skip {
                Some(reason) => GateState::Skipped { reason: reason.clone() },
                None => GateState::Closed,
            };
            Gate { name, state, findings, remedy: Some(remedy) }
        }
    });
    gates.collect()
}

/// The gates where definitions are invalid: what is wrong with them is all that can be said.
pub fn invalid(faults: &[String]) -> Vec<Gate> {
    /// Nobody reads more.
    const MOST: usize = 20;
    let more = faults.len().checked_sub(MOST).filter(|more| *more > 0).map(|more| format!("and {more} more"));
    let findings = faults.iter().take(MOST).cloned().chain(more).collect();
    let remedy = "mend them: `envctl check` shows each in its place".to_owned();
    let closed = Gate { name: GateName::Definitions, state: GateState::Closed, findings, remedy: Some(remedy) };
    let unjudged = |name| Gate { name, state: GateState::Unjudged, findings: Vec::new(), remedy: None };
    [closed].into_iter().chain(GateName::SKIPPABLE.map(unjudged)).collect()
}

/// Whether all are open, or passed by name.
pub fn is_open(gates: &[Gate]) -> bool {
    gates.iter().all(|gate| matches!(gate.state, GateState::Open | GateState::Skipped { .. }))
}

/// Why a gate is closed.
struct Shut {
    findings: Vec<String>,
    remedy: String,
}

type Judged = Result<String, Shut>;

fn shut(finding: impl Into<String>, remedy: impl Into<String>) -> Judged {
    Err(Shut { findings: vec![finding.into()], remedy: remedy.into() })
}

fn release(case: &Case<'_>) -> Judged {
    let (from, to) = (&case.from.environment, &case.to.environment);
    let Some(release) = &from.release else {
        return shut(
            format!("{} runs no release, but the code as it lies there", from.name),
            format!("name one in its definition: `release = \"1.5.0\"`, then `envctl up {}`", from.argument()),
        );
    };
    let present = to.release.as_deref().unwrap_or("no release");
    Ok(format!("{release} takes the place of {present}"))
}

fn parity(case: &Case<'_>) -> Judged {
    let (from, to) = (&case.from.environment.name, &case.to.environment.name);
    let mut findings: Vec<String> = case.parity.findings.iter().map(difference).collect();
    if let Some(live) = case.live {
        findings.extend(live.findings.iter().map(|finding| format!("as it exists, {}", difference(finding))));
    }
    if findings.is_empty() {
        let live = if case.live.is_some() { ", declared and live" } else { ", as declared" };
        return Ok(format!("{from} has the shape of {to}{live}"));
    }
    Err(Shut {
        findings,
        remedy: format!("`envctl diff {from} {to}` says more; mend it, or waive it in so many words"),
    })
}

/// `compute.web.count is 1 in staging and 2 in prod`, and what is said of it beside.
fn difference(finding: &Finding) -> String {
    let value = |setting: &Option<Setting>| match setting {
        Some(Setting { value: Json::String(text), .. }) => text.clone(),
        Some(setting) => setting.value.to_string(),
        None => "nothing".to_owned(),
    };
    let note = finding.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
    match (&finding.left, &finding.right) {
        _ if finding.class.is_none() => format!("the waiver of {}{note}", finding.path),
        (None, None) => format!("{}{note}", finding.path),
        (left, right) => format!("{} is {} here and {} there{note}", finding.path, value(left), value(right)),
    }
}

fn isolation(case: &Case<'_>) -> Judged {
    if case.audit.findings.is_empty() {
        let live = if case.audit.live { ", declared and live" } else { ", as declared" };
        return Ok(format!("nothing is shared{live}"));
    }
    let findings = case.audit.findings.iter().map(|finding| format!("{}: {}", finding.code.as_str(), finding.message));
    Err(Shut { findings: findings.collect(), remedy: "`envctl audit` says more, with each remedy".to_owned() })
}

fn running(case: &Case<'_>) -> Judged {
    let Side { environment, found, plan, record } = &case.from;
    let (name, argument) = (&environment.name, environment.argument());
    let release = environment.release.as_deref().unwrap_or_default();
    let mut findings = unwell(found);
    if found.is_empty() {
        findings.push(format!("nothing of {name} exists"));
    } else if !plan.is_empty() {
        let steps = plan.steps.iter().map(|step| step.address.to_string()).collect::<Vec<_>>().join(", ");
        findings.push(format!("{name} is not as its definition says: {steps}"));
    }
    // What time alone mends.
    let mut young = None;
    let last = record.entries.iter().rev().find(|entry| entry.release.is_some());
    match last.filter(|entry| entry.outcome == Outcome::Done && entry.release.as_deref() == Some(release)) {
        Some(entry) if case.now.duration_since(entry.at) < case.age => {
            let (ran, age) = (case.now.duration_since(entry.at), case.age);
            young = Some(format!("it runs {release} for {}, and shall for {}", spoken(ran), spoken(age)));
        }
        Some(_) => {}
        None => findings.push(format!("its history does not say that {release} came up well")),
    }
    match (findings.is_empty(), young) {
        (true, None) => Ok(format!("{name} runs {release} in good health")),
        (true, Some(young)) => shut(young, "wait, and promote then; or say `--min-age` otherwise"),
        (false, _) => {
            Err(Shut { findings, remedy: format!("`envctl up {argument}`, then `envctl status {argument}`") })
        }
    }
}

/// `12m`, `2h`: whole minutes, or seconds where there is less than one.
fn spoken(time: SignedDuration) -> String {
    let round = match time.as_mins() {
        0 => SignedDuration::from_secs(time.as_secs()),
        minutes => SignedDuration::from_mins(minutes),
    };
    format!("{round:#}")
}

/// What of an environment is not in good health.
pub fn unwell(found: &Inventory) -> Vec<String> {
    found.resources.iter().filter_map(ill).collect()
}

/// What of an environment's components is not in good health: fewer than the definition's least answer, or it has
/// failed. What comes and goes above that, as a policy scales, and what a database does for itself, are no illness.
pub fn failing(environment: &Environment, found: &Inventory) -> Vec<String> {
    let least = |name: &str| {
        let compute = environment.shape.compute.iter().find(|(component, _)| component.as_str() == name);
        compute.map_or(0, |(_, compute)| compute.count.min)
    };
    let components = found.resources.iter();
    // Of a public component on AWS, the targets that answer, too: an instance is in service long before and after that.
    let kinds = ["component", "auto-scaling-group", "target-group"];
    let components = components.filter(|one| kinds.contains(&one.address.kind.as_str()));
    let failing = components.filter(|one| match (&one.state, count(one)) {
        (State::Failed(_), _) => true,
        (_, Some((have, _))) => have < u32::from(least(&one.address.name)),
        (_, None) => one.attributes.get("health").is_some_and(|health| health == NOT_RUNNING),
    });
    let said = failing.map(|one| ill(one).unwrap_or_else(|| format!("{} has too few instances", one.address)));
    said.collect()
}

fn ill(observed: &Observed) -> Option<String> {
    let address = &observed.address;
    match &observed.state {
        State::Ready => {}
        State::Pending(detail) | State::Leaving(detail) => return Some(format!("{address} is {detail}")),
        State::Failed(detail) => return Some(format!("{address} failed: {detail}")),
    }
    let health = observed.attributes.get("health")?;
    let lacks = count(observed).map_or(health == NOT_RUNNING, |(have, want)| have < want);
    lacks.then(|| format!("{address}: {health}"))
}

/// How many there are of how many: `1/2 healthy`, `0/2 in service`. Other words are no count.
fn count(observed: &Observed) -> Option<(u32, u32)> {
    let (have, want) = observed.attributes.get("health")?.split([' ', ',']).next()?.split_once('/')?;
    Some((have.parse().ok()?, want.parse().ok()?))
}

fn secrets(case: &Case<'_>) -> Judged {
    let argument = case.to.environment.argument();
    if case.missing.is_empty() {
        return Ok(format!("all that {} needs is set", case.to.environment.name));
    }
    let findings = case.missing.iter().map(|name| format!("{name} has no value")).collect();
    Err(Shut { findings, remedy: format!("`envctl secret set {argument} NAME`") })
}

fn migrations(case: &Case<'_>) -> Judged {
    let Pending { files, unjudged, untried, dangers, unmeasured, unreachable, by_hand: _ } = case.migrations;
    let by_text = unmeasured.iter().map(|(why, files)| format!("judged by text alone: {}: {why}", files.join(", ")));
    let mut notes: Vec<String> = by_text.collect();
    if !unjudged.is_empty() {
        notes.push(format!(
            "of these {} may have run in {} already: `up` brought them, and no promotion judged them",
            unjudged.len(),
            case.to.environment.name
        ));
    }
    let mut findings: Vec<String> = untried
        .iter()
        .map(|file| format!("{file} is not known to have run in {}", case.from.environment.name))
        .chain(unreachable.iter().map(|file| format!("{file} must be applied from inside the network")))
        .collect();
    let (grave, light): (Vec<&Danger>, Vec<&Danger>) = dangers.iter().partition(|danger| danger.is_grave);
    findings.extend(grave.iter().map(ToString::to_string));
    if findings.is_empty() {
        let pending = match files.len() {
            0 => "none is pending".to_owned(),
            1 => "1 is pending, and nothing speaks against it".to_owned(),
            many => format!("{many} are pending, and nothing speaks against them"),
        };
        let also: String = light.iter().map(|danger| format!("\n{danger}")).collect();
        let notes: String = notes.iter().map(|note| format!("\n{note}")).collect();
        return Ok(pending + &also + &notes);
    }
    findings.extend(notes);
    let remedy = match unreachable.is_empty() {
        true => "write it in the safer way, in a migration of its own; or skip this gate with a reason",
        false => {
            "have the build bring them (README: Migrations on AWS), or apply them from within and `--skip migrations --reason TEXT`"
        }
    };
    Err(Shut { findings, remedy: remedy.to_owned() })
}

fn drift(case: &Case<'_>) -> Judged {
    let Side { environment, found, plan, .. } = &case.to;
    let (name, argument) = (&environment.name, environment.argument());
    if found.is_empty() {
        return shut(format!("nothing of {name} exists"), format!("make it first: `envctl up {argument}`"));
    }
    let besides: Vec<&Step> = besides_migrations(plan).collect();
    if besides.is_empty() {
        let more = if plan.is_empty() { "" } else { " and its migrations" };
        return Ok(format!("{name} is as its definition says, so nothing but the release{more} changes"));
    }
    let last = case.to.record.last();
    if let Some(cut_off) =
        last.filter(|entry| [Outcome::Partly, Outcome::Failed, Outcome::Abandoned].contains(&entry.outcome))
    {
        let (operation, release) = (cut_off.operation.as_str(), cut_off.release.as_deref().unwrap_or_default());
        let remedy = match cut_off.operation {
            Operation::Rollback => format!("go on with it: `envctl rollback {argument}`; then promote again"),
            _ => format!("bring {name} to what its definition says: `envctl up {argument}`; then promote again"),
        };
        return shut(format!("`{operation}` of {release} did not come to its end in {name}"), remedy);
    }
    let runs = last.filter(|entry| entry.outcome == Outcome::Done);
    if let Some(runs) = runs.and_then(|entry| entry.release.as_ref())
        && environment.release.as_ref() != Some(runs)
    {
        let says = environment.release.as_deref().unwrap_or("none");
        return shut(
            format!("{name} runs {runs} and its definition says {says}, which would be brought back"),
            format!("set `release = \"{runs}\"` in environments/{name}.toml, as `promote --write` does"),
        );
    }
    let findings = besides.iter().map(|step| format!("{} would change without the release", step.address)).collect();
    Err(Shut { findings, remedy: format!("apply that by itself first: `envctl plan {argument}`") })
}

/// What a plan has to do besides what a release brings with it, and a gate of its own judges.
pub fn besides_migrations(plan: &Plan) -> impl Iterator<Item = &Step> {
    let is_migration = |step: &&Step| match &step.action {
        Action::Update { changes, .. } => changes.iter().all(|change| change.property == "migrations"),
        _ => false,
    };
    plan.steps.iter().filter(move |step| !is_migration(step))
}

fn lock(case: &Case<'_>) -> Judged {
    match &case.to.record.lock {
        Some(held) if held.until > case.now => shut(
            format!("`{}` by {} on {} since {}", held.operation.as_str(), held.by.who, held.by.host, held.since),
            "wait until it is done",
        ),
        _ => Ok(format!("nobody is changing {}", case.to.environment.name)),
    }
}
