use std::path::Path;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::cluster::{Cluster, Settings};
use super::error::Error;
use super::files;
use super::home::Home;
use super::parameters::mirrored;
use super::program::{Output, Program};
use crate::model::EngineVersion;

/// Seconds as a rule; a slow disk takes longer to write what `initdb` syncs.
const TO_INIT: Duration = Duration::from_secs(180);

/// Nobody without the password, nobody from elsewhere.
const HBA: &str = "\
# Written by envctl.
local all all scram-sha-256
host  all all 127.0.0.1/32 scram-sha-256
host  all all ::1/128 scram-sha-256
";

/// The ways to sort and to tell letters, the best first: RDS's own; ICU's, which sorts alike; code points.
const LOCALES: [&[&str]; 5] = [
    &["--locale=en_US.UTF-8"],
    &["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"],
    &["--locale=C", "--locale-provider=icu", "--icu-locale=en-US"],
    &["--locale=C.UTF-8"],
    &["--locale=C"],
];

/// `initdb`, and the database. Without a server: `postgres --single` needs neither port nor socket.
pub async fn make(cluster: &Cluster, partial: &Path, password: &SecretString) -> Result<(), Error> {
    let data = partial.join("data");
    init(cluster, partial, &data, password).await?;
    create_database(cluster, partial, &data).await?;
    files::write(&data.join("pg_hba.conf"), HBA.as_bytes(), &cluster.account)?;
    let own = data.join("postgresql.conf");
    let mut settings = files::read(&own)?.unwrap_or_default();
    settings.extend_from_slice(b"\n# All that envctl decides.\ninclude '../server.conf'\n");
    files::write(&own, &settings, &cluster.account)?;
    sync(cluster, partial, &data).await
}

/// All at once in the end, rather than each of a thousand files where it is made, and again where it is changed.
async fn sync(cluster: &Cluster, partial: &Path, data: &Path) -> Result<(), Error> {
    if files::sync(data)? {
        return Ok(());
    }
    let initdb = cluster.installation.program(&["initdb"])?;
    let program = Program::new("initdb", &initdb, TO_INIT).args(["--sync-only", "-D"]).arg(data);
    program.account(&cluster.account, partial).succeed().await.map(drop)
}

async fn init(cluster: &Cluster, partial: &Path, data: &Path, password: &SecretString) -> Result<(), Error> {
    let initdb = cluster.installation.program(&["initdb"])?;
    let file = PasswordFile::write(partial, password, cluster)?;
    let mut refused = None;
    for locale in LOCALES {
        let program = Program::new("initdb", &initdb, TO_INIT)
            .args(["--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums", "--no-sync"])
            .arg(format!("--username={}", cluster.settings.user))
            .arg(format!("--pwfile={}", file.0.display()))
            .args(locale)
            .arg("-D")
            .arg(data)
            .account(&cluster.account, partial);
        match program.succeed().await {
            Ok(_) => return Ok(()),
            // Which locales there are depends on the system, and how they are named on the version.
            Err(Error::Failed { said, .. }) if said.contains("locale") || said.contains("ICU") => refused = Some(said),
            Err(error) => return Err(error),
        }
        files::remove_folder(data.to_owned()).await?;
    }
    Err(Error::Failed { what: "initdb", said: refused.unwrap_or_default() })
}

/// Gone when `initdb` has read it, whatever comes of that.
struct PasswordFile(std::path::PathBuf);

impl PasswordFile {
    fn write(folder: &Path, password: &SecretString, cluster: &Cluster) -> Result<Self, Error> {
        let path = folder.join("password");
        let file = Self(path.clone());
        files::write(&path, password.expose_secret().as_bytes(), &cluster.account)?;
        Ok(file)
    }
}

impl Drop for PasswordFile {
    fn drop(&mut self) {
        // The folder that it is in goes with the attempt.
        drop(files::remove(&self.0));
    }
}

async fn create_database(cluster: &Cluster, partial: &Path, data: &Path) -> Result<(), Error> {
    let what = "creating the database";
    let Output { status, stdout, stderr } = Program::new(what, &cluster.installation.server, TO_INIT)
        .args(["--single", "-F", "-D"])
        .arg(data)
        .arg("postgres")
        .account(&cluster.account, partial)
        .input(format!("CREATE DATABASE \"{}\"\n", cluster.settings.database))
        .output()
        .await?;
    // A refused statement is no failure to it.
    if status.success() && !stderr.contains("ERROR:") && !stderr.contains("FATAL:") {
        return Ok(());
    }
    Err(Error::Failed { what, said: Output { status, stdout, stderr }.said() })
}

/// What is decided for the developer's machine. Later lines win over earlier ones, and all over `initdb`'s own.
pub fn settings(settings: &Settings, version: &EngineVersion, socket_folder: Option<&Path>, ipv6: bool) -> String {
    let mut text = "# Written by envctl whenever the server starts.\n".to_owned();
    // RDS's own; and messages that can be read by programs.
    text += "timezone = 'UTC'\nlog_timezone = 'UTC'\nlc_messages = 'C'\n";
    // After a crash all files are written out first: one call in place of thousands.
    if cfg!(target_os = "linux") && version.parts().first().is_some_and(|major| *major >= 14) {
        text += "recovery_init_sync_method = syncfs\n";
    }
    for (name, value) in mirrored(&settings.parameters) {
        line(&mut text, name, value);
    }
    text += "password_encryption = 'scram-sha-256'\nfsync = on\nfull_page_writes = on\nlogging_collector = off\n";
    line(&mut text, "listen_addresses", if ipv6 { "127.0.0.1, ::1" } else { "127.0.0.1" });
    // A list of folders: a comma would part it, unless it stands between quotes of its own.
    let folder = socket_folder.map(|folder| format!("\"{}\"", folder.display().to_string().replace('"', "\"\"")));
    line(&mut text, "unix_socket_directories", &folder.unwrap_or_default());
    text += &format!("port = {}\n", settings.port);
    text
}

fn line(text: &mut String, name: &str, value: &str) {
    // In a quoted value a backslash is read as in C.
    let value = value.replace('\\', "\\\\").replace('\'', "''");
    *text += &format!("{name} = '{value}'\n");
}

/// The eighth line of `postmaster.pid` says how far the server is.
pub fn is_ready(home: &Home) -> bool {
    let text = files::text(&home.pid_file()).unwrap_or_default();
    text.lines().nth(7).is_some_and(|line| line.trim() == "ready")
}

/// Of a log: why the server did not start.
pub fn complaint(log: &str) -> String {
    let mut said = Vec::new();
    for line in log.lines() {
        let part = |level: &str| line.split_once(&format!("{level}:  ")).map(|(_, message)| message.trim());
        let fatal = ["FATAL", "PANIC", "ERROR"].iter().find_map(|level| part(level));
        // A wrong setting is named in a plain line before the last one.
        let cause = part("LOG").filter(|message| {
            ["parameter", "invalid", "could not", "outside the valid range", "syntax error"]
                .iter()
                .any(|word| message.contains(word))
        });
        let note = part("HINT").or_else(|| part("DETAIL")).filter(|_| !said.is_empty());
        said.extend(cause.or(fatal).or(note));
    }
    if said.len() > 1 {
        said.retain(|message| !message.starts_with("configuration file "));
    }
    if said.is_empty() { super::program::last_lines(log, 3) } else { said.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_what_the_definition_says_on_loopback() {
        let parameters = [("search_path", "it's, \\x"), ("rds.force_ssl", "1"), ("work_mem", "8MB"), ("fsync", "off")];
        let wanted = Settings {
            folder: "/x".into(),
            port: 54_321,
            database: "shop_db".to_owned(),
            user: "shop_owner".to_owned(),
            parameters: parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        };
        snapbox::assert_data_eq!(
            settings(&wanted, &EngineVersion::parse("13.4").unwrap(), Some(Path::new("/home/me/a, b's")), true),
            snapbox::str![[r#"
# Written by envctl whenever the server starts.
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
search_path = 'it''s, //x'
work_mem = '8MB'
password_encryption = 'scram-sha-256'
fsync = on
full_page_writes = on
logging_collector = off
listen_addresses = '127.0.0.1, ::1'
unix_socket_directories = '"/home/me/a, b''s"'
port = 54321

"#]]
        );
        assert!(
            settings(&wanted, &EngineVersion::parse("13.4").unwrap(), None, false)
                .contains("unix_socket_directories = ''\n")
        );
    }

    #[test]
    fn the_cause_is_picked_from_the_log() {
        let log = "\
2026-01-01 10:00:00.000 UTC [1] LOG:  unrecognized configuration parameter \"wrk_mem\" in file \"/x/server.conf\" line 5
2026-01-01 10:00:00.000 UTC [1] FATAL:  configuration file \"/x/data/postgresql.conf\" contains errors
";
        assert_eq!(
            complaint(log),
            "unrecognized configuration parameter \"wrk_mem\" in file \"/x/server.conf\" line 5"
        );
        let log = "\
2026-01-01 10:00:00.000 UTC [1] LOG:  starting PostgreSQL 15.18
2026-01-01 10:00:00.000 UTC [1] FATAL:  could not map anonymous shared memory: Cannot allocate memory
2026-01-01 10:00:00.000 UTC [1] HINT:  reduce shared_buffers
2026-01-01 10:00:00.000 UTC [1] LOG:  database system is shut down
";
        assert_eq!(
            complaint(log),
            "could not map anonymous shared memory: Cannot allocate memory\nreduce shared_buffers"
        );
        assert_eq!(complaint("postgres: no such file"), "postgres: no such file");
    }
}
