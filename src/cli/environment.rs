use std::collections::BTreeMap;

use crate::model::{Definition, Name};

use super::Error;

/// The environment of exactly this name. Nothing is guessed and no part of a name is completed: the next command may
/// change what it is given.
pub fn find<'a>(definitions: &'a BTreeMap<Name, Definition>, wanted: &str) -> Result<&'a Definition, Error> {
    definitions.get(wanted).ok_or_else(|| Error::UnknownEnvironment {
        wanted: wanted.to_owned(),
        known: definitions.keys().cloned().collect(),
    })
}
