ec2, iam, elb, rds = (client(name) for name in ("ec2", "iam", "elbv2", "rds"))


def tagged(describe, key, value):
    return describe(Filters=[{"Name": "tag:envctl:resource", "Values": [value]}])[key][0]


group = tagged(ec2.describe_security_groups, "SecurityGroups", "security-group.web-compute")
ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
shell = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=shell)

private = tagged(ec2.describe_route_tables, "RouteTables", "route-table.private-1")
table = private["RouteTableId"]
network = [
    {"Name": "vpc-id", "Values": [private["VpcId"]]},
    {"Name": "association.main", "Values": ["true"]},
]
main = ec2.describe_route_tables(Filters=network)["RouteTables"][0]["RouteTableId"]
# The policy lets envctl take the subnet only from a table of the environment's.
whose = [tag for tag in private["Tags"] if tag["Key"] in ("envctl:app", "envctl:environment")]
ec2.create_tags(Resources=[main], Tags=whose)
association = private["Associations"][0]["RouteTableAssociationId"]
ec2.replace_route_table_association(AssociationId=association, RouteTableId=main)
gateway = tagged(ec2.describe_internet_gateways, "InternetGateways", "internet-gateway.main")["InternetGatewayId"]
ec2.replace_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.0.2.0/24", GatewayId=gateway)

balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
elb.set_security_groups(LoadBalancerArn=balancer, SecurityGroups=[group["GroupId"]])

iam.attach_role_policy(RoleName="shop-staging-web", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
iam.update_assume_role_policy(RoleName="shop-staging-web", PolicyDocument=trust)

rds.stop_db_instance(DBInstanceIdentifier="shop-staging-main")
