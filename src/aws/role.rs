use async_trait::async_trait;
use aws_sdk_iam::types::{EntityType, InstanceProfile, RoleDetail, Tag};
use futures_util::future::try_join_all;

use super::clients::{Clients, REGION};
use super::error::{Failure, failed, gone, stands_elsewhere};
use super::kind::{Kind, Which};
use super::site::{self, Site};
use super::{database, names, policy, secret};
use crate::graph::Resource;
use crate::model::{Address, Compute, Environment, Name, Observed, Source, State, Text, Value};
use crate::provider::{ErrorKind, Wanted};

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
    let secrets = environment.shape.secrets.keys().map(|name| secret::address(name).attribute("arns"));
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
    let role = self::name(environment, name);
    Resource::new(address(name), &role)
        .with("trust", policy::statements(TRUST))
        .with("policy", Value::List(statements))
        .with("profile", role)
}

fn name(environment: &Environment, component: &Name) -> String {
    site::name(environment, names::IAM_ROLE, &[component.as_str()])
}

/// What it takes to fetch any release of the component.
fn fetch(site: &Site, source: &Source) -> Vec<Value> {
    let any_release = |text: &Text| site.literal(text, "*");
    match source {
        Source::Artifact(text) => {
            let object = any_release(text);
            let partition = names::partition(&site.target.region);
            let arn = format!("arn:{partition}:s3:::{}", object.trim_start_matches("s3://"));
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

    /// One call tells roles, tags, policies and profiles; a call for each role would grow with the account. It shows late
    /// what is new, so what is declared and not listed is asked for by its name.
    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        if let Which::Id(name) = which {
            return Ok(read_one(aws, name).await?.into_iter().collect());
        }
        let request = aws.iam.get_account_authorization_details().filter(EntityType::Role).max_items(1000);
        let pages = request.into_paginator().send().collect::<Result<Vec<_>, _>>().await;
        let pages = pages.map_err(failed("iam:GetAccountAuthorizationDetails"))?;
        let roles = pages.iter().flat_map(|page| page.role_detail_list());
        let mut all = roles.filter_map(|role| listed(aws, role).transpose()).collect::<Result<Vec<_>, _>>()?;
        let declared = aws.environment.shape.compute.keys().map(|component| name(&aws.environment, component));
        let unlisted: Vec<String> = declared.filter(|name| !all.iter().any(|role| role.id == *name)).collect();
        let found = try_join_all(unlisted.iter().map(|name| read_one(aws, name))).await?;
        all.extend(found.into_iter().flatten());
        Ok(all)
    }

    fn is_found_by_name(&self) -> bool {
        true
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let request = aws.iam.create_role().role_name(&wanted.name).assume_role_policy_document(TRUST);
        let request = request.description(aws.scope.mark(&wanted.address)).set_tags(Some(tags(aws, wanted)?));
        request.send().await.map_err(failed("iam:CreateRole"))?;
        Ok(wanted.name.clone())
    }

    async fn complete(&self, aws: &Clients, wanted: &Wanted, _: &str) -> Result<(), Failure> {
        put_policy(aws, wanted).await?;
        ensure_profile(aws, wanted).await
    }

    async fn update(
        &self,
        aws: &Clients,
        wanted: &Wanted,
        observed: &Observed,
        properties: &[&str],
    ) -> Result<(), Failure> {
        let name = &observed.id;
        if properties.contains(&"trust") {
            let request = aws.iam.update_assume_role_policy().role_name(name).policy_document(TRUST);
            request.send().await.map_err(failed("iam:UpdateAssumeRolePolicy"))?;
        }
        if properties.contains(&"policy") {
            put_policy(aws, wanted).await?;
        }
        strip(aws, observed).await?;
        if properties.contains(&"profile") {
            ensure_profile(aws, wanted).await?;
        }
        Ok(())
    }

    /// The role goes last: as long as it is there, a next run finds what is left.
    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        let name = &observed.id;
        let holds_it = observed.properties.contains_key("profile");
        let profile = match our_profile(aws, &observed.address, name).await {
            // Somebody else's goes its own way, as long as the role is not in it.
            Err(failure) if failure.error.kind == ErrorKind::NotOurs && !holds_it => None,
            profile => profile?,
        };
        if let Some(profile) = profile {
            for role in profile.roles() {
                let request = aws.iam.remove_role_from_instance_profile().instance_profile_name(name);
                let request = request.role_name(role.role_name());
                gone(request.send().await.map_err(failed("iam:RemoveRoleFromInstanceProfile")))?;
            }
            let request = aws.iam.delete_instance_profile().instance_profile_name(name);
            gone(request.send().await.map_err(failed("iam:DeleteInstanceProfile")))?;
        }
        strip(aws, observed).await?;
        let request = aws.iam.delete_role_policy().role_name(name).policy_name(POLICY);
        gone(request.send().await.map_err(failed("iam:DeleteRolePolicy")))?;
        gone(aws.iam.delete_role().role_name(name).send().await.map_err(failed("iam:DeleteRole")))
    }
}

fn tags(aws: &Clients, wanted: &Wanted) -> Result<Vec<Tag>, Failure> {
    let tags = aws.scope.tags(wanted).into_iter();
    let tags: Result<Vec<Tag>, _> = tags.map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    tags.map_err(|error| Failure::new(ErrorKind::Rejected, error.to_string()))
}

/// The address of a role that is this environment's. IAM knows no regions, so it also tells when the environment stands
/// in another one: its roles must not be taken over from there.
fn ours(aws: &Clients, tags: &[Tag]) -> Result<Option<Address>, Failure> {
    let Some(address) = aws.scope.address(tags.iter().map(|tag| (Some(tag.key()), Some(tag.value())))) else {
        return Ok(None);
    };
    match tags.iter().find(|tag| tag.key() == REGION) {
        Some(there) if there.value() != aws.scope.region => Err(stands_elsewhere(&aws.scope, there.value())),
        _ => Ok(Some(address)),
    }
}

/// Right after it was made, the account's list may not have it yet.
async fn read_one(aws: &Clients, name: &str) -> Result<Option<Observed>, Failure> {
    let role = match aws.iam.get_role().role_name(name).send().await.map_err(failed("iam:GetRole")) {
        Err(failure) if failure.is_not_found() => return Ok(None),
        answer => answer?.role,
    };
    let Some(role) = role else { return Ok(None) };
    let Some(address) = ours(aws, role.tags())? else { return Ok(None) };
    let profiles = aws.iam.list_instance_profiles_for_role().role_name(name).send().await;
    let profiles = profiles.map_err(failed("iam:ListInstanceProfilesForRole"))?;
    let managed = aws.iam.list_attached_role_policies().role_name(name).send().await;
    let managed = managed.map_err(failed("iam:ListAttachedRolePolicies"))?;
    let inline = aws.iam.list_role_policies().role_name(name).send().await;
    let inline = inline.map_err(failed("iam:ListRolePolicies"))?;
    let policy = match aws.iam.get_role_policy().role_name(name).policy_name(POLICY).send().await {
        Ok(answer) => Some(answer.policy_document),
        Err(error) => match failed("iam:GetRolePolicy")(error) {
            failure if failure.is_not_found() => None,
            failure => return Err(failure),
        },
    };
    let found = Found {
        name,
        arn: role.arn(),
        trust: role.assume_role_policy_document(),
        policy: policy.as_deref(),
        others: inline.policy_names().iter().map(String::as_str).collect(),
        managed: managed.attached_policies().iter().filter_map(|policy| policy.policy_arn()).collect(),
        profile: profiles.instance_profiles().first().map(|profile| profile.instance_profile_name()),
    };
    Ok(Some(found.observed(address)))
}

fn listed(aws: &Clients, role: &RoleDetail) -> Result<Option<Observed>, Failure> {
    let (Some(address), Some(name)) = (ours(aws, role.tags())?, role.role_name()) else { return Ok(None) };
    let inline = role.role_policy_list();
    let policy = inline.iter().find(|policy| policy.policy_name() == Some(POLICY));
    let found = Found {
        name,
        arn: role.arn().unwrap_or_default(),
        trust: role.assume_role_policy_document(),
        policy: policy.and_then(|policy| policy.policy_document()),
        others: inline.iter().filter_map(|policy| policy.policy_name()).collect(),
        managed: role.attached_managed_policies().iter().filter_map(|policy| policy.policy_arn()).collect(),
        profile: role.instance_profile_list().first().map(|profile| profile.instance_profile_name()),
    };
    Ok(Some(found.observed(address)))
}

/// A role as either of two calls shows it.
struct Found<'a> {
    name: &'a str,
    arn: &'a str,
    trust: Option<&'a str>,
    policy: Option<&'a str>,
    /// The names of all inline policies.
    others: Vec<&'a str>,
    /// The ARNs of the attached policies.
    managed: Vec<&'a str>,
    profile: Option<&'a str>,
}

impl Found<'_> {
    fn observed(self, address: Address) -> Observed {
        let document = |text: Option<&str>| text.map_or_else(|| Value::List(Vec::new()), policy::statements);
        let others = self.others.into_iter().filter(|name| *name != POLICY);
        let observed = Observed::new(address, self.name, State::Ready)
            .with("trust", document(self.trust))
            .with("policy", document(self.policy))
            .with("other_policies", Value::set(others.map(Value::text)))
            .with("managed_policies", Value::set(self.managed.into_iter().map(Value::text)))
            .attribute("arn", self.arn)
            .attribute("name", self.name)
            // The profile has the role's name, whether or not it shows already.
            .attribute("profile", self.name);
        match self.profile {
            Some(profile) => observed.with("profile", profile),
            None => observed,
        }
    }
}

/// Takes off what somebody else has given to the role: it would reach further than the definition says.
async fn strip(aws: &Clients, observed: &Observed) -> Result<(), Failure> {
    let texts = |property: &str| {
        let list = observed.properties.get(property).map(Value::as_list).unwrap_or_default();
        list.iter().filter_map(Value::as_text)
    };
    for policy in texts("managed_policies") {
        let request = aws.iam.detach_role_policy().role_name(&observed.id).policy_arn(policy);
        gone(request.send().await.map_err(failed("iam:DetachRolePolicy")))?;
    }
    for policy in texts("other_policies") {
        let request = aws.iam.delete_role_policy().role_name(&observed.id).policy_name(policy);
        gone(request.send().await.map_err(failed("iam:DeleteRolePolicy")))?;
    }
    Ok(())
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

/// The instance profile of this name, if there is one. One that is somebody else's is an error.
async fn our_profile(aws: &Clients, address: &Address, name: &str) -> Result<Option<InstanceProfile>, Failure> {
    let answer = match aws.iam.get_instance_profile().instance_profile_name(name).send().await {
        Ok(answer) => answer,
        Err(error) => match failed("iam:GetInstanceProfile")(error) {
            failure if failure.is_not_found() => return Ok(None),
            failure => return Err(failure),
        },
    };
    let Some(profile) = answer.instance_profile else { return Ok(None) };
    if ours(aws, profile.tags())?.as_ref() == Some(address) {
        return Ok(Some(profile));
    }
    let message =
        format!("the instance profile {name} exists and is not this environment's: delete it, or rename the app");
    Err(Failure::new(ErrorKind::NotOurs, message))
}

async fn ensure_profile(aws: &Clients, wanted: &Wanted) -> Result<(), Failure> {
    let name = wanted.text("profile");
    let request = aws.iam.create_instance_profile().instance_profile_name(name).set_tags(Some(tags(aws, wanted)?));
    match request.send().await.map_err(failed("iam:CreateInstanceProfile")) {
        Err(failure) if failure.is_already_exists() => {
            let profile = our_profile(aws, &wanted.address, name).await?;
            let roles = profile.as_ref().map(|profile| profile.roles()).unwrap_or_default();
            if roles.iter().any(|role| role.role_name() == wanted.name) {
                return Ok(());
            }
            // A profile holds one role.
            for role in roles {
                let request = aws.iam.remove_role_from_instance_profile().instance_profile_name(name);
                let request = request.role_name(role.role_name());
                gone(request.send().await.map_err(failed("iam:RemoveRoleFromInstanceProfile")))?;
            }
        }
        result => drop(result?),
    }
    let request = aws.iam.add_role_to_instance_profile().instance_profile_name(name).role_name(&wanted.name);
    match request.send().await.map_err(failed("iam:AddRoleToInstanceProfile")) {
        // It holds one role. Where an answer was lost and the call sent again, that is this one.
        Err(failure) if failure.has_code("LimitExceeded") => {
            let profile = our_profile(aws, &wanted.address, name).await?;
            let holds =
                profile.is_some_and(|profile| profile.roles().iter().any(|role| role.role_name() == wanted.name));
            if holds { Ok(()) } else { Err(failure) }
        }
        result => result.map(drop),
    }
}
