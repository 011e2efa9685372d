use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::model::Path;

/// The same path on both sides. At least one of them has a value there.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair<'a> {
    pub path: Path,
    pub left: Option<&'a Json>,
    pub right: Option<&'a Json>,
}

/// Each path at which a comparison can be made, in order: it goes down only where both sides have a table, so what one
/// side lacks is one pair, however much stands below it. `null` counts as absent.
pub fn pairs<'a>(at: &Path, left: &'a Json, right: &'a Json) -> Vec<Pair<'a>> {
    let mut found = Vec::new();
    descend(at.clone(), Some(left), Some(right), &mut found);
    found
}

fn descend<'a>(path: Path, left: Option<&'a Json>, right: Option<&'a Json>, found: &mut Vec<Pair<'a>>) {
    let [left, right] = [left, right].map(|side| side.filter(|value| !value.is_null()));
    if let (Some(Json::Object(left)), Some(Json::Object(right))) = (left, right) {
        let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        for key in keys {
            descend(path.child(key), left.get(key), right.get(key), found);
        }
    } else if left.is_some() || right.is_some() {
        found.push(Pair { path, left, right });
    }
}

/// The value with each list in it sorted: order has no meaning in any list of a definition or of an observed resource.
pub fn as_set(value: &Json) -> Json {
    match value {
        Json::Array(items) => {
            let mut items: Vec<(String, Json)> =
                items.iter().map(as_set).map(|item| (item.to_string(), item)).collect();
            items.sort_by(|(a, _), (b, _)| a.cmp(b));
            items.dedup_by(|(a, _), (b, _)| a == b);
            Json::Array(items.into_iter().map(|(_, item)| item).collect())
        }
        Json::Object(entries) => entries.iter().map(|(key, value)| (key.clone(), as_set(value))).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_one_side_lacks_is_one_pair() {
        let left = json!({ "a": { "x": 1, "y": { "z": 2 } } });
        let right = json!({ "a": { "x": 1 }, "b": { "c": 1, "d": 2 }, "e": null });
        let found: Vec<String> = pairs(&Path::root(), &left, &right).iter().map(|pair| pair.path.to_string()).collect();
        assert_eq!(found, ["a.x", "a.y", "b"]);
    }

    #[test]
    fn the_order_of_a_list_has_no_meaning() {
        assert_eq!(as_set(&json!(["b", "a", "b"])), json!(["a", "b"]));
        assert_eq!(as_set(&json!([{ "l": [2, 1] }])), json!([{ "l": [1, 2] }]));
        assert_ne!(as_set(&json!(["a"])), as_set(&json!(["a", "b"])));
    }
}
