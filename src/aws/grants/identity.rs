//! The roles of components, and what `doctor` itself asks.

use super::grant::On::{All, Born, Linked, Named, Own, Passed};
use super::grant::{Grant, Purpose, grant};

const ROLE: &str = "iam:role/{64}";
const PROFILE: &str = "iam:instance-profile/{64}";

pub(super) const PURPOSES: &[Purpose] = &[
    Purpose { why: "no command sees what the components may do", grants: LOOK },
    Purpose { why: "`up` cannot give the components their roles", grants: MAKE },
    Purpose { why: "`down` cannot remove the components' roles", grants: REMOVE },
    Purpose { why: "`doctor` cannot tell whether all is in order", grants: EXAMINE },
];

const LOOK: &[Grant] = &[
    grant("iam:GetAccountAuthorizationDetails", &[All]),
    grant("iam:GetInstanceProfile", &[Named(PROFILE)]),
    grant("iam:GetRole", &[Named(ROLE)]),
    grant("iam:GetRolePolicy", &[Named(ROLE)]),
    grant("iam:ListAttachedRolePolicies", &[Named(ROLE)]),
    grant("iam:ListInstanceProfilesForRole", &[Named(ROLE)]),
    grant("iam:ListRolePolicies", &[Named(ROLE)]),
];

const MAKE: &[Grant] = &[
    grant("iam:AddRoleToInstanceProfile", &[Own(PROFILE)]),
    grant("iam:CreateInstanceProfile", &[Born(PROFILE)]),
    grant("iam:CreateRole", &[Born(ROLE)]),
    grant("iam:CreateServiceLinkedRole", &[Linked("iam:role/aws-service-role/*")]),
    // IAM: an action is not tied to a tag of the role that is passed, so its name is what counts.
    grant("iam:PassRole", &[Passed(ROLE)]),
    grant("iam:PutRolePolicy", &[Own(ROLE)]),
    grant("iam:TagInstanceProfile", &[Born(PROFILE)]),
    grant("iam:TagRole", &[Born(ROLE)]),
    grant("iam:UpdateAssumeRolePolicy", &[Own(ROLE)]),
];

const REMOVE: &[Grant] = &[
    grant("iam:DeleteInstanceProfile", &[Own(PROFILE)]),
    grant("iam:DeleteRole", &[Own(ROLE)]),
    grant("iam:DeleteRolePolicy", &[Own(ROLE)]),
    grant("iam:DetachRolePolicy", &[Own(ROLE)]),
    grant("iam:RemoveRoleFromInstanceProfile", &[Own(PROFILE)]),
];

/// They change nothing, and show nothing but limits and the caller's own permissions.
const EXAMINE: &[Grant] = &[
    grant("autoscaling:DescribeAccountLimits", &[All]),
    grant("ec2:DescribeAccountAttributes", &[All]),
    grant("elasticloadbalancing:DescribeAccountLimits", &[All]),
    grant("iam:SimulatePrincipalPolicy", &[Named("iam:role/*"), Named("iam:user/*")]),
    grant("rds:DescribeAccountAttributes", &[All]),
];
