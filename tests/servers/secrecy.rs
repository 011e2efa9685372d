use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use envctl::local::server::{migrate, seed};
use envctl::model::Engine;

use super::support::{Server, password};

/// The arguments of every process that ran meanwhile.
fn watched() -> (Arc<AtomicBool>, std::thread::JoinHandle<String>) {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let watch = std::thread::spawn(move || {
        let mut seen = String::new();
        while !stopped.load(Ordering::Relaxed) {
            for entry in fs::read_dir("/proc").unwrap().flatten() {
                let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
                let line = String::from_utf8_lossy(&line).replace('\0', " ");
                if !line.is_empty() && !seen.contains(&line) {
                    seen += &line;
                    seen.push('\n');
                }
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        seen
    });
    (stop, watch)
}

fn files_with(folder: &Path, text: &[u8], found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            files_with(&path, text, found);
        } else if fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|window| window == text)) {
            found.push(path.display().to_string());
        }
    }
}

async fn shows_no_password(engine: Engine) {
    let (stop, watch) = watched();
    let server = Server::new(engine).await;
    server.cluster.init(&password()).await.unwrap();
    server.cluster.start().await.unwrap();
    let client = server.client();
    let folder = server.files(&[("1.sql", "CREATE TABLE a (id int);"), ("2.sql", "SELECT broken;")]);
    let error = migrate(&client, &folder).await.unwrap_err();
    fs::remove_file(folder.join("2.sql")).unwrap();
    seed(&client, None).await.unwrap();
    let shown = format!("{error} {error:?} {client:?} {:?}", client.interactive(&[]).unwrap().get_args());
    assert!(!shown.contains("5eCr3t"), "{shown}");
    server.cluster.stop().await.unwrap();
    stop.store(true, Ordering::Relaxed);
    let seen = watch.join().unwrap();
    assert!(seen.contains("server.conf") || seen.contains(" -D "), "nothing was seen:\n{seen}");
    assert!(!seen.contains("5eCr3t"), "{seen}");
    let mut found = Vec::new();
    files_with(server.folder.path(), b"5eCr3t", &mut found);
    assert_eq!(found, [""; 0]);
}

#[tokio::test]
async fn the_password_shows_nowhere_with_postgres() {
    shows_no_password(Engine::Postgres).await;
}

/// A file can make something of the password that its client has in its environment.
#[tokio::test]
async fn no_error_repeats_the_password_that_a_file_has_found() {
    let server = Server::started(Engine::Postgres).await;
    let client = server.client();
    for sql in ["SELECT :'found'::int;", "\\i :found", "SELECT broken; -- :found"] {
        let folder = server.files(&[("1.sql", &format!("\\set found `printenv PGPASSWORD`\n{sql}\n"))]);
        let error = migrate(&client, &folder).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("5eCr3t"), "{shown}");
        assert!(shown.contains("***") || sql.contains("broken"), "{shown}");
    }
}

#[tokio::test]
async fn the_password_shows_nowhere_with_mariadb() {
    shows_no_password(Engine::Mariadb).await;
}
