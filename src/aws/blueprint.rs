//! What an environment consists of on AWS: pure, from the definition alone.

use super::boot::Problem;
use super::site::Site;
use super::subnet;
use super::{
    auto_scaling_group, database, elastic_ip, internet_gateway, launch_template, listener, load_balancer, nat_gateway,
    role, route_table, secret, security_group, target_group, vpc, vpc_endpoint,
};
use crate::graph::{Graph, GraphError};
use crate::model::{Environment, Target};

#[derive(Debug, thiserror::Error)]
pub enum BlueprintError {
    /// A defect of envctl.
    #[error("{0} has [local] for its target, and was laid out on AWS")]
    NotAws(String),
    #[error("{0} has no release: write `release = \"…\"` into its definition, so that there is something to run")]
    NoRelease(String),
    #[error("{}", .0.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n"))]
    Boot(Vec<Problem>),
    /// A defect of envctl.
    #[error("the resources do not fit together: {0}")]
    Graph(#[from] GraphError),
}

pub fn blueprint(environment: &Environment) -> Result<Graph, BlueprintError> {
    let Target::Aws(target) = &environment.target else {
        return Err(BlueprintError::NotAws(environment.name.to_string()));
    };
    let site = &Site { environment, target };
    let mut all = vec![vpc::desired(site), internet_gateway::desired(site)];
    all.extend(subnet::desired(site));
    for zone in nat_gateway::zones(site) {
        all.extend([elastic_ip::desired(site, zone), nat_gateway::desired(site, zone)]);
    }
    all.extend(route_table::desired(site));
    all.extend(security_group::desired(site));
    all.extend(vpc_endpoint::desired(site));
    all.extend(secret::desired(site));
    for (name, database) in &environment.shape.database {
        all.extend(database::desired(site, name, database));
    }
    for (name, compute) in &environment.shape.compute {
        let release = environment.release.as_deref();
        let release = release.ok_or_else(|| BlueprintError::NoRelease(environment.name.to_string()))?;
        all.push(role::desired(site, name, compute));
        all.push(launch_template::desired(site, name, compute, release).map_err(BlueprintError::Boot)?);
        if let Some(port) = compute.port.filter(|_| compute.public) {
            all.push(load_balancer::desired(site, name));
            all.push(target_group::desired(site, name, port, compute.health.as_deref()));
            all.extend(listener::desired(site, name, port));
        }
        all.push(auto_scaling_group::desired(site, name, compute));
    }
    Ok(Graph::new(all)?)
}
