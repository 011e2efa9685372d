use async_trait::async_trait;
use aws_sdk_iam::types::{EntityType, RoleDetail, Tag};

use super::clients::Clients;
use super::error::{Failure, failed, gone};
use super::kind::{Kind, Which};
use super::site::Site;
use super::{database, names, policy, secret};
use crate::graph::Resource;
use crate::model::{Address, Compute, Name, Observed, Source, State, Text, Value};
use crate::provider::Wanted;

pub const KIND: &str = "role";

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// The name of the one inline policy.
const POLICY: &str = "envctl";

pub fn address(component: &Name) -> Address {
    Address::new(KIND, component.as_str())
}

/// What a component's instances may do: read this environment's secrets, fetch its release, and what the definition
/// adds. The role and its instance profile, of one name, are one resource.
pub fn desired(site: &Site, name: &Name, compute: &Compute) -> Resource {
    let environment = site.environment;
    let secrets = environment.shape.secrets.keys().map(|name| secret::address(name).attribute("arn"));
    let masters = environment.shape.database.keys().map(|name| database::address(name).attribute("secret"));
    let readable = Value::set(secrets.chain(masters));
    let mut statements = Vec::new();
    if !readable.as_list().is_empty() {
        statements.push(policy::allow("ReadSecrets", ["secretsmanager:GetSecretValue"], readable));
    }
    statements.extend(fetch(site, &compute.source));
    for (index, permission) in compute.permissions.iter().enumerate() {
        let resources = permission.resources.iter().map(|text| Value::text(site.literal(text, "*")));
        let actions = permission.actions.iter().map(String::as_str);
        statements.push(policy::allow(&format!("Definition{}", index + 1), actions, Value::set(resources)));
    }
    let role = site.name(names::IAM_ROLE, &[name.as_str()]);
    Resource::new(address(name), &role).with("policy", Value::List(statements)).with("profile", role)
}

/// What it takes to fetch any release of the component.
fn fetch(site: &Site, source: &Source) -> Vec<Value> {
    let any_release = |text: &Text| site.literal(text, "*");
    match source {
        Source::Artifact(text) => {
            let object = any_release(text);
            let arn = format!("arn:aws:s3:::{}", object.trim_start_matches("s3://"));
            vec![policy::allow("FetchRelease", ["s3:GetObject"], Value::set([Value::text(arn)]))]
        }
        Source::Image(text) => {
            let image = any_release(text);
            let Some(repository) = policy::ecr_repository(&image) else { return Vec::new() };
            let pull = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
            vec![
                policy::allow("FetchRelease", pull, Value::set([Value::text(repository)])),
                policy::allow("LogIn", ["ecr:GetAuthorizationToken"], Value::set([Value::text("*")])),
            ]
        }
    }
}

pub struct Roles;

#[async_trait]
impl Kind for Roles {
    fn name(&self) -> &'static str {
        KIND
    }

    /// One call tells roles, tags, policies and profiles; a call for each role would grow with the account.
    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        if let Which::Id(name) = which {
            return Ok(read_one(aws, name).await?.into_iter().collect());
        }
        let request = aws.iam.get_account_authorization_details().filter(EntityType::Role).max_items(1000);
        let pages = request.into_paginator().send().collect::<Result<Vec<_>, _>>().await;
        let pages = pages.map_err(failed("iam:GetAccountAuthorizationDetails"))?;
        let roles = pages.iter().flat_map(|page| page.role_detail_list());
        Ok(roles.filter_map(|role| observed(aws, role)).collect())
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let tags = aws.scope.tags(wanted).into_iter();
        let tags: Result<Vec<Tag>, _> = tags.map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        let tags = tags.map_err(|error| Failure::new(crate::provider::ErrorKind::Rejected, error.to_string()))?;
        let request = aws.iam.create_role().role_name(&wanted.name).assume_role_policy_document(TRUST);
        let request = request.description(aws.scope.mark(&wanted.address)).set_tags(Some(tags.clone()));
        request.send().await.map_err(failed("iam:CreateRole"))?;
        put_policy(aws, wanted).await?;
        ensure_profile(aws, wanted, tags).await?;
        Ok(wanted.name.clone())
    }

    async fn update(&self, aws: &Clients, wanted: &Wanted, _: &Observed, properties: &[&str]) -> Result<(), Failure> {
        if properties.contains(&"policy") {
            put_policy(aws, wanted).await?;
        }
        if properties.contains(&"profile") {
            let tags = aws.scope.tags(wanted).into_iter();
            let tags = tags.filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect();
            ensure_profile(aws, wanted, tags).await?;
        }
        Ok(())
    }

    /// The role goes last: as long as it is there, a next run finds what is left.
    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        let name = &observed.id;
        let request = aws.iam.remove_role_from_instance_profile().instance_profile_name(name).role_name(name);
        gone(request.send().await.map_err(failed("iam:RemoveRoleFromInstanceProfile")))?;
        let request = aws.iam.delete_instance_profile().instance_profile_name(name);
        gone(request.send().await.map_err(failed("iam:DeleteInstanceProfile")))?;
        let policies = observed.properties.get("extra_policies").map(Value::as_list).unwrap_or_default();
        for policy in policies.iter().filter_map(Value::as_text).chain([POLICY]) {
            let request = aws.iam.delete_role_policy().role_name(name).policy_name(policy);
            gone(request.send().await.map_err(failed("iam:DeleteRolePolicy")))?;
        }
        gone(aws.iam.delete_role().role_name(name).send().await.map_err(failed("iam:DeleteRole")))
    }
}

/// Right after it was made, the account's list may not have it yet.
async fn read_one(aws: &Clients, name: &str) -> Result<Option<Observed>, Failure> {
    let role = match aws.iam.get_role().role_name(name).send().await.map_err(failed("iam:GetRole")) {
        Err(failure) if failure.is_not_found() => return Ok(None),
        answer => answer?.role,
    };
    let Some(role) = role else { return Ok(None) };
    let profiles = aws.iam.list_instance_profiles_for_role().role_name(name).send().await;
    let profiles = profiles.map_err(failed("iam:ListInstanceProfilesForRole"))?;
    let policies = aws.iam.list_role_policies().role_name(name).send().await;
    let policies = policies.map_err(failed("iam:ListRolePolicies"))?;
    let policy = match aws.iam.get_role_policy().role_name(name).policy_name(POLICY).send().await {
        Ok(answer) => Some(answer.policy_document),
        Err(error) => match failed("iam:GetRolePolicy")(error) {
            failure if failure.is_not_found() => None,
            failure => return Err(failure),
        },
    };
    let Some(address) = aws.scope.address(role.tags().iter().map(|tag| (Some(tag.key()), Some(tag.value())))) else {
        return Ok(None);
    };
    let profile = profiles.instance_profiles().first().map(|profile| profile.instance_profile_name());
    let others = policies.policy_names().iter().filter(|name| *name != POLICY).cloned().collect();
    Ok(Some(build(address, name, role.arn(), policy.as_deref(), profile, others)))
}

fn observed(aws: &Clients, role: &RoleDetail) -> Option<Observed> {
    let address = aws.scope.address(role.tags().iter().map(|tag| (Some(tag.key()), Some(tag.value()))))?;
    let inline = role.role_policy_list();
    let policy = inline.iter().find(|policy| policy.policy_name() == Some(POLICY));
    let others = inline.iter().filter_map(|policy| policy.policy_name()).filter(|name| *name != POLICY);
    let profile = role.instance_profile_list().first().map(|profile| profile.instance_profile_name());
    let document = policy.and_then(|policy| policy.policy_document());
    let others = others.map(str::to_owned).collect();
    Some(build(address, role.role_name()?, role.arn().unwrap_or_default(), document, profile, others))
}

fn build(
    address: Address,
    name: &str,
    arn: &str,
    document: Option<&str>,
    profile: Option<&str>,
    others: Vec<String>,
) -> Observed {
    let mut observed = Observed::new(address, name, State::Ready)
        .with("policy", document.map_or_else(|| Value::List(Vec::new()), policy::statements))
        .attribute("arn", arn)
        .attribute("name", name);
    if let Some(profile) = profile {
        observed = observed.with("profile", profile).attribute("profile", profile);
    }
    if !others.is_empty() {
        observed = observed.with("extra_policies", Value::set(others.into_iter().map(Value::Text)));
    }
    observed
}

async fn put_policy(aws: &Clients, wanted: &Wanted) -> Result<(), Failure> {
    let statements = wanted.properties.get("policy").map(Value::as_list).unwrap_or_default();
    if statements.is_empty() {
        let request = aws.iam.delete_role_policy().role_name(&wanted.name).policy_name(POLICY);
        return gone(request.send().await.map_err(failed("iam:DeleteRolePolicy")));
    }
    let request = aws.iam.put_role_policy().role_name(&wanted.name).policy_name(POLICY);
    let request = request.policy_document(policy::document(statements));
    request.send().await.map(drop).map_err(failed("iam:PutRolePolicy"))
}

async fn ensure_profile(aws: &Clients, wanted: &Wanted, tags: Vec<Tag>) -> Result<(), Failure> {
    let profile = wanted.text("profile");
    let request = aws.iam.create_instance_profile().instance_profile_name(profile).set_tags(Some(tags));
    match request.send().await.map_err(failed("iam:CreateInstanceProfile")) {
        Err(failure) if failure.is_already_exists() => {}
        result => drop(result?),
    }
    let request = aws.iam.add_role_to_instance_profile().instance_profile_name(profile).role_name(&wanted.name);
    match request.send().await.map_err(failed("iam:AddRoleToInstanceProfile")) {
        // A profile holds one role, and this one's name is its own: it is there already.
        Err(failure) if failure.has_code("LimitExceeded") => Ok(()),
        result => result.map(drop),
    }
}
