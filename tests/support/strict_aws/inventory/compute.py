"""Instances, what makes them, and what stands before them."""

from __future__ import annotations

from collections.abc import Iterator

from .client import Account, Item, item, tags_of


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
