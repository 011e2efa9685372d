"""The independent witness: everything that an account holds in a region, asked with boto3 over HTTP.

It shares no code with the rules and none with the program under test, so that a test can compare what the program says
it did with what is there. Left out are the things that nobody made: default networks and their parts, managed
policies, AWS's own parameters.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.config import Config

Item = dict[str, Any]


class Account:
    def __init__(self, endpoint: str, account: str, region: str):
        self._session = boto3.Session(
            aws_access_key_id=f"ACCOUNT{account}", aws_secret_access_key="inventory", region_name=region
        )
        self._endpoint = endpoint
        self._config = Config(retries={"total_max_attempts": 1}, user_agent_extra="strict-inventory")

    def pages(self, service: str, operation: str, member: str, **asked: Any) -> Iterator[Any]:
        client = self._session.client(service, endpoint_url=self._endpoint, config=self._config)
        if client.can_paginate(operation):
            for page in client.get_paginator(operation).paginate(**asked):
                yield from page.get(member, [])
        else:
            yield from getattr(client, operation)(**asked).get(member, [])

    def call(self, service: str, operation: str, **asked: Any) -> Any:
        client = self._session.client(service, endpoint_url=self._endpoint, config=self._config)
        return getattr(client, operation)(**asked)


def tags_of(pairs: Any) -> dict[str, str]:
    return {t["Key"]: t.get("Value", "") for t in pairs or []}


def item(kind: str, identity: str, tags: Any, name: str | None = None, **properties: Any) -> Item:
    found = tags if isinstance(tags, dict) else tags_of(tags)
    return {"kind": kind, "id": identity, "name": name or found.get("Name"), "tags": found, "properties": properties}


def network(account: Account) -> Iterator[Item]:
    def ec2(operation: str, member: str, **asked: Any) -> Iterator[Any]:
        return account.pages("ec2", operation, member, **asked)

    default = set()
    for vpc in ec2("describe_vpcs", "Vpcs"):
        if vpc.get("IsDefault"):
            default.add(vpc["VpcId"])
            continue
        yield item("vpc", vpc["VpcId"], vpc.get("Tags"), cidr=vpc["CidrBlock"])
    for subnet in ec2("describe_subnets", "Subnets"):
        if subnet["VpcId"] not in default:
            yield item(
                "subnet",
                subnet["SubnetId"],
                subnet.get("Tags"),
                vpc=subnet["VpcId"],
                cidr=subnet["CidrBlock"],
                zone=subnet["AvailabilityZone"],
                public=subnet.get("MapPublicIpOnLaunch", False),
            )
    for gateway in ec2("describe_internet_gateways", "InternetGateways"):
        attached = [a["VpcId"] for a in gateway.get("Attachments", [])]
        if not set(attached) & default:
            yield item("internet-gateway", gateway["InternetGatewayId"], gateway.get("Tags"), vpcs=attached)
    for address in ec2("describe_addresses", "Addresses"):
        yield item(
            "address", address["AllocationId"], address.get("Tags"), associated=bool(address.get("AssociationId"))
        )
    for gateway in ec2("describe_nat_gateways", "NatGateways"):
        if gateway["State"] != "deleted":
            yield item(
                "nat-gateway",
                gateway["NatGatewayId"],
                gateway.get("Tags"),
                state=gateway["State"],
                subnet=gateway["SubnetId"],
            )
    for table in ec2("describe_route_tables", "RouteTables"):
        associations = table.get("Associations", [])
        if table["VpcId"] in default or any(a.get("Main") for a in associations):
            continue
        routes = sorted(
            (r.get("DestinationCidrBlock") or "", r.get("GatewayId") or r.get("NatGatewayId") or "")
            for r in table.get("Routes", [])
        )
        subnets = sorted(a["SubnetId"] for a in associations if a.get("SubnetId"))
        yield item(
            "route-table", table["RouteTableId"], table.get("Tags"), vpc=table["VpcId"], routes=routes, subnets=subnets
        )
    for group in ec2("describe_security_groups", "SecurityGroups"):
        if group.get("VpcId") not in default and group["GroupName"] != "default":
            yield item(
                "security-group",
                group["GroupId"],
                group.get("Tags"),
                group["GroupName"],
                vpc=group.get("VpcId"),
                ingress=_rules(group.get("IpPermissions", [])),
                egress=_rules(group.get("IpPermissionsEgress", [])),
            )
    for interface in ec2("describe_network_interfaces", "NetworkInterfaces"):
        yield item(
            "network-interface",
            interface["NetworkInterfaceId"],
            interface.get("TagSet"),
            description=interface.get("Description"),
            subnet=interface["SubnetId"],
            groups=sorted(g["GroupId"] for g in interface.get("Groups", [])),
        )


def _rules(permissions: list[dict[str, Any]]) -> list[str]:
    shown = []
    for each in permissions:
        sources = [r["CidrIp"] for r in each.get("IpRanges", [])] + [r["CidrIpv6"] for r in each.get("Ipv6Ranges", [])]
        sources += [p.get("GroupId", "") for p in each.get("UserIdGroupPairs", [])]
        ports = f"{each.get('FromPort', '*')}-{each.get('ToPort', '*')}"
        shown += [f"{each['IpProtocol']} {ports} {source}" for source in sources]
    return sorted(shown)


def compute(account: Account) -> Iterator[Item]:
    for template in account.pages("ec2", "describe_launch_templates", "LaunchTemplates"):
        yield item(
            "launch-template",
            template["LaunchTemplateId"],
            template.get("Tags"),
            template["LaunchTemplateName"],
            default=template["DefaultVersionNumber"],
            latest=template["LatestVersionNumber"],
        )
    for reservation in account.pages("ec2", "describe_instances", "Reservations"):
        for instance in reservation["Instances"]:
            if instance["State"]["Name"] != "terminated":
                yield item(
                    "instance",
                    instance["InstanceId"],
                    instance.get("Tags"),
                    state=instance["State"]["Name"],
                    type=instance["InstanceType"],
                    subnet=instance.get("SubnetId"),
                )
    for volume in account.pages("ec2", "describe_volumes", "Volumes"):
        yield item("volume", volume["VolumeId"], volume.get("Tags"), state=volume["State"], size=volume["Size"])
    for group in account.pages("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups"):
        yield item(
            "auto-scaling-group",
            group["AutoScalingGroupName"],
            group.get("Tags"),
            group["AutoScalingGroupName"],
            minimum=group["MinSize"],
            maximum=group["MaxSize"],
            desired=group["DesiredCapacity"],
            in_service=sum(i["LifecycleState"] == "InService" for i in group.get("Instances", [])),
            template=group.get("LaunchTemplate", {}).get("LaunchTemplateId"),
            template_version=group.get("LaunchTemplate", {}).get("Version"),
            target_groups=sorted(group.get("TargetGroupARNs", [])),
            status=group.get("Status"),
        )


def balancing(account: Account) -> Iterator[Item]:
    def tags(arn: str) -> dict[str, str]:
        found = account.call("elbv2", "describe_tags", ResourceArns=[arn])["TagDescriptions"]
        return tags_of(found[0]["Tags"]) if found else {}

    for balancer in account.pages("elbv2", "describe_load_balancers", "LoadBalancers"):
        arn = balancer["LoadBalancerArn"]
        yield item(
            "load-balancer",
            arn,
            tags(arn),
            balancer["LoadBalancerName"],
            state=balancer["State"]["Code"],
            scheme=balancer["Scheme"],
            type=balancer["Type"],
            groups=sorted(balancer.get("SecurityGroups", [])),
            subnets=sorted(z["SubnetId"] for z in balancer["AvailabilityZones"]),
        )
        for listener in account.pages("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn):
            key = listener["ListenerArn"]
            yield item(
                "listener", key, tags(key), port=listener["Port"], protocol=listener["Protocol"], load_balancer=arn
            )
    for group in account.pages("elbv2", "describe_target_groups", "TargetGroups"):
        arn = group["TargetGroupArn"]
        yield item(
            "target-group",
            arn,
            tags(arn),
            group["TargetGroupName"],
            port=group.get("Port"),
            protocol=group.get("Protocol"),
        )


def data(account: Account) -> Iterator[Item]:
    def tags(arn: str) -> dict[str, str]:
        return tags_of(account.call("rds", "list_tags_for_resource", ResourceName=arn)["TagList"])

    for instance in account.pages("rds", "describe_db_instances", "DBInstances"):
        yield item(
            "db-instance",
            instance["DBInstanceIdentifier"],
            instance.get("TagList"),
            instance["DBInstanceIdentifier"],
            status=instance["DBInstanceStatus"],
            instance_class=instance["DBInstanceClass"],
            engine=instance["Engine"],
            version=instance["EngineVersion"],
            storage=instance["AllocatedStorage"],
            storage_type=instance["StorageType"],
            backups=instance["BackupRetentionPeriod"],
            multi_az=instance["MultiAZ"],
            protected=instance["DeletionProtection"],
            pending=sorted(instance.get("PendingModifiedValues", {})),
            secret=instance.get("MasterUserSecret", {}).get("SecretArn"),
        )
    for group in account.pages("rds", "describe_db_subnet_groups", "DBSubnetGroups"):
        name, arn = group["DBSubnetGroupName"], group["DBSubnetGroupArn"]
        yield item(
            "db-subnet-group", name, tags(arn), name, subnets=sorted(s["SubnetIdentifier"] for s in group["Subnets"])
        )
    for group in account.pages("rds", "describe_db_parameter_groups", "DBParameterGroups"):
        name, arn = group["DBParameterGroupName"], group["DBParameterGroupArn"]
        changed = account.pages("rds", "describe_db_parameters", "Parameters", DBParameterGroupName=name, Source="user")
        values = {p["ParameterName"]: p.get("ParameterValue") for p in changed}
        yield item(
            "db-parameter-group", name, tags(arn), name, family=group["DBParameterGroupFamily"], parameters=values
        )
    for snapshot in account.pages("rds", "describe_db_snapshots", "DBSnapshots"):
        name = snapshot["DBSnapshotIdentifier"]
        yield item(
            "db-snapshot",
            name,
            snapshot.get("TagList"),
            name,
            status=snapshot["Status"],
            instance=snapshot["DBInstanceIdentifier"],
        )
    for secret in account.pages("secretsmanager", "list_secrets", "SecretList", IncludePlannedDeletion=True):
        yield item(
            "secret",
            secret["ARN"],
            secret.get("Tags"),
            secret["Name"],
            planned_deletion="DeletedDate" in secret,
            owner=secret.get("OwningService"),
        )
    for parameter in account.pages("ssm", "describe_parameters", "Parameters"):
        if not parameter["Name"].startswith("/aws/"):
            found = account.call(
                "ssm", "list_tags_for_resource", ResourceType="Parameter", ResourceId=parameter["Name"]
            )
            yield item(
                "ssm-parameter",
                parameter["Name"],
                found.get("TagList"),
                parameter["Name"],
                type=parameter["Type"],
                version=parameter.get("Version"),
            )


def identity(account: Account) -> Iterator[Item]:
    for role in account.pages("iam", "list_roles", "Roles"):
        if role["Path"].startswith("/aws-service-role/"):
            continue
        name = role["RoleName"]
        tags = tags_of(account.call("iam", "list_role_tags", RoleName=name)["Tags"])
        inline = account.call("iam", "list_role_policies", RoleName=name)["PolicyNames"]
        attached = account.call("iam", "list_attached_role_policies", RoleName=name)["AttachedPolicies"]
        yield item(
            "role",
            name,
            tags,
            name,
            path=role["Path"],
            inline=sorted(inline),
            attached=sorted(p["PolicyArn"] for p in attached),
        )
    for profile in account.pages("iam", "list_instance_profiles", "InstanceProfiles"):
        name = profile["InstanceProfileName"]
        tags = tags_of(account.call("iam", "list_instance_profile_tags", InstanceProfileName=name)["Tags"])
        yield item(
            "instance-profile",
            name,
            tags,
            name,
            path=profile["Path"],
            roles=sorted(r["RoleName"] for r in profile["Roles"]),
        )


def take(endpoint: str, account: str, region: str) -> list[Item]:
    asked = Account(endpoint, account, region)
    found = [each for part in (network, compute, balancing, data, identity) for each in part(asked)]
    return sorted(found, key=lambda each: (each["kind"], each["name"] or "", each["id"]))


def main() -> None:
    parser = argparse.ArgumentParser(prog="strict_aws.inventory", description=__doc__.splitlines()[0])
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--region", required=True)
    asked = parser.parse_args()
    print(json.dumps(take(asked.endpoint, asked.account, asked.region), indent=2, sort_keys=True))


if __name__ == "__main__":
    main()
