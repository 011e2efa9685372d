//! Working in a local environment: the values of its secrets, and where its databases and components are.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::names::{COMPONENT, DATABASE};
use super::ports;
use super::site::Local;
use crate::model::{Address, Name, database_name, database_owner};
use crate::provider::{Access, Error, SecretState};
use crate::variables::Endpoint;

impl Access for Local {
    async fn secrets(&self) -> Result<BTreeMap<String, SecretState>, Error> {
        self.vault.states()
    }

    async fn secret_values(&self) -> Result<BTreeMap<String, SecretString>, Error> {
        self.vault.values()
    }

    async fn set_secret(&self, name: &str, value: &SecretString) -> Result<(), Error> {
        loop {
            self.identity()?;
            match self.vault.set(name, value) {
                // A `down` has just removed all of it.
                Err(_) if self.folder.identity()?.is_none() => {}
                set => return set,
            }
        }
    }

    async fn unset_secret(&self, name: &str) -> Result<bool, Error> {
        if self.folder.identity()?.is_none() { Ok(false) } else { self.vault.unset(name) }
    }

    async fn databases(&self) -> Result<BTreeMap<Name, Endpoint>, Error> {
        self.endpoints()
    }

    async fn urls(&self) -> Result<BTreeMap<Name, String>, Error> {
        known_urls(self)
    }
}

/// Of each public component that has a port to answer on.
pub fn known_urls(local: &Local) -> Result<BTreeMap<Name, String>, Error> {
    let public = local.environment.shape.compute.iter().filter(|(_, compute)| compute.public);
    let mut urls = BTreeMap::new();
    for (name, _) in public {
        if let Some(port) = ports::known(&local.folder, &Address::new(COMPONENT, name.as_str()))? {
            urls.insert(name.clone(), url(port));
        }
    }
    Ok(urls)
}

/// Where a public component answers.
pub fn url(port: u16) -> String {
    format!("http://localhost:{port}")
}

impl Local {
    /// The databases that stand, as far as the definition knows them.
    pub(super) fn endpoints(&self) -> Result<BTreeMap<Name, Endpoint>, Error> {
        let mut all = BTreeMap::new();
        for (name, spec) in &self.environment.shape.database {
            let address = Address::new(DATABASE, name.as_str());
            let Some(port) = ports::known(&self.folder, &address)? else { continue };
            let endpoint = Endpoint {
                engine: spec.engine,
                host: "127.0.0.1".to_owned(),
                port,
                name: database_name(&self.environment.app),
                user: database_owner(&self.environment.app),
                password: self.vault.password(name.as_str())?,
                tls: false,
            };
            all.insert(name.clone(), endpoint);
        }
        Ok(all)
    }
}
