//! What an environment on AWS shows of itself that has to do with isolation. All calls read, and none reads data.

mod data;
mod identity;
mod marks;
mod network;

use aws_smithy_types::DateTime;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::provider::Aws;
use crate::model::Exposure;
use crate::provider::{Error, Inspect, Keep, Provider};
use crate::record::last_days;

impl Inspect for Aws {
    async fn exposure(&self) -> Result<Exposure, Error> {
        let aws = self.clients();
        let (caller, inventory, kept, previews) =
            tokio::try_join!(self.caller(), self.observe(), self.record(), self.previews())?;
        // What stands now may have been made anew since.
        let first = kept.record.entries.first().map(|entry| entry.at.to_zoned(TimeZone::UTC).date());
        let (instances, account, secrets, network) = tokio::try_join!(
            data::Instances::read(aws),
            identity::Account::read(aws),
            data::secrets(aws, &inventory),
            network::read(aws, &inventory),
        )?;
        let (databases, key_pairs, marked) = tokio::try_join!(
            instances.exposed(aws),
            network::key_pairs(aws, &network.vpcs),
            marks::elsewhere(aws, &instances, &account),
        )?;
        Ok(Exposure {
            account: caller.account,
            region: aws.scope.region.clone(),
            since: [instances.oldest(aws), account.oldest(aws), first].into_iter().flatten().min(),
            databases,
            secrets,
            roles: account.exposed(aws),
            resources: instances.passwords(aws),
            security_groups: network.security_groups,
            vpcs: network.vpcs,
            joins: network.joins,
            key_pairs,
            tagged: marks::of(aws, &inventory).chain(marked).collect(),
            previews: last_days(previews),
        })
    }
}

fn date(time: &DateTime) -> Option<Date> {
    Timestamp::from_second(time.secs()).ok().map(|time| time.to_zoned(TimeZone::UTC).date())
}
