"""Auto Scaling groups, instance refresh, launch templates."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import IMAGE, Aws


def group(aws: Aws, net: dict[str, Any], template: str, **more: Any) -> dict[str, Any]:
    return {
        "AutoScalingGroupName": "web",
        "MinSize": 1,
        "MaxSize": 4,
        "DesiredCapacity": 2,
        "LaunchTemplate": {"LaunchTemplateId": template, "Version": "1"},
        "VPCZoneIdentifier": ",".join(net["subnets"]),
        "Tags": [
            {
                "Key": "env",
                "Value": "a",
                "PropagateAtLaunch": True,
                "ResourceId": "web",
                "ResourceType": "auto-scaling-group",
            }
        ],
        **more,
    }


def made(aws: Aws, **more: Any) -> tuple[dict[str, Any], str]:
    net = aws.network()
    template = aws.template(net)
    aws.autoscaling.create_auto_scaling_group(**group(aws, net, template, **more))
    return net, template


def shown(aws: Aws) -> dict[str, Any]:
    return aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["web"])["AutoScalingGroups"][0]


def members(aws: Aws) -> list[tuple[str, str]]:
    return sorted((i["LifecycleState"], i["LaunchTemplate"]["Version"]) for i in shown(aws)["Instances"])


def test_instances_are_spread_and_take_their_time(aws: Aws) -> None:
    made(aws)
    assert members(aws) == [("Pending", "1")] * 2
    assert {i["AvailabilityZone"] for i in shown(aws)["Instances"]} == {"eu-central-1a", "eu-central-1b"}
    aws.settle(35)
    assert members(aws) == [("InService", "1")] * 2
    instances = [i for r in aws.ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    tags = [{t["Key"]: t["Value"] for t in i["Tags"]} for i in instances]
    assert all(t["env"] == "a" and t["aws:autoscaling:groupName"] == "web" for t in tags)


def test_names_are_taken_once(aws: Aws) -> None:
    net, template = made(aws)
    aws.refused("AlreadyExists", aws.autoscaling.create_auto_scaling_group, **group(aws, net, template))


@pytest.mark.parametrize(
    "wrong",
    [
        {"DesiredCapacity": 99},
        {"DesiredCapacity": 0},
        {"MinSize": 5},
        {"AutoScalingGroupName": "a:b"},
        {"VPCZoneIdentifier": "subnet-none"},
    ],
)
def test_wrong_groups(aws: Aws, wrong: dict[str, Any]) -> None:
    net = aws.network()
    aws.provoked = {"model"}
    aws.refused(
        "ValidationError", aws.autoscaling.create_auto_scaling_group, **{**group(aws, net, aws.template(net)), **wrong}
    )


def test_capacity_follows_the_wish(aws: Aws) -> None:
    made(aws)
    aws.settle(35)
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="web", DesiredCapacity=3)
    assert members(aws) == [("InService", "1")] * 2 + [("Pending", "1")]
    aws.settle(35)
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="web", MinSize=0, DesiredCapacity=1)
    assert [s for s, _ in members(aws)] == ["InService", "Terminating", "Terminating"]
    aws.settle(30)
    assert members(aws) == [("InService", "1")]
    aws.refused(
        "ValidationError", aws.autoscaling.update_auto_scaling_group, AutoScalingGroupName="web", DesiredCapacity=9
    )
    assert len(aws.autoscaling.describe_scaling_activities(AutoScalingGroupName="web")["Activities"]) == 5


def test_lost_instances_are_replaced(aws: Aws) -> None:
    made(aws)
    aws.settle(35)
    lost = shown(aws)["Instances"][0]["InstanceId"]
    aws.ec2.terminate_instances(InstanceIds=[lost])
    aws.settle(120)
    instances = shown(aws)["Instances"]
    assert len(instances) == 2 and lost not in [i["InstanceId"] for i in instances]


def test_deletion(aws: Aws) -> None:
    net, _ = made(aws)
    aws.settle(35)
    aws.refused("ResourceInUse", aws.autoscaling.delete_auto_scaling_group, AutoScalingGroupName="web")
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
    assert shown(aws)["Status"] == "Delete in progress"
    aws.refused("DependencyViolation", aws.ec2.delete_subnet, SubnetId=net["subnets"][0])
    aws.settle(60)
    assert aws.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []
    aws.ec2.delete_subnet(SubnetId=net["subnets"][0])


def test_tags_and_filters(aws: Aws) -> None:
    made(aws)

    def found(value: str) -> int:
        asked = [{"Name": "tag:env", "Values": [value]}]
        return len(aws.autoscaling.describe_auto_scaling_groups(Filters=asked)["AutoScalingGroups"])

    assert (found("a"), found("b")) == (1, 0)
    tag = {
        "ResourceId": "web",
        "ResourceType": "auto-scaling-group",
        "Key": "env",
        "Value": "b",
        "PropagateAtLaunch": True,
    }
    aws.autoscaling.create_or_update_tags(Tags=[tag])
    assert (found("a"), found("b")) == (0, 1)
    aws.autoscaling.delete_tags(Tags=[{k: tag[k] for k in ("ResourceId", "ResourceType", "Key")}])
    assert shown(aws)["Tags"] == []


def test_images_of_a_parameter_are_resolved(aws: Aws) -> None:
    net = aws.network()
    for number, architecture in enumerate(["arm64", "x86_64"]):
        image = IMAGE.replace("arm64", architecture)
        kind = "t4g.micro" if architecture == "arm64" else "t3.micro"
        data = {"ImageId": image, "InstanceType": kind}
        template = aws.ec2.create_launch_template(LaunchTemplateName=f"lt-{number}", LaunchTemplateData=data)[
            "LaunchTemplate"
        ]["LaunchTemplateId"]
        asked = group(aws, net, template, AutoScalingGroupName=f"g{number}")
        asked["Tags"] = []
        aws.autoscaling.create_auto_scaling_group(**asked)
    data = {"ImageId": "resolve:ssm:/aws/service/none", "InstanceType": "t3.micro"}
    template = aws.ec2.create_launch_template(LaunchTemplateName="lt-none", LaunchTemplateData=data)["LaunchTemplate"][
        "LaunchTemplateId"
    ]
    aws.refused("ValidationError", aws.autoscaling.create_auto_scaling_group, **group(aws, net, template))


def test_a_fresh_instance_profile_is_not_known_yet(aws: Aws) -> None:
    net = aws.network()
    template = aws.template(net, IamInstanceProfile={"Name": "web"})
    asked = group(aws, net, template)
    aws.refused("ValidationError", aws.autoscaling.create_auto_scaling_group, **asked)
    aws.iam.create_role(RoleName="web", AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}')
    aws.iam.create_instance_profile(InstanceProfileName="web")
    assert "Invalid IAM Instance Profile name" in aws.refused(
        "ValidationError", aws.autoscaling.create_auto_scaling_group, **asked
    )
    aws.settle(10)
    assert "no associated IAM Roles" in aws.refused(
        "ValidationError", aws.autoscaling.create_auto_scaling_group, **asked
    )
    aws.iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    aws.autoscaling.create_auto_scaling_group(**asked)


def test_failed_launches_are_activities(aws: Aws) -> None:
    net, template = made(aws, DesiredCapacity=1)
    aws.settle(35)
    aws.ec2.create_launch_template_version(
        LaunchTemplateId=template,
        SourceVersion="1",
        LaunchTemplateData={"SecurityGroupIds": [net["group"]], "ImageId": "ami-00000000000000000"},
    )
    aws.ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="2")
    wanted = {"LaunchTemplateId": template, "Version": "2"}
    aws.refused(
        "ValidationError", aws.autoscaling.update_auto_scaling_group, AutoScalingGroupName="web", LaunchTemplate=wanted
    )
    aws.ec2.delete_launch_template(LaunchTemplateId=template)
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=2)
    first = aws.autoscaling.describe_scaling_activities(AutoScalingGroupName="web")["Activities"][0]
    assert first["StatusCode"] == "Failed" and "launch template" in first["StatusMessage"]


def refresh(aws: Aws) -> dict[str, Any]:
    return aws.autoscaling.describe_instance_refreshes(AutoScalingGroupName="web")["InstanceRefreshes"][0]


def test_a_refresh_replaces_batch_by_batch(aws: Aws) -> None:
    _, template = made(aws)
    aws.settle(35)
    aws.version(template, "two")
    desired = {"LaunchTemplate": {"LaunchTemplateId": template, "Version": "2"}}
    asked = {
        "AutoScalingGroupName": "web",
        "DesiredConfiguration": desired,
        "Preferences": {"MinHealthyPercentage": 50, "InstanceWarmup": 0},
    }
    aws.autoscaling.start_instance_refresh(**asked)
    aws.refused("InstanceRefreshInProgress", aws.autoscaling.start_instance_refresh, **asked)
    assert refresh(aws)["Status"] == "Pending"
    seen = set()
    for _ in range(20):
        aws.settle(10)
        seen.add((refresh(aws)["Status"], refresh(aws)["PercentageComplete"]))
    assert seen == {("InProgress", 0), ("InProgress", 50), ("Successful", 100)}
    assert members(aws) == [("InService", "2")] * 2
    assert shown(aws)["LaunchTemplate"]["Version"] == "2"


def test_a_refresh_can_launch_first(aws: Aws) -> None:
    _, template = made(aws)
    aws.settle(35)
    aws.version(template, "two")
    aws.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName="web", LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"}
    )
    healthy = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200, "InstanceWarmup": 0}
    aws.autoscaling.start_instance_refresh(AutoScalingGroupName="web", Preferences=healthy)
    fewest = 2
    for _ in range(40):
        aws.settle(5)
        fewest = min(fewest, sum(s == "InService" for s, _ in members(aws)))
    assert (fewest, refresh(aws)["Status"], members(aws)) == (2, "Successful", [("InService", "2")] * 2)


def test_a_refresh_can_be_cancelled(aws: Aws) -> None:
    made(aws)
    aws.settle(35)
    aws.refused("ActiveInstanceRefreshNotFound", aws.autoscaling.cancel_instance_refresh, AutoScalingGroupName="web")
    aws.autoscaling.start_instance_refresh(AutoScalingGroupName="web")
    aws.settle(10)
    aws.autoscaling.cancel_instance_refresh(AutoScalingGroupName="web")
    assert refresh(aws)["Status"] == "Cancelling"
    aws.settle(10)
    assert refresh(aws)["Status"] == "Cancelled"


def test_a_sick_version_is_rolled_back(aws: Aws) -> None:
    net = aws.network()
    target = aws.target_group(net)
    aws.listener(aws.balancer(net), target)
    template = aws.template(net)
    more = {"TargetGroupARNs": [target], "HealthCheckType": "ELB", "HealthCheckGracePeriod": 60}
    aws.autoscaling.create_auto_scaling_group(**group(aws, net, template, **more))
    aws.settle(100)
    aws.strict("sick", {"user_data": ["broken"]})
    aws.version(template, "broken")
    desired = {"LaunchTemplate": {"LaunchTemplateId": template, "Version": "2"}}
    wanted = {"MinHealthyPercentage": 50, "AutoRollback": True}
    aws.autoscaling.start_instance_refresh(AutoScalingGroupName="web", DesiredConfiguration=desired, Preferences=wanted)
    aws.settle(3500)
    assert refresh(aws)["Status"] == "InProgress"
    aws.settle(600)
    assert refresh(aws)["Status"] == "RollbackSuccessful"
    assert members(aws) == [("InService", "1")] * 2 and shown(aws)["LaunchTemplate"]["Version"] == "1"


def test_architectures_must_match(aws: Aws) -> None:
    net = aws.network()
    template = aws.template(net, InstanceType="t3.micro")
    asked = group(aws, net, template)
    assert "architecture" in aws.refused("ValidationError", aws.autoscaling.create_auto_scaling_group, **asked)
