"""RDS's rules on names, users, passwords and backups.

Sources: botocore's rds model, documentation of CreateDBInstanceMessage, CreateDBSubnetGroupMessage and
CreateDBParameterGroupMessage; AWS.md, "Names and limits".
"""

from __future__ import annotations

import re

from .errors import invalid

IDENTIFIER = re.compile(r"[A-Za-z](?:-?[A-Za-z0-9])*")
USER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,15}")
DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SUBNET_GROUP = re.compile(r"[A-Za-z0-9 ._-]{1,255}")
#: Names that no engine gives its master user, and Postgres's own (AWS.md: found in an issue).
RESERVED_USERS = {"postgres": {"admin", "rdsadmin", "public"}, "mysql": {"rdsadmin"}, "mariadb": {"rdsadmin"}}
RESERVED_DATABASES = {"postgres": {"db"}}
PASSWORD_LENGTHS = {"postgres": (8, 128), "mysql": (8, 41), "mariadb": (8, 41)}
DATABASE_LENGTHS = {"postgres": 63, "mysql": 64, "mariadb": 64}


def check_identifier(value: str, name: str = "DBInstanceIdentifier", longest: int = 63) -> str:
    """The identifier as RDS stores it."""
    if len(value) > longest or not IDENTIFIER.fullmatch(value):
        raise invalid(
            f"The parameter {name} is not a valid identifier. Identifiers must begin with a letter; must contain only "
            "ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
        )
    return value.lower()


def check_subnet_group_name(value: str) -> str:
    if not SUBNET_GROUP.fullmatch(value) or value.lower() == "default":
        raise invalid("The parameter DBSubnetGroupName is not a valid identifier.")
    return value.lower()


def check_user(engine: str, user: str) -> None:
    if not USER.fullmatch(user):
        raise invalid(
            "The parameter MasterUsername must begin with a letter and have at most 16 letters, digits and underscores."
        )
    reserved = user.lower() in RESERVED_USERS.get(engine, set())
    if reserved or (engine == "postgres" and user.lower().startswith("pg_")):
        raise invalid(f"MasterUsername {user} cannot be used as it is a reserved word used by the engine")


def check_password(engine: str, password: str) -> None:
    low, high = PASSWORD_LENGTHS.get(engine, (8, 128))
    if not low <= len(password) <= high:
        raise invalid(
            f"The parameter MasterUserPassword is not a valid password because its length is not {low} to {high}."
        )
    if any(not 32 < ord(c) < 127 or c in '/"@' for c in password):
        raise invalid(
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', "
            "'@', '\"', ' ' may be used."
        )


def check_database(engine: str, name: str) -> None:
    longest = DATABASE_LENGTHS.get(engine, 64)
    if len(name) > longest or not DATABASE.fullmatch(name):
        raise invalid("DBName must begin with a letter and contain only alphanumeric characters.")
    if name.lower() in RESERVED_DATABASES.get(engine, set()):
        raise invalid(f"DBName {name} cannot be used. It is a reserved word for this engine")


def check_backup(days: int | None) -> None:
    if days is not None and not 0 <= days <= 35:
        raise invalid(f"Invalid backup retention period: {days}. Must be between 0 and 35.")
