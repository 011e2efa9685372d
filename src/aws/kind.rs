//! What one kind of resource must say of itself, and the list of all kinds.

use std::time::Duration;

use async_trait::async_trait;

use super::clients::Clients;
use super::error::Failure;
use crate::model::Observed;
use crate::provider::{Patience, Wanted};

/// Which resources of a kind to read.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// All that carry the environment's tags.
    Owned,
    /// This one, if it carries the environment's tags.
    Id(&'a str),
}

/// How one kind of resource is observed, made, changed and removed. Each method is one attempt and does not wait.
#[async_trait]
pub trait Kind: Send + Sync {
    /// The first half of its resources' addresses.
    fn name(&self) -> &'static str;

    /// Most are made at once. What a load balancer or an instance that is going away still holds takes minutes.
    fn patience(&self) -> Patience {
        minutes(20, 5)
    }

    /// See [`Provider::takes_changes`](crate::provider::Provider::takes_changes).
    fn takes_changes(&self, _: &Wanted, _: &Observed) -> bool {
        false
    }

    /// Whether its resources are found by the name that envctl gives them.
    fn is_found_by_name(&self) -> bool {
        false
    }

    /// What exists. Whatever the server answered, only what carries the environment's own marks is returned.
    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure>;

    /// The one call that makes it.
    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure>;

    /// The calls that a new one takes beside that. They come again after a crash or a lost answer.
    async fn complete(&self, _: &Clients, _: &Wanted, _id: &str) -> Result<(), Failure> {
        Ok(())
    }

    async fn update(
        &self,
        aws: &Clients,
        wanted: &Wanted,
        observed: &Observed,
        properties: &[&str],
    ) -> Result<(), Failure>;

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure>;
}

/// All kinds: adding one takes its file and a line here.
pub static KINDS: &[&dyn Kind] = &[
    &super::vpc::Vpcs,
    &super::subnet::Subnets,
    &super::internet_gateway::InternetGateways,
    &super::elastic_ip::ElasticIps,
    &super::nat_gateway::NatGateways,
    &super::route_table::RouteTables,
    &super::security_group::SecurityGroups,
    &super::vpc_endpoint::VpcEndpoints,
    &super::secret::Secrets,
    &super::subnet_group::SubnetGroups,
    &super::parameter_group::ParameterGroups,
    &super::database::Databases,
    &super::role::Roles,
    &super::launch_template::LaunchTemplates,
    &super::load_balancer::LoadBalancers,
    &super::target_group::TargetGroups,
    &super::listener::Listeners,
    &super::auto_scaling_group::AutoScalingGroups,
];

pub fn by_name(name: &str) -> Option<&'static dyn Kind> {
    KINDS.iter().copied().find(|kind| kind.name() == name)
}

/// Looks every `interval` seconds, for at most `deadline` minutes.
pub const fn minutes(deadline: u64, interval: u64) -> Patience {
    Patience { interval: Duration::from_secs(interval), deadline: Duration::from_secs(deadline * 60) }
}
