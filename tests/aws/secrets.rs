//! Secrets and what reads them, in Secrets Manager.

use super::project::{Ended, PROD, Project, STAGING};
use crate::support::command;

const VALUE: &str = "sk_test_4eC39HqLyjWDarjtT1zdp7dc";

/// The command with something on its stdin.
fn fed(project: &Project, account: &str, line: &str, stdin: &str) -> Ended {
    let (code, out, err) = command::fed(&mut project.command(account, line), stdin);
    Ended { code, out, err }
}

fn held(project: &Project, name: &str) -> String {
    project.aws.by_hand(
        STAGING,
        &format!("print(client('secretsmanager').get_secret_value(SecretId='{name}')['SecretString'])"),
    )
}

#[test]
fn a_value_can_be_set_before_the_environment_is_there_and_is_what_its_processes_see() {
    let project = Project::new(60);
    let listed = project.done("secret list staging");
    assert!(listed.out.contains("SESSION_KEY  to be generated") && listed.out.contains("STRIPE_KEY   missing"));

    let set = fed(&project, STAGING, "secret set staging STRIPE_KEY", &format!("{VALUE}\n"));
    assert_eq!((set.code, set.out.contains(VALUE)), (0, false), "{set:?}");
    assert_eq!(held(&project, "shop/staging/STRIPE_KEY"), VALUE);
    project.done("up staging --yes");
    assert_eq!(held(&project, "shop/staging/STRIPE_KEY"), VALUE);
    let listed = project.done("secret list staging");
    assert!(listed.out.contains("SESSION_KEY  generated") && listed.out.contains("STRIPE_KEY   set"), "{}", listed.out);

    assert_eq!(project.done("secret get staging STRIPE_KEY").out, format!("{VALUE}\n"));
    let mut run = project.command(STAGING, "run staging -- sh -c");
    let seen = run.arg("echo $STRIPE_KEY; echo $PUBLIC_URL; echo $ENVCTL_RELEASE; echo $DATABASE_URL; exit 7").output();
    let seen = seen.expect("it runs");
    assert_eq!(seen.status.code(), Some(7), "{}", String::from_utf8_lossy(&seen.stderr));
    let seen = String::from_utf8(seen.stdout).unwrap();
    let lines: Vec<&str> = seen.lines().collect();
    assert_eq!(lines[..3], [VALUE, "https://staging.shop.example", "1.5.0"]);
    assert!(lines[3].starts_with("postgres://shop_owner:") && lines[3].ends_with("/shop_db?sslmode=require"));
    let password = project.aws.by_hand(
        STAGING,
        "import json, urllib.parse\n\
         arn = client('rds').describe_db_instances()['DBInstances'][0]['MasterUserSecret']['SecretArn']\n\
         secret = client('secretsmanager').get_secret_value(SecretId=arn)['SecretString']\n\
         print(urllib.parse.quote(json.loads(secret)['password'], safe=''))",
    );
    assert!(lines[3].contains(&format!(":{password}@")), "another password than RDS holds");

    project.done("secret unset staging STRIPE_KEY");
    assert_eq!(project.staging("secret get staging STRIPE_KEY").code, 2);
    let again = project.staging("run staging -- true");
    assert!(again.code == 2 && again.err.contains("envctl secret set staging STRIPE_KEY"), "{again:?}");
    project.aws.assert_no_violations();
}

/// An instance reads the secret by its name, and may still do so.
#[test]
fn a_value_that_was_taken_away_and_set_again_is_read_without_an_up() {
    let project = Project::new(600);
    project.done("up staging --yes");
    let allowed = "import fnmatch\n\
         [policy] = [p for r in client('iam').get_account_authorization_details()['RoleDetailList'] \
         if r['RoleName'] == 'shop-staging-web' for p in r['RolePolicyList']]\n\
         [readable] = [s['Resource'] for s in policy['PolicyDocument']['Statement'] if s['Sid'] == 'ReadSecrets']\n\
         arn = client('secretsmanager').describe_secret(SecretId='shop/staging/STRIPE_KEY')['ARN']\n\
         print(arn, any(fnmatch.fnmatchcase(arn, one) for one in readable))";
    let mut arns = Vec::new();
    for value in ["the first value that it has", "and the second"] {
        assert_eq!(fed(&project, STAGING, "secret set staging STRIPE_KEY", value).code, 0);
        let seen = project.aws.by_hand(STAGING, allowed);
        let (arn, is_allowed) = seen.split_once(' ').unwrap();
        assert_eq!(is_allowed, "True", "{arn}");
        arns.push(arn.to_owned());
        project.done("plan staging --exit-code");
        project.done("secret unset staging STRIPE_KEY");
    }
    assert_ne!(arns[0], arns[1]);
    project.aws.assert_no_violations();
}

/// A run that was cut off in between can have left it so.
#[test]
fn a_secret_that_is_to_be_generated_and_is_empty_gets_its_value() {
    let project = Project::new(600);
    project.done("up staging --yes");
    let before = held(&project, "shop/staging/SESSION_KEY");
    project.done("up staging --yes");
    assert_eq!(held(&project, "shop/staging/SESSION_KEY"), before, "it has one");
    project.aws.by_hand(
        STAGING,
        "secrets, name = client('secretsmanager'), 'shop/staging/SESSION_KEY'\n\
         tags = secrets.describe_secret(SecretId=name)['Tags']\n\
         secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)\n\
         import time; time.sleep(0.5)\n\
         secrets.create_secret(Name=name, Tags=tags)",
    );
    let plan = project.staging("plan staging --exit-code");
    assert!(plan.code == 1 && plan.out.contains("has_value: false → true"), "{}", plan.out);
    project.done("up staging --yes");
    assert_eq!(held(&project, "shop/staging/SESSION_KEY").len(), before.len());
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}

#[test]
fn many_are_set_from_a_file() {
    let project = Project::new(60);
    project.edit(".env", |_| format!("# from the old place\nSTRIPE_KEY='{VALUE}'\nLOG_LEVEL=debug\n"));
    let refused = project.staging("secret import staging .env");
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("declares no secret LOG_LEVEL") && !refused.err.contains(VALUE), "{}", refused.err);
    let imported = project.done("secret import staging .env --declared-only");
    assert!(
        imported.out.contains("1 secret set") && imported.out.contains("passed over: LOG_LEVEL"),
        "{}",
        imported.out
    );
    assert_eq!(held(&project, "shop/staging/STRIPE_KEY"), VALUE);
}

#[test]
fn what_is_not_the_environments_own_is_left_alone() {
    let project = Project::new(60);
    project.aws.by_hand(
        STAGING,
        "client('secretsmanager').create_secret(Name='shop/staging/STRIPE_KEY', SecretString='of somebody else')",
    );
    let set = fed(&project, STAGING, "secret set staging STRIPE_KEY", VALUE);
    assert_eq!(set.code, 3, "{set:?}");
    assert_eq!(held(&project, "shop/staging/STRIPE_KEY"), "of somebody else");
    assert_eq!(fed(&project, PROD, "secret set staging STRIPE_KEY", VALUE).code, 3, "the wrong account");
    let protected = fed(&project, PROD, "secret set prod STRIPE_KEY", VALUE);
    assert!(protected.code == 3 && protected.err.contains("--confirm prod"), "{protected:?}");
    assert_eq!(fed(&project, PROD, "secret set prod STRIPE_KEY --confirm prod", VALUE).code, 0);
}

#[test]
fn what_cannot_be_done_from_here_is_said() {
    let project = Project::new(60);
    for (line, said) in [
        ("db staging", "private"),
        ("logs staging", "journal"),
        ("reset staging --confirm staging", "stands on AWS"),
        ("secret set staging STRIPE_KE --file /dev/null", "declares no secret `STRIPE_KE`"),
        ("secret set staging STRIPE_KEY --file /dev/null", "an empty value is none"),
    ] {
        let ended = project.staging(line);
        assert!(ended.code == 2 && ended.err.contains(said), "{line}: {ended:?}");
    }
}

/// The incident: a key of staging's is copied to a laptop, where it is called something else.
#[test]
fn a_secret_that_two_environments_share_is_found_by_its_value_and_never_shown() {
    let project = Project::new(60);
    let state = tempfile::tempdir().unwrap();
    let fed = |line: &str, value: &str| {
        let mut command = project.command(STAGING, line);
        command::fed(command.env("ENVCTL_STATE", state.path()), value)
    };
    let own = "whsec_8f2c4be1d07a4c5d9e36";
    assert_eq!(fed("secret set staging STRIPE_KEY", own).0, 0);
    assert_eq!(fed("secret set dev STRIPE_KEY", "whsec_0a77e0c2b9f14d3e8c55").0, 0);
    assert_eq!(fed("audit dev staging --secrets", "").0, 0);

    assert_eq!(fed("secret set dev SESSION_KEY", own).0, 0);
    assert_eq!(fed("audit dev staging", "").0, 0, "definitions do not show it");
    let (code, out, err) = fed("audit dev staging --secrets", "");
    assert_eq!(code, 1, "{out}\n{err}");
    for said in ["shared-secret", "dev", "staging", "secrets.SESSION_KEY", "secrets.STRIPE_KEY"] {
        assert!(out.contains(said), "{said}: {out}");
    }
    assert!(!format!("{out}{err}").contains(own));
}
