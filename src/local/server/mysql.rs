use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::cluster::{Cluster, Settings};
use super::error::Error;
use super::files;
use super::home::Home;
use super::parameters::mirrored;
use super::program::Program;
use crate::model::Engine;

/// Seconds as a rule; a slow disk takes longer.
const TO_INIT: Duration = Duration::from_secs(180);

const TO_GREET: Duration = Duration::from_millis(200);
/// Where all can be written out in the end, it need not be each time a table is made: 2 s in place of 5.
const SYNC_LATER: &[&str] = if cfg!(target_os = "linux") { &["--loose-debug-no-sync"] } else { &[] };

/// The system's tables; then a first start without network, which runs a file of statements and ends itself.
pub async fn make(cluster: &Cluster, partial: &Path, password: &SecretString) -> Result<(), Error> {
    let data = partial.join("data");
    files::make_folder(&data, &cluster.account)?;
    install(cluster, partial, &data).await?;
    let setup = partial.join("setup.sql");
    files::write(&setup, statements(cluster, password).as_bytes(), &cluster.account)?;
    let what = "setting up the database";
    // The socket is relative to the data, so its path is never too long.
    let output = Program::new(what, &cluster.installation.server, TO_INIT)
        .args(["--no-defaults", "--skip-networking", "--loose-mysqlx=OFF", "--socket=setup.sock"])
        .args(SYNC_LATER)
        .arg(format!("--datadir={}", data.display()))
        .env("TMPDIR", partial)
        .arg(format!("--pid-file={}", partial.join("setup.pid").display()))
        .arg(format!("--init-file={}", setup.display()))
        .account(&cluster.account, partial)
        .succeed()
        .await;
    files::remove(&setup)?;
    let said = output?.stderr;
    if said.contains("[ERROR]") || said.contains("\nERROR") {
        return Err(Error::Failed { what, said: complaint(&said) });
    }
    files::sync(&data).map(drop)
}

async fn install(cluster: &Cluster, partial: &Path, data: &Path) -> Result<(), Error> {
    let what = "making the system's tables";
    let datadir = format!("--datadir={}", data.display());
    let program = match cluster.installation.engine {
        Engine::Mysql => Program::new(what, &cluster.installation.server, TO_INIT)
            .args(["--no-defaults", "--initialize-insecure"])
            .args(SYNC_LATER)
            .arg(datadir),
        Engine::Mariadb | Engine::Postgres => {
            let script = cluster.installation.program(&["mariadb-install-db", "mysql_install_db"])?;
            Program::new(what, &script, TO_INIT)
                .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
                .args(["--skip-name-resolve", &datadir])
                .args(SYNC_LATER)
        }
    };
    program.env("TMPDIR", partial).account(&cluster.account, partial).succeed().await.map(drop)
}

/// A statement a line, as `--init-file` reads them. The one user is the owner; the anonymous ones and root, who has no
/// password yet, go.
fn statements(cluster: &Cluster, password: &SecretString) -> String {
    let Settings { database, user, .. } = &cluster.settings;
    let users = if cluster.installation.engine == Engine::Mysql { "mysql.user" } else { "mysql.global_priv" };
    let password = password.expose_secret().replace('\\', "\\\\").replace('\'', "''");
    format!(
        "CREATE DATABASE `{database}` CHARACTER SET utf8mb4;\n\
         CREATE USER '{user}'@'%' IDENTIFIED BY '{password}';\n\
         GRANT ALL ON *.* TO '{user}'@'%' WITH GRANT OPTION;\n\
         DELETE FROM {users} WHERE User IN ('root', '');\n\
         FLUSH PRIVILEGES;\n\
         SHUTDOWN;\n"
    )
}

/// What is decided for the developer's machine. Later lines win over earlier ones.
pub fn settings(settings: &Settings, home: &Home) -> String {
    let mut text = "# Written by envctl whenever the server starts.\n[mysqld]\n".to_owned();
    // RDS's own.
    text += "default_time_zone = \"+00:00\"\ncharacter_set_server = utf8mb4\n";
    for (name, value) in mirrored(&settings.parameters) {
        line(&mut text, name, value);
    }
    line(&mut text, "datadir", &home.data().display().to_string());
    // A server that starts removes what others have in the system's folder for such files.
    line(&mut text, "tmpdir", &home.folder().display().to_string());
    line(&mut text, "pid_file", &home.pid_file().display().to_string());
    // Always a socket: without one named, it would be the system server's own.
    let socket = home.socket(settings.port).map_or_else(|| "server.sock".to_owned(), |path| path.display().to_string());
    line(&mut text, "socket", &socket);
    // The second protocol of MySQL 8 has one port for the whole machine.
    text += "loose_mysqlx = OFF\nskip_name_resolve = ON\nbind_address = 127.0.0.1\n";
    text += &format!("port = {}\n", settings.port);
    text
}

fn line(text: &mut String, name: &str, value: &str) {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    *text += &format!("{name} = \"{value}\"\n");
}

/// The file is written when the server listens, which is before it answers: then it greets whoever connects.
pub async fn is_ready(home: &Home, port: u16) -> bool {
    if !files::exists(&home.pid_file()) {
        return false;
    }
    let greeting = async {
        let mut stream = TcpStream::connect(loopback(port)).await.ok()?;
        stream.read_u8().await.ok()
    };
    tokio::time::timeout(TO_GREET, greeting).await.is_ok_and(|greeting| greeting.is_some())
}

/// A server that is told to end in its very first moments may wait for one more connection before it looks.
pub async fn poke(port: u16) {
    // Whether it still listens is what is being found out.
    drop(tokio::time::timeout(TO_GREET, TcpStream::connect(loopback(port))).await);
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Of a log: why the server did not start.
pub fn complaint(log: &str) -> String {
    let errors = log.lines().filter_map(|line| {
        let (_, message) = line.split_once("[ERROR] ").or_else(|| line.split_once("ERROR: "))?;
        // What follows from an error that was named.
        let follows = ["Aborting", "Plugin '", "Unknown/unsupported storage engine"];
        let message = message.trim();
        (!follows.iter().any(|known| message.starts_with(known))).then_some(message)
    });
    let mut errors: Vec<&str> = errors.collect();
    errors.dedup();
    if errors.is_empty() { super::program::last_lines(log, 3) } else { errors.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_what_the_definition_says_on_loopback() {
        let parameters = [("max_connections", "{DBInstanceClassMemory/1}"), ("sql_mode", "ANSI \"x\" \\")];
        let wanted = Settings {
            folder: "/x".into(),
            port: 33_061,
            database: "shop_db".to_owned(),
            user: "shop_owner".to_owned(),
            parameters: parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        };
        let home = Home { engine: Engine::Mariadb, folder: "/x".into() };
        snapbox::assert_data_eq!(
            settings(&wanted, &home),
            snapbox::str![[r#"
# Written by envctl whenever the server starts.
[mysqld]
default_time_zone = "+00:00"
character_set_server = utf8mb4
sql_mode = "ANSI /"x/" //"
datadir = "/x/data"
tmpdir = "/x"
pid_file = "/x/server.pid"
socket = "/x/server.sock"
loose_mysqlx = OFF
skip_name_resolve = ON
bind_address = 127.0.0.1
port = 33061

"#]]
        );
    }

    #[test]
    fn the_cause_is_picked_from_the_log() {
        let log = "\
2026-11-25 15:07:23 0 [Note] InnoDB: Completed initialization of buffer pool
2026-11-25 15:07:23 0 [ERROR] /usr/sbin/mariadbd: unknown variable 'wrong=1'
2026-11-25 15:07:23 0 [ERROR] Aborting
";
        assert_eq!(complaint(log), "/usr/sbin/mariadbd: unknown variable 'wrong=1'");
    }
}
