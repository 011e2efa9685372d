//! The local provider: three kinds of resource behind the one port.

use std::time::Duration;

use super::names::{COMPONENT, DATABASE, SECRET};
use super::site::Local;
use super::{component, database, secret};
use crate::model::{Address, Inventory, Observed};
use crate::provider::{Caller, Error, ErrorKind, Patience, Provider, Wanted};

impl Provider for Local {
    async fn caller(&self) -> Result<Caller, Error> {
        let uid = nix::unistd::geteuid();
        let user = nix::unistd::User::from_uid(uid).ok().flatten();
        let name = user.map_or_else(|| format!("user {uid}"), |user| user.name);
        Ok(Caller { account: String::new(), name })
    }

    async fn observe(&self) -> Result<Inventory, Error> {
        let mut all = secret::observe_all(self)?;
        all.extend(database::observe_all(self).await?);
        all.extend(component::observe_all(self)?);
        Ok(Inventory::new(all))
    }

    async fn look(&self, address: &Address, _: &str) -> Result<Option<Observed>, Error> {
        match address.kind.as_str() {
            SECRET => Ok(secret::observe_all(self)?.into_iter().find(|observed| observed.address == *address)),
            DATABASE => database::observe(self, &address.name).await,
            COMPONENT => component::observe(self, &address.name),
            _ => Err(unknown(address)),
        }
    }

    async fn create(&self, wanted: &Wanted) -> Result<String, Error> {
        self.identity()?;
        match wanted.address.kind.as_str() {
            SECRET => secret::create(self, wanted),
            DATABASE => database::create(self, wanted).await,
            COMPONENT => component::create(self, wanted).await,
            _ => Err(unknown(&wanted.address)),
        }
    }

    async fn update(&self, wanted: &Wanted, _: &Observed, _: &[&str]) -> Result<(), Error> {
        match wanted.address.kind.as_str() {
            // It has no properties: its value is not the definition's.
            SECRET => Ok(()),
            DATABASE => database::update(self, wanted).await,
            COMPONENT => component::update(self, wanted).await,
            _ => Err(unknown(&wanted.address)),
        }
    }

    async fn delete(&self, observed: &Observed) -> Result<(), Error> {
        let name = &observed.address.name;
        match observed.address.kind.as_str() {
            SECRET => self.vault.put_away(name)?,
            DATABASE => database::delete(self, name).await?,
            COMPONENT => component::delete(self, name).await?,
            _ => return Err(unknown(&observed.address)),
        }
        self.tidy_up()
    }

    /// What is asked of this machine is done by whoever asks.
    fn settles_within(&self) -> Duration {
        Duration::ZERO
    }

    /// Everything here is looked at in milliseconds. Migrations and seeds of a large database take their time.
    fn patience(&self, address: &Address) -> Patience {
        let minutes = if address.kind == DATABASE { 60 } else { 6 };
        Patience { interval: Duration::from_millis(200), deadline: Duration::from_secs(minutes * 60) }
    }

    /// A component whose code does not come up is mended by other code.
    fn takes_changes(&self, wanted: &Wanted, _: &Observed) -> bool {
        wanted.address.kind == COMPONENT
    }
}

impl Local {
    /// Removes the environment's folder once nothing stands in it any more.
    fn tidy_up(&self) -> Result<(), Error> {
        let Some(_) = self.folder.identity()? else { return Ok(()) };
        // Somebody may be setting a secret.
        let _nobody_else = match self.vault.lock() {
            Err(_) if self.folder.identity()?.is_none() => return Ok(()),
            lock => lock?,
        };
        let is_empty = self.folder.databases()?.is_empty()
            && self.folder.components()?.is_empty()
            && self.vault.in_use()?.is_empty();
        if is_empty { self.folder.remove(self.vault.keeps_any()?) } else { Ok(()) }
    }
}

fn unknown(address: &Address) -> Error {
    Error::new(ErrorKind::Rejected, format!("{address}: a local environment has no resource of this kind"))
}
