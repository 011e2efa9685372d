use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use envctl::local::server::{Error, Seed, Seeded, Started, Table, migrate, seed, status};
use envctl::model::Engine;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::support::{Server, free_port, password};

#[tokio::test]
async fn a_server_lives_and_recovers_from_being_killed() {
    let server = Server::started(Engine::Mariadb).await;
    let cluster = &server.cluster;
    assert!(!cluster.init(&password()).await.unwrap());
    assert_eq!(cluster.start().await.unwrap(), Started::Already);
    assert_eq!(server.value("SELECT @@bind_address, @@innodb_flush_log_at_trx_commit").await, "127.0.0.1|1");
    assert_eq!(server.value("SELECT user FROM mysql.user WHERE user NOT LIKE 'mariadb.sys'").await, "shop_owner");
    server.value("CREATE TABLE kept (a int); INSERT INTO kept VALUES (1);").await;
    let error = cluster.client("wrong".into()).query("SELECT 1").await.unwrap_err();
    assert!(matches!(&error, Error::Unreachable { said } if said.contains("Access denied")), "{error}");

    let pid = server.pid().await;
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    while cluster.running().await.is_some() {}
    assert_eq!(cluster.start().await.unwrap(), Started::Now);
    assert_eq!(server.value("SELECT a FROM kept").await, "1");
    assert!(cluster.stop().await.unwrap());
    assert!(!cluster.stop().await.unwrap());
    cluster.destroy().await.unwrap();
    assert!(!cluster.home().folder().exists());
}

#[tokio::test]
async fn what_keeps_a_server_from_starting_is_said() {
    let server = Server::made(Engine::Mariadb).await;
    let port = free_port();
    let error = server.again(port, &[("max_conections", "7")]).await.start().await.unwrap_err();
    assert!(error.to_string().contains("unknown variable 'max_conections=7'"), "{error}");
    let taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let error = server.again(port, &[]).await.start().await.unwrap_err();
    assert!(matches!(error, Error::PortTaken { .. }), "{error}");
    drop(taken);
    let cluster = server.again(port, &[("max_connections", "77")]).await;
    cluster.start().await.unwrap();
    assert_eq!(cluster.client(password()).query("SELECT @@max_connections").await.unwrap(), [["77"]]);
}

#[tokio::test]
async fn migrations_and_seed_are_applied_once_or_not_at_all() {
    let server = Server::started(Engine::Mariadb).await;
    let client = server.client();
    let folder = server.files(&[
        ("1.sql", "CREATE TABLE users (id int PRIMARY KEY, name varchar(20));\nINSERT INTO users VALUES (1, 'a\\tb');"),
        (
            "2.sql",
            "CREATE TABLE orders (id int);\nALTER TABLE users DROP COLUMN name;\n\nINSERT INTO orders\n VALUES (x);",
        ),
    ]);
    assert_eq!(status(&client, &folder).await.unwrap().pending, ["1.sql", "2.sql"]);
    let error = migrate(&client, &folder).await.unwrap_err();
    assert!(server.shown(&error).starts_with("FOLDER/migrations/2.sql:4: Unknown column 'x'"), "{error}");
    // Though tables were changed before the error.
    let table = |name: &str, rows| Table { name: name.to_owned(), rows };
    assert_eq!(client.tables().await.unwrap(), [table("users", 1)]);
    assert_eq!(client.query("SELECT * FROM users").await.unwrap(), [["1", "a\tb"]]);

    // Killed half-way: what had begun is undone before the next run.
    server.files(&[("2.sql", "CREATE TABLE orders (id int);\nSELECT sleep(60);")]);
    let cut_off = tokio::time::timeout(Duration::from_millis(1500), migrate(&client, &folder)).await;
    assert!(cut_off.is_err());
    server.files(&[("2.sql", "CREATE TABLE orders (id int);")]);
    let (one, other) = tokio::join!(migrate(&client, &folder), migrate(&client, &folder));
    assert_eq!(one.unwrap().len() + other.unwrap().len(), 1);
    assert_eq!(client.tables().await.unwrap(), [table("orders", 0), table("users", 1)]);
    assert!(!server.cluster.home().folder().join("before.sql").exists());

    let file = server.folder.path().join("seed.sql");
    fs::write(&file, "INSERT INTO orders VALUES (1);\nINSERT INTO orders VALUES (y);").unwrap();
    assert!(matches!(seed(&client, Some(&Seed::File(file.clone()))).await, Err(Error::Sql(_))));
    assert_eq!(client.tables().await.unwrap()[0], table("orders", 0));
    fs::write(&file, "INSERT INTO orders VALUES (1);").unwrap();
    assert_eq!(seed(&client, Some(&Seed::File(file.clone()))).await.unwrap(), Seeded::Now);
    assert_eq!(seed(&client, Some(&Seed::File(file))).await.unwrap(), Seeded::Before);
    client.recreate_database().await.unwrap();
    assert_eq!(client.tables().await.unwrap(), []);
    assert_eq!(migrate(&client, &folder).await.unwrap().len(), 2);
}

/// A second migration that was cut off while it ran, after a first that has left a row.
async fn cut_off(server: &Server) -> PathBuf {
    let rows = "CREATE TABLE users (id int);\nINSERT INTO users VALUES (1);";
    let folder = server.files(&[("1.sql", rows), ("2.sql", "SELECT sleep(60);")]);
    assert!(tokio::time::timeout(Duration::from_millis(1500), migrate(&server.client(), &folder)).await.is_err());
    server.files(&[("2.sql", "SELECT 1;")]);
    folder
}

/// The client of a run that was killed goes on with its file, whatever becomes of the database.
#[tokio::test]
async fn a_client_that_outlives_its_run_writes_into_nothing_that_was_brought_back() {
    let server = Server::started(Engine::Mariadb).await;
    let client = server.client();
    let folder = cut_off(&server).await;
    let file = server.folder.path().join("left");
    fs::write(&file, "INSERT INTO users VALUES (2);\nSELECT sleep(3);\nINSERT INTO users VALUES (3);").unwrap();
    let mut left = client.interactive(&["--skip-reconnect".to_owned()]).unwrap();
    left.stdin(fs::File::open(&file).unwrap()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut left = left.spawn().unwrap();
    while server.value("SELECT count(*) FROM users").await != "2" {}
    assert_eq!(migrate(&client, &folder).await.unwrap(), ["2.sql"]);
    assert!(!left.wait().unwrap().success(), "its session was ended");
    assert_eq!(server.value("SELECT id FROM users").await, "1");
}

/// Somebody has dropped it, and the records lie beside it.
#[tokio::test]
async fn a_database_that_was_dropped_is_made_anew_with_all_that_belongs_into_it() {
    let server = Server::started(Engine::Mariadb).await;
    let client = server.client();
    let folder = server.files(&[("1.sql", "CREATE TABLE users (id int);")]);
    migrate(&client, &folder).await.unwrap();
    assert_eq!(seed(&client, None).await.unwrap(), Seeded::Nothing);
    server.value("DROP DATABASE shop_db;").await;
    assert!(!client.has_database().await.unwrap());
    assert_eq!(migrate(&client, &folder).await.unwrap(), ["1.sql"]);
    assert_eq!(seed(&client, None).await.unwrap(), Seeded::Nothing);
    assert_eq!(client.tables().await.unwrap()[0].name, "users");
}

/// A component whose pool opens a session for each that ends.
#[tokio::test]
async fn who_comes_again_and_again_does_not_keep_the_database_from_being_brought_back() {
    let server = Server::started(Engine::Mariadb).await;
    let client = server.client();
    let folder = server.files(&[("1.sql", "CREATE TABLE users (id int);")]);
    migrate(&client, &folder).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let pool = std::thread::spawn({
        let (stop, client) = (Arc::clone(&stop), client.clone());
        move || {
            while !stop.load(Ordering::Relaxed) {
                let mut session = client.interactive(&["-e".to_owned(), "SELECT sleep(60)".to_owned()]).unwrap();
                drop(session.stdout(Stdio::null()).stderr(Stdio::null()).status());
            }
        }
    });
    while server.value("SELECT count(*) FROM information_schema.processlist WHERE info LIKE '%sleep(60)%'").await != "2"
    {
    }
    server.files(&[("2.sql", "CREATE TABLE orders (id int);\nSELECT x;")]);
    let error = migrate(&client, &folder).await.unwrap_err();
    assert!(matches!(&error, Error::Sql(_)), "{error}");
    assert_eq!(client.tables().await.unwrap().len(), 1);
    stop.store(true, Ordering::Relaxed);
    client.recreate_database().await.unwrap();
    pool.join().unwrap();
}

/// By a machine that has lost its power.
#[tokio::test]
async fn a_dump_that_is_cut_short_is_not_brought_back() {
    let server = Server::started(Engine::Mariadb).await;
    let client = server.client();
    let folder = cut_off(&server).await;
    let dump = server.cluster.home().folder().join("before.sql");
    let text = fs::read_to_string(&dump).unwrap();
    for cut in ["", &text[..text.len() / 2]] {
        fs::write(&dump, cut).unwrap();
        let error = migrate(&client, &folder).await.unwrap_err();
        assert!(matches!(&error, Error::HalfDump { .. }) && error.to_string().contains("envctl reset"), "{error}");
        assert_eq!(server.value("SELECT id FROM users").await, "1", "nothing is lost");
    }
    client.recreate_database().await.unwrap();
    assert_eq!(migrate(&client, &folder).await.unwrap(), ["1.sql", "2.sql"]);
}

#[tokio::test]
async fn a_long_path_has_no_socket_and_works() {
    let mut server = Server::new(Engine::Mariadb).await;
    let settings = envctl::local::server::Settings {
        folder: server.folder.path().join("a folder, \"quoted\" ".repeat(6).trim()).join("main"),
        port: free_port(),
        database: "shop_db".to_owned(),
        user: "shop_owner".to_owned(),
        parameters: [].into(),
    };
    let installation = super::support::installation(Engine::Mariadb).await;
    server.cluster = envctl::local::server::Cluster::new(installation, settings).unwrap();
    server.cluster.init(&password()).await.unwrap();
    server.cluster.start().await.unwrap();
    assert_eq!(server.value("SELECT @@socket").await, "server.sock");
}
