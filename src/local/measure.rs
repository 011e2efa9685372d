//! Where migrations are measured on this machine, whatever environment they are for.

use std::path::PathBuf;
use std::time::Duration;

use super::error::{because, faulty};
use super::folder::{chance, exists, private_folder, try_lock};
use super::server::{self, Measured, Migration};
use super::site::{Settings, installed};
use crate::model::{Database, Engine};
use crate::provider::Error;

/// Between two tries for what another measures.
const BETWEEN: Duration = Duration::from_millis(100);

/// One at a time, on a server of the major version that the definition names, or of another where that will do.
///
/// # Errors
/// Where there is none, for other engines, and where what was applied before cannot be applied to it.
pub async fn measure(
    settings: &Settings,
    database: &Database,
    any_major: bool,
    applied: &[&Migration],
    pending: &[&Migration],
) -> Result<Vec<Measured>, Error> {
    if database.engine != Engine::Postgres {
        return Err(faulty(format!("only Postgres is measured, and this is {}", database.engine.as_str())));
    }
    let installation = installed(database, any_major, &settings.search).await.map_err(because)?;
    private_folder(&settings.state)?;
    let _one_at_a_time = loop {
        match try_lock(&settings.state.join("measure.lock"))? {
            Some(lock) => break lock,
            None => tokio::time::sleep(BETWEEN).await,
        }
    };
    let folder = folder(settings);
    // A timestamp that is given a time zone is written anew, unless the database's own is UTC.
    let zone = |(name, _): &(&String, &String)| name.eq_ignore_ascii_case("timezone");
    let parameters = database.parameters.iter().filter(zone).map(|(name, value)| (name.clone(), value.clone()));
    let parameters = parameters.collect();
    server::measure(installation, &folder, chance(32).into(), parameters, applied, pending).await.map_err(because)
}

/// Removes what measuring has left that was cut off, unless it is somebody else's by now: its server outlives whoever
/// started it.
pub async fn end_measuring(settings: &Settings) -> Result<(), Error> {
    let folder = folder(settings);
    if !exists(&folder) {
        return Ok(());
    }
    let Some(_one_at_a_time) = try_lock(&settings.state.join("measure.lock"))? else { return Ok(()) };
    server::Home::new(Engine::Postgres, &folder).destroy().await.map_err(because)
}

fn folder(settings: &Settings) -> PathBuf {
    settings.state.join("measure")
}
