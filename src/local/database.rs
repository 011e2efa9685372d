//! A database: a server of its own, the migrations that were applied to it, and the seed that was loaded.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::{because, faulty};
use super::folder::{Folder, private_folder, read_toml, remove_file, write_private};
use super::names::DATABASE;
use super::ports;
use super::server::{self, Client, Cluster, Content, Home, Migrations, SeedCommand};
use super::site::{Local, short};
use super::{access, component, process, supervise};
use crate::model::{Address, Engine, NOT_RUNNING, Name, Observed, Seed, State, Value, database_name, database_owner};
use crate::provider::{Error, ErrorKind, TableRows, Wanted};
use crate::variables::{Known, variables};

/// What a database was made with. Its file is what says that the database exists.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Record {
    engine: String,
    major: String,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

pub async fn observe_all(local: &Local) -> Result<Vec<Observed>, Error> {
    let mut all = Vec::new();
    for name in local.folder.databases()? {
        all.extend(observe(local, &name).await?);
    }
    Ok(all)
}

pub async fn observe(local: &Local, name: &str) -> Result<Option<Observed>, Error> {
    let Some(record) = record(local, name)? else { return Ok(None) };
    let address = Address::new(DATABASE, name);
    let home = Home::new(engine(&record)?, &local.folder.database(name));
    let running = home.running().await.is_some();
    let parameters = record.parameters.iter().map(|(key, value)| (key, Value::text(value)));
    let mut observed = Observed::new(address.clone(), name, State::Ready)
        .with("engine", record.engine.as_str())
        .with("version", record.major.as_str())
        .with("parameters", Value::map(parameters))
        .with("running", running)
        .attribute("health", if running { "accepting connections" } else { NOT_RUNNING });
    if let Some(port) = ports::known(&local.folder, &address)? {
        observed = observed.attribute("port", port.to_string());
        if let Some(digest) = local.vault.database_digest(name, port)? {
            observed = observed.attribute("digest", digest);
        }
    }
    observed = match client(local, name) {
        Ok(client) if running => match server::content(&client).await {
            Ok(content) => with_content(observed, &content),
            Err(server::Error::Unreachable { said }) => match client.has_database().await {
                // Cut off between its end and its new beginning, or dropped by hand. What brings it up makes it.
                Ok(false) => as_declared(local, name, observed)
                    .with("running", false)
                    .attribute("health", "the server has no such database"),
                // It is on its way up or down.
                _ => not_answering(local, name, observed, &said),
            },
            Err(error @ server::Error::Timeout { .. }) => not_answering(local, name, observed, &error.to_string()),
            Err(error) => return Err(local.because(error)),
        },
        // What it holds cannot be asked for; starting it brings it to where it should be.
        _ => as_declared(local, name, observed),
    };
    let declared = local.environment.data.get(name);
    if !declared.is_some_and(|data| data.throwaway) {
        observed.holds_data = Some(format!("database.{name}"));
    }
    Ok(Some(observed))
}

fn with_content(observed: Observed, content: &Content) -> Observed {
    let applied = content.applied.iter().map(|(name, digest)| (name, Value::text(short(digest))));
    observed.with("migrations", Value::map(applied)).with("seeded", content.seeded)
}

fn not_answering(local: &Local, name: &str, observed: Observed, said: &str) -> Observed {
    let said = said.lines().next().unwrap_or_default();
    Observed { state: State::Pending(format!("not answering: {said}")), ..as_declared(local, name, observed) }
}

fn as_declared(local: &Local, name: &str, observed: Observed) -> Observed {
    let declared = Name::new(name).ok().and_then(|name| local.migrations(&name).ok());
    observed.with("migrations", digests(&declared.unwrap_or_default())).with("seeded", true)
}

fn digests(migrations: &Migrations) -> Value {
    Value::map(migrations.files.iter().map(|file| (&file.name, Value::text(short(&file.digest)))))
}

/// Makes whatever is not there yet, each part idempotent: the data, the server, the migrations, the seed.
pub async fn create(local: &Local, wanted: &Wanted) -> Result<String, Error> {
    bring(local, wanted).await?;
    Ok(wanted.name.clone())
}

pub async fn update(local: &Local, wanted: &Wanted) -> Result<(), Error> {
    bring(local, wanted).await
}

async fn bring(local: &Local, wanted: &Wanted) -> Result<(), Error> {
    let name = declared(local, &wanted.name)?;
    private_folder(&local.folder.path().join("databases"))?;
    end_seed(local, &wanted.name).await?;
    ports::port(&local.folder, &wanted.address, None)?;
    let parameters = wanted.properties.get("parameters").and_then(Value::as_map);
    let parameters = parameters.into_iter().flatten().map(|(key, value)| (key.clone(), value.to_string()));
    let record = Record {
        engine: wanted.text("engine").to_owned(),
        major: wanted.text("version").to_owned(),
        parameters: parameters.collect(),
    };
    let text = toml::to_string(&record).map_err(faulty)?;
    write_private(&record_path(local, &wanted.name), text.as_bytes())?;

    let client = client(local, &wanted.name)?;
    let password = local.vault.password(&wanted.name)?;
    client.cluster().init(&password).await.map_err(|error| local.because(error))?;
    match client.cluster().start().await {
        // Somebody has come to listen there while the server was down: it moves.
        Err(server::Error::PortTaken { port }) => {
            ports::release(&local.folder, &wanted.address)?;
            return Err(Error::new(ErrorKind::Transient, format!("port {port} is taken by another process")));
        }
        started => drop(started.map_err(|error| local.because(error))?),
    }
    if let Some(folder) = &local.environment.shape.database[name].migrations {
        ensure_as_planned(local, name, wanted)?;
        server::migrate(&client, &local.root.join(folder)).await.map_err(|error| local.because(error))?;
        // Who waited for what is not in the folder any more would wait in vain.
        ensure_as_planned(local, name, wanted)?;
    }
    seed(local, name, &client).await
}

/// Somebody may have changed the migrations since the plan was shown.
fn ensure_as_planned(local: &Local, name: &Name, wanted: &Wanted) -> Result<(), Error> {
    let now = digests(&local.migrations(name)?);
    match wanted.properties.get("migrations") {
        Some(planned) if *planned != now => Err(faulty(format!(
            "the migrations of database.{name} have changed since this was planned: look at them, and run the same command \
             again"
        ))),
        _ => Ok(()),
    }
}

async fn seed(local: &Local, name: &Name, client: &Client) -> Result<(), Error> {
    let seed = match local.environment.data.get(name).and_then(|data| data.seed.as_ref()) {
        None => None,
        Some(Seed::File(path)) => Some(server::Seed::File(local.root.join(path))),
        Some(Seed::Command { command }) => Some(server::Seed::Command(SeedCommand {
            argv: shlex::split(command).unwrap_or_default(),
            folder: local.root.clone(),
            environment: [seen(local)?, vec![(process::MARK.to_owned(), seed_mark(local, name.as_str())?.into())]]
                .concat(),
        })),
    };
    server::seed(client, seed.as_ref()).await.map(drop).map_err(|error| local.because(error))
}

/// Ends a seed's command that a killed run has left behind: it would write beside the next one.
async fn end_seed(local: &Local, name: &str) -> Result<(), Error> {
    supervise::end_marked(&seed_mark(local, name)?).await.map_err(because)
}

/// No component's name holds a colon.
fn seed_mark(local: &Local, name: &str) -> Result<String, Error> {
    Ok(Folder::mark(&local.identity()?, &format!("{name}:seed")))
}

/// What a seed's command sees.
fn seen(local: &Local) -> Result<Vec<(String, secrecy::SecretString)>, Error> {
    component::allocate(local)?;
    let (databases, secrets) = (local.endpoints()?, local.vault.values()?);
    let urls = access::known_urls(local)?;
    let known = Known { environment: &local.environment, databases: &databases, secrets: &secrets, urls: &urls };
    let all = variables(known, None)
        .map_err(|unknown| faulty(unknown.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    Ok(component::inherited().into_iter().chain(all).collect())
}

/// The server, then its data, then what says that it exists.
pub async fn delete(local: &Local, name: &str) -> Result<(), Error> {
    end_seed(local, name).await?;
    if let Some(record) = record(local, name)? {
        Home::new(engine(&record)?, &local.folder.database(name))
            .destroy()
            .await
            .map_err(|error| local.because(error))?;
    }
    local.vault.forget_password(name)?;
    ports::release(&local.folder, &Address::new(DATABASE, name))?;
    remove_file(&record_path(local, name))
}

fn record_path(local: &Local, name: &str) -> PathBuf {
    local.folder.database(name).with_extension("toml")
}

fn record(local: &Local, name: &str) -> Result<Option<Record>, Error> {
    read_toml(&record_path(local, name))
}

fn engine(record: &Record) -> Result<Engine, Error> {
    let engine = Engine::ALL.into_iter().find(|engine| engine.as_str() == record.engine);
    engine.ok_or_else(|| faulty(format!("envctl knows no engine {:?}", record.engine)))
}

fn declared<'a>(local: &'a Local, name: &str) -> Result<&'a Name, Error> {
    let declared = local.environment.shape.database.get_key_value(name);
    let missing = || {
        let up = local.environment.argument();
        faulty(format!(
            "the definition has no database {name}\nbring it to what the definition says first: `envctl up {up}`"
        ))
    };
    let (name, _) = declared.ok_or_else(missing)?;
    Ok(name)
}

/// The client of a database that the definition declares.
fn client(local: &Local, name: &str) -> Result<Client, Error> {
    let name = declared(local, name)?;
    let address = Address::new(DATABASE, name.as_str());
    let not_there = || {
        let up = local.environment.argument();
        faulty(format!("database.{name} does not stand yet")).with_remedy(format!("`envctl up {up}` makes it"))
    };
    let record = record(local, name.as_str())?.ok_or_else(not_there)?;
    let settings = server::Settings {
        folder: local.folder.database(name.as_str()),
        port: ports::known(&local.folder, &address)?.ok_or_else(not_there)?,
        database: database_name(&local.environment.app),
        user: database_owner(&local.environment.app),
        parameters: record.parameters,
    };
    let cluster = Cluster::new(local.installation(name)?.clone(), settings).map_err(|error| local.because(error))?;
    Ok(cluster.client(local.vault.password(name.as_str())?))
}

impl Local {
    /// The engine's own client, let in; with these arguments behind the connection's.
    pub fn client(&self, database: &Name, arguments: &[OsString]) -> Result<std::process::Command, Error> {
        let mut command = client(self, database.as_str())?.interactive(&[]).map_err(|error| self.because(error))?;
        command.args(arguments);
        Ok(command)
    }

    /// Every table of the databases that run, and how many rows it holds.
    pub async fn data(&self) -> Result<Vec<TableRows>, Error> {
        let mut all = Vec::new();
        for name in self.environment.shape.database.keys() {
            let Ok(client) = client(self, name.as_str()) else { continue };
            if client.cluster().running().await.is_none() {
                continue;
            }
            let tables = match client.tables().await {
                // Whatever it held is gone; `up` makes it anew.
                Err(server::Error::Unreachable { .. }) if matches!(client.has_database().await, Ok(false)) => continue,
                tables => tables.map_err(|error| self.because(error))?,
            };
            let rows = tables.into_iter().map(|table| TableRows {
                database: name.clone(),
                table: table.name,
                rows: table.rows,
            });
            all.extend(rows);
        }
        Ok(all)
    }

    /// Ends the components and empties every database: the next `up` builds all of it anew.
    pub async fn empty(&self) -> Result<(), Error> {
        let clients = self.folder.databases()?.into_iter().map(|name| Ok((client(self, &name)?, name)));
        // Before anything ends.
        let clients = clients.collect::<Result<Vec<_>, Error>>()?;
        for name in self.folder.components()? {
            component::delete(self, &name).await?;
        }
        for (client, name) in clients {
            end_seed(self, &name).await?;
            client.cluster().start().await.map_err(|error| self.because(error))?;
            client.recreate_database().await.map_err(|error| self.because(error))?;
        }
        Ok(())
    }

    /// The newest file of a component's log.
    pub fn log(&self, component: &Name) -> PathBuf {
        self.folder.log(component.as_str())
    }
}
