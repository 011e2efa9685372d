//! The values of an environment's secrets and the passwords of its databases, in a file that its owner alone can read.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::error::faulty;
use super::folder::{Folder, chance, lock, read_toml, remove_unfinished, write_private};
use crate::provider::{Error, SecretState};

/// How long a password is: 24 letters and digits hold 142 bits.
const PASSWORD: usize = 24;

#[derive(Clone, Debug)]
pub struct Vault {
    folder: Folder,
}

#[derive(Default, Serialize, Deserialize)]
struct Content {
    /// What digests are keyed with.
    key: String,
    #[serde(default)]
    databases: BTreeMap<String, String>,
    #[serde(default)]
    secrets: BTreeMap<String, Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    value: String,
    /// Made by envctl, and made anew when the environment is; otherwise somebody has set it.
    generated: bool,
    /// The environment that stands has it. A value can be set before the environment is there, and outlives it.
    in_use: bool,
    changed: Timestamp,
}

impl Vault {
    pub fn new(folder: &Folder) -> Self {
        Self { folder: folder.clone() }
    }

    /// Every value, by the secret's name.
    pub fn values(&self) -> Result<BTreeMap<String, SecretString>, Error> {
        let secrets = self.read()?.secrets.into_iter();
        Ok(secrets.map(|(name, entry)| (name, SecretString::from(entry.value))).collect())
    }

    /// The states of all that have a value.
    pub fn states(&self) -> Result<BTreeMap<String, SecretState>, Error> {
        let secrets = self.read()?.secrets.into_iter();
        let state = |entry: Entry| SecretState { generated: entry.generated, changed: Some(entry.changed) };
        Ok(secrets.map(|(name, entry)| (name, state(entry))).collect())
    }

    pub fn set(&self, name: &str, value: &SecretString) -> Result<(), Error> {
        self.change(|content| {
            let in_use = content.secrets.get(name).is_some_and(|entry| entry.in_use);
            let value = value.expose_secret().to_owned();
            content.secrets.insert(name.to_owned(), Entry { value, generated: false, in_use, changed: now() });
        })
    }

    /// Whether there was a value to forget.
    pub fn unset(&self, name: &str) -> Result<bool, Error> {
        self.change(|content| content.secrets.remove(name).is_some())
    }

    /// Puts a secret to use: with the value that it has, or else a new one of so many characters. `false`: it has no
    /// value, and none is to be made.
    pub fn put_to_use(&self, name: &str, generate: Option<usize>) -> Result<bool, Error> {
        self.change(|content| match (content.secrets.get_mut(name), generate) {
            (Some(entry), _) => {
                entry.in_use = true;
                true
            }
            (None, Some(length)) => {
                let entry = Entry { value: chance(length), generated: true, in_use: true, changed: now() };
                content.secrets.insert(name.to_owned(), entry);
                true
            }
            (None, None) => false,
        })
    }

    /// Takes a secret out of use: a generated value is forgotten, one that somebody has set is kept.
    pub fn put_away(&self, name: &str) -> Result<(), Error> {
        self.change(|content| {
            if content.secrets.get(name).is_some_and(|entry| entry.generated) {
                content.secrets.remove(name);
            } else if let Some(entry) = content.secrets.get_mut(name) {
                entry.in_use = false;
            }
        })
    }

    /// The secrets in use, each with whether its value was generated and with a keyed digest of it.
    pub fn in_use(&self) -> Result<Vec<(String, bool, String)>, Error> {
        let content = self.read()?;
        let in_use = content.secrets.iter().filter(|(_, entry)| entry.in_use);
        Ok(in_use.map(|(name, entry)| (name.clone(), entry.generated, content.digest(&entry.value))).collect())
    }

    /// Whether there is a value that somebody has set.
    pub fn keeps_any(&self) -> Result<bool, Error> {
        Ok(self.read()?.secrets.values().any(|entry| !entry.generated))
    }

    /// The password of a database's owner, made when it is first asked for.
    pub fn password(&self, database: &str) -> Result<SecretString, Error> {
        if let Some(password) = self.read()?.databases.get(database) {
            return Ok(password.clone().into());
        }
        let made = self
            .change(|content| content.databases.entry(database.to_owned()).or_insert_with(|| chance(PASSWORD)).clone());
        Ok(made?.into())
    }

    pub fn forget_password(&self, database: &str) -> Result<(), Error> {
        self.change(|content| drop(content.databases.remove(database)))
    }

    /// Tells whether a database has another password or port than before, and nothing else of either. `None`: it has
    /// no password yet.
    pub fn database_digest(&self, database: &str, port: u16) -> Result<Option<String>, Error> {
        let content = self.read()?;
        let password = content.databases.get(database);
        Ok(password.map(|password| content.digest(&format!("{port} {password}"))))
    }

    /// Nobody else changes a value until it is dropped.
    pub fn lock(&self) -> Result<std::fs::File, Error> {
        lock(&self.folder.path().join("secrets.lock"))
    }

    fn read(&self) -> Result<Content, Error> {
        Ok(read_toml(&self.folder.secrets())?.unwrap_or_default())
    }

    fn change<T>(&self, change: impl FnOnce(&mut Content) -> T) -> Result<T, Error> {
        let _one_at_a_time = self.lock()?;
        remove_unfinished(&self.folder.secrets())?;
        let mut content = self.read()?;
        if content.key.is_empty() {
            content.key = chance(43);
        }
        let result = change(&mut content);
        write_private(&self.folder.secrets(), toml::to_string(&content).map_err(faulty)?.as_bytes())?;
        Ok(result)
    }
}

impl Content {
    fn digest(&self, text: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_bytes()).expect("HMAC takes a key of any length");
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "a secret's age is for people to see")]
fn now() -> Timestamp {
    Timestamp::now()
}
