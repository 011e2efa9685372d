use std::collections::BTreeSet;

use super::{Environment, Name};

/// The environments that are production: those that are `protected`, and those that another one mirrors and that mirror
/// none themselves. This is the one place that says so.
///
/// The end of a chain is meant: where qa mirrors staging and staging mirrors prod, prod alone is production.
pub fn productions<'a>(environments: impl IntoIterator<Item = &'a Environment> + Clone) -> BTreeSet<Name> {
    let mirrored: BTreeSet<&Name> =
        environments.clone().into_iter().filter_map(|environment| environment.mirrors.as_ref()).collect();
    let is_production = |environment: &&Environment| {
        environment.protected || (environment.mirrors.is_none() && mirrored.contains(&environment.name))
    };
    environments.into_iter().filter(is_production).map(|environment| environment.name.clone()).collect()
}
