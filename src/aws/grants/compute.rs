//! The code that runs: launch templates, Auto Scaling groups, load balancers.

use super::grant::On::{All, Born, Named, Own};
use super::grant::{Grant, Purpose, grant};

const TEMPLATE: &str = "ec2:launch-template/*";
const GROUP: &str = "autoscaling:autoScalingGroup:*:autoScalingGroupName/{255}";
const BALANCER: &str = "elasticloadbalancing:loadbalancer/app/{32}/*";
const TARGETS: &str = "elasticloadbalancing:targetgroup/{32}/*";
const LISTENER: &str = "elasticloadbalancing:listener/app/{32}/*";

pub(super) const PURPOSES: &[Purpose] = &[
    Purpose { why: "no command sees what runs", grants: LOOK },
    Purpose { why: "`up` cannot make what the code runs on", grants: MAKE },
    Purpose { why: "`up` cannot bring another release or size", grants: CHANGE },
    Purpose { why: "`down` cannot remove what the code runs on", grants: REMOVE },
];

const LOOK: &[Grant] = &[
    grant("autoscaling:DescribeAutoScalingGroups", &[All]),
    grant("autoscaling:DescribeInstanceRefreshes", &[All]),
    grant("ec2:DescribeLaunchTemplateVersions", &[All]),
    grant("ec2:DescribeLaunchTemplates", &[All]),
    grant("elasticloadbalancing:DescribeListeners", &[All]),
    grant("elasticloadbalancing:DescribeLoadBalancers", &[All]),
    grant("elasticloadbalancing:DescribeTags", &[All]),
    grant("elasticloadbalancing:DescribeTargetGroups", &[All]),
    grant("elasticloadbalancing:DescribeTargetHealth", &[All]),
];

const MAKE: &[Grant] = &[
    grant("autoscaling:CreateAutoScalingGroup", &[Born(GROUP)]),
    grant("autoscaling:CreateOrUpdateTags", &[Born(GROUP)]),
    grant("ec2:CreateLaunchTemplate", &[Born(TEMPLATE)]),
    // Whoever gives a group its launch template must be allowed to start such instances themselves.
    grant(
        "ec2:RunInstances",
        &[
            Own(TEMPLATE),
            Own("ec2:subnet/*"),
            Own("ec2:security-group/*"),
            Named("ec2:instance/*"),
            Named("ec2:network-interface/*"),
            Named("ec2:volume/*"),
            Named("ec2::image/*"),
        ],
    ),
    grant("elasticloadbalancing:AddTags", &[Born(BALANCER), Born(TARGETS), Born(LISTENER)]),
    grant("elasticloadbalancing:CreateListener", &[Own(BALANCER)]),
    grant("elasticloadbalancing:CreateLoadBalancer", &[Born(BALANCER)]),
    grant("elasticloadbalancing:CreateTargetGroup", &[Born(TARGETS)]),
    // The image is the newest of Amazon Linux, which stands in a parameter of AWS's.
    grant("ssm:GetParameters", &[Named("ssm::parameter/aws/service/ami-amazon-linux-latest/*")]),
];

const CHANGE: &[Grant] = &[
    grant("autoscaling:AttachLoadBalancerTargetGroups", &[Own(GROUP)]),
    grant("autoscaling:CancelInstanceRefresh", &[Own(GROUP)]),
    grant("autoscaling:DetachLoadBalancerTargetGroups", &[Own(GROUP)]),
    grant("autoscaling:StartInstanceRefresh", &[Own(GROUP)]),
    grant("autoscaling:UpdateAutoScalingGroup", &[Own(GROUP)]),
    grant("ec2:CreateLaunchTemplateVersion", &[Own(TEMPLATE)]),
    grant("elasticloadbalancing:ModifyListener", &[Own(LISTENER)]),
    grant("elasticloadbalancing:ModifyTargetGroup", &[Own(TARGETS)]),
    grant("elasticloadbalancing:SetSecurityGroups", &[Own(BALANCER)]),
    grant("elasticloadbalancing:SetSubnets", &[Own(BALANCER)]),
];

const REMOVE: &[Grant] = &[
    grant("autoscaling:DeleteAutoScalingGroup", &[Own(GROUP)]),
    grant("ec2:DeleteLaunchTemplate", &[Own(TEMPLATE)]),
    grant("elasticloadbalancing:DeleteListener", &[Own(LISTENER)]),
    grant("elasticloadbalancing:DeleteLoadBalancer", &[Own(BALANCER)]),
    grant("elasticloadbalancing:DeleteTargetGroup", &[Own(TARGETS)]),
];
