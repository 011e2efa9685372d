use std::sync::Arc;

use crate::model::{Definition, Environment, Local, Target};
use crate::provider::Keep;
use crate::record::Preview;

use super::reached::Reached;
use super::{Error, Globals, Project, block_on, check_caller, preview};

/// Which environment a command is about.
#[derive(Clone, Debug, clap::Args)]
pub struct Which {
    /// The environment's full name
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Rehearse it on this machine, whatever its target is
    #[arg(long, conflicts_with = "like")]
    pub local: bool,
    /// It is a preview: a short-lived copy of this environment, which no file defines
    #[arg(long, value_name = "ENV")]
    pub like: Option<String>,
}

/// One environment, with its provider at hand.
pub struct Site {
    pub environment: Environment,
    pub provider: Arc<Reached>,
    pub project: Project,
    /// What is written down of a preview that stands.
    pub preview: Option<Preview>,
}

impl Which {
    /// Opens the project, reaches the environment's provider, and does the work there.
    pub fn with<T>(&self, globals: &Globals, work: impl AsyncFnOnce(&Site) -> Result<T, Error>) -> Result<T, Error> {
        self.with_release(None, globals, work)
    }

    /// The same for a preview that is to run another release than it does.
    pub fn with_release<T>(
        &self,
        release: Option<&str>,
        globals: &Globals,
        work: impl AsyncFnOnce(&Site) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let project = match &self.like {
            Some(like) => preview::project(&self.environment, like, globals)?,
            None => Project::open(globals)?,
        };
        let definition =
            project.environment(&self.environment).map_err(|error| self.forgotten(error, &project, globals))?;
        let environment = self.of(definition, &project);
        block_on(async {
            let provider = Arc::new(Reached::connect(&environment, &project, globals).await?);
            let mut site = Site { environment, provider, project, preview: None };
            if site.environment.like.is_some() {
                site.settle_preview(release, globals).await?;
            }
            work(&site).await
        })
    }

    /// One that still stands on this machine, though its definition is gone, is no typing error.
    fn forgotten(&self, error: Error, project: &Project, globals: &Globals) -> Error {
        let name = &self.environment;
        let stands =
            || Ok::<_, Error>(crate::local::Local::stands_somehow(project.root(), name, &globals.machine.settings()?)?);
        match error {
            Error::UnknownEnvironment { .. } if stands().unwrap_or_default() => Error::Use {
                message: format!("`{name}` stands on this machine, and no file defines it any more"),
                hint: Some(match self.local {
                    true => format!("put environments/{name}.toml back; `envctl down {name} --local` removes it then"),
                    false => format!(
                        "put environments/{name}.toml back; `envctl down {name}` removes it then (if it is a rehearsal: `envctl \
                         down {name} --local`)"
                    ),
                }),
            },
            error => error,
        }
    }

    /// The environment as this command means it.
    fn of(&self, definition: &Definition, project: &Project) -> Environment {
        let mut environment = definition.environment.clone();
        if self.local && !matches!(environment.target, Target::Local(_)) {
            environment.target = Target::Local(Local { rehearsal: true });
            // What is protected is the real one; here stands a copy with data of its own.
            environment.protected = false;
            // What the project's own laptops may run, a rehearsal on one of them may.
            let others = project.resolved.definitions.values().map(|other| &other.environment);
            let local = others.filter(|other| other.is_local());
            environment.deliberate.extend(local.flat_map(|other| other.deliberate.iter().cloned()));
        }
        environment
    }
}

impl Site {
    /// A preview runs what it was last told to run; at first, its original's release.
    async fn settle_preview(&mut self, release: Option<&str>, globals: &Globals) -> Result<(), Error> {
        check_caller(&self.environment, self.provider.as_ref()).await?;
        self.preview = preview::known(&self.environment, &self.project, &self.provider.record().await?.record)?;
        let runs = self.preview.as_ref().and_then(|preview| preview.release.as_deref());
        if let Some(release) = release.or(runs) {
            self.environment.release = Some(release.to_owned());
            self.provider = Arc::new(Reached::connect(&self.environment, &self.project, globals).await?);
        }
        Ok(())
    }
}
