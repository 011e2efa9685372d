//! What matters of AWS' services: reading, writing, deleting.

pub const SECRET: &[&str] =
    &["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:DeleteSecret"];
pub const DATABASE: &[&str] = &["rds:DeleteDBInstance", "rds:ModifyDBInstance", "rds:CreateDBSnapshot"];
pub const ROLE: &[&str] = &["sts:AssumeRole", "iam:PassRole", "iam:PutRolePolicy"];

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

/// What a resource is, by its ARN.
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
