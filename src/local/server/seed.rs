use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::client::{Client, Part};
use super::error::{Error, SqlError};
use super::lock::Lock;
use super::program::{Group, last_lines, without};
use super::records::{self, SeedState};
use super::script::Script;
use super::snapshot;
use crate::model::Engine;

/// A command that fills a database may do real work. Longer than this, it hangs.
const TO_SEED: Duration = Duration::from_secs(3600);

/// What fills a fresh database.
#[derive(Clone, Debug)]
pub enum Seed {
    /// A file of SQL; `pg_dump`'s and `mysqldump`'s plain output too.
    File(PathBuf),
    Command(SeedCommand),
}

#[derive(Clone, Debug)]
pub struct SeedCommand {
    pub argv: Vec<String>,
    pub folder: PathBuf,
    /// In addition to envctl's own environment. Their values show in no message.
    pub environment: Vec<(String, SecretString)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeded {
    Now,
    /// It was loaded, or the database had been made without a seed.
    Before,
    /// There is none, and there never will be one for this database.
    Nothing,
}

/// Loads the seed into a database that has had none yet, once. A database that is asked about without a seed counts as
/// seeded: one that is added later must not be mixed with what is there.
///
/// A file is loaded in one transaction where the engine knows that. Else the database is put aside before, and brought
/// back if the seed fails or is cut off.
///
/// Call it after [`migrate`](super::migrate), which makes the tables.
pub async fn seed(client: &Client, seed: Option<&Seed>) -> Result<Seeded, Error> {
    // The usual case, in one question. Whatever else comes of it is looked into below.
    if let Ok(Some(SeedState::Loaded | SeedState::Nothing)) = records::seed_state(client).await {
        return Ok(Seeded::Before);
    }
    let lock = Lock::take(client).await?;
    records::prepare(client).await?;
    let seeded = match (records::seed_state(client).await?, seed) {
        // Whatever could be brought back was.
        (Some(SeedState::Loading), _) => return Err(Error::HalfSeed { finish: records::finish_seed() }),
        (Some(_), _) => Seeded::Before,
        (None, None) => {
            client.query(&records::insert_seed(SeedState::Nothing, "")).await?;
            Seeded::Nothing
        }
        (None, Some(Seed::File(path))) => load_file(client, path).await?,
        (None, Some(Seed::Command(command))) => {
            let digest = digest(&command.argv);
            with_snapshot(client, &digest, run(command)).await?;
            Seeded::Now
        }
    };
    drop(lock);
    Ok(seeded)
}

fn digest(argv: &[String]) -> String {
    Sha256::digest(argv.join("\0").as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn load_file(client: &Client, path: &Path) -> Result<Seeded, Error> {
    let script = Script::read(path)?;
    if client.engine() != Engine::Postgres || !script.transaction {
        let parts = [Part::File(path)];
        with_snapshot(client, &script.digest, client.run(&parts, false)).await?;
        return Ok(Seeded::Now);
    }
    Script::check_transaction(path)?;
    // First the record, as with a migration: a client that an earlier run has left may be at it.
    let begun = Part::Sql(records::insert_seed(SeedState::Loading, &script.digest));
    let done = Part::Sql(records::finish_within(&records::finish_seed()));
    match client.run(&[begun, Part::File(path), done], true).await {
        Err(Error::Sql(error)) if records::is_duplicate(&error) => Ok(Seeded::Before),
        Err(Error::Sql(error)) => Err(advised(*error).into()),
        other => other.map(|()| Seeded::Now),
    }
}

fn advised(error: SqlError) -> SqlError {
    let holds_records = error.code == "42P06" && error.message.contains("\"envctl\"");
    let advice = holds_records
        .then(|| "the dump holds envctl's own records: make it with `pg_dump --exclude-schema=envctl`".to_owned());
    SqlError { advice: advice.or(error.advice.clone()), ..error }
}

async fn with_snapshot(
    client: &Client,
    digest: &str,
    work: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    snapshot::take(client).await?;
    client.query(&records::insert_seed(SeedState::Loading, digest)).await?;
    match work.await {
        Ok(()) => {
            client.query(&records::finish_seed()).await?;
            snapshot::discard(client).await
        }
        Err(error) => Err(snapshot::restored(client, error).await),
    }
}

async fn run(seed: &SeedCommand) -> Result<(), Error> {
    let shown = shlex::try_join(seed.argv.iter().map(String::as_str)).unwrap_or_default();
    let program = seed.argv.first().map(PathBuf::from).unwrap_or_default();
    let mut command = tokio::process::Command::new(&program);
    command.args(seed.argv.iter().skip(1)).current_dir(&seed.folder).kill_on_drop(true).process_group(0);
    command.envs(seed.environment.iter().map(|(name, value)| (name, value.expose_secret())));
    command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let failed = |source| Error::Program { program: program.clone(), source };
    let child = command.spawn().map_err(failed)?;
    let group = Group::of(child.id());
    let ended = tokio::time::timeout(TO_SEED, child.wait_with_output()).await;
    let Ok(ended) = ended else {
        group.kill();
        return Err(Error::Timeout { what: "the seed command", after: TO_SEED });
    };
    group.has_ended();
    let output = ended.map_err(failed)?;
    if output.status.success() {
        return Ok(());
    }
    let status = output.status.to_string();
    let said = [output.stdout, output.stderr].map(|bytes| {
        // Before anything is cut off: half a secret is not found.
        let all = without(&String::from_utf8_lossy(&bytes), seed.environment.iter().map(|(_, value)| value));
        last_lines(&all, 10)
    });
    Err(Error::SeedCommand { command: shown, status, output: said.join("\n").trim().to_owned() })
}
