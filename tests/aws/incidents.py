import json

ec2, iam, secrets, rds = client("ec2"), client("iam"), client("secretsmanager"), client("rds")


def one(items):
    (item,) = items
    return item


def tagged(environment, resource=None):
    tags = {"envctl:app": "shop", "envctl:environment": environment, "envctl:resource": resource}
    return [{"Key": key, "Value": value} for key, value in tags.items() if value]


def own(environment, resource):
    return [{"Name": f"tag:{tag['Key']}", "Values": [tag["Value"]]} for tag in tagged(environment, resource)]


def group(environment, name):
    found = ec2.describe_security_groups(Filters=own(environment, f"security-group.{name}"))
    return one(found["SecurityGroups"])["GroupId"]


def let_in(to, port, **peer):
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peer}
    ec2.authorize_security_group_ingress(GroupId=to, IpPermissions=[rule])


vpcs = {name: one(ec2.describe_vpcs(Filters=own(name, "vpc.main"))["Vpcs"]) for name in ("staging", "twin")}

# Joined for an afternoon's copying of data.
peering = ec2.create_vpc_peering_connection(VpcId=vpcs["staging"]["VpcId"], PeerVpcId=vpcs["twin"]["VpcId"])
peering = peering["VpcPeeringConnection"]["VpcPeeringConnectionId"]
ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)

let_in(group("staging", "main-database"), 5432, UserIdGroupPairs=[{"GroupId": group("twin", "web-compute")}])
let_in(group("staging", "web-compute"), 22, IpRanges=[{"CidrIp": "0.0.0.0/0"}])

everything = [{"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}]
iam.put_role_policy(
    RoleName="shop-twin-web", PolicyName="for-now", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": everything})
)
open_to_all = [{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]
secrets.put_resource_policy(
    SecretId="shop/staging/STRIPE_KEY",
    ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": open_to_all}),
)

rds.modify_db_instance(DBInstanceIdentifier="shop-twin-main", PubliclyAccessible=True, ApplyImmediately=True)

# A pooler before the twin's database, which staging's definition names.
subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpcs["twin"]["VpcId"]]}])["Subnets"]
rds.create_db_proxy(
    DBProxyName="pool",
    EngineFamily="POSTGRESQL",
    Auth=[{"AuthScheme": "SECRETS"}],
    RoleArn="arn:aws:iam::111111111111:role/pool",
    VpcSubnetIds=[subnet["SubnetId"] for subnet in subnets],
)
rds.register_db_proxy_targets(DBProxyName="pool", DBInstanceIdentifiers=["shop-twin-main"])

# One key for the machines of both.
ec2.create_key_pair(KeyName="ops")
for vpc in vpcs.values():
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ec2.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, KeyName="ops", SubnetId=subnets[0]["SubnetId"], InstanceType="t3.micro"
    )

# Staging's pipeline may do anything in the account, so also with its twin.
trust = [{"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}]
trust = json.dumps({"Version": "2012-10-17", "Statement": trust})
iam.create_role(RoleName="deploys-staging", AssumeRolePolicyDocument=trust, Tags=tagged("staging"))
anything = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
iam.put_role_policy(
    RoleName="deploys-staging",
    PolicyName="all",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": anything}),
)

# What a component left behind that the definition no longer has, and what an environment did.
iam.create_role(RoleName="shop-staging-mailer", AssumeRolePolicyDocument=trust, Tags=tagged("staging", "role.mailer"))
secrets.create_secret(Name="shop/pr-9/STRIPE_KEY", Tags=tagged("pr-9", "secret.STRIPE_KEY"))

for environment in vpcs:
    secrets.put_secret_value(SecretId=f"shop/{environment}/STRIPE_KEY", SecretString="of-both-environments-1f9c0b")
