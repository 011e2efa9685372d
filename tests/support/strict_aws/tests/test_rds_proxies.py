"""Proxies before databases."""

from __future__ import annotations

from .conftest import Aws

PROXY = {
    "DBProxyName": "pool",
    "EngineFamily": "POSTGRESQL",
    "Auth": [{"AuthScheme": "SECRETS"}],
    "RoleArn": "arn:aws:iam::111111111111:role/pool",
    "VpcSubnetIds": ["subnet-1", "subnet-2"],
}


def test_a_proxy_has_an_endpoint_and_leads_to_what_is_registered(aws: Aws) -> None:
    aws.refused("DBProxyNotFoundFault", aws.rds.describe_db_proxies, DBProxyName="pool")
    aws.rds.create_db_proxy(**PROXY)
    aws.refused("DBProxyAlreadyExistsFault", aws.rds.create_db_proxy, **PROXY)
    [proxy] = aws.rds.describe_db_proxies()["DBProxies"]
    assert proxy["Endpoint"].startswith("pool.proxy-")
    assert aws.rds.describe_db_proxy_targets(DBProxyName="pool")["Targets"] == []
    aws.refused(
        "DBInstanceNotFound", aws.rds.register_db_proxy_targets, DBProxyName="pool", DBInstanceIdentifiers=["nowhere"]
    )
