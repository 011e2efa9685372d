//! Who holds an environment, and what is kept of its past.

use std::collections::{BTreeMap, BTreeSet};

use envctl::record::{Actor, Entry, LEASE, Lock, Operation, Outcome, Record};
use jiff::{SignedDuration, Timestamp};

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
}

fn actor(host: &str) -> Actor {
    Actor { who: "ada".to_owned(), host: host.to_owned(), process: None }
}

fn lock(id: &str, host: &str, minute: i64) -> Lock {
    let since = at(minute);
    let operation = Operation::Up;
    Lock { id: id.to_owned(), by: actor(host), operation, release: Some("2".to_owned()), since, until: since + LEASE }
}

fn entry(minute: i64, release: &str, outcome: Outcome) -> Entry {
    Entry {
        at: at(minute),
        by: actor("laptop"),
        operation: Operation::Up,
        outcome,
        release: Some(release.to_owned()),
        plan: None,
        note: None,
    }
}

fn alive(_: &Actor) -> bool {
    false
}

#[test]
fn one_at_a_time_and_who_comes_second_learns_whose_it_is() {
    let held = Record::default().taken(lock("a", "laptop", 0), alive).unwrap();
    let refused = held.clone().taken(lock("b", "ci", 29), alive).unwrap_err();
    assert_eq!((refused.id.as_str(), refused.by.host.as_str()), ("a", "laptop"));
    let free = held.released("a", Some(entry(30, "1", Outcome::Done)));
    assert_eq!(free.lock, None);
    assert!(free.taken(lock("b", "ci", 30), alive).is_ok());
}

#[test]
fn what_expired_or_died_is_taken_over_and_goes_down_as_abandoned() {
    let held = Record::default().taken(lock("a", "laptop", 0), alive).unwrap();
    for taken in [
        held.clone().taken(lock("b", "ci", 30), alive).unwrap(),
        held.clone().taken(lock("b", "ci", 1), |by| by.host == "laptop").unwrap(),
    ] {
        assert_eq!(taken.lock.unwrap().id, "b");
        assert_eq!(taken.entries.len(), 1);
        assert_eq!((taken.entries[0].outcome, taken.entries[0].by.host.as_str()), (Outcome::Abandoned, "laptop"));
    }
}

#[test]
fn a_renewed_lock_lasts_and_a_broken_one_cannot_be_renewed_or_given_back() {
    let held = Record::default().taken(lock("a", "laptop", 0), alive).unwrap();
    let renewed = held.clone().renewed("a", at(40)).unwrap();
    assert!(renewed.clone().taken(lock("b", "ci", 39), alive).is_err());
    let broken = renewed.broken(Entry { operation: Operation::Unlock, ..entry(19, "1", Outcome::Done) });
    assert_eq!(broken.lock, None);
    let operations: Vec<Operation> = broken.entries.iter().map(|entry| entry.operation).collect();
    assert_eq!(operations, [Operation::Up, Operation::Unlock]);
    let others = broken.taken(lock("b", "ci", 19), alive).unwrap();
    assert_eq!(others.clone().renewed("a", at(30)), None);
    // What was done is written down all the same, and the other's lock stays.
    let after = others.released("a", Some(entry(20, "1", Outcome::Partly)));
    assert_eq!(after.lock.unwrap().id, "b");
}

#[test]
fn the_past_is_bounded_and_keeps_the_newest() {
    let mut record = Record::default();
    for minute in 0..1000 {
        let note = Some("x".repeat(1000));
        record.append(Entry { note, ..entry(minute, &format!("1.{minute}"), Outcome::Done) });
    }
    assert_eq!(record.entries.last().unwrap().at, at(999));
    assert!(record.entries.len() > 50);
    assert!(serde_json::to_string(&record).unwrap().len() < 65_536);
}

/// Of the names of migrations nothing is dropped: the past makes room for them.
#[test]
fn many_migrations_leave_room_for_less_of_the_past() {
    let mut record = Record::default();
    for minute in 0..200 {
        record.append(Entry { note: Some("x".repeat(300)), ..entry(minute, "1", Outcome::Done) });
    }
    let files: BTreeSet<String> =
        (0..1200).map(|number| format!("{number:04}_a_change_with_a_usual_name.sql")).collect();
    let record = record.with_migrations("1", &BTreeMap::from([("main".to_owned(), files.clone())]), true);
    assert_eq!(record.migrated["main"].files, files);
    assert_eq!(record.entries.last().unwrap().at, at(199));
    assert!(record.entries.len() > 5);
    assert!(serde_json::to_string(&record).unwrap().len() < 65_536);
}

#[test]
fn what_up_brings_is_not_judged_until_a_promotion_has() {
    let brought = |files: &[&str]| {
        BTreeMap::from([("main".to_owned(), files.iter().map(|file| (*file).to_owned()).collect::<BTreeSet<_>>())])
    };
    let after = |mut record: Record, minute, release: &str, files: &[&str], judged| {
        record.append(entry(minute, release, Outcome::Done));
        record.with_migrations(release, &brought(files), judged)
    };
    let known = |record: &Record| {
        let migrated = &record.migrated["main"];
        [&migrated.files, &migrated.unjudged].map(|files| files.iter().cloned().collect::<Vec<_>>().join(" "))
    };
    let up = after(Record::default(), 0, "1", &["a", "b"], false);
    assert_eq!(known(&up), ["", "a b"]);
    let promoted = after(up, 1, "2", &["a", "b", "c"], true);
    assert_eq!(known(&promoted), ["a b c", ""]);
    let again = after(promoted, 2, "3", &["a", "b", "c", "d"], false);
    assert_eq!(known(&again), ["a b c", "d"]);
    // A database that is made anew has had none of them.
    let down = Entry { operation: Operation::Down, release: None, ..entry(3, "", Outcome::Done) };
    let partly = again.clone().released("x", Some(Entry { outcome: Outcome::Partly, ..down.clone() }));
    assert_eq!(known(&partly), ["a b c", "d"]);
    assert!(again.released("x", Some(down)).migrated.is_empty());
}

#[test]
fn releases_that_ran_well_are_known_newest_first() {
    let mut record = Record::default();
    for (minute, release, outcome) in
        [(0, "1", Outcome::Done), (1, "2", Outcome::RolledBack), (2, "3", Outcome::Done), (3, "1", Outcome::Done)]
    {
        record.append(entry(minute, release, outcome));
    }
    assert_eq!(record.healthy_releases(), ["1", "3"]);
    assert!(LEASE > SignedDuration::from_mins(5));
}

#[test]
fn the_way_back_is_gone_on_with_and_leads_further_back_each_time() {
    let rollback =
        |minute, release, outcome| Entry { operation: Operation::Rollback, ..entry(minute, release, outcome) };
    let mut record = Record::default();
    assert_eq!(record.previous(), None);
    for (minute, release) in [(0, "1.3"), (1, "1.4"), (2, "1.5")] {
        record.append(entry(minute, release, Outcome::Done));
    }
    assert_eq!(record.previous(), Some("1.4"));
    record.append(rollback(3, "1.4", Outcome::Partly));
    assert_eq!(record.previous(), Some("1.4"), "it goes on");
    record.append(rollback(4, "1.4", Outcome::Done));
    assert_eq!(record.previous(), Some("1.3"), "further back");
    record.append(rollback(5, "1.3", Outcome::Done));
    assert_eq!(record.previous(), None);
    // A promotion that was killed has not come up well: what ran before is the way back.
    let mut killed = Record::default();
    killed.append(entry(0, "1", Outcome::Done));
    let killed = killed.taken(lock("a", "laptop", 1), alive).unwrap().taken(lock("b", "ci", 40), alive).unwrap();
    assert_eq!(killed.entries.last().unwrap().release.as_deref(), Some("2"));
    assert_eq!(killed.previous(), Some("1"));
}

#[test]
fn migrations_are_those_that_came_with_a_release_in_good_health() {
    let held = |files: &[&str]| {
        BTreeMap::from([("main".to_owned(), files.iter().map(|file| (*file).to_owned()).collect::<BTreeSet<_>>())])
    };
    let after = |record: Record, minute, release: &str, outcome, files: &[&str]| {
        let mut record = record;
        record.append(entry(minute, release, outcome));
        record.with_migrations(release, &held(files), true)
    };
    let known = |record: &Record| -> Vec<String> {
        record.migrated.values().flat_map(|migrated| migrated.files.iter().cloned()).collect()
    };
    let one = after(Record::default(), 0, "1", Outcome::Done, &["a"]);
    assert_eq!(known(&one), ["a"]);
    // What a second look at the same release finds may be what only the next one brings.
    assert_eq!(known(&after(one.clone(), 1, "1", Outcome::Done, &["a", "b"])), ["a"]);
    for outcome in [Outcome::Partly, Outcome::Failed, Outcome::RolledBack, Outcome::Abandoned] {
        assert_eq!(known(&after(one.clone(), 1, "2", outcome, &["a", "b"])), ["a"]);
    }
    let two = after(one, 1, "2", Outcome::Done, &["a", "b"]);
    assert_eq!(known(&two), ["a", "b"]);
    // On the way back nothing comes and nothing goes.
    let back = after(two, 2, "1", Outcome::Done, &[]);
    assert_eq!(known(&back), ["a", "b"]);
    assert_eq!(known(&after(back, 3, "1", Outcome::Done, &["a", "b", "c"])), ["a", "b"]);
    assert_eq!(known(&after(Record::default(), 0, "1", Outcome::Done, &[])), [""; 0]);
}

#[test]
fn what_a_newer_envctl_wrote_is_not_written_over() {
    let written = serde_json::to_string(&Record::default()).unwrap();
    assert!(written.starts_with(r#"{"format_version":1,"#), "{written}");
    let newer = r#"{"format_version":2,"lock":"somehow else"}"#;
    let refused = serde_json::from_str::<Record>(newer).unwrap_err().to_string();
    assert!(refused.starts_with("a newer envctl wrote it"), "{refused}");
    assert_eq!(serde_json::from_str::<Record>("{}").unwrap(), Record::default());
}
