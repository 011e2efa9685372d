//! Whether an environment stands in another region than its definition says.

use std::time::Duration;

use aws_config::Region;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_ec2::config::Builder;
use aws_sdk_ec2::types::Filter;
use futures_util::future::join_all;

use super::clients::{APP, Clients, ENVIRONMENT};
use super::error::{Failure, failed, stands_elsewhere};

/// What of EC2's stands on nothing else, and so is made first; nothing that can still be seen when it is gone.
const FIRST: [&str; 4] = ["vpc", "elastic-ip", "internet-gateway", "launch-template"];

/// How long a region may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks every other region of the account, once. That a definition has changed its region shows in the environment's roles,
/// too, but those come late. A region that cannot be asked stands in nobody's way: none leads there from here, it may be down, and
/// the caller need not be allowed to.
pub async fn ensure_only_here(aws: &Clients) -> Result<(), Failure> {
    aws.only_here.get_or_try_init(|| ask(aws)).await.copied()
}

async fn ask(aws: &Clients) -> Result<(), Failure> {
    let Ok(answer) = aws.ec2.describe_regions().send().await.map_err(failed("ec2:DescribeRegions")) else {
        return Ok(());
    };
    let names = answer.regions().iter().filter_map(|region| region.region_name());
    let others = names.filter(|region| *region != aws.scope.region);
    let looks = others.map(async |region| stands_in(aws, region).await.unwrap_or_default().then_some(region));
    match join_all(looks).await.into_iter().flatten().next() {
        Some(there) => Err(stands_elsewhere(&aws.scope, there)),
        None => Ok(()),
    }
}

async fn stands_in(aws: &Clients, region: &str) -> Result<bool, Failure> {
    let of_environment = tagged(aws, region, ENVIRONMENT, aws.scope.environment.as_str()).await?;
    if of_environment.is_empty() {
        return Ok(false);
    }
    let of_app = tagged(aws, region, APP, aws.scope.app.as_str()).await?;
    Ok(of_environment.iter().any(|id| of_app.contains(id)))
}

/// The ids of what is tagged so.
async fn tagged(aws: &Clients, region: &str, key: &str, value: &str) -> Result<Vec<String>, Failure> {
    let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
    let kinds = Filter::builder().name("resource-type").set_values(Some(FIRST.map(str::to_owned).to_vec())).build();
    let request = aws.ec2.describe_tags().filters(filter("key", key)).filters(filter("value", value)).filters(kinds);
    let there = Builder::new()
        .region(Region::new(region.to_owned()))
        .retry_config(RetryConfig::standard().with_max_attempts(2))
        .timeout_config(TimeoutConfig::builder().operation_timeout(PATIENCE).build());
    let answer = request.customize().config_override(there).send().await.map_err(failed("ec2:DescribeTags"))?;
    Ok(answer.tags().iter().filter_map(|tag| tag.resource_id.clone()).collect())
}
