use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use ipnet::IpNet;

use crate::model::{
    ConfigValue, Definition, Environment, Mark, Name, Origin, Part, Path, Placeholder, Target, Text, productions,
};

use super::read::{Clue, Kind, Reading, UNKNOWN, canonical, server};
use super::seen::Seen;
use super::words::Words;

/// What was seen, read once and indexed: checks look things up here.
pub struct Facts<'a> {
    pub seen: &'a Seen<'a>,
    pub productions: BTreeSet<Name>,
    pub words: Words,
    /// Every value of every definition that a process gets to see.
    pub places: Vec<Place<'a>>,
    /// What is an environment's own.
    pub owned: HashMap<Clue, BTreeSet<&'a Name>>,
    /// Networks, each with whose it is.
    pub ranges: Vec<(IpNet, &'a Name)>,
}

/// A value in a definition.
pub struct Place<'a> {
    pub environment: &'a Environment,
    pub path: Path,
    pub origin: Option<Origin>,
    /// As the process gets it, with [`UNKNOWN`] for what is known only then.
    pub text: Rc<str>,
    pub reading: Rc<Reading>,
}

impl Place<'_> {
    pub fn key(&self) -> &str {
        self.path.segments().last().map_or("", String::as_str)
    }
}

impl<'a> Facts<'a> {
    pub fn new(seen: &'a Seen<'a>) -> Self {
        let environments = seen.definitions.values().map(|definition| &definition.environment);
        let mut facts = Self {
            seen,
            productions: productions(environments),
            words: Words::new(seen.definitions),
            places: places(seen),
            owned: HashMap::new(),
            ranges: Vec::new(),
        };
        facts.own();
        facts
    }

    pub fn environments(&self) -> impl Iterator<Item = &'a Environment> + use<'a> {
        self.seen.definitions.values().map(|definition| &definition.environment)
    }

    pub fn definition(&self, name: &Name) -> Option<&'a Definition> {
        self.seen.definitions.get(name)
    }

    pub fn origin(&self, name: &Name, path: &Path) -> Option<Origin> {
        self.definition(name)?.origins.of(path).cloned()
    }

    pub fn is_production(&self, name: &Name) -> bool {
        self.productions.contains(name)
    }

    /// Secrets whose values are known, of a laptop's file or live: environment, name, what is known.
    pub fn secrets(&self) -> impl Iterator<Item = (&'a Name, &'a str, &'a crate::model::Sealed)> {
        let kept = self.seen.secrets.iter().flat_map(|(environment, secrets)| {
            secrets.iter().map(move |(name, sealed)| (environment, name.as_str(), sealed))
        });
        let live = self.seen.live.iter().flat_map(|(environment, exposure)| {
            exposure
                .secrets
                .iter()
                .filter_map(move |secret| Some((environment, secret.name.as_str(), secret.value.as_ref()?)))
        });
        kept.chain(live)
    }

    /// Whose it is, if it is others' alone.
    pub fn foreign_owner(&self, clue: &Clue, of: &Name) -> Option<&'a Name> {
        let owners = self.owned.get(clue)?;
        if owners.contains(of) { None } else { self.gravest(owners.iter().copied()) }
    }

    /// Of several, production: to reach that one is the worst.
    pub fn gravest(&self, names: impl Iterator<Item = &'a Name>) -> Option<&'a Name> {
        names.min_by_key(|name| (!self.is_production(name), *name))
    }

    /// The environments that a name speaks of, if it does not speak of this one, too.
    pub fn called_after(&self, name: &str, of: &Name) -> Option<&'a Name> {
        let found = self.words.speaks_of(name);
        if found.contains(of) {
            return None;
        }
        let names =
            found.into_iter().filter_map(|name| self.seen.definitions.get_key_value(name).map(|(name, _)| name));
        self.gravest(names)
    }

    fn own(&mut self) {
        for environment in self.environments() {
            let name = &environment.name;
            let mut own = |kind, text: &str| self.owned.entry(Clue::new(kind, text)).or_default().extend([name]);
            // A domain without a dot, as `localhost`, is nobody's own.
            if let Some(domain) = environment.audience.domain.as_deref().filter(|domain| domain.contains('.')) {
                own(Kind::Host, &canonical(domain));
            }
            if let Some(certificate) = &environment.audience.certificate {
                own(Kind::Arn, certificate);
            }
            if let Target::Aws(aws) = &environment.target {
                own(Kind::Account, &aws.account);
                self.ranges.push((IpNet::V4(aws.cidr), name));
            }
        }
        for (name, exposure) in self.seen.live {
            let mut own = |kind, text: &str| self.owned.entry(Clue::new(kind, text)).or_default().extend([name]);
            for database in &exposure.databases {
                let servers = database.endpoints.iter().filter_map(|endpoint| server(endpoint, None));
                servers.for_each(|server| own(Kind::Server, &server));
                for address in &database.addresses {
                    own(Kind::Server, &address.to_string());
                    own(Kind::Address, &address.to_string());
                }
                own(Kind::Arn, &database.arn);
            }
            let arns =
                exposure.secrets.iter().map(|secret| &secret.arn).chain(exposure.roles.iter().map(|role| &role.arn));
            arns.chain(exposure.resources.iter().map(|resource| &resource.arn)).for_each(|arn| own(Kind::Arn, arn));
            for resource in &exposure.resources {
                if let Some(bucket) = resource.arn.split_once(":s3:::").map(|(_, bucket)| bucket) {
                    own(Kind::Bucket, bucket);
                }
            }
            let ranges = exposure.vpcs.iter().flat_map(|vpc| &vpc.ranges);
            self.ranges.extend(ranges.map(|range| (*range, name)));
        }
        for environment in self.environments() {
            // A bucket that a permission names by `{environment}` is one for each.
            let permissions = environment.shape.compute.values().flat_map(|compute| &compute.permissions);
            let own = permissions.flat_map(|permission| &permission.resources);
            for text in own.filter(|text| text.placeholders().any(|part| *part == Placeholder::Environment)) {
                let arn = fill(text, environment);
                if let Some((_, bucket)) = arn.split_once(":s3:::") {
                    let bucket = bucket.split('/').next().unwrap_or_default();
                    self.owned.entry(Clue::new(Kind::Bucket, bucket)).or_default().insert(&environment.name);
                }
                self.owned.entry(Clue::new(Kind::Arn, arn)).or_default().insert(&environment.name);
            }
        }
    }

    /// Whether a value is marked so, with where it stands.
    pub fn marked(&self, wanted: impl Fn(&Mark) -> bool) -> impl Iterator<Item = (&Place<'a>, Mark)> {
        self.places
            .iter()
            .filter_map(move |place| Some((place, *place.reading.marks.iter().find(|mark| wanted(mark))?)))
    }
}

/// The text as the environment's processes get it.
pub fn fill(text: &Text, environment: &Environment) -> String {
    let mut filled = String::new();
    for part in text.parts() {
        match part {
            Part::Literal(literal) => filled.push_str(literal),
            Part::Placeholder(Placeholder::App) => filled.push_str(environment.app.as_str()),
            Part::Placeholder(Placeholder::Environment) => filled.push_str(environment.name.as_str()),
            Part::Placeholder(Placeholder::AudienceDomain) if environment.audience.domain.is_some() => {
                filled.push_str(environment.audience.domain.as_deref().unwrap_or_default());
            }
            Part::Placeholder(Placeholder::Release) if environment.release.is_some() => {
                filled.push_str(environment.release.as_deref().unwrap_or_default());
            }
            Part::Placeholder(_) => filled.push(UNKNOWN),
        }
    }
    filled
}

fn places<'a>(seen: &'a Seen<'a>) -> Vec<Place<'a>> {
    // A template's value is the same in all its environments, and read once.
    let mut known: BTreeMap<(String, Rc<str>), Rc<Reading>> = BTreeMap::new();
    let mut places = Vec::new();
    for definition in seen.definitions.values() {
        let environment = &definition.environment;
        for (path, text) in texts(environment) {
            let text: Rc<str> = text.into();
            let name = path.segments().last().cloned().unwrap_or_default();
            let reading = known
                .entry((name, Rc::clone(&text)))
                .or_insert_with_key(|(name, text)| Rc::new(Reading::of(name, text, false, seen.key)));
            let reading = Rc::clone(reading);
            let origin = definition.origins.of(&path).cloned();
            places.push(Place { environment, path, origin, text, reading });
        }
    }
    places
}

/// Where a build lies is left out: one for all is what a release is.
fn texts(environment: &Environment) -> Vec<(Path, String)> {
    let shape = &environment.shape;
    let config = shape.config.iter().filter_map(|(key, value)| match value {
        ConfigValue::Shared(text) => Some((Path::new(["config", key]), fill(text, environment))),
        ConfigValue::Audience => None,
    });
    let audience = environment.audience.config.iter();
    let audience = audience.map(|(key, text)| (Path::new(["audience", "config", key]), fill(text, environment)));
    let commands = shape.compute.iter();
    let commands = commands
        .map(|(name, compute)| (Path::new(["compute", name.as_str(), "command"]), fill(&compute.command, environment)));
    let parameters = shape.database.iter().flat_map(|(name, database)| {
        let at = Path::new(["database", name.as_str(), "parameters"]);
        database.parameters.iter().map(move |(key, value)| (at.child(key), value.clone()))
    });
    config.chain(audience).chain(commands).chain(parameters).collect()
}
