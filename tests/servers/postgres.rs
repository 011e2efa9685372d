use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use envctl::local::server::{Error, Started, Table};
use envctl::model::Engine;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use snapbox::{assert_data_eq, str};

use super::support::{Server, destroy, free_port, password};

fn kill_at_once(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    let line = format!("/proc/{pid}/cmdline");
    let began = Instant::now();
    while fs::read(&line).is_ok_and(|line| !line.is_empty()) {
        assert!(began.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test]
async fn a_server_lives_and_recovers_from_being_killed() {
    let server = Server::new(Engine::Postgres).await;
    let cluster = &server.cluster;
    assert!(matches!(cluster.start().await, Err(Error::NoCluster { .. })));
    // What an attempt that was killed has left.
    let left = cluster.home().folder().join("partial-1/data");
    fs::create_dir_all(&left).unwrap();
    assert!(matches!(cluster.init(&"a\nb".into()).await, Err(Error::Password)));
    for milliseconds in [50, 300, 700] {
        let cut_off = Duration::from_millis(milliseconds);
        if tokio::time::timeout(cut_off, cluster.init(&password())).await.is_ok() {
            destroy(cluster.home().clone());
        }
    }
    assert!(cluster.init(&password()).await.unwrap());
    assert!(!left.exists());
    assert!(!cluster.init(&password()).await.unwrap());
    assert_eq!(cluster.home().version(), Some(super::support::installation(Engine::Postgres).await.version));

    assert_eq!(cluster.running().await, None);
    let (one, other) = tokio::join!(cluster.start(), cluster.start());
    assert_eq!((one.unwrap(), other.unwrap()), (Started::Now, Started::Already));
    let port = server.client().query("SHOW port").await.unwrap();
    assert_eq!(port, [[cluster.running().await.unwrap().port.unwrap().to_string()]]);
    // Ctrl-C at the terminal does not reach it.
    let pid = Pid::from_raw(server.pid().await);
    assert_eq!(nix::unistd::getpgid(Some(pid)), Ok(pid));
    let durable = "SELECT current_setting('fsync'), current_setting('full_page_writes'),
        current_setting('synchronous_commit'), current_setting('data_checksums'), current_setting('server_encoding')";
    assert_eq!(server.value(durable).await, "on|on|on|on|UTF8");
    server.value("CREATE TABLE kept AS SELECT 1 AS a").await;

    kill_at_once(server.pid().await);
    assert_eq!(cluster.running().await, None);
    assert!(matches!(server.client().query("SELECT 1").await, Err(Error::Unreachable { .. })));
    assert_eq!(cluster.start().await.unwrap(), Started::Now);
    assert_eq!(server.value("SELECT a FROM kept").await, "1");

    assert!(cluster.stop().await.unwrap());
    assert!(!cluster.stop().await.unwrap());
    cluster.destroy().await.unwrap();
    assert!(!cluster.home().folder().exists());
    cluster.destroy().await.unwrap();
}

/// A session at work does not notice that its server was killed.
#[tokio::test]
async fn what_a_killed_server_has_left_keeps_neither_the_next_one_nor_its_end_from_coming() {
    let server = Server::started(Engine::Postgres).await;
    let cluster = &server.cluster;
    let killed_at_work = async || {
        let args = ["-c", "DO $$ BEGIN LOOP END LOOP; END $$"].map(str::to_owned);
        let mut busy = server.client().interactive(&args).unwrap().stderr(Stdio::null()).spawn().unwrap();
        let at_work = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active'";
        while server.value(at_work).await != "1" {}
        kill_at_once(server.pid().await);
        // All others end by themselves.
        let began = Instant::now();
        while within(cluster.home().folder()) > 1 {
            assert!(began.elapsed() < Duration::from_secs(10));
        }
        assert_eq!(within(cluster.home().folder()), 1, "its session goes on");
        busy.kill().unwrap();
        busy.wait().unwrap();
    };
    killed_at_work().await;
    assert_eq!(cluster.start().await.unwrap(), Started::Now);
    killed_at_work().await;
    cluster.destroy().await.unwrap();
    assert_eq!(within(cluster.home().folder()), 0);
}

/// How many processes work in a folder or in what was one.
fn within(folder: &Path) -> usize {
    let entries = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path().join("cwd"));
    entries.filter_map(|cwd| fs::read_link(cwd).ok()).filter(|cwd| cwd.starts_with(folder)).count()
}

#[tokio::test]
async fn a_number_that_belongs_to_another_process_by_now_is_not_mistaken() {
    let server = Server::started(Engine::Postgres).await;
    let cluster = &server.cluster;
    kill_at_once(server.pid().await);
    // After a reboot: the server's number is that of a process of the same user.
    let mut command = Command::new("sleep");
    command.arg("60");
    if nix::unistd::Uid::effective().is_root() {
        use std::os::unix::process::CommandExt;
        let user = nix::unistd::User::from_name("postgres").unwrap().unwrap();
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw()).current_dir("/");
    }
    let mut stranger = command.spawn().unwrap();
    let file = cluster.home().folder().join("data/postmaster.pid");
    let text = fs::read_to_string(&file).unwrap();
    let (_, rest) = text.split_once('\n').unwrap();
    fs::write(&file, format!("{}\n{rest}", stranger.id())).unwrap();

    assert_eq!(cluster.running().await, None);
    assert!(!cluster.stop().await.unwrap());
    let started = cluster.start().await;
    let lives = stranger.try_wait().unwrap().is_none();
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    assert_eq!(started.unwrap(), Started::Now);
    assert!(lives, "a process was stopped that is none of ours");
    assert_eq!(server.value("SELECT 1").await, "1");
}

#[tokio::test]
async fn what_keeps_a_server_from_starting_is_said() {
    let server = Server::made(Engine::Postgres).await;
    let port = free_port();

    let error = server.again(port, &[("wrk_mem", "1")]).await.start().await.unwrap_err();
    assert_data_eq!(
        server.shown(&error),
        str![[r#"
the postgres server does not start: unrecognized configuration parameter "wrk_mem" in file "FOLDER/main/server.conf" line 6
its log: FOLDER/main/server.log
"#]]
    );
    let error = server.again(port, &[("max_connections", "many")]).await.start().await.unwrap_err();
    assert!(error.to_string().contains("invalid value for parameter \"max_connections\": \"many\""), "{error}");

    let taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let error = server.again(port, &[]).await.start().await.unwrap_err();
    assert!(matches!(error, Error::PortTaken { port: taken } if taken == port), "{error}");
    drop(taken);

    // Other settings take effect by starting it again; the same ones leave it alone.
    assert_eq!(server.again(port, &[("work_mem", "5MB"), ("rds.x", "1")]).await.start().await.unwrap(), Started::Now);
    let other = server.again(port, &[("work_mem", "6MB")]).await;
    assert_eq!(other.start().await.unwrap(), Started::Again);
    assert_eq!(other.client(password()).query("SHOW work_mem").await.unwrap(), [["6MB"]]);
}

#[tokio::test]
async fn no_file_is_read_as_another_major() {
    let server = Server::made(Engine::Postgres).await;
    fs::write(server.cluster.home().folder().join("made-by"), "9.6.24\n").unwrap();
    let error = server.cluster.start().await.unwrap_err();
    assert!(matches!(error, Error::OtherMajor { .. }), "{error}");
    assert!(error.to_string().contains("was made by postgres 9.6.24, and this is postgres 1"), "{error}");
}

#[tokio::test]
async fn a_long_path_has_no_socket_and_works() {
    let mut server = Server::new(Engine::Postgres).await;
    let long = server.folder.path().join("a folder, 'quoted' $HOME".repeat(5)).join("main");
    let port = free_port();
    let settings = envctl::local::server::Settings {
        folder: long,
        port,
        database: "shop_db".to_owned(),
        user: "shop_owner".to_owned(),
        parameters: [].into(),
    };
    let installation = super::support::installation(Engine::Postgres).await;
    server.cluster = envctl::local::server::Cluster::new(installation, settings).unwrap();
    server.cluster.init(&password()).await.unwrap();
    server.cluster.start().await.unwrap();
    assert_eq!(
        server.value("SELECT current_setting('unix_socket_directories'), inet_server_addr()").await,
        "|127.0.0.1"
    );
}

#[tokio::test]
async fn only_the_password_lets_in() {
    let server = Server::started(Engine::Postgres).await;
    let wrong = server.cluster.client("wrong".into());
    let error = wrong.query("SELECT 1").await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("password authentication failed for user \"shop_owner\""), "{error}");
    assert_eq!(server.value("SELECT DISTINCT auth_method FROM pg_hba_file_rules").await, "scram-sha-256");
}

#[tokio::test]
async fn tables_are_counted_and_the_database_is_made_anew() {
    let server = Server::started(Engine::Postgres).await;
    let client = server.client();
    assert_eq!(client.tables().await.unwrap(), []);
    client
        .query(
            "CREATE TABLE users AS SELECT generate_series(1, 3) AS id;
             CREATE SCHEMA \"Odd one\";
             CREATE TABLE \"Odd one\".\"it's\" (a int) PARTITION BY LIST (a);
             CREATE TABLE part PARTITION OF \"Odd one\".\"it's\" DEFAULT;
             INSERT INTO \"Odd one\".\"it's\" VALUES (1);
             CREATE VIEW v AS SELECT 1;",
        )
        .await
        .unwrap();
    let table = |name: &str, rows| Table { name: name.to_owned(), rows };
    assert_eq!(client.tables().await.unwrap(), [table("\"Odd one\".\"it's\"", 1), table("users", 3)]);

    // Somebody is connected.
    let mut session =
        client.interactive(&["-c".to_owned(), "SELECT pg_sleep(60)".to_owned()]).unwrap().spawn().unwrap();
    while server.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)'").await == "0" {}
    client.recreate_database().await.unwrap();
    assert!(!session.wait().unwrap().success());
    assert_eq!(client.tables().await.unwrap(), []);
}

#[tokio::test]
async fn a_folder_that_the_servers_user_may_not_enter_is_named() {
    if !nix::unistd::Uid::effective().is_root() {
        return;
    }
    let server = Server::new(Engine::Postgres).await;
    let closed = server.folder.path();
    fs::set_permissions(closed, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let error = server.cluster.init(&password()).await.unwrap_err();
    assert!(
        matches!(&error, Error::NotTraversable { folder, .. } if *folder == closed.canonicalize().unwrap()),
        "{error}"
    );
}

#[tokio::test]
async fn destroying_goes_on_where_it_was_cut_off() {
    let server = Server::made(Engine::Postgres).await;
    let home = server.cluster.home().clone();
    let removing = home.folder().with_file_name("main.removing");
    fs::rename(home.folder(), &removing).unwrap();
    destroy(home);
    assert!(!removing.exists());
}
