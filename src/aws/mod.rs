//! The AWS provider: an environment as a VPC with its compute, databases and secrets.
//!
//! [`names`], [`boot`] and [`grants`] are plain text in and out; the rest, one file a kind of resource, holds both what a kind
//! shall be (`blueprint`, pure) and the calls that observe, make, change and remove it.

pub mod boot;
pub mod grants;
pub mod names;

#[cfg(feature = "aws")]
mod access;
#[cfg(feature = "aws")]
mod auto_scaling_group;
#[cfg(feature = "aws")]
mod blueprint;
#[cfg(feature = "aws")]
mod clients;
#[cfg(feature = "aws")]
mod database;
#[cfg(feature = "aws")]
mod doctor;
#[cfg(feature = "aws")]
mod elastic_ip;
#[cfg(feature = "aws")]
mod elsewhere;
#[cfg(feature = "aws")]
mod error;
#[cfg(feature = "aws")]
mod exposure;
#[cfg(feature = "aws")]
mod internet_gateway;
#[cfg(feature = "aws")]
mod kind;
#[cfg(feature = "aws")]
mod launch_template;
#[cfg(feature = "aws")]
mod listener;
#[cfg(feature = "aws")]
mod load_balancer;
#[cfg(feature = "aws")]
mod nat_gateway;
#[cfg(feature = "aws")]
mod parameter_group;
#[cfg(feature = "aws")]
mod policy;
#[cfg(feature = "aws")]
mod provider;
#[cfg(feature = "aws")]
mod record;
#[cfg(feature = "aws")]
mod role;
#[cfg(feature = "aws")]
mod route_table;
#[cfg(feature = "aws")]
mod secret;
#[cfg(feature = "aws")]
mod security_group;
#[cfg(feature = "aws")]
mod site;
#[cfg(feature = "aws")]
mod subnet;
#[cfg(feature = "aws")]
mod subnet_group;
#[cfg(feature = "aws")]
mod target_group;
#[cfg(feature = "aws")]
mod vpc;
#[cfg(feature = "aws")]
mod vpc_endpoint;

#[cfg(feature = "aws")]
pub use blueprint::{BlueprintError, blueprint};
#[cfg(feature = "aws")]
pub use provider::Aws;
