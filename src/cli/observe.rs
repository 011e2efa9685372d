use crate::model::{Environment, Inventory};
use crate::provider::Provider;

use super::{Error, check_account};

/// What exists of an environment, once it is known that the caller's account is the environment's own.
pub async fn observe(environment: &Environment, provider: &impl Provider) -> Result<Inventory, Error> {
    check_account(environment, &provider.caller().await?)?;
    Ok(provider.observe().await?)
}
