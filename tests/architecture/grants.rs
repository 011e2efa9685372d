use std::collections::BTreeSet;

use envctl::aws::grants;

use super::tree::rust;

/// What AWS asks for beside the call itself, by the call.
const IMPLIED: [(&str, &str); 12] = [
    ("autoscaling:CreateOrUpdateTags", "CreateAutoScalingGroup with tags"),
    ("ec2:CreateTags", "whatever is made with tags"),
    ("ec2:RunInstances", "CreateAutoScalingGroup with a launch template"),
    ("elasticloadbalancing:AddTags", "whatever is made with tags"),
    ("iam:CreateServiceLinkedRole", "the first load balancer, database or group in an account"),
    ("iam:PassRole", "AddRoleToInstanceProfile, CreateAutoScalingGroup"),
    ("iam:TagInstanceProfile", "CreateInstanceProfile with tags"),
    ("iam:TagRole", "CreateRole with tags"),
    ("kms:DescribeKey", "CreateDBInstance with a managed password"),
    ("rds:CreateDBSnapshot", "DeleteDBInstance with a final snapshot"),
    ("secretsmanager:TagResource", "CreateSecret with tags"),
    ("ssm:GetParameters", "CreateAutoScalingGroup with an image by parameter"),
];

/// The actions that the code names where a call fails: `failed("ec2:CreateVpc")`.
fn called() -> BTreeSet<String> {
    let files = rust("src/aws").into_iter();
    let texts = files.map(|file| file.text).collect::<Vec<_>>();
    let parts = texts.iter().flat_map(|text| text.split("failed(\"").skip(1));
    parts.filter_map(|part| part.split_once('"')).map(|(action, _)| action.to_owned()).collect()
}

#[test]
fn every_call_is_granted_and_every_grant_is_called() {
    let granted: BTreeSet<String> = grants::all().map(|(_, grant)| grant.action.to_owned()).collect();
    let mut expected = called();
    assert!(expected.len() > 100, "{expected:?}");
    // Nobody needs leave to ask who they are.
    assert!(expected.remove("sts:GetCallerIdentity"));
    expected.extend(IMPLIED.map(|(action, _)| action.to_owned()));
    assert_eq!(granted, expected);
}
