use std::sync::Arc;

use crate::model::{Definition, Environment, Local, Target};

use super::reached::Reached;
use super::{Error, Globals, Project, block_on};

/// Which environment a command is about.
#[derive(Clone, Debug, clap::Args)]
pub struct Which {
    /// The environment's full name
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Rehearse it on this machine, whatever its target is
    #[arg(long)]
    pub local: bool,
}

/// One environment, with its provider at hand.
pub struct Site {
    pub environment: Environment,
    pub provider: Arc<Reached>,
    pub project: Project,
}

impl Which {
    /// Opens the project, reaches the environment's provider, and does the work there.
    pub fn with<T>(&self, globals: &Globals, work: impl AsyncFnOnce(&Site) -> Result<T, Error>) -> Result<T, Error> {
        let project = Project::open(globals)?;
        let environment = self.of(project.environment(&self.environment)?, &project);
        block_on(async {
            let provider = Arc::new(Reached::connect(&environment, &project, globals).await?);
            work(&Site { environment, provider, project }).await
        })
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
