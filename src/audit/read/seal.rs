use crate::model::{Digest, Key, Sealed};

use super::clue::Kind;
use super::host::parents;
use super::reading::Reading;

/// What may be kept of a secret's value: what it says, in digests. `speaks_of` gives the environments that a name in it
/// is called after.
pub fn seal(name: &str, value: &str, key: &Key, speaks_of: impl Fn(&str) -> Vec<String>) -> Sealed {
    let reading = Reading::of(name, value, true, key);
    let mut sealed =
        Sealed { credentials: reading.credentials.into_keys().collect(), marks: reading.marks, ..Sealed::default() };
    for clue in reading.clues.keys() {
        let digest = Digest::of(key, &clue.canonical());
        sealed.identities.insert(digest);
        match clue.kind {
            Kind::Store => sealed.stores.extend([digest]),
            Kind::Server => sealed.servers.extend([digest]),
            _ => {}
        }
        match clue.kind {
            Kind::Host => {
                // A domain owns what lies under it.
                let parents = parents(&clue.text).map(|text| super::Clue::new(Kind::Host, text).canonical());
                sealed.identities.extend(parents.map(|parent| Digest::of(key, &parent)));
            }
            Kind::Server | Kind::Login | Kind::Bucket => sealed.speaks_of.extend(speaks_of(&clue.text)),
            _ => {}
        }
    }
    sealed
}
