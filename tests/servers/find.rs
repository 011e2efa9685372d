use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use envctl::local::server::{Error, Installation, System, find, search_list};
use envctl::model::{Engine, EngineVersion};
use snapbox::{assert_data_eq, str};
use tempfile::TempDir;

const BOOKWORM: &str = "ID=debian\nVERSION_ID=\"12\"\n";

/// A system with programs that say that they are these versions.
fn machine(programs: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, says) in programs {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/bin/sh\necho '{says}'\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    root
}

fn with_postgres() -> TempDir {
    machine(&[
        ("usr/lib/postgresql/15/bin/postgres", "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"),
        ("usr/lib/postgresql/16/bin/postgres", "postgres (PostgreSQL) 16.2"),
        ("opt/homebrew/opt/postgresql@16/bin/postgres", "postgres (PostgreSQL) 16.10"),
        ("usr/local/opt/postgresql@13/bin/postgres", "postgres (PostgreSQL) 13.1"),
        ("usr/bin/postgres", "not a database at all"),
        ("usr/sbin/mysqld", "/usr/sbin/mysqld  Ver 10.11.6-MariaDB for Linux on x86_64 (MariaDB Server)"),
    ])
}

async fn found(
    root: &TempDir,
    engine: Engine,
    version: &str,
    any_major: bool,
    explicit: Option<PathBuf>,
) -> Result<Installation, Error> {
    let folders = search_list(engine, explicit.as_deref(), Some("relative:".as_ref()), root.path());
    let version = EngineVersion::parse(version).unwrap();
    find(engine, &version, any_major, &folders, &System::read(Some(BOOKWORM), false)).await
}

#[tokio::test]
async fn the_newest_of_the_major_is_taken_wherever_it_is() {
    let root = with_postgres();
    for (wanted, any_major, version) in [
        ("16", false, "16.10"),
        ("16.2", false, "16.10"),
        ("15", true, "15.18"),
        // The nearest newer one; and where there is none, the newest.
        ("14.5", true, "15.18"),
        ("17", true, "16.10"),
    ] {
        let one = found(&root, Engine::Postgres, wanted, any_major, None).await.unwrap();
        assert_eq!(one.version.to_string(), version, "{wanted}");
    }
    let explicit = root.path().join("usr/lib/postgresql/16/bin");
    let one = found(&root, Engine::Postgres, "16", false, Some(explicit)).await.unwrap();
    assert_eq!(one.version.to_string(), "16.2");
}

#[tokio::test]
async fn a_mysqld_that_is_mariadbs_is_no_mysql() {
    let root = with_postgres();
    assert_eq!(found(&root, Engine::Mariadb, "10.11", false, None).await.unwrap().version.to_string(), "10.11.6");
    assert!(matches!(found(&root, Engine::Mysql, "8.0", true, None).await, Err(Error::NotInstalled(_))));
}

#[tokio::test]
async fn what_is_missing_is_said_with_what_is_there_and_what_helps() {
    let root = with_postgres();
    let shown = |error: Error| error.to_string().replace(root.path().canonicalize().unwrap().to_str().unwrap(), "ROOT");
    let error = found(&root, Engine::Postgres, "17.2", false, None).await.unwrap_err();
    assert_data_eq!(
        shown(error),
        str![[r#"
postgres 17 is not installed on this machine
found postgres 16.10 in ROOT/opt/homebrew/opt/postgresql@16/bin
found postgres 16.2 in ROOT/usr/lib/postgresql/16/bin
found postgres 15.18 in ROOT/usr/lib/postgresql/15/bin
found postgres 13.1 in ROOT/usr/local/opt/postgresql@13/bin
install it: sudo apt-get install postgresql-17 (needs the PGDG repository, apt.postgresql.org)
or permit another major: a `[[deliberate]]` entry on `database.NAME.version`
"#]]
    );
    let error = found(&root, Engine::Mysql, "8.0", true, Some(Path::new("/nowhere").into())).await.unwrap_err();
    assert_data_eq!(
        shown(error),
        str![[r#"
mysql 8.0 is not installed in /nowhere
install it: sudo apt-get install mysql-server (needs MySQL's own APT repository)
"#]]
    );
}
