//! What a supervisor writes down about its instances.
#![expect(clippy::disallowed_methods, reason = "the owner of a component's state")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::At;
use super::{Error, lock};
use crate::local::process::Identity;

const NAME: &str = "state.json";

/// A component as its supervisor saw it last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub component: String,
    pub supervisor: Identity,
    /// Whether the supervisor lives. Where it does not, its instances may live on, unattended.
    #[serde(skip)]
    pub alive: bool,
    pub listen: Option<u16>,
    /// As the [`Spec`](super::Spec) has them.
    pub properties: BTreeMap<String, serde_json::Value>,
    /// By their numbers, from 1.
    pub instances: Vec<Instance>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    pub number: u32,
    pub phase: Phase,
    /// Since when it is in this phase.
    pub since: Timestamp,
    /// Why it is not healthy, as far as that is known: `answered 500`.
    pub detail: Option<String>,
    /// None while no process runs.
    pub process: Option<Identity>,
    pub port: Option<u16>,
    pub restarts: u32,
    /// How the process before ended: `exit status 1`, `killed by signal 9`.
    pub last_exit: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Runs, and was not healthy yet.
    Starting,
    Healthy,
    /// Was healthy, and is no more.
    Unhealthy,
    /// Does not run: waits before it starts again.
    Backoff,
}

impl Phase {
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Backoff => "backoff",
        }
    }
}

/// What the supervisor of this folder wrote last, and whether it lives. None where none ever was, or where it ended as
/// it was asked to.
pub fn read(folder: &Path) -> Result<Option<State>, Error> {
    let path = folder.join(NAME);
    // Asked first: who ends in between has removed the file, or left it as it is.
    let held = lock::is_held(folder)?;
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(source).at("read", &path),
    };
    match serde_json::from_slice::<State>(&text) {
        // The next supervisor holds the lock for a moment before it writes.
        Ok(state) => Ok(Some(State { alive: held && state.supervisor.is_alive(), ..state })),
        // What a machine that lost its power left of it says nothing of what runs now.
        Err(_) if !held => Ok(None),
        Err(error) => Err(Error::State { path, why: error.to_string() }),
    }
}

/// Puts the state in place in one step: who reads sees the former one or this.
pub(super) fn write(folder: &Path, state: &State) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(state)?;
    let new: PathBuf = folder.join("state.json.new");
    let mut file = File::options().create(true).write(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(new, folder.join(NAME))
}

pub(super) fn remove(folder: &Path) -> Result<(), Error> {
    let path = folder.join(NAME);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).at("remove", &path),
        _ => Ok(()),
    }
}
