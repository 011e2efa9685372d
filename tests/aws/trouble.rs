//! What AWS does of itself: lists that lag, gateways that fail, databases that were stopped or moved on.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use super::project::{PROD, Project, STAGING, of_kind, remains};
use crate::support::command::fed;

#[test]
fn lists_that_lag_neither_hide_nor_double_anything() {
    let project = Project::new(60);
    project.keep_data();
    project.aws.set("lag", &json!({ "secretsmanager:ListSecrets": 3000, "iam:GetAccountAuthorizationDetails": 10 }));
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    project.done("down staging --yes --allow-data-loss database.main");
    let left = project.aws.inventory(STAGING);
    assert!(left.iter().all(remains), "{left:#?}");
    // What is gone is still listed.
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    assert_eq!(of_kind(&project.aws.inventory(STAGING), "secret").iter().filter(|one| !remains(one)).count(), 3);
    project.aws.assert_no_violations();
}

#[test]
fn a_gateway_that_failed_is_made_anew() {
    let project = Project::new(600);
    project.aws.set("nat", &json!({ "count": 1 }));
    let up = project.staging("up staging --yes");
    assert_eq!(up.code, 4, "{}", up.err);
    assert!(up.out.contains("nat-gateway."), "{}", up.out);
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    assert_eq!(of_kind(&project.aws.inventory(STAGING), "nat-gateway").len(), 2);
    project.aws.assert_no_violations();
}

#[test]
fn a_database_that_was_stopped_is_started_and_not_replaced() {
    let project = Project::new(600);
    project.done("up staging --yes");
    project.aws.by_hand(STAGING, "client('rds').stop_db_instance(DBInstanceIdentifier='shop-staging-main')");
    std::thread::sleep(Duration::from_millis(800));
    let plan = project.staging("plan staging --exit-code");
    assert!(
        plan.out.contains("running: false → true") && plan.out.contains("1 to change, 31 unchanged"),
        "{}",
        plan.out
    );
    // What else is to change follows in the same run.
    project.replace("templates/shop.toml", "storage    = \"50 GiB\"", "storage    = \"80 GiB\"");
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}

#[test]
fn a_database_that_aws_moved_on_within_its_line_stays() {
    let project = Project::new(600);
    project.replace("templates/shop.toml", "version    = \"16.9\"", "version    = \"16.8\"");
    project.done("up staging --yes");
    let moved = json!({ "identifier": "shop-staging-main", "account": STAGING, "version": "16.9" });
    project.aws.set("database", &moved);
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}

#[test]
fn instances_that_never_get_healthy_are_told_and_left_for_the_next_release() {
    let project = Project::new(600);
    project.done("up staging --yes");
    project.aws.set("sick", &json!({ "user_data": ["shop/1.6.0"] }));
    project.replace("environments/staging.toml", "release  = \"1.5.0\"", "release  = \"1.6.0\"");
    let up = project.staging("up staging --yes");
    assert_eq!(up.code, 4, "{}{}", up.out, up.err);
    assert!(up.out.contains("auto-scaling-group.web"), "{}", up.out);
    project.replace("environments/staging.toml", "release  = \"1.6.0\"", "release  = \"1.6.1\"");
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}

#[test]
fn a_group_whose_instances_come_and_go_takes_the_release_that_mends_it() {
    let project = Project::new(600);
    project.done("up staging --yes");
    project.aws.set("sick", &json!({ "user_data": ["shop/1.6.0"] }));
    project.replace("environments/staging.toml", "release  = \"1.5.0\"", "release  = \"1.6.0\"");
    assert_eq!(project.staging("up staging --yes").code, 4);
    // Those of the sick release are started and given up again and again. It is met while none serves.
    let serves = || {
        let status = project.done("status staging --format json").out;
        let status: serde_json::Value = serde_json::from_str(&status).unwrap();
        let resources = status["resources"].as_array().unwrap().iter();
        resources.filter(|one| one["address"] == "auto-scaling-group.web").all(|one| one["state"] == "ready")
    };
    let began = Instant::now();
    while serves() {
        assert!(began.elapsed().as_secs() < 60, "its instances serve all the time");
    }
    project.replace("environments/staging.toml", "release  = \"1.6.0\"", "release  = \"1.6.1\"");
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}

#[test]
fn what_stands_in_another_region_is_not_taken_over() {
    let project = Project::new(600);
    project.done("up staging --yes");
    project.replace("environments/staging.toml", "region  = \"eu-west-1\"", "region  = \"eu-central-1\"");
    project.edit("environments/staging.toml", |text| {
        text.lines().filter(|line| !line.starts_with("certificate")).collect::<Vec<_>>().join("\n")
    });
    let refused = project.staging("up staging --yes");
    assert_eq!(refused.code, 3, "{}", refused.err);
    assert!(refused.err.contains("stands in eu-west-1"), "{}", refused.err);
}

/// Its roles would tell, but they come late.
#[test]
fn what_has_hardly_begun_in_another_region_is_not_forgotten_there() {
    let project = Project::new(600);
    // Its addresses and its gateway need no network.
    project.aws.deny(&["ec2:CreateVpc"]);
    assert_eq!(project.staging("up staging --yes").code, 4);
    project.aws.deny(&[]);
    let move_to = |from: &str, to: &str| {
        project.replace("environments/staging.toml", &format!("\"{from}\""), &format!("\"{to}\""));
    };
    let certificate =
        |text: String| text.lines().filter(|line| !line.starts_with("certificate")).collect::<Vec<_>>().join("\n");
    project.edit("environments/staging.toml", certificate);
    move_to("eu-west-1", "eu-central-1");
    let before = project.aws.changes().len();
    for line in ["up staging --yes", "down staging --yes"] {
        let refused = project.staging(line);
        let says = ["stands in eu-west-1", "set `region`"].iter().all(|said| refused.err.contains(said));
        assert!(refused.code == 3 && says, "{line}: {}", refused.err);
    }
    let mut set = project.command(STAGING, "secret set staging STRIPE_KEY");
    let (code, _, err) = fed(&mut set, "would lie where nobody looks for it");
    assert!(code == 3 && err.contains("stands in eu-west-1"), "{code}: {err}");
    // Where they cannot be asked, they stand in nobody's way.
    project.aws.deny(&["ec2:DescribeTags"]);
    assert_eq!(project.staging("plan staging --exit-code").code, 1);
    project.aws.deny(&[]);
    assert_eq!(project.aws.changes().len(), before);
    move_to("eu-central-1", "eu-west-1");
    project.done("down staging --yes");
    move_to("eu-west-1", "eu-central-1");
    project.done("up staging --yes");
    project.aws.assert_no_violations();
}

/// A call that is under way when envctl is killed is carried out all the same, and nobody has seen its answer.
#[test]
fn what_a_killed_run_had_asked_for_is_waited_for() {
    let project = Project::new(10);
    let delay =
        json!([{ "fault": "delay", "milliseconds": 1000, "actions": ["ec2:CreateVpc", "ec2:AllocateAddress"] }]);
    project.aws.faults(0, &delay);
    let mut up =
        project.command(STAGING, "up staging --yes").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while project.aws.struck() < 3 {
        assert!(began.elapsed().as_secs() < 60, "it never asks for a network");
    }
    up.kill().unwrap();
    up.wait().unwrap();
    let down = project.done("down staging --yes");
    assert!(down.err.contains("waiting") && down.err.contains("vpc.main"), "{}", down.err);
    std::thread::sleep(Duration::from_millis(1500));
    let left = project.aws.inventory(STAGING);
    assert!(left.iter().all(remains), "{left:#?}");
}

#[test]
fn an_instance_profile_of_somebody_elses_stands_in_the_way_of_up_alone() {
    let project = Project::new(600);
    project.aws.by_hand(STAGING, "client('iam').create_instance_profile(InstanceProfileName='shop-staging-web')");
    let up = project.staging("up staging --yes");
    assert!(up.code == 4 && up.out.contains("the instance profile shop-staging-web exists"), "{}{}", up.out, up.err);
    project.done("down staging --yes");
    let profiles =
        "print([p['InstanceProfileName'] for p in client('iam').list_instance_profiles()['InstanceProfiles']])";
    assert_eq!(project.aws.by_hand(STAGING, profiles), "['shop-staging-web']");
    let left = project.aws.inventory(STAGING);
    assert!(left.iter().all(|one| remains(one) || one["kind"] == "instance-profile"), "{left:#?}");
}

#[test]
fn a_subnet_that_somebody_led_elsewhere_is_led_back() {
    let project = Project::new(600);
    project.done("up staging --yes");
    project.aws.by_hand(
        STAGING,
        "ec2 = client('ec2')\n\
         of = lambda name: [{'Name': 'tag:envctl:resource', 'Values': [name]}]\n\
         table = ec2.describe_route_tables(Filters=of('route-table.private-1'))['RouteTables'][0]\n\
         other = ec2.create_route_table(VpcId=table['VpcId'])['RouteTable']['RouteTableId']\n\
         link = table['Associations'][0]['RouteTableAssociationId']\n\
         ec2.replace_route_table_association(AssociationId=link, RouteTableId=other)",
    );
    assert_eq!(project.staging("plan staging --exit-code").code, 1);
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}

/// A database that was restored from a snapshot has the tags of the one that the snapshot was taken of.
#[test]
fn a_copy_of_the_database_that_somebody_made_is_not_the_environments() {
    let project = Project::new(600);
    project.done("up staging --yes");
    project.aws.by_hand(
        STAGING,
        "rds = client('rds')\n\
         there = rds.describe_db_instances(DBInstanceIdentifier='shop-staging-main')['DBInstances'][0]\n\
         network = client('ec2').create_vpc(CidrBlock='10.9.0.0/16')['Vpc']['VpcId']\n\
         halves = [client('ec2').create_subnet(VpcId=network, CidrBlock=f'10.9.{n}.0/24', \
         AvailabilityZone='eu-west-1' + 'ab'[n])['Subnet']['SubnetId'] for n in range(2)]\n\
         group = rds.create_db_subnet_group(DBSubnetGroupName='elsewhere', DBSubnetGroupDescription='x', \
         SubnetIds=halves)['DBSubnetGroup']['DBSubnetGroupName']\n\
         rds.create_db_instance(DBInstanceIdentifier='a-copy', Engine='postgres', DBInstanceClass='db.t4g.micro', \
         AllocatedStorage=20, MasterUsername='somebody', ManageMasterUserPassword=True, Tags=there['TagList'], \
         DBSubnetGroupName=group)",
    );
    project.done("plan staging --exit-code");
    project.done("down staging --yes");
    let left = project.aws.inventory(STAGING);
    let databases: Vec<_> = of_kind(&left, "db-instance").into_iter().map(|one| one["name"].clone()).collect();
    assert_eq!(databases, ["a-copy"], "{left:#?}");
    // It may be the environment's own under another name: no empty one takes its place.
    let up = project.staging("up staging --yes");
    assert!(up.code == 4 && up.out.contains("a-copy carries the tags of database.main"), "{}{}", up.out, up.err);
}

/// It had done all but to give its lock back.
#[test]
fn an_up_that_finds_all_done_says_so_for_the_one_that_was_killed() {
    let project = Project::new(600);
    let held = json!([{ "fault": "hold", "actions": ["secretsmanager:PutSecretValue"] }]);
    project.aws.faults(0, &held);
    let mut up =
        project.command(STAGING, "up staging --yes").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while project.aws.stopped_at().is_none() {
        assert!(began.elapsed().as_secs() < 60, "it never comes to its end");
    }
    up.kill().unwrap();
    up.wait().unwrap();
    project.aws.no_faults();
    let again = project.done("up staging --yes");
    assert!(again.err.contains("waiting") && again.out.contains("No changes"), "{}{}", again.out, again.err);
    let history = project.done("history staging --format json").out;
    let history: serde_json::Value = serde_json::from_str(&history).unwrap();
    let outcomes: Vec<_> =
        history["entries"].as_array().unwrap().iter().map(|entry| entry["outcome"].clone()).collect();
    assert_eq!(outcomes, ["done", "abandoned"], "{history:#}");
}

#[test]
fn a_database_that_is_stopped_and_protected_goes() {
    let project = Project::new(600);
    project.replace(
        "templates/shop.toml",
        "version    = \"16.9\"",
        "version    = \"16.9\"\ndeletion_protection = true",
    );
    project.done("up staging --yes");
    project.aws.by_hand(STAGING, "client('rds').stop_db_instance(DBInstanceIdentifier='shop-staging-main')");
    std::thread::sleep(Duration::from_millis(800));
    project.done("down staging --yes");
    let left = project.aws.inventory(STAGING);
    assert!(left.iter().all(remains), "{left:#?}");
    project.aws.assert_no_violations();
}

#[test]
fn the_network_is_not_pulled_from_under_an_environment() {
    let project = Project::new(600);
    project.done("up staging --yes");
    project.replace(
        "environments/staging.toml",
        "region  = \"eu-west-1\"",
        "region  = \"eu-west-1\"\ncidr    = \"10.8.0.0/16\"",
    );
    let before = project.aws.changes().len();
    let refused = project.staging("up staging --yes --allow-data-loss database.main");
    assert_eq!(refused.code, 3, "{}", refused.err);
    assert!(refused.err.contains("cidr of vpc.main cannot change"), "{}", refused.err);
    assert_eq!(project.aws.changes().len(), before);
}

#[test]
fn another_account_is_reached_by_assuming_its_role() {
    let project = Project::new(600);
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;
    let script = format!("client('iam').create_role(RoleName='deploy', AssumeRolePolicyDocument='{trust}')");
    project.aws.by_hand(PROD, &script);
    assert_eq!(project.staging("plan prod").code, 3);
    let role = "account = \"222222222222\"\nrole    = \"arn:aws:iam::222222222222:role/deploy\"";
    project.replace("environments/prod.toml", "account = \"222222222222\"", role);
    let plan = project.staging("plan prod --exit-code");
    assert_eq!(plan.code, 1, "{}{}", plan.out, plan.err);
    project.done("up prod --confirm prod");
    assert_eq!(of_kind(&project.aws.inventory(PROD), "vpc").len(), 1);
    project.done("up staging --yes");
    let live = project.staging("diff staging prod --live --format json");
    let report: serde_json::Value = serde_json::from_str(&live.out).unwrap();
    assert_eq!(report["live"]["drift"], json!({ "left": [], "right": [] }), "{report:#}");
    assert_eq!(report["live"]["findings"], json!([]), "{report:#}");
    project.aws.assert_no_violations();
}
