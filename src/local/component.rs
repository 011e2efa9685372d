//! A component: its supervisor, and through that its processes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};

use super::access::{known_urls, url};
use super::clock;
use super::error::{because, faulty};
use super::folder::{Folder, private_folder, remove_folder};
use super::names::COMPONENT;
use super::ports;
use super::site::Local;
use super::supervise::{self, Instance, Limits, Phase, Spec};
use crate::model::{Address, Compute, NOT_RUNNING, Name, Observed, State, Value};
use crate::provider::{Error, ErrorKind, Wanted};
use crate::variables::{Known, variables};

/// Under this name a component's state has where the public components answered when it started.
const URLS: &str = "urls";

/// So often an instance may die in a row before it counts as one that will not run.
const MOST_RESTARTS: u32 = 3;

/// Within that most are healthy.
const USUAL_START: SignedDuration = SignedDuration::from_secs(5);

/// What a component's processes have of the shell that `up` ran in. Everything else is the definition's: a profile or a
/// key that happens to be set in one shell must not decide whom a copy talks to.
const INHERITED: [&str; 9] = ["HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER"];

pub fn observe_all(local: &Local) -> Result<Vec<Observed>, Error> {
    let names = local.folder.components()?;
    let lost: Vec<&Name> = public(local).filter_map(|(name, _)| is_lost_now(local, name).then_some(name)).collect();
    let seen = names.iter().map(|name| observe(local, name)?.map(|seen| noting_misled(local, &lost, seen)).transpose());
    Ok(seen.collect::<Result<Vec<_>, Error>>()?.into_iter().flatten().collect())
}

pub fn observe(local: &Local, name: &str) -> Result<Option<Observed>, Error> {
    let folder = local.folder.component(name);
    if !local.folder.components()?.iter().any(|known| known == name) {
        return Ok(None);
    }
    let address = Address::new(COMPONENT, name);
    let port = ports::known(&local.folder, &address)?;
    let Some(seen) = supervise::read(&folder).map_err(because)? else {
        // It was asked to end, or never began.
        let nothing = Observed::new(address, name, State::Ready).with("running", false);
        return Ok(Some(nothing.attribute("health", NOT_RUNNING)));
    };
    let state = if seen.alive { state(local, name, &seen.instances) } else { State::Ready };
    let mut observed = Observed::new(address, name, state);
    for (property, value) in seen.properties.iter().filter(|(property, _)| *property != URLS) {
        observed = observed.with(property, as_value(value));
    }
    observed = observed.with("running", seen.alive);
    observed = observed.attribute("health", if seen.alive { health(&seen.instances) } else { NOT_RUNNING.to_owned() });
    if let Some(port) = port.filter(|_| seen.listen.is_some() && seen.alive) {
        observed = observed.attribute("url", url(port));
    }
    Ok(Some(observed))
}

/// Where another component answers elsewhere than this one was told when it started, or is about to (one of the `lost`), it
/// is to start anew.
fn noting_misled(local: &Local, lost: &[&Name], observed: Observed) -> Result<Observed, Error> {
    let state = supervise::read(&local.folder.component(&observed.address.name)).map_err(because)?;
    let told = state.filter(|state| state.alive).and_then(|state| state.properties.get(URLS).cloned());
    let known = known_urls(local)?;
    let has_moved = |told: serde_json::Value| {
        let differs =
            |name: &Name, url: &str, told: &serde_json::Value| told.as_str() != Some(url) || lost.contains(&name);
        known.iter().any(|(name, url)| told.get(name.as_str()).is_some_and(|told| differs(name, url, told)))
    };
    Ok(match told.is_some_and(has_moved) {
        true => observed.with("running", false).attribute("health", "looks for others where they were"),
        false => observed,
    })
}

pub async fn create(local: &Local, wanted: &Wanted) -> Result<String, Error> {
    // What an earlier run started and nobody attends to any more ends first.
    stop(local, &wanted.name).await?;
    let (name, compute) = declared(local, &wanted.name)?;
    let folder = local.folder.component(&wanted.name);
    let log = local.folder.log(&format!("{name}.supervisor"));
    for each in [folder.parent(), Some(&*folder), log.parent()].into_iter().flatten() {
        private_folder(each)?;
    }
    let spec = spec(local, name, compute, wanted)?;
    let Err(error) = supervise::spawn(&local.settings.program, &spec, &log).await else {
        return Ok(wanted.name.clone());
    };
    match spec.listen {
        // Somebody has come to listen there since: it moves.
        Some(port) if !ports::is_free(port) => {
            ports::release(&local.folder, &wanted.address)?;
            Err(Error::new(ErrorKind::Transient, format!("port {port} is taken by another process")))
        }
        _ => Err(because(error)),
    }
}

/// Another spec is another supervisor.
pub async fn update(local: &Local, wanted: &Wanted) -> Result<(), Error> {
    create(local, wanted).await.map(drop)
}

pub async fn delete(local: &Local, name: &str) -> Result<(), Error> {
    stop(local, name).await?;
    // Its folder last: it says that there is something to go.
    ports::release(&local.folder, &Address::new(COMPONENT, name))?;
    remove_folder(&local.folder.component(name))
}

pub async fn stop(local: &Local, name: &str) -> Result<(), Error> {
    let folder = local.folder.component(name);
    supervise::stop(&folder, &mark(local, name)?).await.map_err(because)
}

fn declared<'a>(local: &'a Local, name: &str) -> Result<(&'a Name, &'a Compute), Error> {
    let declared = local.environment.shape.compute.get_key_value(name);
    declared.ok_or_else(|| faulty(format!("the definition has no component {name}")))
}

fn mark(local: &Local, name: &str) -> Result<String, Error> {
    Ok(Folder::mark(&local.identity()?, name))
}

fn spec(local: &Local, name: &Name, compute: &Compute, wanted: &Wanted) -> Result<Spec, Error> {
    allocate(local)?;
    let listen = match compute.public {
        true => Some(ports::port(&local.folder, &wanted.address, compute.port)?),
        false => None,
    };
    let (databases, secrets, urls) = (local.endpoints()?, local.vault.values()?, known_urls(local)?);
    let known = Known { environment: &local.environment, databases: &databases, secrets: &secrets, urls: &urls };
    let mut seen = inherited();
    if compute.port.is_some() {
        // Nobody beyond this machine is meant to reach it.
        seen.insert("HOST".to_owned(), "127.0.0.1".into());
    }
    seen.extend(
        variables(known, Some(name))
            .map_err(|unknown| faulty(unknown.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?,
    );
    let directory = directory(local, compute)?;
    Ok(Spec {
        component: name.to_string(),
        folder: local.folder.component(name.as_str()),
        log: local.folder.log(name.as_str()),
        command: command(known, name, compute, &directory)?,
        directory,
        variables: seen,
        count: compute.count.min.into(),
        port: compute.port.is_some(),
        health: compute.health.clone(),
        listen,
        mark: mark(local, name.as_str())?,
        properties: wanted
            .properties
            .iter()
            .map(|(property, value)| ((*property).to_owned(), as_json(value)))
            .chain([(URLS.to_owned(), urls.iter().map(|(name, url)| (name.as_str(), url.as_str())).collect())])
            .collect(),
        limits: Limits::default(),
    })
}

/// Gives every public component its port: any other may name where it answers, whichever comes first. Where somebody else
/// has come to listen since, it moves.
pub fn allocate(local: &Local) -> Result<(), Error> {
    for (name, compute) in public(local) {
        let address = Address::new(COMPONENT, name.as_str());
        ports::port_unless(&local.folder, &address, compute.port, |port| is_lost(local, name, port))?;
    }
    Ok(())
}

fn public(local: &Local) -> impl Iterator<Item = (&Name, &Compute)> {
    local.environment.shape.compute.iter().filter(|(_, compute)| compute.public)
}

/// Whether somebody else listens where this component did.
fn is_lost(local: &Local, name: &Name, port: u16) -> bool {
    let is_held = || !matches!(supervise::is_held(&local.folder.component(name.as_str())), Ok(false));
    // In this order: its own supervisor takes the lock before it listens.
    !is_held() && ports::is_answered(port) && !is_held()
}

fn is_lost_now(local: &Local, name: &Name) -> bool {
    let port = ports::known(&local.folder, &Address::new(COMPONENT, name.as_str()));
    port.ok().flatten().is_some_and(|port| is_lost(local, name, port))
}

/// Where the command runs: a folder of the project.
#[expect(clippy::disallowed_methods, reason = "a component's code lies in the project")]
fn directory(local: &Local, compute: &Compute) -> Result<PathBuf, Error> {
    let directory = compute.directory.as_deref().map_or_else(|| local.root.clone(), |below| local.root.join(below));
    if directory.is_dir() {
        return Ok(directory);
    }
    Err(faulty(format!("there is no folder {}, which `directory` names", directory.display())))
}

/// The words are told apart before anything is put in, so a value never becomes two words. A program is looked for in
/// the component's folder first, where AWS has it too.
fn command(known: Known<'_>, name: &Name, compute: &Compute, directory: &Path) -> Result<Vec<String>, Error> {
    let place = format!("the command of component {name}");
    let words = shlex::split(compute.command.source());
    let words = words.ok_or_else(|| faulty(format!("{place} has a quote that is never closed")))?;
    let mut rendered = Vec::new();
    for word in &words {
        let Ok(text) = crate::model::Text::parse(word) else {
            // Only quotes inside a brace's pair can break what the definition parsed; such a word stands for itself.
            rendered.push(word.clone());
            continue;
        };
        rendered.push(known.text(&place, &text).map_err(faulty)?.expose_secret().to_owned());
    }
    match rendered.first_mut() {
        None => return Err(faulty(format!("{place} is empty"))),
        Some(program) if program.contains('/') => *program = directory.join(&*program).display().to_string(),
        Some(_) => {}
    }
    Ok(rendered)
}

#[expect(clippy::disallowed_methods, reason = "what each program needs of the shell, and no more")]
pub fn inherited() -> BTreeMap<String, SecretString> {
    let value = |name: &str| Some((name.to_owned(), std::env::var(name).ok()?.into()));
    INHERITED.into_iter().filter_map(value).collect()
}

fn state(local: &Local, name: &str, instances: &[Instance]) -> State {
    let lost = instances.iter().find(|one| one.phase == Phase::Backoff && one.restarts >= MOST_RESTARTS);
    if let Some(lost) = lost {
        let logs = format!("`envctl logs {} {name}` shows what it said", local.environment.argument());
        let (number, restarts) = (lost.number, lost.restarts);
        return State::Failed(format!("failing (instance {number}: {}, {restarts} restarts; {logs})", reason(lost)));
    }
    match instances.iter().all(|one| one.phase == Phase::Healthy) {
        true => State::Ready,
        false => State::Pending(health(instances)),
    }
}

/// `1/2 healthy, 3 restarts: exit status 1`.
fn health(instances: &[Instance]) -> String {
    let healthy = instances.iter().filter(|one| one.phase == Phase::Healthy).count();
    let restarts: u32 = instances.iter().map(|one| one.restarts).sum();
    let restarts = match restarts {
        0 => String::new(),
        1 => ", 1 restart".to_owned(),
        many => format!(", {many} restarts"),
    };
    let is_ill = |one: &&Instance| match one.phase {
        Phase::Unhealthy => true,
        Phase::Backoff => one.restarts > 0,
        // Most take a moment, and answer nothing or something else meanwhile.
        Phase::Starting => one.detail.is_some() && clock::timestamp().duration_since(one.since) > USUAL_START,
        Phase::Healthy => false,
    };
    let ill = instances.iter().find(is_ill);
    let why = ill.map(|one| format!(": {}", reason(one))).unwrap_or_default();
    format!("{healthy}/{} healthy{restarts}{why}", instances.len())
}

fn reason(instance: &Instance) -> String {
    let (why, ended) = (instance.detail.as_ref(), instance.last_exit.as_ref());
    let known = if instance.phase == Phase::Backoff { ended.or(why) } else { why.or(ended) };
    known.cloned().unwrap_or_else(|| instance.phase.name().to_owned())
}

fn as_json(value: &Value) -> serde_json::Value {
    // What is wanted of the provider holds no references any more.
    serde_json::to_value(value).unwrap_or_default()
}

fn as_value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Bool(bool) => Value::Bool(*bool),
        serde_json::Value::Number(number) => Value::Integer(number.as_i64().unwrap_or_default()),
        serde_json::Value::String(text) => Value::text(text),
        serde_json::Value::Array(values) => Value::List(values.iter().map(as_value).collect()),
        serde_json::Value::Object(entries) => Value::map(entries.iter().map(|(key, value)| (key, as_value(value)))),
        serde_json::Value::Null => Value::text(""),
    }
}
