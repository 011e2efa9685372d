//! What envctl refuses, and that nothing was changed then.

use super::project::{PROD, Project, STAGING, of_kind};
use crate::support::command::run;

fn nothing_changed(project: &Project) {
    let changes = project.aws.changes();
    assert!(changes.iter().all(|call| call == "ImportCertificate"), "{changes:?}");
}

#[test]
fn another_account_is_refused() {
    let project = Project::new(600);
    let ended = project.envctl(PROD, "up staging --yes");
    assert_eq!(ended.code, 3);
    assert!(ended.err.contains("belongs to account 111111111111"), "{}", ended.err);
    assert!(ended.err.contains("AWS_PROFILE"), "{}", ended.err);
    assert_eq!(project.envctl(PROD, "plan staging").code, 3);
    assert_eq!(project.envctl(PROD, "down staging --yes").code, 3);
    nothing_changed(&project);
}

#[test]
fn without_credentials_it_says_so_in_a_line() {
    let project = Project::new(600);
    let (code, _, err) = run(project.command(STAGING, "plan staging").env_remove("AWS_ACCESS_KEY_ID"));
    assert_eq!(code, 2);
    assert!(err.contains("sts:GetCallerIdentity: no AWS credentials") && err.lines().count() < 8, "{err}");
    let mut doctor = project.command(STAGING, "doctor staging");
    let (code, out, err) = run(doctor.env_remove("AWS_ACCESS_KEY_ID").env("AWS_PROFILE", "wrok"));
    let said = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(code == 1 && said.contains("the profile \"wrok\", which `AWS_PROFILE` names, nor a web"), "{out}{err}");
    assert!(said.contains("aws sso login"), "{out}");
}

#[test]
fn a_protected_environment_is_named_to_be_changed_and_never_taken_down() {
    let project = Project::new(600);
    let ended = project.envctl(PROD, "up prod --yes");
    assert_eq!(ended.code, 3, "{}", ended.err);
    assert!(ended.err.contains("--confirm prod"), "{}", ended.err);
    assert_eq!(project.envctl(PROD, "up prod --confirm staging").code, 3);
    nothing_changed(&project);

    let ended = project.envctl(PROD, "up prod --confirm prod");
    assert_eq!(ended.code, 0, "{}\n{}", ended.out, ended.err);
    let made = project.aws.inventory(PROD);
    assert_eq!(of_kind(&made, "db-instance")[0]["properties"]["protected"], true);
    let down = project.envctl(PROD, "down prod --yes --confirm prod --allow-data-loss database.main");
    assert_eq!(down.code, 3, "{}", down.err);
    assert_eq!(project.aws.inventory(PROD), made);
    assert!(project.aws.inventory(STAGING).is_empty());

    project.replace("environments/prod.toml", "protected = true", "protected = false");
    let up = project.envctl(PROD, "up prod --yes");
    assert_eq!(up.code, 0, "{}", up.err);
    let down = project.envctl(PROD, "down prod --yes --allow-data-loss database.main");
    assert_eq!(down.code, 0, "{}\n{}", down.out, down.err);
    project.aws.assert_no_violations();
}

#[test]
fn what_is_not_ours_is_never_taken_over() {
    let project = Project::new(600);
    let script = "client('iam').create_role(RoleName='shop-staging-web', AssumeRolePolicyDocument='{\"Version\":\
                  \"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\
                  \"Action\":\"sts:AssumeRole\"}]}')";
    project.aws.by_hand(STAGING, script);
    let ended = project.staging("up staging --yes");
    assert_eq!(ended.code, 4, "{}", ended.err);
    let said = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("role.web") && said.contains("is not this environment's"), "{said}");
    project.done("down staging --yes --allow-data-loss database.main");
    let left = project.aws.inventory(STAGING);
    assert_eq!(of_kind(&left, "role").len(), 1, "the other's role stays");
}

#[test]
fn what_the_caller_may_not_do_is_named() {
    let project = Project::new(600);
    project.aws.deny(&["rds:CreateDBInstance"]);
    let ended = project.staging("up staging --yes");
    assert_eq!(ended.code, 4, "{}", ended.err);
    assert!(ended.out.contains("rds:CreateDBInstance"), "{}", ended.out);
    project.aws.deny(&[]);
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}
