use std::collections::{BTreeMap, BTreeSet};

use crate::audit::Code;
use crate::audit::draft::Draft;
use crate::audit::facts::{Facts, fill};
use crate::audit::iam::{Access, Document, Principal, Request, access, stem};
use crate::model::{Compute, Environment, Name, Path, Target};

const REMEDY: &str = "write {environment} into the resources, and name the actions one by one";

/// Permissions by which a component's role reaches what is another environment's.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let goods = Goods::new(facts);
    let components = facts.environments().flat_map(|environment| {
        environment.shape.compute.iter().map(move |(name, compute)| (environment, name, compute))
    });
    components
        .filter(|(_, _, compute)| !compute.permissions.is_empty())
        .flat_map(|(environment, name, compute)| of_component(facts, &goods, environment, name, compute))
        .collect()
}

/// A resource that a definition implies, by an ARN of the form that it will have.
struct Good<'a> {
    of: &'a Environment,
    account: &'a str,
    actions: &'static [&'static str],
}

/// By ARN, sorted, so that those that a pattern can match stand together.
struct Goods<'a>(BTreeMap<String, Good<'a>>);

impl<'a> Goods<'a> {
    fn new(facts: &Facts<'a>) -> Self {
        let mut goods = BTreeMap::new();
        for environment in facts.environments() {
            let Target::Aws(aws) = &environment.target else { continue };
            let (app, name, account, region) = (&environment.app, &environment.name, aws.account.as_str(), &aws.region);
            let mut add = |arn: String, actions| drop(goods.insert(arn, Good { of: environment, account, actions }));
            for secret in environment.shape.secrets.keys() {
                // Secrets Manager ends an ARN with six characters of its own.
                add(format!("arn:aws:secretsmanager:{region}:{account}:secret:{app}/{name}/{secret}-AbCdEf"), SECRET);
            }
            for database in environment.shape.database.keys() {
                add(format!("arn:aws:rds:{region}:{account}:db:{app}-{name}-{database}"), DATABASE);
            }
            for component in environment.shape.compute.keys() {
                add(format!("arn:aws:iam::{account}:role/{app}-{name}-{component}"), ROLE);
            }
            let permissions = environment.shape.compute.values().flat_map(|compute| &compute.permissions);
            for text in permissions.flat_map(|permission| &permission.resources) {
                let arn = fill(text, environment);
                if arn.contains(name.as_str()) && text.source().contains("{environment}") {
                    add(arn.replace(['*', '?'], "x"), actions_on(&arn));
                }
            }
        }
        Self(goods)
    }

    /// Those that a resource pattern may match.
    fn near(&self, pattern: &str) -> impl Iterator<Item = (&String, &Good<'a>)> {
        let stem = stem(pattern).to_owned();
        self.0.range(stem.clone()..).take_while(move |(arn, _)| arn.starts_with(&stem))
    }
}

const SECRET: &[&str] =
    &["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:DeleteSecret"];
const DATABASE: &[&str] = &["rds:DeleteDBInstance", "rds:ModifyDBInstance", "rds:CreateDBSnapshot"];
const ROLE: &[&str] = &["sts:AssumeRole", "iam:PassRole", "iam:PutRolePolicy"];

/// What matters of a service: reading, writing, deleting.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
pub fn actions_on(arn: &str) -> &'static [&'static str] {
    match arn.split(':').nth(2).unwrap_or_default() {
        "s3" => &["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
        "sqs" => &["sqs:ReceiveMessage", "sqs:SendMessage", "sqs:DeleteMessage", "sqs:PurgeQueue"],
        "sns" => &["sns:Publish", "sns:Subscribe"],
        "dynamodb" => {
            &["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:DeleteTable"]
        }
        "kms" => &["kms:Decrypt", "kms:Encrypt", "kms:ScheduleKeyDeletion"],
        "kinesis" => &["kinesis:GetRecords", "kinesis:PutRecord"],
        "lambda" => &["lambda:InvokeFunction", "lambda:UpdateFunctionCode"],
        "events" => &["events:PutEvents"],
        "states" => &["states:StartExecution"],
        "ssm" => &["ssm:GetParameter", "ssm:PutParameter"],
        "secretsmanager" => SECRET,
        "rds" => DATABASE,
        "iam" => ROLE,
        _ => &[],
    }
}

fn of_component(
    facts: &Facts<'_>,
    goods: &Goods<'_>,
    environment: &Environment,
    component: &Name,
    compute: &Compute,
) -> Vec<Draft> {
    let account = match &environment.target {
        Target::Aws(aws) => aws.account.as_str(),
        Target::Local(_) => return Vec::new(),
    };
    let arn = format!("arn:aws:iam::{account}:role/{}-{}-{component}", environment.app, environment.name);
    let path = Path::new(["compute", component.as_str(), "permissions"]);
    let origin = facts.origin(&environment.name, &path);
    let mut reached: BTreeMap<&Name, Reached> = BTreeMap::new();
    for permission in &compute.permissions {
        let resources: Vec<String> = permission.resources.iter().map(|text| fill(text, environment)).collect();
        let patterns = resources.clone();
        let policies = [Document::allowing(permission.actions.clone(), resources)];
        let principal = Principal { arn: &arn, account, policies: &policies, ..Principal::default() };
        for (resource, good) in patterns.iter().flat_map(|pattern| goods.near(pattern)) {
            if good.of.name == environment.name {
                continue;
            }
            for action in good.actions {
                let tags = [("envctl:environment", good.of.name.as_str())];
                let request = Request {
                    action,
                    resource,
                    account: good.account,
                    tags: &tags,
                    policy: None,
                    policy_is_known: false,
                };
                let access = access(&principal, &request);
                // Within one account a trust policy that nobody wrote lets nobody in; envctl writes one for EC2 alone.
                if access > Access::Denied && !(good.account == account && *action == "sts:AssumeRole") {
                    let reached = reached.entry(&good.of.name).or_default();
                    reached.actions.insert(action);
                    reached.resources.insert(kind_of(resource));
                    reached.access = reached.access.max(Some(access));
                }
            }
        }
    }
    let drafts = reached.into_iter().map(|(owner, reached)| {
        let actions: Vec<&str> = reached.actions.iter().copied().collect();
        let resources: Vec<&str> = reached.resources.iter().copied().collect();
        let one_sided = reached.access == Some(Access::OneSided);
        let but = if one_sided { "; only the other's account still holds them back" } else { "" };
        let message = format!("{path} reach {} of others{but}", resources.join(", "));
        let draft = Draft::new(Code::CrossingPermission, message, REMEDY).owner(owner).lowered(one_sided);
        draft.seen(&environment.name, path.clone(), origin.clone(), actions.join(", "))
    });
    drafts.collect()
}

#[derive(Default)]
struct Reached {
    actions: BTreeSet<&'static str>,
    resources: BTreeSet<&'static str>,
    access: Option<Access>,
}

pub fn kind_of(arn: &str) -> &'static str {
    match arn.split(':').nth(2).unwrap_or_default() {
        "secretsmanager" => "secrets",
        "rds" => "databases",
        "iam" => "roles",
        "s3" => "buckets",
        "sqs" => "queues",
        "sns" => "topics",
        "dynamodb" => "tables",
        "kms" => "keys",
        _ => "resources",
    }
}

/// Whether an action changes something.
pub fn writes(action: &str) -> bool {
    let name = action.split_once(':').map_or(action, |(_, name)| name);
    !["Get", "List", "Describe", "Query", "Receive", "Decrypt"].iter().any(|reads| name.starts_with(reads))
}
