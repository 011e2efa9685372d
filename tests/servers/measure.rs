//! What statements lock, scan and rewrite, measured on a real Postgres.

use std::fs;

use envctl::local::server::{Migrations, measure};
use envctl::migration::{Danger, Effect, Work, dangers, weighed};
use envctl::model::Engine;

use super::support::{folder, installation, password};

/// What was there before: each statement below is one migration.
const BEFORE: &str = "\
CREATE TABLE orders (id int PRIMARY KEY, customer varchar(20), total numeric(8, 2), placed timestamp, note text);
ALTER TABLE orders ADD CONSTRAINT noted CHECK (note IS NOT NULL) NOT VALID;
CREATE TABLE customers (id int PRIMARY KEY);
CREATE TABLE \"Odd name\" (a int);
CREATE SCHEMA shop CREATE TABLE parts (id int);
";

/// A statement, and what it does to tables that were there: their strongest lock, and the work under it.
const CASES: &[(&str, &str)] = &[
    ("ALTER TABLE orders ADD COLUMN a int NOT NULL DEFAULT 0", "orders AccessExclusiveLock None"),
    ("ALTER TABLE orders ADD COLUMN b float DEFAULT random()", "orders AccessExclusiveLock Rewrite"),
    ("ALTER TABLE orders ADD COLUMN c serial", "orders AccessExclusiveLock Rewrite"),
    ("ALTER TABLE orders\n  ALTER COLUMN id TYPE bigint", "orders AccessExclusiveLock Rewrite"),
    ("ALTER TABLE orders ALTER COLUMN customer TYPE varchar(40)", "orders AccessExclusiveLock None"),
    ("ALTER TABLE orders ALTER COLUMN customer TYPE text", "orders AccessExclusiveLock None"),
    ("ALTER TABLE orders ALTER COLUMN customer TYPE varchar(5)", "orders AccessExclusiveLock Rewrite"),
    ("ALTER TABLE orders ALTER COLUMN placed TYPE timestamptz", "orders AccessExclusiveLock None"),
    ("ALTER TABLE orders ALTER COLUMN total SET NOT NULL", "orders AccessExclusiveLock Scan"),
    ("CREATE INDEX i ON orders (customer) -- without a way round", "orders ShareLock Scan"),
    ("ALTER TABLE orders ADD CONSTRAINT u UNIQUE (customer)", "orders AccessExclusiveLock Scan"),
    (
        "ALTER TABLE orders ADD FOREIGN KEY (id) REFERENCES customers",
        // A full table would be joined with the other; an empty one need not be.
        "customers ShareRowExclusiveLock None, orders ShareRowExclusiveLock Scan",
    ),
    (
        "ALTER TABLE orders ADD FOREIGN KEY (id) REFERENCES customers NOT VALID",
        "customers ShareRowExclusiveLock None, orders ShareRowExclusiveLock None",
    ),
    ("ALTER TABLE orders VALIDATE CONSTRAINT noted", "orders ShareUpdateExclusiveLock Scan"),
    ("UPDATE orders SET note = '' WHERE note IS NULL", "orders RowExclusiveLock Scan"),
    ("DROP TABLE \"Odd name\"", "\"Odd name\" AccessExclusiveLock None"),
    ("CREATE INDEX p ON shop.parts (id)", "shop.parts ShareLock Scan"),
    ("CREATE TABLE fresh (id int);\nCREATE INDEX f ON fresh (id)", ""),
    ("SELECT 'envctl-measured {}' AS confused", ""),
];

fn shown(effects: &[Effect]) -> String {
    let tables = effects.iter().flat_map(|effect| &effect.tables);
    tables.map(|(table, (lock, work))| format!("{table} {lock} {work:?}")).collect::<Vec<_>>().join(", ")
}

fn write(folder: &tempfile::TempDir, files: &[(String, String)]) -> Migrations {
    let path = folder.path().join("migrations");
    fs::create_dir(&path).unwrap();
    files.iter().for_each(|(name, sql)| fs::write(path.join(name), sql).unwrap());
    Migrations::read(&path).unwrap()
}

/// What was there before, and then each migration on the tables as they were: what one leaves, the next would find.
fn each_anew<'a>(statements: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    let undo = "DROP SCHEMA shop CASCADE; DROP TABLE IF EXISTS orders, customers, \"Odd name\", fresh CASCADE;\n";
    let mut files = vec![("1.sql".to_owned(), BEFORE.to_owned())];
    for (number, statement) in statements.enumerate() {
        files.push((format!("{}.sql", 2 * number + 2), format!("{statement};\n")));
        files.push((format!("{}.sql", 2 * number + 3), format!("{undo}{BEFORE}")));
    }
    files
}

#[tokio::test]
async fn each_kind_of_statement_does_what_postgres_documents() {
    let folder = folder();
    let files = each_anew(CASES.iter().map(|(statement, _)| *statement));
    let migrations = write(&folder, &files);
    let (applied, pending): (Vec<_>, Vec<_>) = migrations.files.iter().partition(|file| file.name == "1.sql");
    let place = folder.path().join("measure");
    let measured =
        measure(installation(Engine::Postgres).await, &place, password(), [].into(), &applied, &pending).await.unwrap();
    assert_eq!(measured.len(), pending.len(), "{measured:?}");
    for ((statement, expected), effects) in CASES.iter().zip(measured.iter().step_by(2)) {
        let effects = effects.as_ref().unwrap_or_else(|why| panic!("{statement}: {why}"));
        assert_eq!(shown(effects), *expected, "{statement}");
    }
    assert!(!place.exists(), "the server's folder is gone, and the server with it");
}

/// Statements of one transaction, each with what it does under all that is locked by then.
const TOGETHER: &[(&str, &[&str])] = &[
    (
        "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT positive",
        &["orders AccessExclusiveLock None", "orders AccessExclusiveLock Scan"],
    ),
    (
        "ALTER TABLE orders ADD COLUMN c int; UPDATE orders SET c = 0 WHERE c IS NULL",
        &["orders AccessExclusiveLock None", "orders AccessExclusiveLock Scan"],
    ),
    (
        "ALTER TABLE customers ADD COLUMN vip boolean; UPDATE orders SET note = '' WHERE note IS NULL",
        &["customers AccessExclusiveLock None", "customers AccessExclusiveLock None, orders RowExclusiveLock Scan"],
    ),
];

#[tokio::test]
async fn a_lock_lasts_to_the_end_of_its_transaction_and_what_comes_later_is_done_under_it() {
    let folder = folder();
    let mut files = each_anew(TOGETHER.iter().map(|(statements, _)| *statements));
    // The same, each statement by itself.
    files.push(("90.sql".to_owned(), format!("-- envctl: no-transaction\n{};\n", TOGETHER[0].0)));
    let migrations = write(&folder, &files);
    let (applied, pending): (Vec<_>, Vec<_>) = migrations.files.iter().partition(|file| file.name == "1.sql");
    let place = folder.path().join("measure");
    let installation = installation(Engine::Postgres).await;
    let measured = measure(installation, &place, password(), [].into(), &applied, &pending).await.unwrap();
    let each = |effects: &[Effect]| effects.iter().map(|one| shown(std::slice::from_ref(one))).collect::<Vec<_>>();
    for ((statements, expected), effects) in TOGETHER.iter().zip(measured.iter().step_by(2)) {
        assert_eq!(each(effects.as_ref().unwrap()), *expected, "{statements}");
        let file = format!("{statements};");
        assert!(!graves(&file, effects.as_ref().unwrap(), None).is_empty(), "{statements}");
        assert!(!graves(&file, &[], None).is_empty(), "by its text alone: {statements}");
    }
    let apart = measured.last().unwrap().as_ref().unwrap();
    assert_eq!(each(apart), ["orders AccessExclusiveLock None", "orders ShareUpdateExclusiveLock Scan"]);
}

#[tokio::test]
async fn it_is_measured_in_the_time_zone_of_the_database() {
    let folder = folder();
    let statement = "ALTER TABLE orders ALTER COLUMN placed TYPE timestamptz;";
    let migrations =
        write(&folder, &[("1.sql".to_owned(), BEFORE.to_owned()), ("2.sql".to_owned(), statement.to_owned())]);
    let (applied, pending) = migrations.files.split_at(1);
    let (applied, pending): (Vec<_>, Vec<_>) = (applied.iter().collect(), pending.iter().collect());
    let zone = [("timezone".to_owned(), "Europe/Berlin".to_owned())].into();
    let place = folder.path().join("measure");
    let installation = installation(Engine::Postgres).await;
    let measured = measure(installation, &place, password(), zone, &applied, &pending).await.unwrap();
    assert_eq!(shown(measured[0].as_ref().unwrap()), "orders AccessExclusiveLock Rewrite");
}

#[tokio::test]
async fn what_cannot_be_measured_says_why_and_what_comes_after_it_is_not_guessed() {
    let folder = folder();
    let migrations = write(
        &folder,
        &[
            (
                "1.sql".to_owned(),
                "-- envctl: no-transaction\nCREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);"
                    .to_owned(),
            ),
            ("2.sql".to_owned(), "ALTER TABLE missing ADD COLUMN b int;".to_owned()),
            ("3.sql".to_owned(), "SELECT 1;".to_owned()),
        ],
    );
    let own = envctl::migration::Measurement::of("BEGIN;\nSELECT 1;\nCOMMIT;", true);
    assert_eq!(own.unwrap_err(), "it begins or ends transactions by itself");
    let pending: Vec<_> = migrations.files.iter().collect();
    let place = folder.path().join("measure");
    let measured =
        measure(installation(Engine::Postgres).await, &place, password(), [].into(), &[], &pending).await.unwrap();
    assert_eq!(measured.len(), 3, "{measured:?}");
    assert_eq!(measured[0].as_ref().map(|effects| shown(effects)), Ok(String::new()));
    assert_eq!(measured[1].as_ref().unwrap_err(), "relation \"missing\" does not exist");
    assert_eq!(measured[2].as_ref().unwrap_err(), "one before it could not be measured");
}

fn graves(sql: &str, effects: &[Effect], rows: Option<u64>) -> Vec<String> {
    let by_rule = dangers(Engine::Postgres, "2.sql", sql, true);
    let weighed = weighed("2.sql", by_rule, effects, |_| rows);
    weighed.iter().filter(|danger| danger.is_grave).map(Danger::to_string).collect()
}

fn effect(lock: &str, work: Work) -> Effect {
    Effect { first: 1, last: 2, tables: [("orders".to_owned(), (lock.to_owned(), work))].into() }
}

#[test]
fn a_measurement_overrules_the_rules_both_ways() {
    let wider = "ALTER TABLE orders\n  ALTER COLUMN customer TYPE text;";
    assert_eq!(graves(wider, &[], None).len(), 1);
    assert_eq!(graves(wider, &[effect("AccessExclusiveLock", Work::None)], None), [""; 0]);
    let [rewrite] = &graves(wider, &[effect("AccessExclusiveLock", Work::Rewrite)], None)[..] else { panic!() };
    assert!(rewrite.starts_with("2.sql:1: it writes anew orders under AccessExclusiveLock"), "{rewrite}");
    let mut key = effect("ShareRowExclusiveLock", Work::Scan);
    key.tables.insert("customers".to_owned(), ("ShareRowExclusiveLock".to_owned(), Work::None));
    let [both] = &graves("SELECT 1;", &[key], None)[..] else { panic!() };
    assert!(both.contains("reads all of orders under") && both.contains("writes there or in customers"), "{both}");
    // What no rule knows.
    let index = [effect("ShareLock", Work::Scan)];
    assert_eq!(graves("SELECT 1;", &index, Some(200_000)).len(), 1);
    assert_eq!(graves("SELECT 1;", &index, Some(10)), [""; 0], "a small table is done at once");
    // What is lost or breaks is none the less for being quick.
    assert_eq!(
        graves("ALTER TABLE orders DROP COLUMN note;", &[effect("AccessExclusiveLock", Work::None)], Some(1)).len(),
        1
    );
}
