"""Load balancers, listeners, target groups and the health of targets."""

from __future__ import annotations

import pytest

from .conftest import Aws


def state(aws: Aws, balancer: str) -> str:
    return aws.elbv2.describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"][0]["State"]["Code"]


def test_provisioning_takes_two_and_a_half_minutes(aws: Aws) -> None:
    balancer = aws.balancer(aws.network())
    assert state(aws, balancer) == "provisioning"
    aws.settle(149)
    assert state(aws, balancer) == "provisioning"
    aws.settle(1)
    assert state(aws, balancer) == "active"


def test_its_interfaces_outlive_it(aws: Aws) -> None:
    net = aws.network()
    balancer = aws.balancer(net)
    aws.elbv2.delete_load_balancer(LoadBalancerArn=balancer)
    aws.refused("LoadBalancerNotFound", aws.elbv2.describe_load_balancers, LoadBalancerArns=[balancer])
    aws.refused("DependencyViolation", aws.ec2.delete_security_group, GroupId=net["group"])
    aws.settle(120)
    aws.ec2.delete_security_group(GroupId=net["group"])
    aws.ec2.delete_subnet(SubnetId=net["subnets"][0])


def test_the_same_name_and_settings_give_the_same_one(aws: Aws) -> None:
    net = aws.network()
    first = aws.balancer(net)
    assert aws.balancer(net) == first
    aws.refused("DuplicateLoadBalancerName", aws.elbv2.create_load_balancer, Name="web", Subnets=net["subnets"])


@pytest.mark.parametrize("name", ["internal-web", "-web", "web-", "we_b", "w" * 33])
def test_names(aws: Aws, name: str) -> None:
    net = aws.network()
    aws.refused("ValidationError", aws.elbv2.create_load_balancer, Name=name, Subnets=net["subnets"])


def test_two_zones_are_needed(aws: Aws) -> None:
    net = aws.network()
    aws.refused("ValidationError", aws.elbv2.create_load_balancer, Name="web", Subnets=net["subnets"][:1])
    twin = aws.ec2.create_subnet(VpcId=net["vpc"], CidrBlock="10.0.9.0/24", AvailabilityZone="eu-central-1a")
    same = [net["subnets"][0], twin["Subnet"]["SubnetId"]]
    aws.refused("InvalidConfigurationRequest", aws.elbv2.create_load_balancer, Name="web", Subnets=same)


def test_deletion_protection(aws: Aws) -> None:
    balancer = aws.balancer(aws.network())

    def protect(value: str) -> None:
        wanted = [{"Key": "deletion_protection.enabled", "Value": value}]
        aws.elbv2.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=wanted)

    protect("true")
    aws.refused("OperationNotPermitted", aws.elbv2.delete_load_balancer, LoadBalancerArn=balancer)
    protect("false")
    aws.elbv2.delete_load_balancer(LoadBalancerArn=balancer)


def test_one_listener_a_port(aws: Aws) -> None:
    net = aws.network()
    balancer, group = aws.balancer(net), aws.target_group(net)
    aws.listener(balancer, group)
    second = aws.listener(balancer, group, 81)
    action = [{"Type": "forward", "TargetGroupArn": group}]
    aws.refused(
        "DuplicateListener",
        aws.elbv2.create_listener,
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=action,
    )
    aws.refused("DuplicateListener", aws.elbv2.modify_listener, ListenerArn=second, Port=80)
    aws.refused(
        "CertificateNotFound",
        aws.elbv2.create_listener,
        LoadBalancerArn=balancer,
        Protocol="HTTPS",
        Port=443,
        DefaultActions=action,
    )


def test_target_groups_in_use_stay(aws: Aws) -> None:
    net = aws.network()
    balancer, group = aws.balancer(net), aws.target_group(net)
    listener = aws.listener(balancer, group)
    aws.refused("ResourceInUse", aws.elbv2.delete_target_group, TargetGroupArn=group)
    aws.elbv2.delete_listener(ListenerArn=listener)
    aws.elbv2.delete_target_group(TargetGroupArn=group)


def test_target_groups_are_idempotent_by_name(aws: Aws) -> None:
    net = aws.network()
    assert aws.target_group(net) == aws.target_group(net)
    aws.refused(
        "DuplicateTargetGroupName",
        aws.elbv2.create_target_group,
        Name="web",
        Protocol="HTTP",
        Port=81,
        VpcId=net["vpc"],
    )


def test_targets_become_healthy_after_a_while(aws: Aws) -> None:
    net = aws.network()
    group = aws.target_group(net)
    image = aws.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    run = aws.ec2.run_instances(
        ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=net["subnets"][0]
    )
    target = [{"Id": run["Instances"][0]["InstanceId"]}]

    def health() -> str:
        found = aws.elbv2.describe_target_health(TargetGroupArn=group, Targets=target)
        return found["TargetHealthDescriptions"][0]["TargetHealth"]["State"]

    aws.refused("InvalidTarget", aws.elbv2.register_targets, TargetGroupArn=group, Targets=target)
    aws.settle(30)
    aws.elbv2.register_targets(TargetGroupArn=group, Targets=target)
    assert health() == "unused"
    aws.listener(aws.balancer(net), group)
    assert health() == "initial"
    aws.settle(30)
    assert health() == "healthy"
    aws.elbv2.deregister_targets(TargetGroupArn=group, Targets=target)
    assert health() == "draining"
    aws.settle(15)
    assert health() == "unused"


def test_groups_and_subnets_can_be_changed(aws: Aws) -> None:
    net = aws.network()
    balancer = aws.balancer(net)
    other = aws.ec2.create_security_group(GroupName="other", Description="x", VpcId=net["vpc"])["GroupId"]
    aws.elbv2.set_security_groups(LoadBalancerArn=balancer, SecurityGroups=[other])
    aws.ec2.delete_security_group(GroupId=net["group"])
    aws.refused("DependencyViolation", aws.ec2.delete_security_group, GroupId=other)
    third = aws.ec2.create_subnet(VpcId=net["vpc"], CidrBlock="10.0.9.0/24", AvailabilityZone="eu-central-1c")[
        "Subnet"
    ]["SubnetId"]
    aws.elbv2.set_subnets(LoadBalancerArn=balancer, Subnets=[net["subnets"][0], third])
    aws.ec2.delete_subnet(SubnetId=net["subnets"][1])


def test_tags_of_all_kinds(aws: Aws) -> None:
    net = aws.network()
    balancer, group = aws.balancer(net), aws.target_group(net)
    listener = aws.listener(balancer, group)
    arns = [balancer, group, listener]
    aws.elbv2.add_tags(ResourceArns=arns, Tags=[{"Key": "env", "Value": "a"}])
    found = aws.elbv2.describe_tags(ResourceArns=arns)["TagDescriptions"]
    assert [d["Tags"] for d in found] == [[{"Key": "env", "Value": "a"}]] * 3
    aws.elbv2.remove_tags(ResourceArns=[balancer], TagKeys=["env"])
    assert aws.elbv2.describe_tags(ResourceArns=[balancer])["TagDescriptions"][0]["Tags"] == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [("LoadBalancerNotFound", 0), ("TargetGroupNotFound", 1), ("ListenerNotFound", 2)],
)
def test_one_unknown_among_several_refuses_all(aws: Aws, code: str, kind: int) -> None:
    net = aws.network()
    balancer, group = aws.balancer(net), aws.target_group(net)
    arns = [balancer, group, aws.listener(balancer, group)]
    stem, _, last = arns[kind].rpartition("/")
    aws.refused(code, aws.elbv2.describe_tags, ResourceArns=[*arns, f"{stem}/{'0' * len(last)}"])
    assert len(aws.elbv2.describe_tags(ResourceArns=arns)["TagDescriptions"]) == 3
    # Also one that was there a moment ago.
    aws.elbv2.delete_load_balancer(LoadBalancerArn=balancer)
    aws.refused("LoadBalancerNotFound", aws.elbv2.describe_tags, ResourceArns=[group, balancer])
    aws.refused("ListenerNotFound", aws.elbv2.describe_tags, ResourceArns=[group, arns[2]])
