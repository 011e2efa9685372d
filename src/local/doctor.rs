//! Whether this machine has all that an environment takes.

use jiff::Timestamp;

use super::names::COMPONENT;
use super::ports;
use super::site::Local;
use crate::model::{Address, Name};
use crate::provider::{Check, CheckState, Error, Examine};

impl Examine for Local {
    async fn examine(&self, _: Timestamp) -> Result<Vec<Check>, Error> {
        let mut checks = vec![folder(self)];
        for name in self.environment().shape.database.keys() {
            checks.push(server(self, name));
            checks.extend(migrations(self, name));
        }
        // Where nothing can be written, nothing that is kept there can be read.
        if checks[0].state == CheckState::InOrder {
            checks.extend(free_ports(self)?);
        }
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
        Err(error) => missing("server", &error, "a local database has a server of its own, from these programs"),
    }
}

fn migrations(local: &Local, database: &Name) -> Option<Check> {
    let error = local.migrations(database).err()?;
    Some(missing("migrations", &error, "without them the database is not as the code expects it"))
}

/// What went wrong in the first line of a message; in the others what helps, unless the error says that apart.
fn missing(what: &'static str, error: &Error, why: &str) -> Check {
    let (found, remedy) = error.message.split_once('\n').unwrap_or((&error.message, error.remedy()));
    Check::missing(what, found, why, remedy)
}

/// Whatever is taken, an environment takes others. But there must be some, and whoever looks at the usual address should
/// know that somebody else answers there.
fn free_ports(local: &Local) -> Result<Vec<Check>, Error> {
    if !ports::is_any_free() {
        return Ok(vec![Check::missing(
            "ports",
            "no port of 127.0.0.1 that environments take is free",
            "servers and public components listen at ports of their own",
            "see who listens with `ss -ltnp` or `lsof -iTCP -sTCP:LISTEN`, and stop what is not needed",
        )]);
    }
    let mut moved = Vec::new();
    for (name, compute) in local.environment().shape.compute.iter().filter(|(_, compute)| compute.public) {
        let kept = ports::known(&local.folder, &Address::new(COMPONENT, name.as_str()))?;
        moved.extend(compute.port.filter(|port| kept.is_none() && !ports::is_free(*port)).map(|port| (name, port)));
    }
    Ok(match moved.is_empty() {
        true => vec![Check::in_order("ports", "there are free ones on 127.0.0.1")],
        false => moved
            .iter()
            .map(|(name, port)| {
                Check::in_order("ports", format!("component.{name} takes another one: {port} is taken"))
            })
            .collect(),
    })
}
