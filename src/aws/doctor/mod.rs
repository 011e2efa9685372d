//! Whether the caller may do all that an environment takes, and whether its account and region are in order.

mod dry_run;
mod permissions;
mod place;
mod quotas;

use jiff::Timestamp;

use super::provider::Aws;
use crate::provider::{Check, CheckState, Error, ErrorKind, Examine, Provider};

impl Examine for Aws {
    async fn examine(&self, now: Timestamp) -> Result<Vec<Check>, Error> {
        let caller = match self.caller().await {
            Ok(caller) => caller,
            Err(error) => {
                return match place::wrong_region(self.clients()).await {
                    Some(check) => Ok(vec![check]),
                    None if error.kind == ErrorKind::Unauthenticated => {
                        let found = "AWS does not know who asks";
                        Ok(vec![Check::missing("account", found, &error.message, error.remedy())])
                    }
                    None => Err(error),
                };
            }
        };
        let account = place::account(self.clients(), &caller);
        // What is seen in another account says nothing of this environment.
        if account.state != CheckState::InOrder {
            return Ok(vec![account]);
        }
        let (endpoints, all_answer) = place::endpoints(self.clients()).await;
        let mut checks = vec![account];
        checks.extend(endpoints);
        // Of a service that does not answer nothing else can be asked, and each question would wait in vain.
        if all_answer {
            let aws = self.clients();
            let (clock, permissions, quotas) =
                tokio::join!(place::clock(aws, now), permissions::checks(aws, &caller), quotas::checks(self));
            // Where it is not, the caller would not have been told who they are.
            checks.push(Check::in_order("region", format!("{} is enabled", aws.scope.region)));
            checks.extend(clock);
            checks.extend(permissions);
            checks.extend(quotas);
        }
        Ok(checks)
    }
}
