use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, Certificate, Listener, ProtocolEnum, RedirectActionConfig, RedirectActionStatusCodeEnum,
};

use super::clients::Clients;
use super::error::{Failure, failed, found, gone, lacking};
use super::kind::{Kind, Which};
use super::load_balancer::{self, addresses, elb_tags};
use super::site::Site;
use super::target_group;
use crate::graph::Resource;
use crate::model::{Address, Name, Observed, State};
use crate::provider::Wanted;

pub const KIND: &str = "listener";

/// TLS 1.2 and 1.3, AWS's own recommendation.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>
const TLS_POLICY: &str = "ELBSecurityPolicy-TLS13-1-2-2021-06";

/// What a listener does with a request when it does not send it to a target group.
const REDIRECT: &str = "redirect to HTTPS";

pub fn address(component: &Name, port: u16) -> Address {
    Address::new(KIND, format!("{component}-{port}"))
}

/// HTTPS with the audience's certificate, and plain HTTP sent there; plain HTTP alone where there is no certificate.
pub fn desired(site: &Site, component: &Name, port: u16) -> Vec<Resource> {
    let target = target_group::address(component, port).attribute("arn");
    let listener = |port: u16, protocol: &str| {
        // A listener has no name of its own at AWS.
        let name = site.name(super::names::TAG, &[component.as_str(), &port.to_string()]);
        Resource::new(address(component, port), name)
            .fixed("load_balancer", load_balancer::address(component).attribute("arn"))
            .fixed("port", port)
            .with("protocol", protocol)
    };
    match &site.environment.audience.certificate {
        Some(certificate) => vec![
            listener(80, "HTTP").with("action", REDIRECT),
            listener(443, "HTTPS").with("action", target).with("certificate", certificate.as_str()),
        ],
        None => vec![listener(80, "HTTP").with("action", target)],
    }
}

pub struct Listeners;

#[async_trait]
impl Kind for Listeners {
    fn name(&self) -> &'static str {
        KIND
    }

    /// AWS lists listeners only by their load balancer.
    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        let mut listeners = Vec::new();
        match which {
            Which::Owned => {
                for balancer in load_balancer::owned_arns(aws).await? {
                    let request = aws.balancing.describe_listeners().load_balancer_arn(balancer);
                    let some = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
                    listeners.extend(found(some.map_err(failed("elasticloadbalancing:DescribeListeners")))?);
                }
            }
            Which::Id(arn) => {
                let request = aws.balancing.describe_listeners().listener_arns(arn).send().await;
                let answer = request.map_err(failed("elasticloadbalancing:DescribeListeners"));
                listeners = found(answer.map(|answer| answer.listeners.unwrap_or_default()))?;
            }
        }
        let arns: Vec<&str> = listeners.iter().filter_map(|listener| listener.listener_arn()).collect();
        let owned = addresses(aws, &arns).await?;
        let observed = listeners.iter().filter_map(|listener| {
            let arn = listener.listener_arn()?;
            let (_, address) = owned.iter().find(|(owned, _)| owned == arn)?;
            let observed = observed(address.clone(), arn, listener);
            let domain = aws.environment.audience.domain.as_ref();
            Some(match domain.filter(|_| listener.protocol() == Some(&ProtocolEnum::Https)) {
                Some(domain) => observed.attribute("url", format!("https://{domain}")),
                None => observed,
            })
        });
        Ok(observed.collect())
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let request = aws
            .balancing
            .create_listener()
            .load_balancer_arn(wanted.text("load_balancer"))
            .port(wanted.integer("port"))
            .protocol(ProtocolEnum::from(wanted.text("protocol")))
            .default_actions(action(wanted)?)
            .set_certificates(certificates(wanted))
            .set_ssl_policy(is_https(wanted).then(|| TLS_POLICY.to_owned()))
            .set_tags(Some(elb_tags(&aws.scope, wanted)));
        let answer = request.send().await.map_err(failed("elasticloadbalancing:CreateListener"))?;
        let arn = answer.listeners().first().and_then(|listener| listener.listener_arn());
        Ok(arn.ok_or_else(|| lacking("elasticloadbalancing:CreateListener", "an ARN"))?.to_owned())
    }

    async fn update(&self, aws: &Clients, wanted: &Wanted, observed: &Observed, _: &[&str]) -> Result<(), Failure> {
        let request = aws
            .balancing
            .modify_listener()
            .listener_arn(&observed.id)
            .protocol(ProtocolEnum::from(wanted.text("protocol")))
            .default_actions(action(wanted)?)
            .set_certificates(certificates(wanted))
            .set_ssl_policy(is_https(wanted).then(|| TLS_POLICY.to_owned()));
        request.send().await.map_err(failed("elasticloadbalancing:ModifyListener"))?;
        Ok(())
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        let request = aws.balancing.delete_listener().listener_arn(&observed.id);
        gone(request.send().await.map_err(failed("elasticloadbalancing:DeleteListener")))
    }
}

fn is_https(wanted: &Wanted) -> bool {
    wanted.text("protocol") == "HTTPS"
}

fn certificates(wanted: &Wanted) -> Option<Vec<Certificate>> {
    is_https(wanted).then(|| vec![Certificate::builder().certificate_arn(wanted.text("certificate")).build()])
}

fn action(wanted: &Wanted) -> Result<Action, Failure> {
    let action = match wanted.text("action") {
        REDIRECT => {
            let redirect = RedirectActionConfig::builder()
                .protocol("HTTPS")
                .port("443")
                .status_code(RedirectActionStatusCodeEnum::Http301)
                .build();
            Action::builder().r#type(ActionTypeEnum::Redirect).redirect_config(redirect)
        }
        target => Action::builder().r#type(ActionTypeEnum::Forward).target_group_arn(target),
    };
    Ok(action.build())
}

fn observed(address: Address, arn: &str, listener: &Listener) -> Observed {
    let action = listener.default_actions().first();
    let action = match action.map(|action| action.r#type()) {
        Some(Some(ActionTypeEnum::Redirect)) => REDIRECT,
        _ => action.and_then(|action| action.target_group_arn()).unwrap_or_default(),
    };
    let observed = Observed::new(address, arn, State::Ready)
        .with("load_balancer", listener.load_balancer_arn().unwrap_or_default())
        .with("port", listener.port().unwrap_or_default())
        .with("protocol", listener.protocol().map(|protocol| protocol.as_str()).unwrap_or_default())
        .with("action", action);
    let certificate = listener.certificates().first().and_then(|certificate| certificate.certificate_arn());
    match certificate {
        Some(certificate) => observed.with("certificate", certificate),
        None => observed,
    }
}
