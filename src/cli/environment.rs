use std::collections::BTreeMap;

use crate::definition::{SourceFile, Sources};
use crate::model::{Definition, Name};

use super::Error;

/// The environment of exactly this name. Nothing is guessed and no part of a name is completed: the next command may
/// change what it is given.
///
/// # Errors
/// [`Error::UnknownEnvironment`] with all that the project has, whether or not their definitions hold.
pub fn find<'a>(
    definitions: &'a BTreeMap<Name, Definition>,
    sources: &Sources,
    wanted: &str,
) -> Result<&'a Definition, Error> {
    definitions.get(wanted).ok_or_else(|| Error::UnknownEnvironment {
        wanted: wanted.to_owned(),
        known: sources.environments.iter().map(SourceFile::stem).map(str::to_owned).collect(),
    })
}
