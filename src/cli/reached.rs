//! The provider that an environment's target names, behind the one port.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

#[cfg(feature = "aws")]
use crate::aws::{Aws, blueprint};
use crate::graph::Graph;
use crate::local::Local;
use crate::model::{Address, Environment, Exposure, Inventory, Name, Observed, Target};
use crate::provider::{
    Access, Caller, Check, Error as Failure, Examine, Inspect, Keep, Kept, Patience, Provider, SecretState, Wanted,
};
use crate::record::{Preview, Record};
use crate::variables::Endpoint;

use super::{Error, Globals, Project};

pub enum Reached {
    #[cfg(feature = "aws")]
    Aws(Box<Aws>),
    Local(Box<Local>),
}

impl Reached {
    pub async fn connect(environment: &Environment, project: &Project, globals: &Globals) -> Result<Self, Error> {
        Ok(match &environment.target {
            #[cfg(feature = "aws")]
            Target::Aws(_) => {
                let scaled = |pause| globals.options().scaled(pause);
                Self::Aws(Box::new(Aws::connect(environment, scaled).await?))
            }
            #[cfg(not(feature = "aws"))]
            Target::Aws(_) => {
                return Err(Error::Use {
                    message: "this build of envctl has no AWS".to_owned(),
                    hint: Some("build it with the feature `aws`".to_owned()),
                });
            }
            Target::Local(_) => {
                Self::Local(Box::new(Local::open(environment, project.root(), globals.machine.settings()?).await?))
            }
        })
    }

    /// The provider of this machine, where it is that.
    pub fn local(&self) -> Option<&Local> {
        match self {
            #[cfg(feature = "aws")]
            Self::Aws(_) => None,
            Self::Local(local) => Some(local),
        }
    }

    /// What the definition asks for, laid out as this provider has it.
    pub fn desired(&self, environment: &Environment) -> Result<Graph, Error> {
        match self {
            #[cfg(feature = "aws")]
            Self::Aws(_) => Ok(blueprint(environment)?),
            Self::Local(local) => {
                // It is what was opened, so it is the same environment.
                debug_assert_eq!(local.environment().name, environment.name);
                local.desired().map_err(Error::Laptop)
            }
        }
    }
}

/// Calls the same method of whichever provider it is.
macro_rules! either {
    ($self:ident, $provider:ident => $call:expr) => {
        match $self {
            #[cfg(feature = "aws")]
            Reached::Aws($provider) => $call.await,
            Reached::Local($provider) => $call.await,
        }
    };
}

impl Provider for Reached {
    async fn caller(&self) -> Result<Caller, Failure> {
        either!(self, provider => provider.caller())
    }

    async fn observe(&self) -> Result<Inventory, Failure> {
        either!(self, provider => provider.observe())
    }

    async fn look(&self, address: &Address, id: &str) -> Result<Option<Observed>, Failure> {
        either!(self, provider => provider.look(address, id))
    }

    async fn create(&self, wanted: &Wanted) -> Result<String, Failure> {
        either!(self, provider => provider.create(wanted))
    }

    async fn update(&self, wanted: &Wanted, observed: &Observed, properties: &[&str]) -> Result<(), Failure> {
        either!(self, provider => provider.update(wanted, observed, properties))
    }

    async fn delete(&self, observed: &Observed) -> Result<(), Failure> {
        either!(self, provider => provider.delete(observed))
    }

    fn patience(&self, address: &Address) -> Patience {
        match self {
            #[cfg(feature = "aws")]
            Self::Aws(provider) => provider.patience(address),
            Self::Local(provider) => provider.patience(address),
        }
    }

    fn settles_within(&self) -> Duration {
        match self {
            #[cfg(feature = "aws")]
            Self::Aws(provider) => provider.settles_within(),
            Self::Local(provider) => provider.settles_within(),
        }
    }

    fn takes_changes(&self, wanted: &Wanted, observed: &Observed) -> bool {
        match self {
            #[cfg(feature = "aws")]
            Self::Aws(provider) => provider.takes_changes(wanted, observed),
            Self::Local(provider) => provider.takes_changes(wanted, observed),
        }
    }
}

impl Access for Reached {
    async fn secrets(&self) -> Result<BTreeMap<String, SecretState>, Failure> {
        either!(self, provider => provider.secrets())
    }

    async fn secret_values(&self) -> Result<BTreeMap<String, SecretString>, Failure> {
        either!(self, provider => provider.secret_values())
    }

    async fn set_secret(&self, name: &str, value: &SecretString) -> Result<(), Failure> {
        either!(self, provider => provider.set_secret(name, value))
    }

    async fn unset_secret(&self, name: &str) -> Result<bool, Failure> {
        either!(self, provider => provider.unset_secret(name))
    }

    async fn databases(&self) -> Result<BTreeMap<Name, Endpoint>, Failure> {
        either!(self, provider => provider.databases())
    }

    async fn urls(&self) -> Result<BTreeMap<Name, String>, Failure> {
        either!(self, provider => provider.urls())
    }
}

impl Inspect for Reached {
    async fn exposure(&self) -> Result<Exposure, Failure> {
        either!(self, provider => provider.exposure())
    }
}

impl Examine for Reached {
    async fn examine(&self, now: Timestamp) -> Result<Vec<Check>, Failure> {
        either!(self, provider => provider.examine(now))
    }
}

impl Keep for Reached {
    async fn record(&self) -> Result<Kept, Failure> {
        either!(self, provider => provider.record())
    }

    async fn replace(&self, kept: &Kept, record: &Record) -> Result<bool, Failure> {
        either!(self, provider => provider.replace(kept, record))
    }

    async fn forget(&self) -> Result<(), Failure> {
        either!(self, provider => provider.forget())
    }

    async fn previews(&self) -> Result<BTreeMap<Name, Preview>, Failure> {
        either!(self, provider => provider.previews())
    }
}
