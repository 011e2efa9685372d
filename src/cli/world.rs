use std::sync::Arc;

use crate::diff::Drift;
use crate::engine::{self, Options};
use crate::graph::Graph;
use crate::model::{Address, Environment, Inventory, Value};
use crate::plan::{Action, After, Change, Plan, plan};
use crate::provider::Provider;
use crate::ui::progress::Mode;
use crate::ui::status::addresses;

use super::{Applied, Error, apply, check_account};

/// An environment's provider, asked and found to be in the right account.
pub struct World<P> {
    pub provider: Arc<P>,
    pub inventory: Inventory,
}

impl<P: Provider> World<P> {
    /// Asks whose account it is and what exists there, at the same time; the account is judged first.
    pub async fn survey(provider: P, environment: &Environment) -> Result<Self, Error> {
        let (caller, inventory) = tokio::join!(provider.caller(), provider.observe());
        check_account(environment, &caller?)?;
        Ok(Self { provider: Arc::new(provider), inventory: inventory? })
    }

    /// Where the environment has left its own definition: what its plan would change.
    pub fn drift(&self, desired: &Graph) -> Vec<Drift> {
        let steps = plan(desired, &self.inventory).steps;
        steps.iter().flat_map(|step| drift_of(&step.address, &step.action)).collect()
    }

    /// Applies the plan with its progress shown, and looks where the environment answers then.
    pub async fn apply(&self, plan: &Plan, options: Options, mode: Mode) -> Result<Applied, Error> {
        let provider = Arc::clone(&self.provider);
        let outcome = apply(plan, mode, async |tell, stop| engine::apply(provider, plan, options, tell, stop).await).await?;
        let address = match outcome.is_complete() {
            true => addresses(&self.provider.observe().await?),
            false => Vec::new(),
        };
        Ok(Applied { outcome, address })
    }
}

fn drift_of(address: &Address, action: &Action) -> Vec<Drift> {
    let whole = |declared: Option<Value>, live: Option<Value>| {
        vec![Drift { address: address.clone(), property: None, declared, live }]
    };
    let each = |changes: &[Change]| -> Vec<Drift> {
        let drift = |change: &Change| Drift {
            address: address.clone(),
            property: Some(change.property.clone()),
            declared: Some(match &change.after {
                After::Known(value) | After::Unknown(value) => value.clone(),
            }),
            live: change.before.clone(),
        };
        changes.iter().map(drift).collect()
    };
    match action {
        Action::Create { replaces: true, .. } | Action::Wait { .. } => Vec::new(),
        Action::Create { desired, .. } => whole(Some(Value::text(&desired.name)), None),
        Action::Update { changes, .. } => each(changes),
        Action::Delete { observed, replaced_for } if replaced_for.is_empty() => {
            whole(None, Some(Value::text(&observed.id)))
        }
        Action::Delete { replaced_for, .. } => each(replaced_for),
    }
}

#[cfg(feature = "aws")]
pub use on_aws::{connect, desired};

#[cfg(feature = "aws")]
mod on_aws {
    use super::{Environment, Error, Graph, World};
    use crate::aws::{Aws, blueprint};

    pub async fn connect(environment: &Environment) -> Result<World<Aws>, Error> {
        World::survey(Aws::connect(environment).await?, environment).await
    }

    /// What shall exist.
    pub fn desired(environment: &Environment) -> Result<Graph, Error> {
        Ok(blueprint(environment)?)
    }
}
