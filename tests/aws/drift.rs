//! What was changed by hand is seen, shown and set right.

use super::project::{Project, STAGING};

#[test]
fn a_change_by_hand_is_shown_and_set_right() {
    let project = Project::new(600);
    project.done("up staging --yes");
    let before = project.aws.inventory(STAGING);
    project.aws.by_hand(
        STAGING,
        r#"
ec2, rds, iam = client("ec2"), client("rds"), client("iam")
groups = ec2.describe_security_groups(Filters=[{"Name": "tag:envctl:resource", "Values": ["security-group.main-database"]}])
world = [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
ec2.authorize_security_group_ingress(GroupId=groups["SecurityGroups"][0]["GroupId"], IpPermissions=world)
rds.modify_db_instance(DBInstanceIdentifier="shop-staging-main", BackupRetentionPeriod=1, ApplyImmediately=True)
iam.delete_role_policy(RoleName="shop-staging-worker", PolicyName="envctl")
autoscaling = client("autoscaling")
autoscaling.update_auto_scaling_group(AutoScalingGroupName="shop-staging-web", MaxSize=9)
tables = ec2.describe_route_tables(Filters=[{"Name": "tag:envctl:resource", "Values": ["route-table.private-1"]}])
ec2.delete_route(RouteTableId=tables["RouteTables"][0]["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")
"#,
    );
    // The change of the database takes its time.
    std::thread::sleep(std::time::Duration::from_millis(500));
    let plan = project.staging("plan staging --exit-code");
    assert_eq!(plan.code, 1);
    for shown in [
        "security-group.main-database",
        "0.0.0.0/0",
        "backup_days: 1 → 7",
        "role.worker",
        "max: 9 → 2",
        "route-table.private-1",
        "5 to change, 27 unchanged",
    ] {
        assert!(plan.out.contains(shown), "{shown}\n{}", plan.out);
    }
    project.done("up staging --yes");
    assert_eq!(project.aws.inventory(STAGING), before);
    project.aws.assert_no_violations();
}

#[test]
fn what_was_deleted_by_hand_is_made_again_with_all_that_stood_on_it() {
    let project = Project::new(600);
    project.done("up staging --yes");
    let script =
        "client('autoscaling').delete_auto_scaling_group(AutoScalingGroupName='shop-staging-web', ForceDelete=True)";
    project.aws.by_hand(STAGING, script);
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    assert!(project.done("status staging").out.contains("1/1 healthy"));
    project.aws.assert_no_violations();
}

#[test]
fn what_holds_data_is_replaced_only_when_it_is_named() {
    let project = Project::new(600);
    project.keep_data();
    project.done("up staging --yes");
    let before = project.aws.inventory(STAGING);
    project.replace("templates/shop.toml", "storage    = \"50 GiB\"", "storage    = \"20 GiB\"");
    let refused = project.staging("up staging --yes");
    assert_eq!(refused.code, 3, "{}", refused.err);
    assert!(refused.err.contains("--allow-data-loss database.main"), "{}", refused.err);
    assert_eq!(project.aws.inventory(STAGING), before);
    let done = project.done("up staging --yes --allow-data-loss database.main");
    assert!(done.out.contains("replaced"), "{}", done.out);
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}

#[test]
fn storage_grows_and_versions_rise_in_place() {
    let project = Project::new(600);
    project.done("up staging --yes");
    project.replace("templates/shop.toml", "storage    = \"50 GiB\"", "storage    = \"80 GiB\"");
    project.replace("templates/shop.toml", "port      = 8080", "port     = 9090");
    let plan = project.staging("plan staging");
    assert!(plan.out.contains("storage: 50 → 80"), "{}", plan.out);
    let up = project.done("up staging --yes");
    assert!(!up.out.contains("replaced"), "{}", up.out);
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}
