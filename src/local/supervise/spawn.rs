//! Starts a supervisor.
#![expect(clippy::disallowed_methods, reason = "the owner of the supervisor's log")]

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Stdio;

use secrecy::zeroize::Zeroizing;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::error::At;
use super::handshake::{Word, hear};
use super::{Error, Spec, lock};
use crate::local::process::MARK;

/// How a request to start a supervisor ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spawned {
    Started,
    /// One was there already, and goes on as it is: [`read`](super::read) says with which properties.
    AlreadyRunning,
}

/// Starts `program supervise` for a component, which goes on when the caller ends. It gives the answer once the
/// supervisor holds its lock, has ended what a killed one left behind, and listens; the instances then start.
///
/// What the supervisor says of troubles of its own is appended to `supervisor_log`.
pub async fn spawn(program: &Path, spec: &Spec, supervisor_log: &Path) -> Result<Spawned, Error> {
    let log = File::options().create(true).append(true).mode(0o600).open(supervisor_log);
    let log = log.at("open", supervisor_log)?;
    // Nothing of the caller's environment is kept for as long as the supervisor lives. Its own mark lets it be found
    // where its record was lost.
    let mut command = Command::new(program);
    command.arg("supervise").env_clear().env(MARK, format!("{}.supervisor", spec.mark));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
    let mut child = command.spawn().at("start", program)?;
    let not_started = |why: &str| Error::NotStarted { component: spec.component.clone(), why: why.to_owned() };
    let (Some(mut stdin), Some(mut stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(not_started("it has no pipes"));
    };
    let text = serde_json::to_vec(spec).map(Zeroizing::new).map_err(|_| not_started("its settings are no JSON"))?;
    // Where it does not read to the end, it says why, or nothing.
    stdin.write_all(&text).await.ok();
    drop(stdin);
    let mut said = Vec::new();
    stdout.read_to_end(&mut said).await.at("hear", program)?;
    match hear(&said) {
        Some(Word::Started) => Ok(Spawned::Started),
        Some(Word::Running) => Ok(Spawned::AlreadyRunning),
        Some(Word::Failed(why)) => Err(not_started(&why)),
        None if lock::is_held(&spec.folder)? => Ok(Spawned::AlreadyRunning),
        None => Err(not_started(&format!("it ended without a word; {} may say why", supervisor_log.display()))),
    }
}
