use async_trait::async_trait;
use aws_sdk_ec2::types::{
    LaunchTemplateBlockDeviceMappingRequest, LaunchTemplateEbsBlockDeviceRequest, LaunchTemplateHttpTokensState,
    LaunchTemplateIamInstanceProfileSpecificationRequest, LaunchTemplateInstanceMetadataOptionsRequest,
    LaunchTemplateTagSpecificationRequest, LaunchTemplateVersion, RequestLaunchTemplateData, ResourceType, VolumeType,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::boot::{Boot, Problem, packed, unpacked, user_data};
use super::clients::Clients;
use super::error::{Failure, failed, found, gone, lacking};
use super::kind::{Kind, Which};
use super::site::Site;
use super::{names, role, security_group};
use crate::graph::Resource;
use crate::model::{Address, Architecture, Compute, Name, Observed, State, Value};
use crate::provider::Wanted;

pub const KIND: &str = "launch-template";

/// The root device of Amazon Linux.
const ROOT: &str = "/dev/xvda";

pub fn address(component: &Name) -> Address {
    Address::new(KIND, component.as_str())
}

/// How an instance of a component is made. Each change is a new version, to which the Auto Scaling group rolls.
pub fn desired(site: &Site, name: &Name, compute: &Compute, release: &str) -> Result<Resource, Vec<Problem>> {
    let boot = Boot { environment: site.environment, component: name, compute, region: &site.target.region, release };
    let user_data = user_data(&boot)?;
    Ok(Resource::new(address(name), site.name(names::LAUNCH_TEMPLATE, &[name.as_str()]))
        .with("image", image(&compute.instance))
        .with("instance", compute.instance.as_str())
        .with("profile", role::address(name).attribute("profile"))
        .with("security_groups", Value::set([security_group::of_compute(name).attribute("id")]))
        .with("session_tokens", "required")
        .with("encrypted", true)
        .with("user_data", user_data)
        .volatile("version"))
}

/// The newest Amazon Linux 2023, looked up by EC2 at each launch.
/// <https://docs.aws.amazon.com/linux/al2023/ug/ec2.html#launch-via-aws-cli>
fn image(instance: &str) -> String {
    let architecture = match Architecture::of_instance(instance) {
        Architecture::Arm64 => "arm64",
        Architecture::X86_64 => "x86_64",
    };
    format!("resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}")
}

pub struct LaunchTemplates;

#[async_trait]
impl Kind for LaunchTemplates {
    fn name(&self) -> &'static str {
        KIND
    }

    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        let request = aws.ec2.describe_launch_templates();
        let request = match which {
            Which::Owned => request.set_filters(Some(aws.scope.ec2_filters())),
            Which::Id(id) => request.launch_template_ids(id),
        };
        let templates = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let templates = found(templates.map_err(failed("ec2:DescribeLaunchTemplates")))?;
        let ours: Vec<_> = templates
            .iter()
            .filter_map(|template| Some((aws.scope.ec2_address(template.tags())?, template.launch_template_id()?)))
            .collect();
        if ours.is_empty() {
            return Ok(Vec::new());
        }
        // Without a template's id, this gives the latest version of all templates.
        let request = aws.ec2.describe_launch_template_versions().versions("$Latest");
        let request = match which {
            Which::Owned => request,
            Which::Id(id) => request.launch_template_id(id),
        };
        let versions = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let versions = found(versions.map_err(failed("ec2:DescribeLaunchTemplateVersions")))?;
        let observed = ours.into_iter().map(|(address, id)| {
            match versions.iter().find(|version| version.launch_template_id() == Some(id)) {
                Some(version) => observed(address, id, version),
                None => Observed::new(address, id, State::Pending("its version does not show yet".to_owned())),
            }
        });
        Ok(observed.collect())
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let request = aws
            .ec2
            .create_launch_template()
            .launch_template_name(&wanted.name)
            .launch_template_data(data(aws, wanted))
            .tag_specifications(aws.scope.ec2_tagged(wanted, ResourceType::LaunchTemplate));
        let answer = request.send().await.map_err(failed("ec2:CreateLaunchTemplate"))?;
        let id = answer.launch_template().and_then(|template| template.launch_template_id());
        Ok(id.ok_or_else(|| lacking("ec2:CreateLaunchTemplate", "an id"))?.to_owned())
    }

    async fn update(&self, aws: &Clients, wanted: &Wanted, observed: &Observed, _: &[&str]) -> Result<(), Failure> {
        let latest = observed.attributes.get("version").map(String::as_str).unwrap_or_default();
        let content: Vec<String> = wanted.properties.values().map(Value::to_string).collect();
        let request = aws
            .ec2
            .create_launch_template_version()
            .launch_template_id(&observed.id)
            .launch_template_data(data(aws, wanted))
            .client_token(names::token(&[KIND, &observed.id, latest, &content.join("\n")]));
        request.send().await.map_err(failed("ec2:CreateLaunchTemplateVersion"))?;
        Ok(())
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        let request = aws.ec2.delete_launch_template().launch_template_id(&observed.id);
        gone(request.send().await.map_err(failed("ec2:DeleteLaunchTemplate")))
    }
}

fn observed(address: Address, id: &str, version: &LaunchTemplateVersion) -> Observed {
    let data = version.launch_template_data();
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let user_data = data.and_then(|data| data.user_data()).unwrap_or_default();
    let user_data = STANDARD.decode(user_data).unwrap_or_default();
    let groups = data.map(|data| data.security_group_ids()).unwrap_or_default();
    let profile = data.and_then(|data| data.iam_instance_profile()).and_then(|profile| profile.name());
    let tokens = data.and_then(|data| data.metadata_options()).and_then(|options| options.http_tokens());
    let volumes = data.map(|data| data.block_device_mappings()).unwrap_or_default();
    let encrypted = volumes.iter().any(|volume| volume.ebs().and_then(|ebs| ebs.encrypted()).unwrap_or_default());
    Observed::new(address, id, State::Ready)
        .with("image", text(data.and_then(|data| data.image_id())))
        .with("instance", data.and_then(|data| data.instance_type()).map(|class| class.as_str()).unwrap_or_default())
        .with("profile", text(profile))
        .with("security_groups", Value::set(groups.iter().map(Value::text)))
        .with("session_tokens", tokens.map(|tokens| tokens.as_str()).unwrap_or_default())
        .with("encrypted", encrypted)
        .with("user_data", unpacked(&user_data))
        .attribute("id", id)
        .attribute("version", version.version_number().unwrap_or_default().to_string())
}

fn data(aws: &Clients, wanted: &Wanted) -> RequestLaunchTemplateData {
    let disk = LaunchTemplateEbsBlockDeviceRequest::builder()
        .encrypted(wanted.is("encrypted"))
        .volume_type(VolumeType::Gp3)
        .delete_on_termination(true)
        .build();
    let metadata = LaunchTemplateInstanceMetadataOptionsRequest::builder()
        .http_tokens(LaunchTemplateHttpTokensState::from(wanted.text("session_tokens")))
        // One hop more than the instance itself, so that a container on it can still sign in.
        .http_put_response_hop_limit(2);
    let tags = |kind: ResourceType| {
        let tags = aws.scope.ec2_tags(wanted);
        LaunchTemplateTagSpecificationRequest::builder().resource_type(kind).set_tags(Some(tags)).build()
    };
    RequestLaunchTemplateData::builder()
        .image_id(wanted.text("image"))
        .instance_type(wanted.text("instance").into())
        .iam_instance_profile(
            LaunchTemplateIamInstanceProfileSpecificationRequest::builder().name(wanted.text("profile")).build(),
        )
        .set_security_group_ids(Some(wanted.strings("security_groups")))
        .metadata_options(metadata.build())
        .block_device_mappings(LaunchTemplateBlockDeviceMappingRequest::builder().device_name(ROOT).ebs(disk).build())
        .tag_specifications(tags(ResourceType::Volume))
        .user_data(STANDARD.encode(packed(wanted.text("user_data"))))
        .build()
}
