use std::collections::{BTreeMap, BTreeSet};

use crate::clues::is_credential;
use crate::model::{Digest, Key, Mark};

use super::clue::{self, Clue, Kind};
use super::connection::{Connection, connections};
use super::host::{canonical, is_loopback, server};
use super::layer::{Layer, layers};
use super::provider;

/// Stands in a text for what is known only at run time: another part of the same environment, or a secret of its own.
pub const UNKNOWN: char = '\u{fffc}';

/// All that a text says, without its secrets: those are digested here and forgotten.
#[derive(Clone, Default)]
pub struct Reading {
    /// What it names, and in which encoding that stood.
    pub clues: BTreeMap<Clue, Option<&'static str>>,
    /// Digests of what is a credential, with words for what it is.
    pub credentials: BTreeMap<Digest, &'static str>,
    pub marks: BTreeSet<Mark>,
    /// The hosts that data is kept on, as DNS knows them.
    pub stores: BTreeSet<String>,
    /// Whether a URL in it leads to the machine that reads it.
    pub leads_home: bool,
}

impl Reading {
    /// Reads a value that stands under a key. What is a secret by declaration is a credential as a whole.
    pub fn of(name: &str, value: &str, is_secret: bool, key: &Key) -> Self {
        let mut reading = Self::default();
        if value.trim().is_empty() {
            if is_secret {
                reading.marks.insert(Mark::Empty);
            }
            return reading;
        }
        let is_whole = is_secret || is_credential(name, &value.replace(UNKNOWN, ""));
        if is_whole && !value.contains("://") && !value.contains(UNKNOWN) {
            reading.credential(value.trim(), "the value", key);
        } else if is_secret {
            reading.credentials.insert(Digest::of(key, value.trim()), "the value");
        }
        if provider::is_placeholder(value, is_whole) {
            reading.marks.insert(Mark::Placeholder);
        }
        for layer in layers(value) {
            reading.layer(&layer, key);
        }
        reading
    }

    fn layer(&mut self, layer: &Layer, key: &Key) {
        self.marks.extend(provider::marks(&layer.text));
        for (name, value) in &layer.pairs {
            if is_credential(name, value) && !value.contains("://") && !value.contains(UNKNOWN) {
                self.credential(value, "a value in it", key);
            }
        }
        let mut clues = Vec::new();
        let mut rest = layer.text.clone();
        for connection in connections(&layer.text) {
            self.connection(&connection, key, &mut clues);
            // A password is no name of anything.
            for secret in connection.password.iter().filter(|secret| secret.len() > 2) {
                rest = rest.replace(secret.as_str(), " ");
            }
        }
        clue::words(&rest, &mut clues);
        for clue in clues.into_iter().filter(|clue| !clue.text.contains(UNKNOWN)) {
            let how = self.clues.entry(clue).or_insert(layer.how);
            // The plainest way in which it stands there is told.
            *how = how.and(layer.how);
        }
    }

    fn connection(&mut self, connection: &Connection, key: &Key, clues: &mut Vec<Clue>) {
        let is_home =
            connection.hosts.iter().all(|host| is_loopback(host) || !(host.contains('.') || host.contains(':')));
        self.leads_home |= connection.hosts.iter().any(|host| is_loopback(host));
        if let Some(password) = connection.password.as_deref().filter(|password| !password.contains(UNKNOWN)) {
            // What opens only what is on the same machine is nobody else's.
            if !is_home {
                self.credential(password, "the password in a URL", key);
            } else if provider::is_placeholder(password, false) {
                self.marks.insert(Mark::Placeholder);
            }
        }
        for host in &connection.hosts {
            clue::host(host, clues);
            let server = server(host, connection.user.as_deref()).filter(|server| !server.contains(UNKNOWN));
            if let (true, Some(server)) = (connection.is_store(), server) {
                self.stores.insert(canonical(host));
                if let Some(database) = connection.database() {
                    clues.push(Clue::new(Kind::Store, format!("{server}/{}", database.to_ascii_lowercase())));
                }
                clues.push(Clue::new(Kind::Server, server));
            }
        }
        if connection.is_store() {
            let names = [connection.database(), connection.user.as_deref()];
            clues.extend(names.into_iter().flatten().map(|name| Clue::new(Kind::Login, name.to_ascii_lowercase())));
        }
        if let ["sqs", region, "amazonaws", "com"] =
            connection.hosts.first().map(|host| host.split('.').collect::<Vec<_>>()).unwrap_or_default()[..]
            && let Some((account, queue)) = connection.path.split_once('/')
        {
            clues.push(Clue::new(Kind::Arn, format!("arn:aws:sqs:{region}:{account}:{queue}")));
        }
        if let Some(rest) = connection.hosts.first().and_then(|host| host.strip_prefix("s3."))
            && rest.ends_with("amazonaws.com")
        {
            clues.push(Clue::new(Kind::Bucket, connection.path.split('/').next().unwrap_or_default()));
        }
    }

    fn credential(&mut self, value: &str, what: &'static str, key: &Key) {
        if value.is_empty() {
            return;
        }
        if provider::is_placeholder(value, true) {
            self.marks.insert(Mark::Placeholder);
        }
        self.credentials.entry(Digest::of(key, value)).or_insert(what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: &str) -> Reading {
        Reading::of(name, value, false, &Key::new(&[7; 64]))
    }

    #[test]
    fn a_database_has_one_name_however_it_is_told() {
        let wanted = Clue::new(Kind::Store, "db.shop.example/shop");
        for value in [
            "postgres://app:pw@db.shop.example/shop",
            "POSTGRESQL://app@DB-RO.Shop.Example.:6432/shop?sslmode=require",
            r#"{"url":"postgres:\/\/db.shop.example\/shop"}"#,
            "cG9zdGdyZXM6Ly9hcHA6cHdAZGIuc2hvcC5leGFtcGxlL3Nob3A=",
            "host=db.shop.example dbname=shop user=app",
            "line one\nDATABASE_URL=postgres://db.shop.example/shop\n",
        ] {
            assert!(read("X", value).clues.contains_key(&wanted), "{value}");
        }
    }

    #[test]
    fn a_credential_is_the_same_wherever_it_stands() {
        let wanted = Digest::of(&Key::new(&[7; 64]), "s3cr3t/X1");
        for (name, value) in [
            ("DB_PASSWORD", "s3cr3t/X1"),
            ("DATABASE_URL", "postgres://app:s3cr3t%2FX1@db.shop.example/shop"),
            ("SETTINGS", r#"{"db":{"password":"s3cr3t/X1"}}"#),
            ("FILE", "USER=a\nDB_PASSWORD=s3cr3t/X1"),
        ] {
            assert!(read(name, value).credentials.contains_key(&wanted), "{name}");
        }
    }

    #[test]
    fn what_stays_on_the_machine_or_is_unknown_is_nothing_to_share() {
        for value in [
            "postgres://app:pw@localhost/shop",
            "redis://:pw@cache:6379",
            &format!("postgres://app:{UNKNOWN}@{UNKNOWN}/x"),
        ] {
            let reading = read("URL", value);
            assert!(reading.credentials.is_empty(), "{value}");
            assert!(!reading.clues.keys().any(|clue| clue.kind == Kind::Server), "{value}");
        }
    }

    #[test]
    fn a_password_names_nothing() {
        let reading = read("URL", "postgres://app:acme-prod.shop.example@db.example.net/shop");
        assert!(!reading.clues.keys().any(|clue| clue.text.contains("acme")), "{:?}", reading.clues);
    }
}
