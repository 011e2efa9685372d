"""What an account is told of its limits."""

from __future__ import annotations

from .conftest import Aws


def test_an_empty_account_uses_nothing(aws: Aws) -> None:
    quotas = aws.rds.describe_account_attributes()["AccountQuotas"]
    assert {q["AccountQuotaName"]: (q["Used"], q["Max"]) for q in quotas}["DBInstances"] == (0, 40)
    limits = aws.autoscaling.describe_account_limits()
    assert (limits["NumberOfAutoScalingGroups"], limits["MaxNumberOfAutoScalingGroups"]) == (0, 500)
    regions = aws.ec2.describe_regions(RegionNames=["eu-west-1"], AllRegions=True)["Regions"]
    assert [r["OptInStatus"] for r in regions] == ["opt-in-not-required"]
