//! Every branch of what a definition can ask for goes up and down without one refused or malformed request.

use super::project::{Project, STAGING, of_kind, remains};

fn goes_up_and_down(project: &Project, check: impl Fn(&[serde_json::Value])) {
    project.done("up staging --yes");
    check(&project.aws.inventory(STAGING));
    let plan = project.staging("plan staging --exit-code");
    assert_eq!(plan.code, 0, "{}", plan.out);
    let lost: Vec<String> =
        databases(project).iter().map(|name| format!("--allow-data-loss database.{name}")).collect();
    project.done(&format!("down staging --yes {}", lost.join(" ")));
    let left = project.aws.inventory(STAGING);
    assert!(left.iter().all(remains), "{left:#?}");
    project.aws.assert_no_violations();
}

fn databases(project: &Project) -> Vec<String> {
    let template = std::fs::read_to_string(project.file("templates/shop.toml")).unwrap();
    let names = template.lines().filter_map(|line| line.strip_prefix("[database.")?.strip_suffix(']'));
    names.filter(|name| !name.contains('.')).map(str::to_owned).collect()
}

#[test]
fn one_gateway_for_all_zones_and_three_zones() {
    let project = Project::new(600);
    project.edit("environments/staging.toml", |text| format!("{text}\n[network]\nzones = 3\negress = \"single\"\n"));
    goes_up_and_down(&project, |made| {
        assert_eq!(of_kind(made, "nat-gateway").len(), 1);
        assert_eq!(of_kind(made, "subnet").len(), 6);
    });
}

#[test]
fn no_way_out_and_no_certificate() {
    let project = Project::new(600);
    project.edit("environments/staging.toml", |text| {
        let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("certificate")).collect();
        format!("{}\n[network]\nzones = 2\negress = \"none\"\n", kept.join("\n"))
    });
    goes_up_and_down(&project, |made| {
        assert_eq!(of_kind(made, "nat-gateway").len(), 0);
        assert_eq!(of_kind(made, "listener").len(), 1);
        assert_eq!(of_kind(made, "vpc-endpoint").len(), 2);
    });
}

#[test]
fn long_names_several_databases_and_engines_and_an_image() {
    let project = Project::new(600);
    project.edit("templates/shop.toml", |text| {
        text.replace("app = \"shop\"", "app = \"a-remarkably-long-name-for-quite-a-small-shop\"")
            + r#"
[database.reporting-and-business-intelligence]
engine   = "mysql"
version  = "8.0"
instance = "db.t4g.micro"
storage  = "20 GiB"

[database.sessions]
engine   = "mariadb"
version  = "10.11"
instance = "db.t4g.micro"
storage  = "20 GiB"
backups  = "0 days"

[compute.recommendations-and-personalisation]
image    = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/shop:{release}"
command   = "serve --port 9000"
instance = "m7i.large"
port     = 9000
health    = "/up"
public   = true
permissions = [{ actions = ["s3:GetObject", "s3:PutObject"], resources = ["arn:aws:s3:::acme-{environment}-uploads/*"] }]
"#
    });
    goes_up_and_down(&project, |made| {
        assert_eq!(of_kind(made, "db-instance").len(), 3);
        assert_eq!(of_kind(made, "load-balancer").len(), 2);
    });
}

#[test]
fn components_and_databases_come_and_go() {
    let project = Project::new(600);
    project.done("up staging --yes");
    project.edit("templates/shop.toml", |text| {
        text + "\n[database.cache]\nengine = \"postgres\"\nversion = \"16\"\ninstance = \"db.t4g.micro\"\nstorage = \"20 GiB\"\n"
    });
    project.edit("environments/staging.toml", |text| format!("{text}\n[data.cache]\nthrowaway = true\n"));
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    project.edit("templates/shop.toml", |text| text.split("\n[database.cache]").next().unwrap().to_owned() + "\n");
    project.edit("environments/staging.toml", |text| text.split("\n[data.cache]").next().unwrap().to_owned() + "\n");
    // That its data was throwaway is no longer said anywhere but in a tag.
    assert_eq!(project.staging("up staging --yes").code, 3);
    let up = project.done("up staging --yes --allow-data-loss database.cache");
    assert!(up.out.contains("destroyed"), "{}", up.out);
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}

/// What the independent client sees of the one database.
fn database(project: &Project) -> String {
    project.aws.by_hand(
        STAGING,
        "one = client('rds').describe_db_instances()['DBInstances'][0]\n\
         print(one['DBInstanceClass'], one['AllocatedStorage'], one['MultiAZ'], one['EngineVersion'],\n\
         one['BackupRetentionPeriod'], one['DeletionProtection'], one['DBParameterGroups'][0]['DBParameterGroupName'],\n\
         len(one['VpcSecurityGroups']), {tag['Key']: tag['Value'] for tag in one['TagList']}['envctl:throwaway'])",
    )
}

#[test]
fn a_database_changes_in_place_whatever_is_changed_and_by_whom() {
    let project = Project::new(600);
    project.done("up staging --yes");
    let group = "shop-staging-main-postgres16";
    assert_eq!(database(&project), format!("db.t4g.medium 50 True 16.9 7 False {group} 1 true"));
    let in_place = |before: &str| {
        let up = project.done("up staging --yes");
        assert!(!up.out.contains("replaced"), "{before}\n{}", up.out);
        project.done("plan staging --exit-code");
        database(&project)
    };
    for (from, to) in [
        ("\"db.t4g.medium\"", "\"db.r6g.large\""),
        ("\"50 GiB\"", "\"500 GiB\""),
        ("standby    = true", "standby    = false"),
        ("\"7 days\"", "\"14 days\"\ndeletion_protection = true"),
    ] {
        project.replace("templates/shop.toml", from, to);
    }
    project.edit("environments/staging.toml", |text| text.replace("throwaway = true", "throwaway = false"));
    assert_eq!(in_place("capacity"), format!("db.r6g.large 500 False 16.9 14 True {group} 1 false"));

    project.replace("templates/shop.toml", "\"16.9\"", "\"17.5\"");
    let group = "shop-staging-main-postgres17";
    assert_eq!(in_place("a major version"), format!("db.r6g.large 500 False 17.5 14 True {group} 1 false"));

    project.aws.by_hand(
        STAGING,
        "ec2, rds = client('ec2'), client('rds')\n\
         tagged = [{'Name': 'tag:envctl:resource', 'Values': ['security-group.web-compute']}]\n\
         group = ec2.describe_security_groups(Filters=tagged)['SecurityGroups'][0]['GroupId']\n\
         rds.create_db_parameter_group(DBParameterGroupName='other', DBParameterGroupFamily='postgres17', Description='-')\n\
         rds.modify_db_instance(DBInstanceIdentifier='shop-staging-main', VpcSecurityGroupIds=[group],\n\
         DBParameterGroupName='other', DBInstanceClass='db.t4g.micro', MultiAZ=True,\n\
         DeletionProtection=False, ApplyImmediately=True)",
    );
    std::thread::sleep(std::time::Duration::from_secs(2));
    let plan = project.staging("plan staging --exit-code");
    assert!(
        plan.code == 1 && plan.out.contains("security_groups") && plan.out.contains("parameter_group"),
        "{}",
        plan.out
    );
    assert_eq!(in_place("by hand"), format!("db.r6g.large 500 False 17.5 14 True {group} 1 false"));
    project.aws.assert_no_violations();
}

#[test]
fn endpoints_that_somebody_changed_are_set_right() {
    let project = Project::new(600);
    project.edit("environments/staging.toml", |text| format!("{text}\n[network]\nzones = 3\negress = \"none\"\n"));
    project.done("up staging --yes");
    let before = project.aws.inventory(STAGING);
    project.aws.by_hand(
        STAGING,
        "ec2 = client('ec2')\n\
         for one in ec2.describe_vpc_endpoints()['VpcEndpoints']:\n\
         \x20   if one['VpcEndpointType'] == 'Gateway':\n\
         \x20       tagged = [{'Name': 'tag:envctl:resource', 'Values': ['route-table.public']}]\n\
         \x20       public = ec2.describe_route_tables(Filters=tagged)['RouteTables'][0]['RouteTableId']\n\
         \x20       ec2.modify_vpc_endpoint(VpcEndpointId=one['VpcEndpointId'], AddRouteTableIds=[public],\n\
         \x20           RemoveRouteTableIds=one['RouteTableIds'][:1])\n\
         \x20   else:\n\
         \x20       tagged = [{'Name': 'tag:envctl:resource', 'Values': ['security-group.web-compute']}]\n\
         \x20       group = ec2.describe_security_groups(Filters=tagged)['SecurityGroups'][0]['GroupId']\n\
         \x20       ec2.modify_vpc_endpoint(VpcEndpointId=one['VpcEndpointId'], AddSecurityGroupIds=[group],\n\
         \x20           RemoveSecurityGroupIds=[one['Groups'][0]['GroupId']], RemoveSubnetIds=one['SubnetIds'][:1])",
    );
    assert_eq!(project.staging("plan staging --exit-code").code, 1);
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    assert_eq!(of_kind(&project.aws.inventory(STAGING), "vpc-endpoint"), of_kind(&before, "vpc-endpoint"));
    // One zone less, and what stood in it.
    project.replace("environments/staging.toml", "zones = 3", "zones = 2");
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    assert_eq!(of_kind(&project.aws.inventory(STAGING), "subnet").len(), 4);
    project.aws.assert_no_violations();
}

#[test]
fn a_rule_with_a_prefix_list_is_read_and_taken_back() {
    let project = Project::new(600);
    project.done("up staging --yes");
    let audited = project.staging("audit --live staging").out;
    project.aws.by_hand(
        STAGING,
        "ec2 = client('ec2')\n\
         listed = ec2.create_managed_prefix_list(PrefixListName='offices', MaxEntries=5, AddressFamily='IPv4',\n\
         \x20   Entries=[{'Cidr': '0.0.0.0/1'}, {'Cidr': '128.0.0.0/1'}])['PrefixList']['PrefixListId']\n\
         tagged = [{'Name': 'tag:envctl:resource', 'Values': ['security-group.main-database']}]\n\
         group = ec2.describe_security_groups(Filters=tagged)['SecurityGroups'][0]['GroupId']\n\
         ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{'IpProtocol': 'tcp', 'FromPort': 5432,\n\
         \x20   'ToPort': 5432, 'PrefixListIds': [{'PrefixListId': listed}]}])",
    );
    let found = project.staging("audit --live staging");
    assert!(found.code == 1 && found.out != audited, "{}{}", found.out, found.err);
    project.done("up staging --yes");
    assert_eq!(project.staging("audit --live staging").out, audited);
    project.aws.assert_no_violations();
}
