use std::collections::{BTreeMap, BTreeSet};

use crate::clues::called;
use crate::model::{Definition, Name};

/// The words by which people call environments, within names of other things: `acme-shop-prod-invoices`.
pub struct Words {
    by_word: BTreeMap<String, BTreeSet<Name>>,
    apps: BTreeSet<String>,
    /// How many words the longest of the names has: `pr-123` has two.
    longest: usize,
}

/// Means too much else: `live-updates`.
const AMBIGUOUS: &str = "live";

impl Words {
    pub fn new(definitions: &BTreeMap<Name, Definition>) -> Self {
        let mut by_word: BTreeMap<String, BTreeSet<Name>> = BTreeMap::new();
        for name in definitions.keys() {
            for word in called(name.as_str()) {
                // What is one environment's own name is never another's nickname.
                let is_own = word == name.as_str();
                if is_own || !(definitions.contains_key(word) || word == AMBIGUOUS) {
                    by_word.entry(word.to_owned()).or_default().insert(name.clone());
                }
            }
        }
        let longest = by_word.keys().map(|word| word.split('-').count()).max().unwrap_or(0);
        let apps = definitions.values().map(|definition| definition.environment.app.to_string()).collect();
        Self { by_word, apps, longest }
    }

    /// The environments that a name speaks of.
    pub fn speaks_of(&self, name: &str) -> BTreeSet<&Name> {
        let words = split(name);
        let mut found = BTreeSet::new();
        for length in 1..=self.longest.min(words.len()) {
            let known = words.windows(length).filter_map(|words| self.by_word.get(&words.join("-")));
            found.extend(known.flatten());
        }
        found
    }

    /// Whether the product's name stands in it, too: then it is one of the product's things.
    pub fn names_app(&self, name: &str) -> bool {
        let words = split(name);
        self.apps.iter().any(|app| {
            let app = split(app);
            words.windows(app.len()).any(|words| words == app)
        })
    }
}

fn split(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect()
}
