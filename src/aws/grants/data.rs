//! Databases, secrets, and the environment's record, which is a secret too.

use super::grant::On::{All, Born, Named, Own, Password};
use super::grant::{Grant, Purpose, grant};

const INSTANCE: &str = "rds:db:{63}";
const PARAMETERS: &str = "rds:pg:{63}";
const SUBNETS: &str = "rds:subgrp:{63}";
const SNAPSHOT: &str = "rds:snapshot:{63}";
const SECRET: &str = "secretsmanager:secret:{app}/{environment}/*";
/// Six characters that Secrets Manager chooses end an ARN.
const RECORDS: &str = "secretsmanager:secret:{app}/*/envctl.record-??????";
const PASSWORD: &str = "secretsmanager:secret:rds!db-*";

pub(super) const PURPOSES: &[Purpose] = &[
    Purpose { why: "no command sees the databases", grants: LOOK },
    Purpose { why: "`audit --live` cannot tell what leads to the databases", grants: AUDIT },
    Purpose { why: "`up` cannot make the databases", grants: MAKE },
    Purpose { why: "`up` cannot change the databases", grants: CHANGE },
    Purpose { why: "`down` cannot remove the databases", grants: REMOVE },
    Purpose { why: "neither secrets nor the record of what was done can be kept", grants: SECRETS },
];

const LOOK: &[Grant] = &[
    grant("rds:DescribeDBInstances", &[All]),
    grant("rds:DescribeDBParameterGroups", &[All]),
    grant("rds:DescribeDBParameters", &[All]),
    grant("rds:DescribeDBSubnetGroups", &[All]),
];

const AUDIT: &[Grant] = &[
    grant("rds:DescribeDBProxies", &[All]),
    grant("rds:DescribeDBProxyTargets", &[All]),
    grant("secretsmanager:GetResourcePolicy", &[Named(SECRET)]),
    grant("secretsmanager:ListSecretVersionIds", &[Named(SECRET)]),
];

const MAKE: &[Grant] = &[
    grant("kms:DescribeKey", &[Named("kms:key/*")]),
    grant("rds:AddTagsToResource", &[Born(INSTANCE), Born(PARAMETERS), Born(SUBNETS), Own(INSTANCE), Named(SNAPSHOT)]),
    // Every instance has an option group, which is the engine's default here.
    grant("rds:CreateDBInstance", &[Born(INSTANCE), Named(PARAMETERS), Named(SUBNETS), Named("rds:og:default:*")]),
    grant("rds:CreateDBParameterGroup", &[Born(PARAMETERS)]),
    grant("rds:CreateDBSubnetGroup", &[Born(SUBNETS)]),
    grant("rds:ModifyDBParameterGroup", &[Own(PARAMETERS)]),
];

const CHANGE: &[Grant] = &[
    grant("rds:ModifyDBInstance", &[Own(INSTANCE), Named(PARAMETERS)]),
    grant("rds:ModifyDBSubnetGroup", &[Own(SUBNETS)]),
    grant("rds:ResetDBParameterGroup", &[Own(PARAMETERS)]),
    grant("rds:StartDBInstance", &[Own(INSTANCE)]),
];

const REMOVE: &[Grant] = &[
    // The final snapshot.
    grant("rds:CreateDBSnapshot", &[Own(INSTANCE), Named(SNAPSHOT)]),
    grant("rds:DeleteDBInstance", &[Own(INSTANCE)]),
    grant("rds:DeleteDBParameterGroup", &[Own(PARAMETERS)]),
    grant("rds:DeleteDBSubnetGroup", &[Own(SUBNETS)]),
    grant("rds:ListTagsForResource", &[Named(PARAMETERS), Named(SUBNETS)]),
];

const SECRETS: &[Grant] = &[
    // Of previews: the records of all of the app's environments, in one call.
    grant("secretsmanager:BatchGetSecretValue", &[All]),
    // RDS makes the secret of a database's password in the caller's name.
    grant("secretsmanager:CreateSecret", &[Named(SECRET), Named(PASSWORD)]),
    grant("secretsmanager:DeleteSecret", &[Named(SECRET)]),
    grant("secretsmanager:DescribeSecret", &[Named(SECRET)]),
    grant("secretsmanager:GetSecretValue", &[Named(SECRET), Named(RECORDS), Password(PASSWORD)]),
    grant("secretsmanager:ListSecrets", &[All]),
    grant("secretsmanager:PutSecretValue", &[Named(SECRET)]),
    grant("secretsmanager:RestoreSecret", &[Named(SECRET)]),
    grant("secretsmanager:TagResource", &[Named(SECRET), Named(PASSWORD)]),
];
