use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::audit::Code;
use crate::audit::draft::Draft;
use crate::audit::facts::{Facts, Place};
use crate::audit::read::{Clue, Kind, parents};
use crate::model::{Digest, Name, Path, Target};

/// Values of one environment that point at what is another's.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = facts.places.iter().flat_map(|place| of_place(facts, place)).collect();
    drafts.extend(of_secrets(facts));
    drafts
}

struct Crossing<'a> {
    code: Code,
    owner: &'a Name,
    what: String,
    /// It is another's by its name alone.
    by_name: bool,
}

/// Of all that a value has of one owner, the gravest: a URL of its database names its domain and account, too.
fn of_place(facts: &Facts<'_>, place: &Place<'_>) -> Vec<Draft> {
    let mut by_owner: BTreeMap<&Name, (Crossing<'_>, Option<&'static str>)> = BTreeMap::new();
    for (clue, how) in &place.reading.clues {
        let Some(crossing) = crossing(facts, place, clue) else { continue };
        let key = |one: &Crossing<'_>| {
            let severity = one.code.severity();
            (if one.by_name { severity.lowered() } else { severity }, one.code)
        };
        let is_graver = by_owner.get(crossing.owner).is_none_or(|(known, _)| key(&crossing) < key(known));
        if is_graver {
            by_owner.insert(crossing.owner, (crossing, *how));
        }
    }
    let drafts = by_owner.into_values().map(|(crossing, how)| {
        let Crossing { code, owner, what, by_name } = crossing;
        let message = format!("{} {what}", place.path);
        let how = how.map(|how| format!(", {how}")).unwrap_or_default();
        Draft::new(code, message, remedy(code)).owner(owner).lowered(by_name).at(place, format!("points there{how}"))
    });
    drafts.collect()
}

fn crossing<'a>(facts: &Facts<'a>, place: &Place<'_>, clue: &Clue) -> Option<Crossing<'a>> {
    let own = &place.environment.name;
    let text = &clue.text;
    // A private address means another machine in each network.
    let is_within =
        |address: IpAddr| facts.ranges.iter().any(|(range, owner)| *owner == own && range.contains(&address));
    if text.parse().is_ok_and(is_within) {
        return None;
    }
    let owned = |code, owner: &'a Name, what| Some(Crossing { code, owner, what, by_name: false });
    match clue.kind {
        Kind::Server => {
            if let Some(owner) =
                facts.foreign_owner(clue, own).or_else(|| domain_of(facts, text, own).map(|(owner, _)| owner))
            {
                return owned(Code::ForeignDatabase, owner, format!("leads to {text}, the database of {owner}"));
            }
            let owner = facts.called_after(text, own)?;
            let what = format!("leads to {text}, by its name the database of {owner}");
            let by_name = !facts.words.names_app(text);
            Some(Crossing { code: Code::ForeignDatabase, owner, what, by_name })
        }
        Kind::Host => {
            if let Some((owner, domain)) = domain_of(facts, text, own) {
                let under = if domain == *text { String::new() } else { format!("under {domain}, ") };
                return owned(Code::ForeignDomain, owner, format!("names {text}, {under}the domain of {owner}"));
            }
            named(facts, place, clue)
        }
        Kind::Account => {
            let owner = facts.foreign_owner(clue, own)?;
            owned(Code::ForeignAccount, owner, format!("names account {text} of {owner}"))
        }
        Kind::Arn | Kind::Bucket => match facts.foreign_owner(clue, own) {
            Some(owner) => owned(Code::ForeignResource, owner, format!("names {text}, which is {owner}'s")),
            None => named(facts, place, clue),
        },
        Kind::Address => {
            let (owner, what) = address(facts, place, clue)?;
            owned(Code::ForeignAddress, owner, what)
        }
        // Of a user or a database the word alone is told: what else stands there may be a token.
        Kind::Login => {
            let owner = facts.called_after(text, own)?;
            let what = format!("has a user or database that is called after {owner}");
            Some(Crossing { code: Code::ForeignLogin, owner, what, by_name: false })
        }
        // Of a bucket most settings say the name alone.
        Kind::Name => match facts.foreign_owner(&Clue::new(Kind::Bucket, text), own) {
            Some(owner) => owned(Code::ForeignResource, owner, format!("names {text}, which is {owner}'s")),
            None => named(facts, place, clue),
        },
        Kind::Store | Kind::AccessKey => None,
    }
}

/// The nearest domain that the host is or lies under, if it is another's.
fn domain_of<'a, 'h>(facts: &Facts<'a>, host: &'h str, own: &Name) -> Option<(&'a Name, &'h str)> {
    let nearest = parents(host).find(|domain| facts.owned.contains_key(&Clue::new(Kind::Host, *domain)))?;
    Some((facts.foreign_owner(&Clue::new(Kind::Host, nearest), own)?, nearest))
}

/// An address within another environment's network and not within its own. Networks that several have tell nothing.
fn address<'a>(facts: &Facts<'a>, place: &Place<'_>, clue: &Clue) -> Option<(&'a Name, String)> {
    let own = &place.environment.name;
    if let Some(owner) = facts.foreign_owner(clue, own) {
        return Some((owner, format!("names {}, an address of {owner}", clue.text)));
    }
    let address: IpAddr = clue.text.parse().ok()?;
    let mut owners: Vec<&Name> =
        facts.ranges.iter().filter(|(range, _)| range.contains(&address)).map(|(_, owner)| *owner).collect();
    owners.dedup();
    match owners[..] {
        [owner] if owner != own => Some((owner, format!("names {address}, within the network of {owner}"))),
        _ => None,
    }
}

/// What the end of a key says of its value.
const RESOURCES: [&str; 16] = [
    "BUCKET",
    "QUEUE",
    "TOPIC",
    "TABLE",
    "HOST",
    "DB",
    "DATABASE",
    "SCHEMA",
    "INDEX",
    "STREAM",
    "USER",
    "ENDPOINT",
    "ARN",
    "CLUSTER",
    "NAMESPACE",
    "SECRET",
];
/// Hosts of services that are somebody's own, not a public site.
const PRIVATE: [&str; 6] = [".internal", ".local", ".lan", ".corp", ".amazonaws.com", ".svc"];

/// A name that speaks of another environment and not of its own. It must be a resource's: it names the product, too, or
/// stands under such a key, or is a private host.
fn named<'a>(facts: &Facts<'a>, place: &Place<'_>, clue: &Clue) -> Option<Crossing<'a>> {
    let text = &clue.text;
    let owner = facts.called_after(text, &place.environment.name)?;
    let key = place.key().to_ascii_uppercase();
    let is_resource = matches!(clue.kind, Kind::Bucket | Kind::Arn)
        || facts.words.names_app(text)
        || key.split('_').next_back().is_some_and(|end| RESOURCES.contains(&end))
        || (clue.kind == Kind::Host && PRIVATE.iter().any(|end| text.ends_with(end)));
    // The environment's name alone is a label: `SENTRY_ENVIRONMENT`.
    let is_label = !text.contains(['-', '_', '.', '/', ':']);
    let what = format!("names a resource that is called after {owner}");
    (is_resource && !is_label).then_some(Crossing { code: Code::ForeignResource, owner, what, by_name: true })
}

fn of_secrets(facts: &Facts<'_>) -> Vec<Draft> {
    let mut secrets = facts.secrets().peekable();
    if secrets.peek().is_none() {
        return Vec::new();
    }
    let owned: BTreeMap<Digest, &Clue> =
        facts.owned.keys().map(|clue| (Digest::of(facts.seen.key, &clue.canonical()), clue)).collect();
    let mut drafts = Vec::new();
    for (environment, name, sealed) in secrets {
        let mut found: BTreeMap<&Name, Code> = BTreeMap::new();
        let mut ours = Vec::new();
        for clue in sealed.identities.iter().filter_map(|digest| owned.get(digest)) {
            match facts.foreign_owner(clue, environment) {
                Some(owner) => {
                    let code = match clue.kind {
                        Kind::Server => Code::ForeignDatabase,
                        Kind::Host => Code::ForeignDomain,
                        Kind::Account => Code::ForeignAccount,
                        Kind::Address => Code::ForeignAddress,
                        _ => Code::ForeignResource,
                    };
                    let known = found.entry(owner).or_insert(code);
                    *known = code.min(*known);
                }
                None if clue.kind == Kind::Host => ours.push(&clue.text),
                None => {}
            }
        }
        // A host under our own domain lies under the domain above it, too, which may be another's.
        if !ours.is_empty() {
            found.retain(|_, code| *code != Code::ForeignDomain);
        }
        if !sealed.speaks_of.contains(environment.as_str()) {
            for other in
                sealed.speaks_of.iter().filter_map(|other| facts.seen.definitions.get_key_value(other.as_str()))
            {
                found.entry(other.0).or_insert(Code::ForeignLogin);
            }
        }
        for (owner, code) in found {
            let message = format!("the value of secret {name} points at what is {owner}'s");
            let path = Path::new(["secrets", name]);
            let origin = facts.origin(environment, &path);
            drafts.push(Draft::new(code, message, remedy(code)).owner(owner).seen(
                environment,
                path,
                origin,
                "its value",
            ));
        }
    }
    drafts
}

fn remedy(code: Code) -> &'static str {
    match code {
        Code::ForeignDatabase => "use {database.NAME.url}, or a database of the environment's own",
        Code::ForeignDomain => "write {audience.domain}, or declare the key { audience = true } and give each its own",
        Code::ForeignAccount | Code::ForeignResource => {
            "write {environment} into the name, or give each a resource of its own"
        }
        Code::ForeignAddress => "use a name or an address of the environment's own network",
        _ => "give each environment users and databases of its own",
    }
}

/// Whether an environment runs on a laptop.
pub fn is_local(target: &Target) -> bool {
    matches!(target, Target::Local(_))
}
