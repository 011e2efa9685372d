use async_trait::async_trait;
use aws_sdk_ec2::types::ResourceType;

use super::clients::Clients;
use super::error::{Failure, failed, found, gone, lacking};
use super::kind::{Kind, Which};
use super::site::Site;
use super::{names, vpc};
use crate::graph::Resource;
use crate::model::{Address, Observed, State};
use crate::provider::Wanted;

pub const KIND: &str = "internet-gateway";

pub fn address() -> Address {
    Address::new(KIND, "main")
}

pub fn desired(site: &Site) -> Resource {
    Resource::new(address(), site.name(names::TAG, &[])).with("vpc", vpc::address().attribute("id"))
}

pub struct InternetGateways;

#[async_trait]
impl Kind for InternetGateways {
    fn name(&self) -> &'static str {
        KIND
    }

    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        let request = aws.ec2.describe_internet_gateways();
        let request = match which {
            Which::Owned => request.set_filters(Some(aws.scope.ec2_filters())),
            Which::Id(id) => request.internet_gateway_ids(id),
        };
        let gateways = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let gateways = found(gateways.map_err(failed("ec2:DescribeInternetGateways")))?;
        let ours = gateways.iter().filter_map(|gateway| {
            let (address, id) = (aws.scope.ec2_address(gateway.tags())?, gateway.internet_gateway_id()?);
            let observed = Observed::new(address, id, State::Ready).attribute("id", id);
            let attached = gateway.attachments().first().and_then(|attachment| attachment.vpc_id());
            Some(match attached {
                Some(vpc) => observed.with("vpc", vpc),
                None => observed,
            })
        });
        Ok(ours.collect())
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let request = aws.ec2.create_internet_gateway();
        let request = request.tag_specifications(aws.scope.ec2_tagged(wanted, ResourceType::InternetGateway));
        let answer = request.customize().config_override(super::clients::once()).send().await;
        let answer = answer.map_err(failed("ec2:CreateInternetGateway"))?;
        let id = answer.internet_gateway().and_then(|gateway| gateway.internet_gateway_id());
        Ok(id.ok_or_else(|| lacking("ec2:CreateInternetGateway", "an id"))?.to_owned())
    }

    async fn complete(&self, aws: &Clients, wanted: &Wanted, id: &str) -> Result<(), Failure> {
        attach(aws, id, wanted).await
    }

    async fn update(&self, aws: &Clients, wanted: &Wanted, observed: &Observed, _: &[&str]) -> Result<(), Failure> {
        detach(aws, observed).await?;
        attach(aws, &observed.id, wanted).await
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        detach(aws, observed).await?;
        let request = aws.ec2.delete_internet_gateway().internet_gateway_id(&observed.id);
        gone(request.send().await.map_err(failed("ec2:DeleteInternetGateway")))
    }
}

async fn attach(aws: &Clients, id: &str, wanted: &Wanted) -> Result<(), Failure> {
    let request = aws.ec2.attach_internet_gateway().internet_gateway_id(id).vpc_id(wanted.text("vpc"));
    match request.send().await.map_err(failed("ec2:AttachInternetGateway")) {
        Err(failure) if failure.has_code("Resource.AlreadyAssociated") => Ok(()),
        result => result.map(drop),
    }
}

async fn detach(aws: &Clients, observed: &Observed) -> Result<(), Failure> {
    let Some(vpc) = observed.properties.get("vpc").and_then(|vpc| vpc.as_text()) else { return Ok(()) };
    let request = aws.ec2.detach_internet_gateway().internet_gateway_id(&observed.id).vpc_id(vpc);
    match request.send().await.map_err(failed("ec2:DetachInternetGateway")) {
        Err(failure) if failure.has_code("Gateway.NotAttached") => Ok(()),
        result => gone(result),
    }
}
