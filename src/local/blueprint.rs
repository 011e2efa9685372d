//! What an environment consists of on the developer's own machine: pure, from the definition and the project's files.

use std::collections::BTreeMap;

use super::names::{COMPONENT, DATABASE, SECRET};
use crate::graph::{Graph, GraphError, Resource};
use crate::model::{Address, Compute, ConfigValue, Environment, Name, Seed, Value};

/// What the definition says of a database, as this machine can have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Material {
    /// The major version of the installation that runs it: `16`, `8.0`.
    pub major: String,
    /// Without those that RDS alone knows.
    pub parameters: BTreeMap<String, String>,
    /// In their order: each migration's name and a digest of its content.
    pub migrations: Vec<(String, String)>,
}

/// `materials` has an entry for each of the environment's databases.
pub fn blueprint(environment: &Environment, materials: &BTreeMap<Name, Material>) -> Result<Graph, GraphError> {
    let mut all: Vec<Resource> = Vec::new();
    for (name, spec) in &environment.shape.secrets {
        let resource = Resource::new(Address::new(SECRET, name), name);
        all.push(match spec.generate {
            Some(length) => resource.initially("generate", length),
            None => resource,
        });
    }
    for (name, material) in materials {
        all.push(database(environment, name, material));
    }
    let components = environment.shape.compute.iter().filter(|(_, compute)| compute.count.min > 0);
    all.extend(components.map(|(name, compute)| component(environment, name, compute)));
    Graph::new(all)
}

fn database(environment: &Environment, name: &Name, material: &Material) -> Resource {
    let engine = environment.shape.database.get(name).map_or("", |database| database.engine.as_str());
    let data = environment.data.get(name);
    let texts = |pairs: &mut dyn Iterator<Item = (&String, &String)>| {
        Value::map(pairs.map(|(key, value)| (key.clone(), Value::text(value))))
    };
    let resource = Resource::new(Address::new(DATABASE, name.as_str()), name.as_str())
        .fixed("engine", engine)
        .fixed("version", material.major.as_str())
        .with("parameters", texts(&mut material.parameters.iter()))
        .with("migrations", texts(&mut material.migrations.iter().map(|(name, digest)| (name, digest))))
        .with("running", true);
    let resource = match data.and_then(|data| data.seed.as_ref()) {
        Some(seed) => {
            // A command sees every secret.
            let first: Vec<Address> = match seed {
                Seed::Command { .. } => {
                    environment.shape.secrets.keys().map(|name| Address::new(SECRET, name)).collect()
                }
                Seed::File(_) => Vec::new(),
            };
            resource.with("seeded", true).initially("seed", described(seed)).after(first)
        }
        None => resource,
    };
    match data.is_some_and(|data| data.throwaway) {
        true => resource,
        false => resource.holding(format!("database.{name}")),
    }
}

/// What the seed is; for the plan to show.
fn described(seed: &Seed) -> String {
    match seed {
        Seed::File(path) => path.clone(),
        Seed::Command { command } => command.clone(),
    }
}

/// A component is restarted when anything of this changes, the values of its secrets and databases included: those are
/// known by keyed digests alone.
fn component(environment: &Environment, name: &Name, compute: &Compute) -> Resource {
    let digests = |kind: &'static str, names: &mut dyn Iterator<Item = &str>| {
        Value::map(names.map(|name| (name, Address::new(kind, name).attribute("digest"))))
    };
    let config = environment.shape.config.iter().filter_map(|(key, value)| {
        let text = match value {
            ConfigValue::Shared(text) => Some(text),
            ConfigValue::Audience => environment.audience.config.get(key),
        };
        Some((key.as_str(), Value::text(text?.source())))
    });
    let shape = &environment.shape;
    let mut resource = Resource::new(Address::new(COMPONENT, name.as_str()), name.as_str())
        .with("command", compute.command.source())
        .with("directory", compute.directory.as_deref().unwrap_or("."))
        .with("count", compute.count.min)
        .with("public", compute.public)
        .with("running", true)
        .with("release", environment.release.as_deref().unwrap_or(crate::variables::UNRELEASED))
        .with("config", Value::map(config))
        .with("secrets", digests(SECRET, &mut shape.secrets.keys().map(String::as_str)))
        .with("databases", digests(DATABASE, &mut shape.database.keys().map(Name::as_str)));
    if let Some(port) = compute.port {
        resource = resource.with("port", port);
    }
    if let Some(health) = &compute.health {
        resource = resource.with("health", health.as_str());
    }
    if let Some(domain) = &environment.audience.domain {
        resource = resource.with("domain", domain.as_str());
    }
    resource
}
