//! Whether this machine has all that an environment takes.

use jiff::Timestamp;

use super::names::{COMPONENT, DATABASE};
use super::ports;
use super::site::Local;
use crate::model::{Address, Name};
use crate::provider::{Check, Error, Examine, Provider};

impl Examine for Local {
    async fn examine(&self, _: Timestamp) -> Result<Vec<Check>, Error> {
        let mut checks = vec![folder(self)];
        for name in self.environment().shape.database.keys() {
            checks.push(server(self, name));
            checks.extend(migrations(self, name));
        }
        checks.extend(taken_ports(self).await?);
        Ok(checks)
    }
}

fn folder(local: &Local) -> Check {
    let state = local.folder.state().display();
    match local.folder.is_writable() {
        true => Check::in_order("folder", format!("{state} takes the environment's folder")),
        false => Check::missing(
            "folder",
            format!("nothing can be written in {state}"),
            "all that a local environment has lies in a folder there",
            "make it writable, or name another one with `ENVCTL_STATE`",
        ),
    }
}

fn server(local: &Local, database: &Name) -> Check {
    match local.installation(database) {
        Ok(found) => {
            let place = found.server.display();
            Check::in_order("server", format!("database.{database}: {} {}, {place}", found.engine, found.version))
        }
        Err(error) => {
            missing("server", &error.message, "a local database has a server of its own, from these programs")
        }
    }
}

fn migrations(local: &Local, database: &Name) -> Option<Check> {
    let error = local.migrations(database).err()?;
    Some(missing("migrations", &error.message, "without them the database is not as the code expects it"))
}

/// What went wrong in the first line of a message, what helps in the others.
fn missing(what: &'static str, message: &str, why: &str) -> Check {
    let (found, remedy) = message.split_once('\n').unwrap_or((message, "mend what the message names"));
    Check::missing(what, found, why, remedy)
}

/// The ports that the environment keeps, and at which somebody else listens while what they are kept for does not run.
async fn taken_ports(local: &Local) -> Result<Vec<Check>, Error> {
    let shape = &local.environment().shape;
    let databases = shape.database.keys().map(|name| Address::new(DATABASE, name.as_str()));
    let components = shape.compute.keys().map(|name| Address::new(COMPONENT, name.as_str()));
    let found = local.observe().await?;
    let mut checks = Vec::new();
    for address in databases.chain(components).filter(|address| found.get(address).is_none()) {
        let Some(port) = ports::known(&local.folder, &address)?.filter(|port| !ports::is_free(*port)) else { continue };
        checks.push(Check::missing(
            "port",
            format!("{address}: somebody else listens at port {port}"),
            "it is the port that the environment keeps",
            format!("find who it is with `lsof -iTCP:{port} -sTCP:LISTEN`, and stop it"),
        ));
    }
    if checks.is_empty() {
        checks.push(Check::in_order("ports", "those that the environment keeps are its own"));
    }
    Ok(checks)
}
