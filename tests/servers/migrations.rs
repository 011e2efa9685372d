use std::fs;

use envctl::local::server::{Error, Seed, migrate, seed, status};
use envctl::model::Engine;
use snapbox::{assert_data_eq, str};

use super::support::Server;

#[tokio::test]
async fn files_are_applied_once_in_order() {
    let server = Server::started(Engine::Postgres).await;
    let client = server.client();
    let folder = server.files(&[
        ("2_rows.sql", "INSERT INTO users VALUES (1, 'a;b'), (2, $$c\nd$$);"),
        ("1_users.sql", "-- It's the first.\nCREATE TABLE users (id int PRIMARY KEY, name text);"),
        ("10_index.sql", "-- envctl: no-transaction\nCREATE INDEX CONCURRENTLY by_name ON users (name);"),
        ("1_users.down.sql", "DROP TABLE users;"),
    ]);
    let before = status(&client, &folder).await.unwrap();
    assert_eq!(before.pending, ["1_users.sql", "2_rows.sql", "10_index.sql"]);
    assert_eq!(migrate(&client, &folder).await.unwrap(), before.pending);
    assert_eq!(migrate(&client, &folder).await.unwrap(), [""; 0]);
    let after = status(&client, &folder).await.unwrap();
    assert_eq!((after.applied.len(), after.pending.len()), (3, 0));
    let names: Vec<String> = client.tables().await.unwrap().into_iter().map(|table| table.name).collect();
    assert_eq!(names, ["users"]);

    server.files(&[("3_late.sql", "SELECT 1;")]);
    let error = migrate(&client, &folder).await.unwrap_err();
    assert!(matches!(&error, Error::OutOfOrder { applied, .. } if applied == "10_index.sql"), "{error}");
    fs::remove_file(folder.join("3_late.sql")).unwrap();
    server.files(&[("2_rows.sql", "INSERT INTO users VALUES (3, 'e');")]);
    let error = migrate(&client, &folder).await.unwrap_err();
    assert!(matches!(&error, Error::Changed { file, .. } if file.ends_with("2_rows.sql")), "{error}");
    fs::remove_file(folder.join("2_rows.sql")).unwrap();
    assert!(matches!(migrate(&client, &folder).await, Err(Error::Missing { .. })));
    assert_eq!(server.value("SELECT count(*) FROM users").await, "2");
}

#[tokio::test]
async fn one_that_is_edited_while_those_before_it_run_counts_as_it_ran() {
    let server = Server::started(Engine::Postgres).await;
    let client = server.client();
    let folder = server.files(&[("2.sql", "CREATE TABLE early (id int);")]);
    let edit = format!("\\! echo 'CREATE TABLE late (id int);' > {}/2.sql\nSELECT 1;", folder.display());
    server.files(&[("1.sql", &edit)]);
    assert_eq!(migrate(&client, &folder).await.unwrap(), ["1.sql", "2.sql"]);
    assert_eq!(client.tables().await.unwrap()[0].name, "late");
    assert_eq!(migrate(&client, &folder).await.unwrap(), [""; 0]);
}

/// By a command of psql's, which no scanner follows.
#[tokio::test]
async fn one_that_ends_its_transaction_unseen_is_known_as_half_done() {
    let server = Server::started(Engine::Postgres).await;
    let client = server.client();
    fs::write(server.folder.path().join("part.sql"), "COMMIT; CREATE TABLE a (id int); BEGIN;").unwrap();
    let text = "\\ir ../part.sql\nSELECT 1/0;\nCREATE TABLE b (id int);";
    let folder = server.files(&[("1.sql", text)]);
    assert!(matches!(migrate(&client, &folder).await, Err(Error::Sql(_))));
    let error = migrate(&client, &folder).await.unwrap_err();
    assert!(matches!(&error, Error::HalfWay { .. }) && error.to_string().contains("envctl reset"), "{error}");
    client.recreate_database().await.unwrap();
    // So is one that comes to its end.
    server.files(&[("1.sql", "\\ir ../part.sql\nSELECT 1;")]);
    let error = migrate(&client, &folder).await.unwrap_err();
    assert!(error.to_string().contains("ended the transaction"), "{error}");
    assert!(matches!(migrate(&client, &folder).await, Err(Error::HalfWay { .. })));
    client.recreate_database().await.unwrap();
    // Nor does one count that takes back that it began.
    fs::write(server.folder.path().join("part.sql"), "ROLLBACK; BEGIN;").unwrap();
    server.files(&[("1.sql", "\\ir ../part.sql\nSELECT 1;")]);
    let error = migrate(&client, &folder).await.unwrap_err();
    assert!(error.to_string().contains("ended the transaction"), "{error}");
    // Whoever it has become, it is done.
    server.files(&[(
        "1.sql",
        "CREATE ROLE app; GRANT CREATE ON SCHEMA public TO app; SET ROLE app; CREATE TABLE c (id int);",
    )]);
    assert_eq!(migrate(&client, &folder).await.unwrap(), ["1.sql"]);
    client.recreate_database().await.unwrap();
    fs::write(server.folder.path().join("part.sql"), "COMMIT; CREATE TABLE a (id int); BEGIN;").unwrap();
    server.files(&[("1.sql", text)]);

    let seeded = Seed::File(folder.join("1.sql"));
    assert!(matches!(seed(&client, Some(&seeded)).await, Err(Error::Sql(_))));
    let error = seed(&client, Some(&seeded)).await.unwrap_err();
    assert!(matches!(&error, Error::HalfSeed { .. }), "{error}");
}

#[tokio::test]
async fn one_that_fails_leaves_the_database_as_it_was_and_is_placed() {
    let server = Server::started(Engine::Postgres).await;
    let client = server.client();
    let folder = server.files(&[
        ("1.sql", "CREATE TABLE users (id int PRIMARY KEY);"),
        ("2.sql", "ALTER TABLE users ADD name text;\n\nINSERT INTO users (\n  id,\n  nmae\n) VALUES (1, 'x');\n"),
    ]);
    let error = migrate(&client, &folder).await.unwrap_err();
    assert_data_eq!(
        server.shown(&error),
        str![[r#"
FOLDER/migrations/2.sql:5: column "nmae" of relation "users" does not exist
    nmae
"#]]
    );
    let columns = "SELECT string_agg(column_name, ',') FROM information_schema.columns WHERE table_name = 'users'";
    assert_eq!(server.value(columns).await, "id");
    assert_eq!(server.value("SELECT name FROM envctl.migrations").await, "1.sql");

    // Mended, it goes through.
    for (text, line) in [
        ("SELECT 1;\nINSERT INTO users VALUES (1);\nINSERT INTO users\n  VALUES (1);", 3),
        ("COPY users FROM stdin;\n7\nx\n\\.\n", 3),
        ("SELECT 1;\n\n  SELECT FROM FROM;", 3),
        ("SELECT 1", 0),
    ] {
        server.files(&[("2.sql", text)]);
        match migrate(&client, &folder).await {
            Err(Error::Sql(error)) => assert_eq!(error.line, Some(line), "{error}"),
            other => assert_eq!((other.unwrap(), line), (vec!["2.sql".to_owned()], 0)),
        }
    }
}

#[tokio::test]
async fn what_cannot_run_in_a_transaction_is_said_with_the_line_that_helps() {
    let server = Server::started(Engine::Postgres).await;
    let client = server.client();
    let folder = server.files(&[
        ("1.sql", "CREATE TABLE users (id int);"),
        ("2.sql", "CREATE INDEX CONCURRENTLY by_id ON users (id);"),
    ]);
    let error = migrate(&client, &folder).await.unwrap_err();
    assert_data_eq!(
        server.shown(&error),
        str![[r#"
FOLDER/migrations/2.sql:1: CREATE INDEX CONCURRENTLY cannot run inside a transaction block
    CREATE INDEX CONCURRENTLY by_id ON users (id);
begin the file with the line `-- envctl: no-transaction`, and let it hold this statement alone
"#]]
    );
    server.files(&[("2.sql", "INSERT INTO users VALUES (1);\nCOMMIT;\nSELECT broken;")]);
    let error = migrate(&client, &folder).await.unwrap_err();
    assert!(matches!(&error, Error::OwnTransaction { line: 2, .. }), "{error}");
    assert_eq!(server.value("SELECT count(*) FROM users").await, "0");

    server.files(&[("2.sql", "-- envctl: no-transaction\nINSERT INTO users VALUES (1);\nSELECT broken;")]);
    let error = migrate(&client, &folder).await.unwrap_err();
    assert!(error.to_string().contains("what stands before this line has taken effect"), "{error}");
    assert_eq!(server.value("SELECT name FROM envctl.migrations").await, "1.sql");

    // Cut off half-way.
    client.query("INSERT INTO envctl.migrations VALUES ('2.sql', '', NULL)").await.unwrap();
    let error = migrate(&client, &folder).await.unwrap_err();
    assert!(matches!(error, Error::HalfWay { .. }), "{error}");
}

#[tokio::test]
async fn two_runs_at_once_take_turns() {
    let server = Server::started(Engine::Postgres).await;
    let client = server.client();
    let folder =
        server.files(&[("1.sql", "CREATE TABLE a (id int); SELECT pg_sleep(0.3);"), ("2.sql", "CREATE TABLE b ();")]);
    let (one, other) = tokio::join!(migrate(&client, &folder), migrate(&client, &folder));
    let mut applied = [one.unwrap(), other.unwrap()];
    applied.sort();
    assert_eq!(applied, [vec![], vec!["1.sql".to_owned(), "2.sql".to_owned()]]);

    // A client that a killed run has left is waited for as well.
    let mut left = client
        .interactive(&[
            "-qc".to_owned(),
            "BEGIN; INSERT INTO envctl.migrations VALUES ('3.sql', '', now()); SELECT pg_sleep(1); COMMIT;".to_owned(),
        ])
        .unwrap()
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while server.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'").await == "0" {}
    server.files(&[("3.sql", "CREATE TABLE never ();")]);
    assert_eq!(migrate(&client, &folder).await.unwrap(), [""; 0]);
    assert!(left.wait().unwrap().success());
    assert_eq!(server.value("SELECT to_regclass('never') IS NULL").await, "t");
}

/// An index that is built beside the traffic waits for every statement that began before it, that of a waiting run, too.
#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_take_turns_though_one_waits_for_all_others() {
    let server = Server::started(Engine::Postgres).await;
    let folder = server.files(&[
        ("1.sql", "CREATE TABLE users (name text);\nSELECT pg_sleep(0.5);"),
        ("2.sql", "-- envctl: no-transaction\nCREATE INDEX CONCURRENTLY by_name ON users (name);"),
    ]);
    let (one, other) = (server.client(), server.client());
    let (one, other) = tokio::join!(migrate(&one, &folder), migrate(&other, &folder));
    let mut applied = [one.unwrap(), other.unwrap()].concat();
    applied.sort();
    assert_eq!(applied, ["1.sql", "2.sql"]);
}
