use serde_json::Value as Json;

use crate::model::{Definition, Origin, Path};

use super::finding::Setting;

/// The value with the place that set it: its own, that of the first value in a table, or that of a whole `count`.
pub fn setting(definition: &Definition, path: &Path, value: Option<&Json>) -> Option<Setting> {
    let value = value?;
    let origin = definition.origins.exact(path).or_else(|| first_origin(definition, path, value));
    let origin = origin.or_else(|| whole_count(definition, path));
    Some(Setting { value: value.clone(), origin: origin.cloned() })
}

/// The place of a table is that of the first value in it.
fn first_origin<'a>(definition: &'a Definition, path: &Path, value: &Json) -> Option<&'a Origin> {
    let Json::Object(entries) = value else { return None };
    let below = entries.iter().filter_map(|(key, value)| {
        let path = path.child(key);
        definition.origins.exact(&path).or_else(|| first_origin(definition, &path, value))
    });
    below.min()
}

/// `count = 2` sets both of its bounds.
fn whole_count<'a>(definition: &'a Definition, path: &Path) -> Option<&'a Origin> {
    match path.segments() {
        [section, _, count, _] if section == "compute" && count == "count" => definition.origins.exact(&path.parent()?),
        _ => None,
    }
}
