//! What AWS documents of policy evaluation, case by case.

use serde_json::{Value as Json, json};

use super::{Access, Document, Principal, Request, access};

const STAGING: &str = "arn:aws:iam::111111111111:role/shop-staging-web";
const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:222222222222:secret:shop/prod/KEY-AbCdEf";
const READ: &str = "secretsmanager:GetSecretValue";

struct Case {
    policies: Vec<Json>,
    limits: Vec<Json>,
    resource: Option<Json>,
    action: &'static str,
    account: &'static str,
    known: bool,
}

impl Default for Case {
    /// Within one account, without a policy on the resource.
    fn default() -> Self {
        Self { policies: vec![], limits: vec![], resource: None, action: READ, account: "111111111111", known: true }
    }
}

impl Case {
    fn judge(&self) -> Access {
        let documents = |all: &[Json]| -> Vec<Document> {
            all.iter().map(|one| Document::parse(&json!({ "Statement": one }).to_string()).unwrap()).collect()
        };
        let (policies, limits) = (documents(&self.policies), documents(&self.limits));
        let resource = documents(&self.resource.iter().cloned().collect::<Vec<_>>()).pop();
        let principal = Principal {
            arn: STAGING,
            account: "111111111111",
            policies: &policies,
            limits: &limits,
            tags: &[("envctl:environment", "staging")],
        };
        access(
            &principal,
            &Request {
                action: self.action,
                resource: SECRET,
                account: self.account,
                tags: &[("envctl:environment", "prod")],
                policy: resource.as_ref(),
                policy_is_known: self.known,
            },
        )
    }
}

fn allow(action: &str, resource: &str) -> Json {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

fn identity(policies: Vec<Json>) -> Access {
    Case { policies, ..Case::default() }.judge()
}

#[test]
fn nothing_is_allowed_by_itself() {
    assert_eq!(identity(vec![]), Access::Denied);
    assert_eq!(identity(vec![allow("s3:*", "*")]), Access::Denied);
}

#[test]
fn wildcards_allow_what_they_match() {
    assert_eq!(
        identity(vec![allow("secretsmanager:Get*", "arn:aws:secretsmanager:*:*:secret:shop/*")]),
        Access::Allowed
    );
    assert_eq!(identity(vec![allow("SECRETSMANAGER:getsecretvalue", "*")]), Access::Allowed);
    assert_eq!(identity(vec![allow(READ, "arn:aws:secretsmanager:*:*:secret:shop/staging/*")]), Access::Denied);
}

#[test]
fn a_deny_goes_before_every_allow() {
    let deny = json!({ "Effect": "Deny", "Action": "*", "Resource": "*:secret:shop/prod/*" });
    assert_eq!(identity(vec![allow("*", "*"), deny]), Access::Denied);
}

#[test]
fn not_action_and_not_resource_mean_all_else() {
    let statement = |effect: &str, action: &str, resource: &str| json!({ "Effect": effect, "NotAction": action, "NotResource": resource });
    assert_eq!(identity(vec![statement("Allow", "iam:*", "arn:aws:s3:::x")]), Access::Allowed);
    assert_eq!(identity(vec![statement("Allow", "secretsmanager:*", "arn:aws:s3:::x")]), Access::Denied);
    assert_eq!(identity(vec![statement("Allow", "iam:*", "arn:aws:secretsmanager:*")]), Access::Denied);
    let only_staging = json!({ "Effect": "Deny", "Action": "*", "NotResource": "*:secret:shop/staging/*" });
    assert_eq!(identity(vec![allow("*", "*"), only_staging]), Access::Denied);
}

#[test]
fn conditions_are_judged_where_they_can_be() {
    let on = |effect: &str, condition: Json| json!({ "Effect": effect, "Action": "*", "Resource": "*", "Condition": condition });
    let own = json!({ "StringEquals": { "aws:ResourceTag/envctl:environment": "staging" } });
    assert_eq!(identity(vec![on("Allow", own)]), Access::Denied);
    let same = json!({ "StringEquals": { "secretsmanager:ResourceTag/envctl:environment": ["qa", "prod"] } });
    assert_eq!(identity(vec![on("Allow", same)]), Access::Allowed);
    let by_ip = json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } });
    assert_eq!(identity(vec![on("Allow", by_ip.clone())]), Access::Conditional);
    // Nobody can rely on a deny that may not apply.
    assert_eq!(identity(vec![allow("*", "*"), on("Deny", by_ip)]), Access::Allowed);
    let foreign = json!({ "StringNotEquals": { "aws:ResourceTag/envctl:environment": "staging" } });
    assert_eq!(identity(vec![allow("*", "*"), on("Deny", foreign)]), Access::Denied);
}

#[test]
fn a_boundary_limits_and_gives_nothing() {
    let within = |limits: Vec<Json>, policies: Vec<Json>| Case { policies, limits, ..Case::default() }.judge();
    assert_eq!(within(vec![allow("*", "*")], vec![]), Access::Denied);
    assert_eq!(within(vec![allow("s3:*", "*")], vec![allow("*", "*")]), Access::Denied);
    assert_eq!(within(vec![allow("secretsmanager:*", "*")], vec![allow("*", "*")]), Access::Allowed);
    let both = vec![allow("*", "*"), allow("s3:*", "*")];
    assert_eq!(within(both, vec![allow("*", "*")]), Access::Denied, "each limit must allow");
}

fn resource(principal: &Json) -> Json {
    json!({ "Effect": "Allow", "Principal": principal, "Action": READ, "Resource": "*" })
}

#[test]
fn within_an_account_a_resources_policy_is_enough() {
    let with = |principal: Json, policies: Vec<Json>, limits: Vec<Json>| {
        Case { policies, limits, resource: Some(resource(&principal)), ..Case::default() }.judge()
    };
    assert_eq!(with(json!({ "AWS": STAGING }), vec![], vec![]), Access::Allowed);
    assert_eq!(with(json!("*"), vec![], vec![]), Access::Allowed);
    let session = "arn:aws:sts::111111111111:assumed-role/shop-staging-web/i-1";
    assert_eq!(with(json!({ "AWS": session }), vec![], vec![]), Access::Allowed);
    // The account alone passes the question on to the role's own policies.
    assert_eq!(with(json!({ "AWS": "111111111111" }), vec![], vec![]), Access::Denied);
    assert_eq!(with(json!({ "AWS": STAGING }), vec![], vec![allow("s3:*", "*")]), Access::Denied);
    assert_eq!(with(json!({ "Service": "ec2.amazonaws.com" }), vec![], vec![]), Access::Denied);
}

#[test]
fn across_accounts_both_sides_must_allow() {
    let across = |policies: Vec<Json>, resource: Option<Json>, known| {
        Case { policies, resource, known, account: "222222222222", ..Case::default() }.judge()
    };
    let root = json!({ "AWS": "arn:aws:iam::111111111111:root" });
    assert_eq!(across(vec![allow("*", "*")], Some(resource(&root)), true), Access::Allowed);
    assert_eq!(across(vec![], Some(resource(&root)), true), Access::Denied);
    assert_eq!(across(vec![allow("*", "*")], None, true), Access::Denied);
    assert_eq!(across(vec![allow("*", "*")], None, false), Access::OneSided);
    assert_eq!(across(vec![], None, false), Access::Denied);
    assert_eq!(across(vec![allow("*", "*")], Some(resource(&json!({ "AWS": "333333333333" }))), true), Access::Denied);
}

#[test]
fn a_role_is_assumed_by_whom_it_trusts() {
    let trust = |principal: Json| json!({ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" });
    let assume = |policies: Vec<Json>, trusted: Json| {
        Case { policies, resource: Some(trust(trusted)), action: "sts:AssumeRole", ..Case::default() }.judge()
    };
    assert_eq!(assume(vec![allow("*", "*")], json!({ "Service": "ec2.amazonaws.com" })), Access::Denied);
    assert_eq!(assume(vec![], json!({ "AWS": STAGING })), Access::Allowed);
    assert_eq!(assume(vec![], json!({ "AWS": "111111111111" })), Access::Denied);
    assert_eq!(assume(vec![allow("sts:AssumeRole", "*")], json!({ "AWS": "111111111111" })), Access::Allowed);
}

#[test]
fn a_resources_policy_can_deny() {
    let deny =
        |principal: &str, who: Json| json!([{ "Effect": "Deny", principal: who, "Action": "*", "Resource": "*" }]);
    let with =
        |resource: Json| Case { policies: vec![allow("*", "*")], resource: Some(resource), ..Case::default() }.judge();
    assert_eq!(with(deny("Principal", json!("*"))), Access::Denied);
    assert_eq!(with(deny("Principal", json!({ "AWS": "arn:aws:iam::111111111111:role/other" }))), Access::Allowed);
    assert_eq!(with(deny("NotPrincipal", json!({ "AWS": "arn:aws:iam::222222222222:root" }))), Access::Denied);
    assert_eq!(with(deny("NotPrincipal", json!({ "AWS": [STAGING, "111111111111"] }))), Access::Allowed);
}

#[test]
fn variables_are_put_in_where_they_are_known() {
    let own = "*:secret:shop/${aws:PrincipalTag/envctl:environment}/*";
    assert_eq!(identity(vec![allow("*", own)]), Access::Denied);
    assert_eq!(identity(vec![allow("*", "*:secret:shop/${aws:username}/*")]), Access::Allowed);
}
