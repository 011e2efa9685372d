use async_trait::async_trait;
use aws_sdk_autoscaling::types::{
    AutoScalingGroup, Filter, Instance, InstanceRefresh, InstanceRefreshStatus, LaunchTemplateSpecification,
    LifecycleState, RefreshPreferences, Tag,
};

use super::clients::{APP, Clients, ENVIRONMENT};
use super::error::{Failure, failed, found, gone};
use super::kind::{Kind, Which, minutes};
use super::site::Site;
use super::subnet::{self, Reach};
use super::{launch_template, names, route_table, target_group, vpc_endpoint};
use crate::graph::Resource;
use crate::model::{Address, Compute, Name, Observed, State, Value};
use crate::provider::{Patience, Wanted};

pub const KIND: &str = "auto-scaling-group";

/// How long a new instance may take until its health counts: boot, fetch, start.
const GRACE_SECONDS: i32 = 300;

/// What the observed `instances` says while they are not all of one version.
const MIXED: &str = "mixed";

pub fn address(component: &Name) -> Address {
    Address::new(KIND, component.as_str())
}

/// The instances of a component. They start when the way out to their release and configuration is open.
pub fn desired(site: &Site, name: &Name, compute: &Compute) -> Resource {
    let template = launch_template::address(name);
    let subnets = subnet::all(site, Reach::Private).map(|subnet| subnet.attribute("id"));
    let targets = compute.port.filter(|_| compute.public);
    let targets = targets.map(|port| target_group::address(name, port).attribute("arn"));
    let group = Resource::new(address(name), site.name(names::AUTO_SCALING_GROUP, &[name.as_str()]))
        .with("launch_template", template.attribute("id"))
        .with("version", template.attribute("version"))
        .with("instances", template.attribute("version"))
        .with("min", compute.count.min)
        .with("max", compute.count.max)
        .with("subnets", Value::set(subnets))
        .with("health_check", if targets.is_some() { "ELB" } else { "EC2" })
        .with("target_groups", Value::set(targets))
        .after(route_table::desired(site).into_iter().map(|table| table.address))
        .after(vpc_endpoint::desired(site).into_iter().map(|endpoint| endpoint.address));
    match targets_balancer(site, name, compute) {
        Some(listener) => group.after([listener]),
        None => group,
    }
}

/// A target's health is checked only once a listener leads to its group.
fn targets_balancer(site: &Site, name: &Name, compute: &Compute) -> Option<Address> {
    let port = compute.port.filter(|_| compute.public)?;
    super::listener::desired(site, name, port).pop().map(|listener| listener.address)
}

pub struct AutoScalingGroups;

#[async_trait]
impl Kind for AutoScalingGroups {
    fn name(&self) -> &'static str {
        KIND
    }

    fn is_found_by_name(&self) -> bool {
        true
    }

    /// A rolling change replaces instances in turn, each with its time to boot and to become healthy.
    fn patience(&self) -> Patience {
        minutes(30, 5)
    }

    /// Instances that do not come up are replaced by those of another version. A rolling change for this very version goes on
    /// as it is.
    fn takes_changes(&self, wanted: &Wanted, observed: &Observed) -> bool {
        let has = observed.properties.get("version").and_then(Value::as_text);
        has != Some(wanted.text("version")) || !is_rolling(observed)
    }

    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        let filter = |key: &str, value: &str| Filter::builder().name(format!("tag:{key}")).values(value).build();
        let request = aws.autoscaling.describe_auto_scaling_groups();
        let request = match which {
            Which::Owned => request
                .filters(filter(APP, aws.scope.app.as_str()))
                .filters(filter(ENVIRONMENT, aws.scope.environment.as_str())),
            Which::Id(name) => request.auto_scaling_group_names(name),
        };
        let groups = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let groups = found(groups.map_err(failed("autoscaling:DescribeAutoScalingGroups")))?;
        let mut all = Vec::new();
        for group in &groups {
            let tags = group.tags().iter().map(|tag| (tag.key(), tag.value()));
            let (Some(address), Some(name)) = (aws.scope.address(tags), group.auto_scaling_group_name()) else {
                continue;
            };
            let refresh = latest_refresh(aws, group, name).await?;
            let under_way = refresh.as_ref().and_then(progress);
            let mut observed = observed(address, name, group, under_way);
            // Instances are in service before they answer. Whoever waits for the group waits for that.
            if let (Which::Id(_), State::Ready) = (which, &observed.state) {
                if let Some(reason) = refresh.as_ref().and_then(failure) {
                    observed.state = State::Failed(reason);
                } else if let Some(waiting) = targets_missing(aws, group).await? {
                    observed.state = State::Pending(waiting);
                }
            }
            all.push(observed);
        }
        Ok(all)
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let tags = aws.scope.tags(wanted).into_iter();
        let tags = tags.map(|(key, value)| {
            let tag = Tag::builder().key(key).value(value).propagate_at_launch(true);
            tag.resource_type("auto-scaling-group").resource_id(&wanted.name).build()
        });
        let request = aws
            .autoscaling
            .create_auto_scaling_group()
            .auto_scaling_group_name(&wanted.name)
            .launch_template(template(wanted))
            .min_size(wanted.integer("min"))
            .max_size(wanted.integer("max"))
            .vpc_zone_identifier(wanted.texts("subnets").join(","))
            .set_target_group_arns(Some(wanted.strings("target_groups")))
            .health_check_type(wanted.text("health_check"))
            .health_check_grace_period(GRACE_SECONDS)
            .set_tags(Some(tags.collect()));
        request.send().await.map_err(failed("autoscaling:CreateAutoScalingGroup"))?;
        Ok(wanted.name.clone())
    }

    async fn update(
        &self,
        aws: &Clients,
        wanted: &Wanted,
        observed: &Observed,
        properties: &[&str],
    ) -> Result<(), Failure> {
        let name = &observed.id;
        let request = aws
            .autoscaling
            .update_auto_scaling_group()
            .auto_scaling_group_name(name)
            .launch_template(template(wanted))
            .min_size(wanted.integer("min"))
            .max_size(wanted.integer("max"))
            .vpc_zone_identifier(wanted.texts("subnets").join(","))
            .health_check_type(wanted.text("health_check"))
            .health_check_grace_period(GRACE_SECONDS);
        request.send().await.map_err(failed("autoscaling:UpdateAutoScalingGroup"))?;
        if properties.contains(&"target_groups") {
            set_target_groups(aws, wanted, observed).await?;
        }
        if properties.contains(&"instances") {
            roll(aws, name).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        let request = aws.autoscaling.delete_auto_scaling_group().auto_scaling_group_name(&observed.id);
        // With its instances; without it the group would first have to be emptied.
        gone(request.force_delete(true).send().await.map_err(failed("autoscaling:DeleteAutoScalingGroup")))
    }
}

fn template(wanted: &Wanted) -> LaunchTemplateSpecification {
    LaunchTemplateSpecification::builder()
        .launch_template_id(wanted.text("launch_template"))
        .version(wanted.text("version"))
        .build()
}

async fn set_target_groups(aws: &Clients, wanted: &Wanted, observed: &Observed) -> Result<(), Failure> {
    let wanted = wanted.texts("target_groups");
    let now = observed.properties.get("target_groups").map(Value::as_list).unwrap_or_default();
    let now: Vec<&str> = now.iter().filter_map(Value::as_text).collect();
    let missing = |of: &[&str], from: &[&str]| -> Vec<String> {
        of.iter().filter(|arn| !from.contains(arn)).map(|arn| (*arn).to_owned()).collect()
    };
    let (more, less) = (missing(&wanted, &now), missing(&now, &wanted));
    if !more.is_empty() {
        let request = aws.autoscaling.attach_load_balancer_target_groups().auto_scaling_group_name(&observed.id);
        let request = request.set_target_group_arns(Some(more));
        request.send().await.map_err(failed("autoscaling:AttachLoadBalancerTargetGroups"))?;
    }
    if !less.is_empty() {
        let request = aws.autoscaling.detach_load_balancer_target_groups().auto_scaling_group_name(&observed.id);
        let request = request.set_target_group_arns(Some(less));
        request.send().await.map_err(failed("autoscaling:DetachLoadBalancerTargetGroups"))?;
    }
    Ok(())
}

/// Replaces the instances one after the other; each new one is healthy before an old one goes.
async fn roll(aws: &Clients, group: &str) -> Result<(), Failure> {
    let preferences = RefreshPreferences::builder()
        .min_healthy_percentage(100)
        .max_healthy_percentage(200)
        // Those that run the new version already stay.
        .skip_matching(true)
        .build();
    let request = aws.autoscaling.start_instance_refresh().auto_scaling_group_name(group).preferences(preferences);
    match request.send().await.map_err(failed("autoscaling:StartInstanceRefresh")) {
        // One that was begun for an older version is called off; the engine then tries again.
        Err(failure) if failure.has_code("InstanceRefreshInProgress") => {
            let request = aws.autoscaling.cancel_instance_refresh().auto_scaling_group_name(group);
            match request.send().await.map_err(failed("autoscaling:CancelInstanceRefresh")) {
                Err(other) if !other.has_code("ActiveInstanceRefreshNotFound") => Err(other),
                _ => Err(failure),
            }
        }
        result => result.map(drop),
    }
}

/// The latest rolling change, where one can be under way: only then are the instances not of the group's version.
async fn latest_refresh(
    aws: &Clients,
    group: &AutoScalingGroup,
    name: &str,
) -> Result<Option<InstanceRefresh>, Failure> {
    if versions(group).as_deref() == template_version(group) {
        return Ok(None);
    }
    let request = aws.autoscaling.describe_instance_refreshes().auto_scaling_group_name(name).max_records(1);
    let answer = request.send().await.map_err(failed("autoscaling:DescribeInstanceRefreshes"))?;
    Ok(answer.instance_refreshes.unwrap_or_default().into_iter().next())
}

fn progress(refresh: &InstanceRefresh) -> Option<String> {
    use InstanceRefreshStatus as Status;
    let under_way = matches!(
        refresh.status()?,
        Status::Pending | Status::InProgress | Status::Cancelling | Status::Baking | Status::RollbackInProgress
    );
    under_way.then(|| format!("{ROLLING}, {} %", refresh.percentage_complete().unwrap_or_default()))
}

const ROLLING: &str = "replacing instances";

fn is_rolling(observed: &Observed) -> bool {
    matches!(&observed.state, State::Pending(state) if state.starts_with(ROLLING))
}

/// Why a rolling change came to nothing: it does not begin again by itself.
fn failure(refresh: &InstanceRefresh) -> Option<String> {
    use InstanceRefreshStatus as Status;
    let status = refresh.status()?;
    let ended =
        [Status::Failed, Status::Cancelled, Status::RollbackFailed, Status::RollbackSuccessful].contains(status);
    let reason = refresh.status_reason().unwrap_or("no reason given");
    ended.then(|| format!("replacing its instances ended as {status}: {reason}"))
}

/// `1 of 2 targets healthy`; `None` when as many answer as there shall be instances.
async fn targets_missing(aws: &Clients, group: &AutoScalingGroup) -> Result<Option<String>, Failure> {
    for arn in group.target_group_arns() {
        let (healthy, desired) = (target_group::healthy(aws, arn).await?.0, desired_capacity(group));
        if healthy < desired {
            return Ok(Some(format!("{healthy} of {desired} targets healthy")));
        }
    }
    Ok(None)
}

fn desired_capacity(group: &AutoScalingGroup) -> usize {
    usize::try_from(group.desired_capacity().unwrap_or_default()).unwrap_or_default()
}

fn observed(address: Address, name: &str, group: &AutoScalingGroup, refresh: Option<String>) -> Observed {
    let subnets = group.vpc_zone_identifier().unwrap_or_default().split(',').filter(|subnet| !subnet.is_empty());
    let template = group.launch_template().and_then(|template| template.launch_template_id());
    let healthy = group.instances().iter().filter(|instance| in_service(instance)).count();
    let desired = desired_capacity(group);
    let state = match (group.status(), refresh) {
        (Some(status), _) => State::Leaving(status.to_owned()),
        (None, Some(progress)) => State::Pending(progress),
        (None, None) if healthy < desired => State::Pending(format!("{healthy} of {desired} instances in service")),
        (None, None) => State::Ready,
    };
    Observed::new(address, name, state)
        .with("launch_template", template.unwrap_or_default())
        .with("version", template_version(group).unwrap_or_default())
        .with("instances", versions(group).unwrap_or_else(|| MIXED.to_owned()))
        .with("min", group.min_size().unwrap_or_default())
        .with("max", group.max_size().unwrap_or_default())
        .with("subnets", Value::set(subnets.map(Value::text)))
        .with("health_check", group.health_check_type().unwrap_or_default())
        .with("target_groups", Value::set(group.target_group_arns().iter().map(Value::text)))
        .attribute("name", name)
        .attribute("health", format!("{healthy}/{desired} in service"))
}

fn in_service(instance: &Instance) -> bool {
    instance.lifecycle_state() == Some(&LifecycleState::InService) && instance.health_status() == Some("Healthy")
}

fn template_version(group: &AutoScalingGroup) -> Option<&str> {
    group.launch_template().and_then(|template| template.version())
}

/// The one version that all instances run. A group without instances runs what it would start.
fn versions(group: &AutoScalingGroup) -> Option<String> {
    let mut versions: Vec<&str> = group
        .instances()
        .iter()
        .filter_map(|instance| instance.launch_template().and_then(|template| template.version()))
        .collect();
    versions.sort_unstable();
    versions.dedup();
    match versions.as_slice() {
        [] => template_version(group).map(str::to_owned),
        [one] => Some((*one).to_owned()),
        _ => None,
    }
}
