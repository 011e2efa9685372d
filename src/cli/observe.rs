use crate::model::{Environment, Inventory};
use crate::provider::Provider;

use super::{Error, check_account};

/// What exists of an environment, where the caller's account is the environment's own.
///
/// Both are asked at once, since looking changes nothing. The account is judged first: whatever was seen or not seen in
/// another one means nothing.
pub async fn observe(environment: &Environment, provider: &impl Provider) -> Result<Inventory, Error> {
    let account = async {
        let caller = provider.caller().await?;
        tracing::debug!(account = caller.account, caller = caller.name, "the provider knows the caller");
        check_account(environment, &caller)
    };
    let found = async {
        let found = provider.observe().await;
        tracing::debug!(resources = ?found.as_ref().map(|found| found.resources.len()).ok(), "looked at what exists");
        // Its failure must not end the join before the account is judged.
        Ok(found)
    };
    let ((), found) = tokio::try_join!(account, found)?;
    Ok(found?)
}
