use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;
use serde_json::{Map, Value as Json};

use crate::clues::resolved;
use crate::model::{Address, ConfigValue, Environment, Inventory, Target, Value};

use super::walk::as_set;

/// Shorter texts than this are no identifiers: they would be found in words that have nothing to do with them.
const SHORTEST: usize = 4;

/// Takes out of observed values what only says which environment they belong to.
///
/// *Identity* is what the provider or envctl made up: ids, ARNs, derived names, account, region, address ranges.
/// *Own* is, besides, what the contract leaves to each environment: its release and its audience.
pub struct Normaliser {
    identity: Vec<Replacement>,
    own: Vec<Replacement>,
    range: Option<Ipv4Net>,
    /// Attributes too short to be looked for within texts, such as a launch template's version, by the resource's name:
    /// they are known only as the whole value of a resource of the same name.
    short: BTreeMap<(String, String), String>,
}

struct Replacement {
    from: String,
    to: String,
    edge: Edge,
}

/// What may stand beside a replaced text. It never begins or ends within a word.
#[derive(Clone, Copy, PartialEq)]
enum Edge {
    Word,
    /// A letter may follow: `eu-west-1a` is a zone of a region.
    Zone,
    /// It is no folder at a file system's root: `/dev` is not the environment dev.
    Name,
}

impl Normaliser {
    pub fn new(environment: &Environment, inventory: &Inventory, other: &Environment) -> Self {
        let mut known: BTreeMap<String, (String, Edge)> = BTreeMap::new();
        let mut range = None;
        let mut short = BTreeMap::new();
        if let Target::Aws(aws) = &environment.target {
            known.insert(aws.account.clone(), ("<account>".to_owned(), Edge::Word));
            known.insert(aws.region.clone(), ("<region>".to_owned(), Edge::Zone));
            range = Some(aws.cidr);
        }
        for resource in &inventory.resources {
            let attributes = resource.attributes.iter().map(|(name, value)| (name.as_str(), value));
            for (name, value) in std::iter::once(("id", &resource.id)).chain(attributes) {
                let to = format!("<{}.{name}>", resource.address);
                if value.len() >= SHORTEST {
                    known.entry(value.clone()).or_insert((to, Edge::Word));
                } else {
                    short.entry((resource.address.name.clone(), value.clone())).or_insert(to);
                }
            }
        }
        known.entry(environment.name.as_str().to_owned()).or_insert(("<environment>".to_owned(), Edge::Name));

        let mut own: BTreeMap<String, (String, Edge)> = BTreeMap::new();
        let audience = &environment.audience;
        let config = audience.config.iter().filter_map(|(key, text)| {
            let declared = environment.shape.config.get(key) == Some(&ConfigValue::Audience);
            Some((resolved(text.source(), environment)?, format!("<audience.config.{key}>"))).filter(|_| declared)
        });
        // A config value that is declared otherwise is reported as declared, and not again wherever it ends up.
        let declared_otherwise = environment.shape.config.iter().filter_map(|(key, value)| {
            let (ConfigValue::Shared(ours), Some(ConfigValue::Shared(theirs))) = (value, other.shape.config.get(key))
            else {
                return None;
            };
            let text = resolved(ours.source(), environment).filter(|_| ours != theirs)?;
            Some((text, format!("<config.{key}>")))
        });
        let texts = config
            .chain(declared_otherwise)
            .chain(audience.domain.iter().map(|domain| (domain.clone(), "<audience.domain>".to_owned())))
            .chain(audience.certificate.iter().map(|arn| (arn.clone(), "<audience.certificate>".to_owned())))
            .chain(audience.allow.iter().map(|network| (network.to_string(), "<audience.allow>".to_owned())))
            .chain(environment.release.iter().map(|release| (release.clone(), "<release>".to_owned())));
        for (from, to) in texts.filter(|(from, _)| !from.is_empty()) {
            own.entry(from).or_insert((to, Edge::Word));
        }
        for (from, to) in &known {
            own.entry(from.clone()).or_insert_with(|| to.clone());
        }
        Self { identity: longest_first(known), own: longest_first(own), range, short }
    }

    /// Without identity.
    pub fn value(&self, of: &Address, value: &Value) -> Json {
        self.whole(of, value).unwrap_or_else(|| self.json(value, &self.identity))
    }

    /// Without identity, release and audience.
    pub fn value_without_own(&self, of: &Address, value: &Value) -> Json {
        self.whole(of, value).unwrap_or_else(|| self.json(value, &self.own))
    }

    fn whole(&self, of: &Address, value: &Value) -> Option<Json> {
        self.short.get(&(of.name.clone(), value.as_text()?.to_owned())).map(|to| Json::from(to.as_str()))
    }

    fn json(&self, value: &Value, replacements: &[Replacement]) -> Json {
        match value {
            Value::Bool(value) => Json::from(*value),
            Value::Integer(value) => Json::from(*value),
            Value::List(values) => {
                as_set(&Json::Array(values.iter().map(|value| self.json(value, replacements)).collect()))
            }
            Value::Map(entries) => Json::Object(
                entries
                    .iter()
                    .map(|(key, value)| (self.text(key, replacements), self.json(value, replacements)))
                    .collect::<Map<_, _>>(),
            ),
            Value::Text(_) | Value::Reference(_) | Value::Join(_) => {
                Json::String(self.text(&value.to_string(), replacements))
            }
        }
    }

    fn text(&self, text: &str, replacements: &[Replacement]) -> String {
        if let Some(place) = self.place_in_range(text) {
            return place;
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let before = &text[..text.len() - rest.len()];
            if let Some(found) = replacements.iter().find(|one| one.stands_at(before, rest)) {
                out.push_str(&found.to);
                rest = &rest[found.from.len()..];
            } else {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        out
    }

    /// A subnet's range by its place in the environment's own: the fourth sixteenth is the same in every copy.
    fn place_in_range(&self, text: &str) -> Option<String> {
        let (range, network): (Ipv4Net, Ipv4Net) = (self.range?, text.parse().ok()?);
        if !range.contains(&network) || network == range {
            return (network == range).then(|| "<cidr>".to_owned());
        }
        let offset = u32::from(network.network()) - u32::from(range.network());
        let index = u64::from(offset) >> (32 - network.prefix_len());
        Some(format!("<cidr part {index} of {}>", 1u64 << (network.prefix_len() - range.prefix_len())))
    }
}

impl Replacement {
    fn stands_at(&self, before: &str, rest: &str) -> bool {
        let Some(after) = rest.strip_prefix(&self.from) else { return false };
        let in_word = |c: char| c.is_alphanumeric();
        let begins = !before.ends_with(in_word);
        let ends = !after.starts_with(in_word);
        match self.edge {
            Edge::Word => begins && ends,
            Edge::Zone => {
                let mut after = after.chars();
                let zone = after.next().is_some_and(char::is_alphabetic) && !after.next().is_some_and(in_word);
                begins && (ends || zone)
            }
            Edge::Name => {
                let at_root = before.strip_suffix('/').is_some_and(|parent| !parent.ends_with(in_word));
                begins && ends && !at_root
            }
        }
    }
}

fn longest_first(known: BTreeMap<String, (String, Edge)>) -> Vec<Replacement> {
    let mut all: Vec<Replacement> =
        known.into_iter().map(|(from, (to, edge))| Replacement { from, to, edge }).collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.from.len()));
    all
}

/// The names that stand on either side, each once, in order.
pub fn union<'a, K: Ord>(left: impl Iterator<Item = &'a K>, right: impl Iterator<Item = &'a K>) -> BTreeSet<&'a K> {
    left.chain(right).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normaliser(replacements: &[(&str, &str, Edge)], range: &str) -> Normaliser {
        let known = replacements.iter().map(|(from, to, edge)| ((*from).to_owned(), ((*to).to_owned(), *edge)));
        Normaliser {
            identity: longest_first(known.collect()),
            own: Vec::new(),
            range: range.parse().ok(),
            short: BTreeMap::new(),
        }
    }

    #[test]
    fn names_are_replaced_as_words_only() {
        let of = normaliser(
            &[
                ("dev", "<environment>", Edge::Name),
                ("shop-dev-web", "<role.web.id>", Edge::Word),
                ("eu-west-1", "<region>", Edge::Zone),
            ],
            "10.20.0.0/16",
        );
        let shown = |text: &str| {
            of.value(&Address::new("role", "web"), &Value::text(text)).as_str().unwrap_or_default().to_owned()
        };
        assert_eq!(shown("shop-dev-web"), "<role.web.id>");
        assert_eq!(shown("shop-dev-worker"), "shop-<environment>-worker");
        assert_eq!(shown("shop/dev/KEY developer >/dev/null"), "shop/<environment>/KEY developer >/dev/null");
        assert_eq!(shown("eu-west-1a eu-west-12 arn:aws:eu-west-1:x"), "<region>a eu-west-12 arn:aws:<region>:x");
    }

    #[test]
    fn subnets_are_known_by_their_place() {
        let of =
            |range: &str, text: &str| normaliser(&[], range).value(&Address::new("subnet", "a"), &Value::text(text));
        assert_eq!(of("10.20.0.0/16", "10.20.48.0/20"), of("10.64.0.0/16", "10.64.48.0/20"));
        assert_eq!(of("10.20.0.0/16", "10.20.48.0/20"), of("10.64.0.0/18", "10.64.12.0/22"));
        assert_ne!(of("10.20.0.0/16", "10.20.48.0/20"), of("10.20.0.0/16", "10.20.32.0/20"));
        assert_eq!(of("10.20.0.0/16", "192.168.0.0/24"), Json::from("192.168.0.0/24"));
        assert_eq!(of("0.0.0.0/0", "10.0.0.1/32"), Json::from("<cidr part 167772161 of 4294967296>"));
    }
}
