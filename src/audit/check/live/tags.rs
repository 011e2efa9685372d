use std::collections::{BTreeMap, BTreeSet};

use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::audit::{Code, Direction};
use crate::model::{Environment, Name, Path, Tagged};

/// Things alive that no definition knows, and parts of definitions that are not alive.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let mut unknown: BTreeMap<(&str, &str), Vec<(&Name, &str)>> = BTreeMap::new();
    for (name, exposure) in facts.seen.live {
        let Some(definition) = facts.definition(name) else { continue };
        let environment = &definition.environment;
        let ours = exposure.tagged.iter().filter(|tagged| tagged.app == environment.app.as_str());
        // A preview whose time is over should be gone.
        let stands = |tagged: &Tagged| {
            exposure.previews.get(&tagged.environment).is_some_and(|last_day| *last_day >= facts.seen.today)
        };
        let mut alive: BTreeSet<&str> = BTreeSet::new();
        for tagged in ours {
            if tagged.environment == name.as_str() {
                alive.insert(&tagged.resource);
                if is_of_no_part(environment, &tagged.resource) {
                    let message = format!("{} exists and no definition knows it", tagged.resource);
                    let draft = Draft::new(Code::Orphan, message, "delete it, or define it again");
                    drafts.push(draft.seen(name, path(&tagged.resource), None, tagged.arn.clone()));
                }
            } else if !facts.seen.definitions.contains_key(tagged.environment.as_str()) && !stands(tagged) {
                unknown.entry((&tagged.environment, &tagged.resource)).or_default().push((name, &tagged.arn));
            }
        }
        // Of an environment of which nothing exists nothing is missing.
        let wanted = if alive.is_empty() { Vec::new() } else { wanted(environment) };
        for (address, path) in wanted.into_iter().filter(|(address, _)| !alive.contains(address.as_str())) {
            let draft =
                Draft::new(Code::Missing, format!("{address} is defined and does not exist"), "run `envctl up`");
            drafts.push(draft.seen(name, path.clone(), facts.origin(name, &path), "nothing carries its tag"));
        }
    }
    drafts.extend(unknown.into_iter().map(|((environment, resource), seen)| {
        let message = format!("{resource} carries the tags of {environment}, which no file defines");
        let draft = Draft::new(
            Code::UnknownEnvironment,
            message,
            "delete what is left of it (`envctl reap`, if it was a preview), or bring its file back",
        );
        let draft = draft.direction(Direction::Within);
        seen.into_iter().fold(draft, |draft, (name, arn)| draft.seen(name, path(resource), None, arn))
    }));
    drafts
}

fn path(address: &str) -> Path {
    match address.split_once('.') {
        Some((kind, name)) => Path::new([kind, name]),
        None => Path::new([address]),
    }
}

/// Whether a resource that stands for one part of a definition stands for none of this one's. Of what a provider makes
/// besides, such as subnets, a plan knows more.
fn is_of_no_part(environment: &Environment, address: &str) -> bool {
    let Some((kind, name)) = address.split_once('.') else { return false };
    let shape = &environment.shape;
    match kind {
        "database" => !shape.database.contains_key(name),
        "secret" => !shape.secrets.contains_key(name),
        "role" | "launch-template" | "auto-scaling-group" | "load-balancer" | "component" => {
            !shape.compute.contains_key(name)
        }
        _ => false,
    }
}

fn wanted(environment: &Environment) -> Vec<(String, Path)> {
    let shape = &environment.shape;
    let databases =
        shape.database.keys().map(|name| (format!("database.{name}"), Path::new(["database", name.as_str()])));
    let secrets = shape.secrets.keys().map(|name| (format!("secret.{name}"), Path::new(["secrets", name.as_str()])));
    // What a provider makes of a component.
    let kind = if environment.is_local() { "component" } else { "auto-scaling-group" };
    let components = shape.compute.keys();
    let components = components.map(|name| (format!("{kind}.{name}"), Path::new(["compute", name.as_str()])));
    databases.chain(secrets).chain(components).collect()
}
