//! The roles of an environment, with all that grants and bounds them.

use aws_sdk_iam::types::{EntityType, ManagedPolicyDetail, RoleDetail};
use jiff::civil::Date;

use super::date;
use crate::aws::clients::{APP, Clients, ENVIRONMENT};
use crate::aws::error::{Failure, failed};
use crate::model::{ExposedRole, Target};

/// All roles of the account, and the managed policies that they can have.
pub struct Account {
    roles: Vec<RoleDetail>,
    policies: Vec<ManagedPolicyDetail>,
}

impl Account {
    pub async fn read(aws: &Clients) -> Result<Self, Failure> {
        let mut request = aws.iam.get_account_authorization_details().max_items(1000);
        for kind in [EntityType::Role, EntityType::LocalManagedPolicy, EntityType::AwsManagedPolicy] {
            request = request.filter(kind);
        }
        let pages = request.into_paginator().send().collect::<Result<Vec<_>, _>>().await;
        let (mut roles, mut policies) = (Vec::new(), Vec::new());
        for page in pages.map_err(failed("iam:GetAccountAuthorizationDetails"))? {
            roles.extend(page.role_detail_list.unwrap_or_default());
            policies.extend(page.policies.unwrap_or_default());
        }
        Ok(Self { roles, policies })
    }

    pub fn roles(&self) -> &[RoleDetail] {
        &self.roles
    }

    pub fn oldest(&self, aws: &Clients) -> Option<Date> {
        let own = self.roles.iter().filter(|role| aws.scope.address(tags(role)).is_some());
        own.filter_map(|role| date(role.create_date()?)).min()
    }

    pub fn exposed(&self, aws: &Clients) -> Vec<ExposedRole> {
        let acts = match &aws.environment.target {
            Target::Aws(target) => target.role.as_deref(),
            Target::Local(_) => None,
        };
        let own = self.roles.iter().filter_map(|role| {
            let arn = role.arn()?;
            let of_component = aws.scope.address(tags(role)).is_some();
            // The role by which envctl acts, and what somebody has tagged as the environment's.
            let operates = acts == Some(arn) || is_tagged(aws, role);
            (of_component || operates).then(|| self.describe(arn, role, !of_component))
        });
        own.collect()
    }

    fn describe(&self, arn: &str, role: &RoleDetail, operates: bool) -> ExposedRole {
        let inline = role.role_policy_list().iter().filter_map(|policy| policy.policy_document().map(str::to_owned));
        let attached = role.attached_managed_policies().iter().filter_map(|policy| policy.policy_arn());
        let boundary = role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
        ExposedRole {
            arn: arn.to_owned(),
            operates,
            policies: inline.chain(attached.map(|arn| self.document(arn))).collect(),
            limits: boundary.map(|arn| self.document(arn)).into_iter().collect(),
            trust: role.assume_role_policy_document().map(str::to_owned),
        }
    }

    /// A managed policy's text in force. Where it is not to be had its ARN stands for it, which reads as no policy:
    /// the audit says that nobody knows what it allows.
    fn document(&self, arn: &str) -> String {
        let policy = self.policies.iter().find(|policy| policy.arn() == Some(arn));
        let versions = policy.map(|policy| policy.policy_version_list()).unwrap_or_default();
        let in_force = versions.iter().find(|version| version.is_default_version());
        in_force.and_then(|version| version.document()).unwrap_or(arn).to_owned()
    }
}

pub fn tags(role: &RoleDetail) -> impl Iterator<Item = (Option<&str>, Option<&str>)> {
    role.tags().iter().map(|tag| (Some(tag.key()), Some(tag.value())))
}

fn is_tagged(aws: &Clients, role: &RoleDetail) -> bool {
    let has = |key: &str, value: &str| tags(role).any(|tag| tag == (Some(key), Some(value)));
    has(APP, aws.scope.app.as_str()) && has(ENVIRONMENT, aws.scope.environment.as_str())
}
