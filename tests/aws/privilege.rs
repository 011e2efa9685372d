//! The policy that `doctor --policy` prints, enforced: it is enough for all that envctl does, and holds nothing that nothing
//! needs.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::project::{Project, STAGING, census, remains};
use crate::support::command::fed;

/// What these runs do not do and AWS, or another run, does need.
const BEYOND: [(&str, &str); 14] = [
    ("autoscaling:AttachLoadBalancerTargetGroups", "a component that becomes public"),
    ("autoscaling:CancelInstanceRefresh", "an up while an earlier one's release is still rolling out"),
    ("autoscaling:DetachLoadBalancerTargetGroups", "a component that is public no longer"),
    ("ec2:DescribeKeyPairs", "an audit that finds instances with key pairs"),
    ("ec2:GetManagedPrefixListEntries", "an audit that finds rules with prefix lists"),
    ("elasticloadbalancing:SetSecurityGroups", "groups of a load balancer that were changed by hand"),
    ("iam:CreateServiceLinkedRole", "the first load balancer, database or group in an account"),
    ("iam:DetachRolePolicy", "a policy that was attached by hand"),
    ("iam:UpdateAssumeRolePolicy", "a trust policy that was changed by hand"),
    ("rds:DescribeDBProxyTargets", "an audit that finds proxies"),
    ("rds:ModifyDBSubnetGroup", "a change of `network.zones`"),
    ("rds:StartDBInstance", "a database that was stopped by hand"),
    ("secretsmanager:RestoreSecret", "an up within a week of a down"),
    ("ssm:GetParameters", "placeholder"),
];

/// The policies as they are printed for an environment.
fn printed(project: &Project, environment: &str) -> Vec<Json> {
    let calls = project.aws.calls().len();
    let printed = project.done(&format!("doctor --policy {environment}"));
    assert_eq!(project.aws.calls().len(), calls, "it asks nobody");
    let policies: Vec<Json> = serde_json::from_str(&printed.out).unwrap();
    assert!(policies.iter().all(|policy| policy.to_string().len() <= 6144));
    policies
}

fn actions(policies: &[Json]) -> BTreeSet<String> {
    let statements = policies.iter().flat_map(|policy| policy["Statement"].as_array().unwrap());
    let actions = statements.flat_map(|statement| statement["Action"].as_array().unwrap());
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_printed_policy_is_enough_and_no_more() {
    let project = Project::with_twin(600);
    project.keep_data();
    let mut policies = printed(&project, "staging");
    policies.extend(printed(&project, "twin"));
    project.aws.allow_only(STAGING, &policies);

    let healthy = project.done("doctor staging");
    assert!(healthy.out.ends_with("\nAll is in order.\n"), "{}", healthy.out);
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    project.done("status staging");
    project.done("doctor staging");
    project.done("up twin --yes");
    for environment in ["staging", "twin"] {
        let line = format!("secret set {environment} STRIPE_KEY");
        let (code, _, err) = fed(&mut project.command(STAGING, &line), &format!("of-{environment}-alone"));
        assert_eq!(code, 0, "{err}");
    }
    project.release("staging", "1.6.0");
    project.replace("templates/shop.toml", "storage    = \"50 GiB\"", "storage    = \"80 GiB\"");
    project.done("up staging --yes");
    project.done("up twin --yes");
    let by_hand = "--skip migrations --reason by-hand";
    project.done(&format!("promote staging twin --min-age 0s --watch 1s --yes --write {by_hand}"));
    project.done("plan twin --exit-code");
    project.done("history twin");
    project.done("rollback twin --yes");
    project.done("ls --live");
    project.done("run staging -- true");
    let audited = project.staging("audit --live --secrets staging twin");
    assert_eq!(audited.err, "", "{}", audited.out);
    for environment in ["twin", "staging"] {
        project.done(&format!("down {environment} --yes --allow-data-loss database.main"));
    }
    assert_eq!(census(&project), [""; 0]);
    project.aws.assert_no_violations();

    let (seen, granted): (BTreeSet<String>, _) =
        (project.aws.judged(STAGING).into_iter().collect(), actions(&policies));
    let certificate = BTreeSet::from(["acm:ImportCertificate".to_owned()]);
    let lacking: Vec<_> = seen.difference(&granted).filter(|action| !certificate.contains(*action)).collect();
    assert!(lacking.is_empty(), "called, and not granted: {lacking:?}");
    let unused: BTreeSet<&str> = granted.difference(&seen).map(String::as_str).collect();
    assert_eq!(unused, BEYOND.map(|(action, _)| action).into(), "granted, and not called");
}

/// Another environment of the same app in the same account, and one of another app.
#[test]
fn one_environments_policy_reaches_no_other() {
    let project = Project::with_twin(600);
    project.done("up staging --yes");
    let policies = printed(&project, "twin");
    project.aws.allow_only(STAGING, &policies);
    let before = census(&project);
    for line in ["down staging --yes --allow-data-loss database.main", "secret get staging SESSION_KEY"] {
        let refused = project.staging(line);
        assert_ne!(refused.code, 0, "envctl {line}\n{}", refused.out);
        assert!(refused.err.contains("not authorized"), "{}", refused.err);
    }
    assert_eq!(census(&project), before);
    project.done("up twin --yes");
    project.done("down twin --yes");
    assert_eq!(census(&project), before);
    project.aws.assert_no_violations();
}

/// Whoever has the policy for any environment has it for each.
#[test]
fn the_policy_for_any_environment_is_enough_for_one() {
    let project = Project::new(600);
    project.aws.allow_only(STAGING, &printed(&project, ""));
    let healthy = project.done("doctor staging");
    assert!(healthy.out.ends_with("\nAll is in order.\n"), "{}", healthy.out);
    project.done("up staging --yes");
    project.done("down staging --yes --allow-data-loss database.main");
    assert!(project.aws.inventory(STAGING).iter().all(remains));
}
