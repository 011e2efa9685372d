//! Previews: short-lived copies of an environment, which no file defines and which `reap` removes when their time is over.

use jiff::SignedDuration;

use crate::audit::{Code, Finding};
use crate::definition::{self, Preview as Copy};
use crate::model::{Environment, Name, Target};
use crate::record::{Preview, Record};

use super::lock::{Fate, Settlement};
use super::{Error, Globals, Project, Refusal, Site, Which, audit, now, time};

/// What a preview runs, and for how long.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct PreviewArgs {
    /// The release that a preview runs; at first, without it, that of its original
    #[arg(long, value_name = "RELEASE")]
    pub release: Option<String>,
    /// How long a preview stands from now on, for instance `48h`; then `reap` removes it
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub ttl: Option<SignedDuration>,
}

impl PreviewArgs {
    /// # Errors
    /// What was given and makes no sense.
    pub fn check(&self, which: &Which) -> Result<(), Error> {
        let own = [("--release", self.release.is_some()), ("--ttl", self.ttl.is_some())];
        if let Some((option, _)) = own.iter().find(|(_, is_given)| *is_given && which.like.is_none()) {
            return Err(Error::Use {
                message: format!("`{option}` is for previews, which say what they are a copy of"),
                hint: Some(
                    "of a preview, add `--like ENV`; what a file defines runs the `release` that stands there, and `envctl \
                     promote` brings it what another runs"
                        .to_owned(),
                ),
            });
        }
        if let Some(release) = &self.release {
            check_release(release)?;
        }
        match self.ttl {
            Some(ttl) if !ttl.is_positive() => Err(endless("a preview must stand for some time")),
            _ => Ok(()),
        }
    }

    /// What is to be written down of it.
    pub fn fate(&self, site: &Site) -> Result<Fate, Error> {
        let Some(like) = &site.environment.like else { return Ok(Fate::Defined) };
        if self.ttl.is_none() && site.preview.is_none() {
            return Err(endless("a preview that is made must have an end"));
        }
        let (like, release) = (like.to_string(), site.environment.release.clone());
        Ok(Fate::Settled(Settlement { like, release, until: self.ttl.map(|ttl| now() + ttl) }))
    }
}

pub fn check_release(release: &str) -> Result<(), Error> {
    definition::check_release(release).map_err(|message| Error::Use { message, hint: None })
}

fn endless(message: &str) -> Error {
    Error::Use { message: message.to_owned(), hint: Some("say how long: `--ttl 48h`".to_owned()) }
}

/// The project with the preview among its environments.
pub fn project(name: &str, like: &str, globals: &Globals) -> Result<Project, Error> {
    let project = Project::open(globals)?;
    let original = &project.environment(like)?.environment;
    if project.sources.environments.iter().any(|file| file.stem() == name) {
        return Err(Error::Use {
            message: format!("`{name}` is no preview: environments/{name}.toml defines it"),
            hint: Some("leave `--like` away, or give the preview another name".to_owned()),
        });
    }
    let like = original.name.clone();
    let name = Name::new(name)
        .map_err(|error| Error::Use { message: format!("a preview cannot be called {name:?}: {error}"), hint: None })?;
    Ok(project.with_preview(Copy { name, like }))
}

/// Where previews of it stand: environments of one place see each other's.
pub fn place(environment: &Environment) -> (&Name, Option<(&str, &str)>) {
    let on_aws = match &environment.target {
        Target::Aws(aws) => Some((aws.account.as_str(), aws.region.as_str())),
        Target::Local(_) => None,
    };
    (&environment.app, on_aws)
}

/// What is written down of it. It stays what it was made as, for as long as its original is defined there.
pub fn known(environment: &Environment, project: &Project, record: &Record) -> Result<Option<Preview>, Error> {
    let name = &environment.name;
    let is_of_another = |preview: &Preview| {
        let original = project.resolved.definitions.get(preview.like.as_str());
        let is_here = original.map(|original| place(&original.environment) == place(environment));
        let is_another = environment.like.as_ref().map(Name::as_str) != Some(&preview.like);
        is_another && is_here.unwrap_or_else(|| project.ensure_known(&preview.like).is_ok())
    };
    match &record.preview {
        Some(preview) if is_of_another(preview) => Err(Error::refused(
            format!("`{name}` is a preview of `{}`", preview.like),
            format!("name that one: `--like {}`", preview.like),
        )),
        None if !record.entries.is_empty() => Err(Error::refused(
            format!("`{name}` stands, and is no preview: a definition made it"),
            "give the preview another name",
        )),
        preview => Ok(preview.clone()),
    }
}

/// What a preview may be made of: nothing that is protected, and nothing that it would share with another environment. The
/// code of a pull request runs in it.
pub fn check(site: &Site, globals: &Globals) -> Result<(), Error> {
    let Environment { name, like, .. } = &site.environment;
    let original = like.as_ref().and_then(|like| site.project.resolved.definitions.get(like));
    if let Some(original) = original.filter(|original| original.environment.protected) {
        return Err(Error::refused(
            format!("`{}` is protected, and a preview would not be", original.environment.name),
            "make previews of another environment: what they hold is thrown away",
        ));
    }
    let found = audit::of(&site.project, std::slice::from_ref(name), audit::Look::default(), globals)?;
    // A wildcard's certificate is meant to be shared.
    let shared = found.findings.iter().filter(|finding| finding.code != Code::SharedCertificate);
    let refusals: Vec<Refusal> = shared.map(refusal).collect();
    if refusals.is_empty() { Ok(()) } else { Err(Error::Refused(refusals)) }
}

fn refusal(finding: &Finding) -> Refusal {
    let others: Vec<&str> = finding.environments.iter().chain(&finding.owners).map(Name::as_str).collect();
    Refusal {
        why: format!("{} ({}): {}", finding.path, others.join(", "), finding.message),
        remedy: finding.remedy.clone(),
    }
}
