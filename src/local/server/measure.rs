//! Measuring migrations on a server that is made for it and thrown away.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use secrecy::SecretString;

use super::client::Client;
use super::cluster::{Cluster, Settings};
use super::error::Error;
use super::files;
use super::find::Installation;
use super::migrations::Migration;
use crate::migration::{Effect, Measurement};

/// What a migration was measured to do, or why it could not be.
pub type Measured = Result<Vec<Effect>, String>;

/// Applies what a database has had, and measures each migration that it lacks, in their order. `folder` is made for it, and is gone in the end; what an
/// earlier run left there that was killed goes first. Nobody else knows the server, its port or its password.
/// `parameters`: those of the database on which it depends what a statement does.
pub async fn measure(
    installation: Installation,
    folder: &Path,
    password: SecretString,
    parameters: BTreeMap<String, String>,
    applied: &[&Migration],
    pending: &[&Migration],
) -> Result<Vec<Measured>, Error> {
    let settings = Settings {
        folder: folder.to_owned(),
        port: free_port(folder)?,
        database: "measured".to_owned(),
        user: "measured".to_owned(),
        parameters,
    };
    let cluster = Cluster::new(installation, settings)?;
    cluster.destroy().await?;
    let measured = in_cluster(&cluster, password, applied, pending).await;
    cluster.destroy().await?;
    measured
}

async fn in_cluster(
    cluster: &Cluster,
    password: SecretString,
    applied: &[&Migration],
    pending: &[&Migration],
) -> Result<Vec<Measured>, Error> {
    cluster.init(&password).await?;
    cluster.start().await?;
    let client = cluster.client(password);
    for migration in applied {
        client.run_file(&migration.path, migration.transaction).await?;
    }
    let mut measured: Vec<Measured> = Vec::new();
    for migration in pending {
        // Without it, those that follow would run on another database than they will.
        let is_missing = measured.last().is_some_and(Result::is_err);
        measured.push(match is_missing {
            true => Err("one before it could not be measured".to_owned()),
            false => one(&client, migration).await,
        });
    }
    Ok(measured)
}

async fn one(client: &Client, migration: &Migration) -> Measured {
    let sql = files::text(&migration.path).ok_or_else(|| "it is no text".to_owned())?;
    let measurement = Measurement::of(&sql, migration.transaction)?;
    let printed = client.printed(&measurement.script()).await.map_err(|error| match error {
        Error::Sql(error) => error.message,
        error => error.to_string(),
    })?;
    measurement.effects(&printed).ok_or_else(|| "it prints what envctl does not understand".to_owned())
}

fn free_port(folder: &Path) -> Result<u16, Error> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    port.map(|address| address.port()).map_err(files::failed("find a port for", folder))
}
