use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use jiff::civil::Date;

use crate::model::{Definition, Exposure, Key, Name, Sealed};

use super::facts::Facts;
use super::read;
use super::words::Words;

/// All that an audit is made from.
pub struct Seen<'a> {
    /// All environments of the project: what one of them shares, it shares with any other.
    pub definitions: &'a BTreeMap<Name, Definition>,
    /// By environment, then by the secret's name: what is known of values, such as those that a laptop keeps.
    pub secrets: &'a BTreeMap<Name, BTreeMap<String, Sealed>>,
    /// By environment; of those that were looked at.
    pub live: &'a BTreeMap<Name, Exposure>,
    /// What DNS says of [hosts](store_hosts) and of live databases' endpoints; empty where nobody asked.
    pub resolved: &'a BTreeMap<String, BTreeSet<IpAddr>>,
    /// By which values are digested: the same as for `secrets` and `live`.
    pub key: &'a Key,
    pub today: Date,
}

/// The hosts that definitions keep data on, as DNS knows them.
pub fn store_hosts(definitions: &BTreeMap<Name, Definition>, key: &Key) -> BTreeSet<String> {
    let (secrets, live, resolved) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let seen = Seen { definitions, secrets: &secrets, live: &live, resolved: &resolved, key, today: Date::ZERO };
    Facts::new(&seen).places.iter().flat_map(|place| place.reading.stores.iter().cloned()).collect()
}

/// What an audit may know of a secret's value. The value itself need not live longer than this call.
pub fn seal(definitions: &BTreeMap<Name, Definition>, key: &Key, name: &str, value: &str) -> Sealed {
    let words = Words::new(definitions);
    read::seal(name, value, key, |text| words.speaks_of(text).into_iter().map(ToString::to_string).collect())
}
