//! `launch` with migrations to bring, really run, against the machine's own servers with TLS, as RDS has it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use envctl::local::server::{Migrations, Status, migrate, status};
use envctl::model::{Engine, Environment};
use snapbox::{assert_data_eq, str};

use super::launch::Instance;
use super::sample::{artifact, files, image, name, resolved, shop, write_program};
use crate::servers::support::{PASSWORD, Server, free_port, password};

fn shop_with(engine: Engine) -> Environment {
    let mut environment = shop(artifact(), "true");
    let main = environment.shape.database.get_mut(&name("main")).unwrap();
    main.engine = engine;
    main.migrations = Some("web/db/migrations/".to_owned());
    environment.shape.compute.get_mut(&name("web")).unwrap().directory = Some("./web".to_owned());
    environment
}

/// An instance whose release holds these files, before a server in the place of RDS.
async fn instance(server: &Server, release: &[(&str, &str)]) -> Instance {
    let instance = instance_of(server, &shop_with(server.client().engine())).await;
    fs::create_dir_all(folder(&instance)).unwrap();
    put(&instance, release);
    instance
}

async fn instance_of(server: &Server, environment: &Environment) -> Instance {
    let port =
        server.value(if server.client().engine() == Engine::Postgres { "SHOW port" } else { "SELECT @@port" }).await;
    let instance = Instance::new(environment).with_secrets("-", "-", PASSWORD);
    let at = |name: &str| instance.folder.path().join(name);
    let manifest = fs::read_to_string(at("manifest.json")).unwrap();
    let here = manifest
        .replace("shop-staging-main.abc123.eu-west-1.rds.amazonaws.com", "127.0.0.1")
        .replace("\"5432\"", &format!("\"{port}\""));
    assert_ne!(here, manifest);
    fs::write(at("manifest.json"), here).unwrap();
    // The clients themselves, noted with their arguments.
    for client in ["psql", "mariadb"] {
        let real = String::from_utf8(Command::new("which").arg(client).output().unwrap().stdout).unwrap();
        let noted = format!("#!/bin/sh\necho \"$*\" >>\"$FAKE/clients\"\nexec {} \"$@\"\n", real.trim());
        write_program(&at(client), &noted);
    }
    instance
}

fn put(instance: &Instance, release: &[(&str, &str)]) {
    for (name, sql) in release {
        fs::write(folder(instance).join(name), sql).unwrap();
    }
}

fn folder(instance: &Instance) -> PathBuf {
    instance.folder.path().join("release/db/migrations")
}

/// What launch says, as the journal keeps it; and whether the component has started.
fn said(instance: &Instance) -> (String, bool) {
    let output = instance.launch();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!told.contains("5eCr3t"), "{told}");
    (told.replace(instance.folder.path().to_str().unwrap(), "INSTANCE"), output.status.success())
}

async fn with_tls(engine: Engine) -> Server {
    if engine == Engine::Postgres {
        let server = Server::started(engine).await;
        server
            .value(
                "COPY (SELECT 1) TO PROGRAM 'openssl req -new -x509 -nodes -days 2 -subj /CN=db -keyout server.key -out server.crt';
                 ALTER SYSTEM SET ssl = on;",
            )
            .await;
        server.value("SELECT pg_reload_conf()").await;
        return server;
    }
    let mut server = Server::new(engine).await;
    let at = |name: &str| server.folder.path().join(name).to_str().unwrap().to_owned();
    let (key, certificate) = (at("key.pem"), at("cert.pem"));
    let arguments = ["req", "-new", "-x509", "-nodes", "-days", "2", "-subj", "/CN=db", "-keyout", &key, "-out"];
    let made = Command::new("openssl").args(arguments).arg(&certificate).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    server.cluster = server.again(free_port(), &[("ssl_cert", &certificate), ("ssl_key", &key)]).await;
    assert!(server.cluster.init(&password()).await.unwrap());
    server.cluster.start().await.unwrap();
    server
}

const USERS: (&str, &str) = ("1_users.sql", "CREATE TABLE users (id int PRIMARY KEY, name varchar(9));");

#[tokio::test(flavor = "multi_thread")]
async fn each_is_applied_once_as_on_a_laptop() {
    let server = with_tls(Engine::Postgres).await;
    let instance = instance(
        &server,
        &[
            ("10_index.sql", "-- envctl: no-transaction\nCREATE INDEX CONCURRENTLY by_name ON users (name);"),
            ("2_rows.sql", "INSERT INTO users VALUES (1, 'a;b'), (2, $$c\nd$$);\nSELECT pg_sleep(0.3);"),
            ("1_users.down.sql", "DROP TABLE users;"),
            USERS,
        ],
    )
    .await;
    // Two instances that start together.
    let told = std::thread::scope(|scope| {
        let both = [(), ()].map(|()| scope.spawn(|| said(&instance)));
        both.map(|one| one.join().unwrap())
    });
    assert!(told.iter().all(|(_, started)| *started), "{told:?}");
    assert_data_eq!(
        told.map(|(told, _)| told).concat(),
        str![[r#"
envctl: database main: 1_users.sql is applied
envctl: database main: 2_rows.sql is applied
envctl: database main: 10_index.sql is applied

"#]]
    );
    assert_eq!(said(&instance), (String::new(), true), "nothing is left to do");
    assert_eq!(server.value("SELECT count(*) FROM users").await, "2");

    // Both know what the other has done.
    let client = server.client();
    let all = ["1_users.sql", "2_rows.sql", "10_index.sql"].map(str::to_owned).to_vec();
    let local = status(&client, &folder(&instance)).await.unwrap();
    assert_eq!(local, Status { applied: all, pending: Vec::new() });
    put(&instance, &[("11.sql", "CREATE TABLE orders (id int);")]);
    assert_eq!(migrate(&client, &folder(&instance)).await.unwrap(), ["11.sql"]);
    assert_eq!(said(&instance), (String::new(), true));

    let clients = fs::read_to_string(instance.folder.path().join("clients")).unwrap();
    assert!(clients.contains("--single-transaction") && !clients.contains("5eCr3t"), "{clients}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_release_starts_beside_and_after_a_newer_one() {
    let server = with_tls(Engine::Postgres).await;
    let newer = instance(&server, &[USERS, ("2.sql", "ALTER TABLE users ADD email text;")]).await;
    assert!(said(&newer).1);
    let older = instance(&server, &[USERS]).await;
    assert_eq!(said(&older), (String::new(), true));
    // What comes in between is nobody's intention.
    let beside = instance(&server, &[("0_tables.sql", "SELECT 1;"), USERS]).await;
    assert_data_eq!(
        said(&beside).0,
        str![
            "envctl: database main: 0_tables.sql comes before 2.sql, which is applied: give it a higher number

"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_keeps_the_component_from_starting() {
    let server = with_tls(Engine::Postgres).await;
    let instance =
        instance(&server, &[USERS, ("2.sql", "ALTER TABLE users ADD email text;\nSELECT nmae FROM users;")]).await;
    assert_data_eq!(
        said(&instance).0,
        str![[r#"
envctl: database main: 1_users.sql is applied
envctl: database main: migration 2.sql: psql:INSTANCE/release/db/migrations/2.sql:2: ERROR:  column "nmae" does not exist
LINE 1: SELECT nmae FROM users;
               ^
HINT:  Perhaps you meant to reference the column "users.name".

"#]]
    );
    let state = "SELECT (SELECT count(*) FROM information_schema.columns WHERE table_name = 'users'), \
                 (SELECT string_agg(name, ' ') FROM envctl.migrations)";
    assert_eq!(server.value(state).await, "2|1_users.sql", "the database is as it was before that file");
    // Mended, it goes through.
    put(&instance, &[("2.sql", "ALTER TABLE users ADD email text;")]);
    assert_eq!(said(&instance), ("envctl: database main: 2.sql is applied\n".to_owned(), true));

    put(&instance, &[USERS, ("1_users.sql", "CREATE TABLE users (id int);")]);
    let (told, started) = said(&instance);
    assert!(told.contains("1_users.sql was applied on 2") && told.contains("has been changed since"), "{told}");
    assert!(!started);
    put(&instance, &[USERS, ("2.sql", "ALTER TABLE users ADD email text;"), ("02_again.sql", "")]);
    let (told, _) = said(&instance);
    assert!(told.contains("2.sql and 02_again.sql begin with the same number"), "{told}");
    fs::remove_file(folder(&instance).join("02_again.sql")).unwrap();

    put(&instance, &[("3.sql", "ALTER TABLE users ADD a int;\nCOMMIT;\nALTER TABLE users ADD b int;")]);
    let (told, started) = said(&instance);
    assert!(told.contains("the file has ended the transaction") && !started, "{told}");
    let (told, started) = said(&instance);
    assert!(told.contains("3.sql was begun and did not end") && !started, "{told}");

    server.value("DELETE FROM envctl.migrations WHERE name = '3.sql'").await;
    put(&instance, &[("3.sql", "\\getenv password PGPASSWORD\nSELECT :'password'::int;")]);
    let (told, started) = said(&instance);
    assert!(told.contains(r#"invalid input syntax for type integer: "***""#) && !started, "{told}");

    fs::remove_dir_all(folder(&instance)).unwrap();
    let (told, started) = said(&instance);
    assert!(told.contains("of the release cannot be read: No such file or directory") && !started, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_tls_is_none() {
    let server = Server::started(Engine::Postgres).await;
    let instance = instance(&server, &[USERS]).await;
    let (told, started) = said(&instance);
    assert!(told.contains("server does not support SSL") && !started, "{told}");
    // A client that ends before it is asked anything says why, too.
    let psql = instance.folder.path().join("psql");
    write_program(&psql, "#!/bin/sh\nexec <&-\necho no such host >&2\nexit 2\n");
    assert_eq!(said(&instance), ("envctl: database main: no such host\n".to_owned(), false));
}

/// Copies out of a folder as the client does out of a container: one that is made, and only the first of its name.
const DOCKER: &str = r#"#!/bin/sh
echo "$*" >>"$FAKE/docker.calls"
[ "$1 $2" = "--host unix:///var/run/docker.sock" ] || exit 125
shift 2
case $1 in
create) mkdir "$FAKE/container" ;;
cp) [ -d "$FAKE/container" ] && cp -r "$FAKE/image${2#envctl-web-migrations:}" "$3" ;;
rm) rm -rf "$FAKE/container" ;;
esac
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_image_brings_what_lies_in_its_workdir() {
    let server = with_tls(Engine::Postgres).await;
    let mut environment = shop_with(Engine::Postgres);
    let web = environment.shape.compute.get_mut(&name("web")).unwrap();
    (web.source, web.workdir) = (image(), Some("/srv/app/".to_owned()));
    let instance = instance_of(&server, &environment).await;
    let at = |name: &str| instance.folder.path().join(name);
    write_program(&at("docker"), DOCKER);
    let (told, started) = said(&instance);
    assert!(told.contains("/srv/app/db/migrations cannot be copied out of 1") && !started, "{told}");

    let files = at("image/srv/app/db/migrations");
    fs::create_dir_all(&files).unwrap();
    fs::write(files.join(USERS.0), USERS.1).unwrap();
    // What a start that was killed has left.
    fs::create_dir(at("container")).unwrap();
    assert_eq!(said(&instance), ("envctl: database main: 1_users.sql is applied\n".to_owned(), true));
    assert_eq!(said(&instance), (String::new(), true));
    assert_eq!(server.value("SELECT count(*) FROM users").await, "0");
    assert!(!at("container").exists());

    let calls = fs::read_to_string(at("docker.calls")).unwrap();
    assert!(calls.contains(" run ") && calls.contains("--workdir /srv/app/ "), "{calls}");
    assert!(!calls.contains("5eCr3t"), "{calls}");
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_says_what_it_cannot_take_back() {
    let server = with_tls(Engine::Mariadb).await;
    let instance = instance(&server, &[USERS, ("2.sql", "INSERT INTO users VALUES (1, 'é');")]).await;
    let (told, started) = said(&instance);
    assert!(told.contains("1_users.sql is applied") && told.contains("2.sql is applied") && started, "{told}");
    assert_eq!(said(&instance), (String::new(), true));
    let local = status(&server.client(), &folder(&instance)).await.unwrap();
    assert_eq!(local.pending, [""; 0]);
    assert_eq!(server.value("SELECT hex(name) FROM users").await, "C3A9");

    put(&instance, &[("3.sql", "ALTER TABLE users ADD email text;\nSELECT nmae FROM users;")]);
    let (told, _) = said(&instance);
    assert!(told.contains("migration 3.sql: ") && told.contains("ERROR 1054 (42S22) at line 2"), "{told}");
    assert_data_eq!(
        said(&instance).0,
        str!["envctl: database main: 3.sql was begun and did not end: bring the database by hand to where it leads, then run UPDATE envctl.migrations SET applied_at = now() WHERE name = '3.sql';

"]
    );
    let clients = fs::read_to_string(instance.folder.path().join("clients")).unwrap();
    assert!(clients.contains("--ssl") && !clients.contains("5eCr3t"), "{clients}");
}

/// Names are put in order, and told apart from what is no migration, as envctl itself does.
#[test]
fn a_folder_reads_as_on_a_laptop() {
    let instance = tempfile::tempdir().unwrap();
    let at = |name: &str| instance.path().join(name);
    fs::write(at("migrate.py"), &files(&resolved(&shop_with(Engine::Postgres)))["/opt/envctl/migrate.py"]).unwrap();
    let release = at("release");
    fs::create_dir(&release).unwrap();
    for name in [
        "001_a.sql",
        "2_b.sql",
        "10_c.sql",
        "20240101120000_y.sql",
        "V1__x.sql",
        "V9__x.sql",
        "V10__x.sql",
        "a.sql",
        "a-1.sql",
        "a1.sql",
        "a_1.sql",
        "a10.sql",
        "a2b.sql",
        "a2.sql",
        "é.sql",
        "x.down.sql",
        "x.undo.sql",
        ".h.sql",
        "B.sql",
        "readme.md",
        "a1_1.sql",
        "a01_2.sql",
        "a1.5.sql",
    ] {
        fs::write(release.join(name), "-- About\n--  ENVCTL: no-transaction \nSELECT 1;\n-- envctl: no-transaction")
            .unwrap();
    }
    fs::write(release.join("3_x.sql"), "\u{feff}SELECT 1;\n-- envctl: no-transaction").unwrap();
    let print = "import migrate, sys\nfor file in migrate.read(sys.argv[1]):\n    print(file.name, file.digest, file.in_transaction)";
    let output =
        Command::new("python3").args(["-c", print]).arg(&release).current_dir(instance.path()).output().unwrap();
    let read = Migrations::read(&release).unwrap();
    let line = |file: &envctl::local::server::Migration| {
        let yes = if file.transaction { "True" } else { "False" };
        format!("{} {} {yes}\n", file.name, file.digest)
    };
    let expected: String = read.files.iter().map(line).collect();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(read.files.len(), 20);
}

#[test]
fn only_a_build_that_holds_them_brings_migrations() {
    let brings = |environment: &Environment| files(&resolved(environment)).contains_key("/opt/envctl/migrate.py");
    let web = |change: &dyn Fn(&mut envctl::model::Compute)| {
        let mut environment = shop_with(Engine::Postgres);
        change(environment.shape.compute.get_mut(&name("web")).unwrap());
        (brings(&environment), environment.migrates(&name("main")))
    };
    assert_eq!(web(&|_| ()), (true, true));
    assert_eq!(web(&|web| web.directory = None), (true, true));
    assert_eq!(web(&|web| web.directory = Some("web/db/migrations".to_owned())), (true, true));
    assert_eq!(web(&|web| web.directory = Some("we".to_owned())), (false, false));
    let run_from_image = |workdir: Option<&str>| {
        let workdir = workdir.map(str::to_owned);
        web(&move |web| (web.source, web.workdir) = (image(), workdir.clone()))
    };
    assert_eq!(run_from_image(None), (false, false));
    assert_eq!(run_from_image(Some("/app")), (true, true));
}
