use std::collections::BTreeMap;

use envctl::audit::{Audit, Code, Direction, Finding, Seen, Severity, audit};
use envctl::diff::{Live, Parity, declared, live};
use envctl::migration::Danger;
use envctl::model::{Address, Definition, Inventory, Key, Observed, Path, State};
use envctl::plan::Plan;
use envctl::promote::{Case, Gate, GateName, GateState, Pending, Side, failing, invalid, is_open, judge};
use envctl::record::{Actor, Entry, LEASE, Lock, Operation, Outcome, Record};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};

use crate::diff::builder::shop;
use crate::ui::sample;

/// All that is seen of two environments between which nothing stands in the way.
struct World {
    from: Definition,
    to: Definition,
    found: [Inventory; 2],
    plans: [Plan; 2],
    records: [Record; 2],
    missing: Vec<String>,
    pending: Pending,
    age: SignedDuration,
    skip: BTreeMap<GateName, String>,
    audit: Audit,
    parity: Parity,
    live: Option<Live>,
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn actor() -> Actor {
    Actor { who: "ada".to_owned(), host: "ci-7".to_owned(), process: None }
}

fn came_up(release: &str, ago: SignedDuration, outcome: Outcome) -> Entry {
    let (at, by, operation) = (now() - ago, actor(), Operation::Up);
    Entry { at, by, operation, outcome, release: Some(release.to_owned()), plan: None, note: None }
}

fn web(health: &str) -> Observed {
    Observed::new(Address::new("component", "web"), "web", State::Ready).attribute("health", health)
}

impl World {
    fn new() -> Self {
        let mut from = sample::definition("staging", sample::header().target, Some("prod"));
        from.environment.release = Some("1.6.0".to_owned());
        let to = sample::definition("prod", sample::header().target, None);
        let parity = declared(&from, &to, date(2026, 12, 1));
        let whole = Inventory::new(vec![web("2/2 healthy")]);
        let record = Record {
            entries: vec![came_up("1.6.0", SignedDuration::from_hours(1), Outcome::Done)],
            ..Record::default()
        };
        let mut world = Self {
            from,
            to,
            found: [whole.clone(), whole],
            plans: [Plan::default(), Plan::default()],
            records: [record, Record::default()],
            missing: Vec::new(),
            pending: Pending::default(),
            age: SignedDuration::from_mins(10),
            skip: BTreeMap::new(),
            audit: isolated(),
            parity,
            live: None,
        };
        world.parity.findings.clear();
        world
    }

    fn gates(&self) -> Vec<Gate> {
        let side = |environment, at: usize| Side {
            environment,
            found: &self.found[at],
            plan: &self.plans[at],
            record: &self.records[at],
        };
        judge(&Case {
            from: side(&self.from.environment, 0),
            to: side(&self.to.environment, 1),
            parity: &self.parity,
            live: self.live.as_ref(),
            audit: &self.audit,
            missing: &self.missing,
            migrations: &self.pending,
            age: self.age,
            now: now(),
            skip: &self.skip,
        })
    }

    /// The gates that are closed.
    fn closed(&self) -> Vec<GateName> {
        let gates = self.gates();
        let closed: Vec<GateName> =
            gates.iter().filter(|gate| gate.state == GateState::Closed).map(|gate| gate.name).collect();
        assert_eq!(is_open(&gates), closed.is_empty());
        closed
    }

    fn but(change: impl FnOnce(&mut Self)) -> Vec<GateName> {
        let mut world = Self::new();
        change(&mut world);
        world.closed()
    }
}

fn isolated() -> Audit {
    let key = Key::new(&[7; 64]);
    let (definitions, secrets, live, resolved) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    audit(
        &Seen {
            definitions: &definitions,
            secrets: &secrets,
            live: &live,
            resolved: &resolved,
            key: &key,
            today: date(2026, 12, 1),
        },
        &[],
    )
}

fn shared() -> Finding {
    Finding {
        severity: Severity::Critical,
        code: Code::SharedSecret,
        direction: Direction::IntoProduction,
        environments: vec![],
        owners: vec![],
        path: Path::new(["secrets", "STRIPE_KEY"]),
        message: "staging and prod have one value".to_owned(),
        evidence: vec![],
        remedy: "give each its own".to_owned(),
    }
}

fn lock(since: Timestamp) -> Lock {
    Lock { id: "x".to_owned(), by: actor(), operation: Operation::Up, release: None, since, until: since + LEASE }
}

fn danger(is_grave: bool) -> Danger {
    let (file, rule) = ("main/2.sql".to_owned(), "ban-drop-table".to_owned());
    Danger { file, line: 1, rule, message: "it drops a table".to_owned(), help: None, is_grave }
}

#[test]
fn each_gate_is_closed_by_what_it_is_there_for_and_by_nothing_else() {
    assert_eq!(World::but(|_| {}), []);
    assert_eq!(World::but(|world| world.from.environment.release = None)[0], GateName::Release);
    let waiver = |world: &mut World| {
        let finding = declared(&world.from, &leaner(&world.to), date(2026, 12, 1)).findings.remove(0);
        world.parity.findings.push(finding);
    };
    assert_eq!(World::but(waiver), [GateName::Parity]);
    let hand_made = |world: &mut World| {
        let seen = |environment, inventory| envctl::diff::Side { environment, inventory, drift: &[] };
        let other = Inventory::new(vec![web("2/2 healthy").with("port", 9090)]);
        let today = date(2026, 12, 1);
        world.live =
            Some(live(&seen(&world.from.environment, &world.found[0]), &seen(&world.to.environment, &other), today));
    };
    assert_eq!(World::but(hand_made), [GateName::Parity]);
    assert_eq!(World::but(|world| world.audit.findings.push(shared())), [GateName::Isolation]);
    assert_eq!(World::but(|world| world.missing.push("STRIPE_KEY".to_owned())), [GateName::Secrets]);
    assert_eq!(World::but(|world| world.pending.untried.push("main/2.sql".to_owned())), [GateName::Migrations]);
    assert_eq!(World::but(|world| world.pending.unreachable.push("main/2.sql".to_owned())), [GateName::Migrations]);
    assert_eq!(World::but(|world| world.pending.dangers.push(danger(true))), [GateName::Migrations]);
    assert_eq!(World::but(|world| world.pending.dangers.push(danger(false))), []);
    assert_eq!(World::but(|world| world.plans[1] = sample::plan()), [GateName::Drift]);
    assert_eq!(World::but(|world| world.found[1] = Inventory::default()), [GateName::Drift]);
    assert_eq!(World::but(|world| world.records[1].lock = Some(lock(now()))), [GateName::Lock]);
    assert_eq!(World::but(|world| world.records[1].lock = Some(lock(now() - LEASE))), [], "it has expired");
}

/// An instance is in service before its target answers, and after.
#[test]
fn fewer_than_the_least_is_a_failure_wherever_it_is_counted() {
    let environment = &shop("prod").environment;
    let (name, compute) = environment.shape.compute.iter().next().unwrap();
    let least = compute.count.min;
    assert!(least > 0);
    for kind in ["component", "auto-scaling-group", "target-group"] {
        let seen = |have: u16, of: &str| {
            let observed = Observed::new(Address::new(of, name.as_str()), "x", State::Ready);
            failing(environment, &Inventory::new(vec![observed.attribute("health", format!("{have}/{least} healthy"))]))
        };
        assert_eq!(seen(least, kind), [""; 0]);
        assert_eq!(seen(least - 1, kind).len(), 1, "{kind}");
        assert_eq!(seen(least - 1, "database"), [""; 0]);
    }
}

/// `up` would bring back what ran before, and nothing says that anybody wants that.
#[test]
fn a_change_that_was_cut_off_is_ended_first() {
    let remedy = |operation, outcome| {
        let mut world = World::new();
        world.plans[1] = sample::plan();
        world.records[1].entries.push(Entry { operation, ..came_up("1.6.0", SignedDuration::from_mins(5), outcome) });
        let drift = world.gates().into_iter().find(|gate| gate.name == GateName::Drift).unwrap();
        assert_eq!(drift.state, GateState::Closed);
        (drift.findings.join("\n"), drift.remedy.unwrap_or_default())
    };
    let (found, remedy_of_it) = remedy(Operation::Promote, Outcome::Abandoned);
    assert_eq!(found, "`promote` of 1.6.0 did not come to its end in prod");
    assert!(remedy_of_it.contains("`envctl up prod`"), "{remedy_of_it}");
    assert!(remedy(Operation::Rollback, Outcome::Partly).1.contains("`envctl rollback prod`"));
    assert!(remedy(Operation::Promote, Outcome::RolledBack).1.contains("`envctl plan prod`"));
}

#[test]
fn what_may_have_run_already_is_judged_and_said() {
    let mut world = World::new();
    world.pending.files = vec!["main/1.sql".to_owned(), "main/2.sql".to_owned()];
    world.pending.unjudged = vec!["main/1.sql".to_owned()];
    let said = |world: &World| {
        let gates = world.gates();
        gates.into_iter().find(|gate| gate.name == GateName::Migrations).unwrap().findings.join("\n")
    };
    assert!(said(&world).contains("of these 1 may have run in prod already"), "{}", said(&world));
    world.pending.dangers.push(danger(true));
    assert_eq!(world.closed(), [GateName::Migrations]);
    assert!(said(&world).contains("of these 1 may have run in prod already"), "{}", said(&world));
}

/// The same with less in it.
fn leaner(definition: &Definition) -> Definition {
    let mut other = definition.clone();
    other.environment.shape.network.zones = 3;
    other
}

#[test]
fn the_source_must_run_the_release_in_good_health_for_long_enough() {
    let hour = SignedDuration::from_hours(1);
    let closed = |change: fn(&mut World)| World::but(change) == [GateName::Running];
    assert!(closed(|world| world.found[0] = Inventory::default()));
    assert!(closed(|world| world.found[0] = Inventory::new(vec![web("1/2 healthy")])));
    assert!(closed(|world| world.found[0] = Inventory::new(vec![web("not running")])));
    assert!(closed(|world| {
        let failed = Observed { state: State::Failed("storage-full".to_owned()), ..web("") };
        world.found[0] = Inventory::new(vec![failed]);
    }));
    assert!(closed(|world| world.plans[0] = sample::plan()));
    assert!(closed(|world| world.records[0].entries.clear()));
    assert!(closed(|world| world.age = SignedDuration::from_hours(2)));
    // What was tried there last is what counts.
    let mut world = World::new();
    world.records[0].entries.push(came_up("1.6.0", hour / 2, Outcome::RolledBack));
    assert_eq!(world.closed(), [GateName::Running]);
    world.records[0].entries.push(came_up("1.6.0", hour / 3, Outcome::Done));
    assert_eq!(world.closed(), []);
}

#[test]
fn a_gate_is_passed_by_its_name_alone_and_still_says_what_it_found() {
    let mut world = World::new();
    world.missing.push("STRIPE_KEY".to_owned());
    world.skip.insert(GateName::Lock, "hurry".to_owned());
    assert_eq!(world.closed(), [GateName::Secrets]);
    world.skip.insert(GateName::Secrets, "not sold there".to_owned());
    assert_eq!(world.closed(), []);
    let gates = world.gates();
    let secrets = gates.iter().find(|gate| gate.name == GateName::Secrets).unwrap();
    assert_eq!(secrets.state, GateState::Skipped { reason: "not sold there".to_owned() });
    assert_eq!(secrets.findings, ["STRIPE_KEY has no value"]);
    let lock = gates.iter().find(|gate| gate.name == GateName::Lock).unwrap();
    assert_eq!(lock.state, GateState::Open, "an open gate is not skipped");
}

#[test]
fn nothing_but_a_gates_name_names_a_gate() {
    let error = "everything".parse::<GateName>().unwrap_err();
    assert!(error.contains("migrations") && error.contains("lock"), "{error}");
    assert_eq!("drift".parse::<GateName>(), Ok(GateName::Drift));
}

#[test]
fn invalid_definitions_close_their_gate_and_leave_the_others_unjudged() {
    let faults: Vec<String> = (1..=22).map(|line| format!("environments/prod.toml:{line}:1: unknown key")).collect();
    let gates = invalid(&faults);
    assert!(!is_open(&gates));
    let [definitions, others @ ..] = gates.as_slice() else { panic!("there are gates") };
    assert_eq!((definitions.name, &definitions.state), (GateName::Definitions, &GateState::Closed));
    assert_eq!((definitions.findings.len(), definitions.findings[20].as_str()), (21, "and 2 more"));
    assert!(others.len() == 8 && others.iter().all(|gate| gate.state == GateState::Unjudged));
    assert_eq!(invalid(&faults[..20])[0].findings, faults[..20]);
    assert!("definitions".parse::<GateName>().is_err());
}
