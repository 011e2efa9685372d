use std::process::Command;

use envctl::local::server::{Error, Seed, SeedCommand, Seeded, migrate, seed};
use envctl::model::Engine;

use super::support::{PASSWORD, Server, installation};

fn command(server: &Server, script: &str) -> Seed {
    let client = server.client().interactive(&[]).unwrap();
    let words = std::iter::once(client.get_program()).chain(client.get_args());
    let words: Vec<&str> = words.map(|word| word.to_str().unwrap()).collect();
    let script = format!("sql() {{ {} \"$@\"; }}\n{script}", shlex::try_join(words).unwrap());
    let name = if server.client().engine() == Engine::Postgres { "PGPASSWORD" } else { "MYSQL_PWD" };
    Seed::Command(SeedCommand {
        argv: ["sh", "-ec", &script].map(str::to_owned).into(),
        folder: server.folder.path().to_owned(),
        environment: vec![(name.to_owned(), PASSWORD.into())],
    })
}

#[tokio::test]
async fn a_file_is_loaded_once_or_not_at_all() {
    let server = Server::started(Engine::Postgres).await;
    let client = server.client();
    let folder = server.files(&[("1.sql", "CREATE TABLE users (id int PRIMARY KEY);")]);
    migrate(&client, &folder).await.unwrap();
    let file = |text: &str| {
        let path = server.folder.path().join("seed.sql");
        std::fs::write(&path, text).unwrap();
        Seed::File(path)
    };
    let error =
        seed(&client, Some(&file("INSERT INTO users VALUES (1);\nINSERT INTO users VALUES (1);"))).await.unwrap_err();
    assert!(matches!(&error, Error::Sql(error) if error.line == Some(2)), "{error}");
    assert_eq!(server.value("SELECT count(*) FROM users").await, "0");
    let good = file("INSERT INTO users VALUES (1);");
    assert_eq!(seed(&client, Some(&good)).await.unwrap(), Seeded::Now);
    assert_eq!(seed(&client, Some(&good)).await.unwrap(), Seeded::Before);
    assert_eq!(server.value("SELECT count(*) FROM users").await, "1");

    // Made anew, it is fresh; and without a seed then, it is never seeded.
    client.recreate_database().await.unwrap();
    migrate(&client, &folder).await.unwrap();
    assert_eq!(seed(&client, None).await.unwrap(), Seeded::Nothing);
    assert_eq!(seed(&client, Some(&good)).await.unwrap(), Seeded::Before);
    assert_eq!(server.value("SELECT count(*) FROM users").await, "0");
}

#[tokio::test]
async fn a_dump_is_a_seed() {
    let server = Server::started(Engine::Postgres).await;
    let client = server.client();
    client
        .query(
            "CREATE TABLE users AS SELECT generate_series(1, 5) AS id, E'a;\\tb\\\\''c\\ncommit;' AS name;
                CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;",
        )
        .await
        .unwrap();
    let psql = client.interactive(&[]).unwrap();
    let mut dump = Command::new(installation(Engine::Postgres).await.server.with_file_name("pg_dump"));
    dump.args(psql.get_args().filter(|arg| *arg != "-X")).env("PGPASSWORD", PASSWORD);
    let output = dump.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let path = server.folder.path().join("dump.sql");
    std::fs::write(&path, output.stdout).unwrap();

    client.recreate_database().await.unwrap();
    assert_eq!(seed(&client, Some(&Seed::File(path))).await.unwrap(), Seeded::Now);
    assert_eq!(server.value("SELECT count(*), min(length(name)), f() FROM users").await, "5|15|2");
}

#[tokio::test]
async fn a_command_seeds_once_and_is_undone_where_it_fails() {
    let server = Server::started(Engine::Postgres).await;
    seeds_by_command(&server).await;
}

#[tokio::test]
async fn a_command_seeds_mariadb_too() {
    let server = Server::started(Engine::Mariadb).await;
    seeds_by_command(&server).await;
}

async fn seeds_by_command(server: &Server) {
    let client = server.client();
    client.query("CREATE TABLE users (id int PRIMARY KEY);").await.unwrap();
    let bad = command(
        server,
        "echo 'INSERT INTO users VALUES (1); CREATE TABLE x (a int);' | sql; echo $PGPASSWORD $MYSQL_PWD; exit 3",
    );
    let error = seed(&client, Some(&bad)).await.unwrap_err();
    assert!(matches!(&error, Error::SeedCommand { .. }), "{error}");
    assert!(error.to_string().contains("exit status: 3") && error.to_string().contains("***"), "{error}");
    assert!(!error.to_string().contains("5eCr3t"), "{error}");
    let rows = async |expected: &str| {
        let tables = client.tables().await.unwrap();
        let shown: Vec<String> = tables.iter().map(|table| format!("{} {}", table.name, table.rows)).collect();
        assert_eq!(shown.join(", "), expected);
    };
    rows("users 0").await;

    // A run that is killed while the command is at work.
    let slow = command(server, "echo 'INSERT INTO users VALUES (1);' | sql; sleep 60");
    let cut_off = tokio::time::timeout(std::time::Duration::from_millis(1500), seed(&client, Some(&slow))).await;
    assert!(cut_off.is_err());
    let good = command(server, "echo 'INSERT INTO users VALUES (2), (3);' | sql");
    assert_eq!(seed(&client, Some(&good)).await.unwrap(), Seeded::Now);
    assert_eq!(seed(&client, Some(&good)).await.unwrap(), Seeded::Before);
    rows("users 2").await;
}
