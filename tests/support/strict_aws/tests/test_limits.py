"""What an account is told of its limits."""

from __future__ import annotations

from .conftest import REGION, Aws


def test_an_empty_account_uses_nothing(aws: Aws) -> None:
    quotas = aws.rds.describe_account_attributes()["AccountQuotas"]
    assert {q["AccountQuotaName"]: (q["Used"], q["Max"]) for q in quotas}["DBInstances"] == (0, 40)
    limits = aws.autoscaling.describe_account_limits()
    assert (limits["NumberOfAutoScalingGroups"], limits["MaxNumberOfAutoScalingGroups"]) == (0, 500)
    regions = aws.ec2.describe_regions(RegionNames=["eu-west-1"], AllRegions=True)["Regions"]
    assert [r["OptInStatus"] for r in regions] == ["opt-in-not-required"]


def test_what_is_signed_at_another_time_is_refused(aws: Aws) -> None:
    for ahead in (301 + 5, -301 - 5):
        aws.strict("door", {"ahead": ahead})
        aws.refused("AuthFailure", aws.ec2.describe_vpcs)
        aws.refused("SignatureDoesNotMatch", aws.sts.get_caller_identity)
        aws.refused("InvalidSignatureException", aws.secretsmanager.list_secrets)
    aws.strict("door", {"ahead": 240})
    aws.ec2.describe_vpcs()


def test_a_region_that_is_not_enabled_takes_nobodys_credentials(aws: Aws) -> None:
    aws.strict("door", {"disabled": [REGION]})
    aws.refused("AuthFailure", aws.ec2.describe_regions, RegionNames=[REGION], AllRegions=True)
    aws.refused("InvalidClientTokenId", aws.sts.get_caller_identity)
    aws.refused("UnrecognizedClientException", aws.secretsmanager.list_secrets)
    aws.strict("door", {"disabled": ["eu-south-2"]})
    regions = aws.ec2.describe_regions(RegionNames=["eu-south-2"], AllRegions=True)["Regions"]
    assert [r["OptInStatus"] for r in regions] == ["not-opted-in"]
    assert not aws.ec2.describe_regions(RegionNames=["eu-south-2"])["Regions"]
    aws.refused("InvalidParameterValue", aws.ec2.describe_regions, RegionNames=["mars-1"], AllRegions=True)
