"""Engines and versions that the layer knows: a sample of RDS's own list.

Source: RDS user guide, "Available PostgreSQL database versions" and "MySQL on Amazon RDS versions"; a bare major is
accepted at creation and resolves to the default minor (AWS.md, "engine version").
"""

from __future__ import annotations

from .errors import AwsError

#: engine -> (family's prefix, minors of each major, ascending).
VERSIONS = {
    "postgres": {
        "13": ["13.20", "13.22"],
        "14": ["14.17", "14.19"],
        "15": ["15.12", "15.14"],
        "16": ["16.8", "16.9", "16.10"],
        "17": ["17.4", "17.5", "17.6"],
        "18": ["18.1"],
    },
    "mysql": {"8.0": ["8.0.41", "8.0.42", "8.0.43"], "8.4": ["8.4.4", "8.4.5", "8.4.6"]},
    "mariadb": {"10.11": ["10.11.13"], "11.4": ["11.4.7"]},
}
#: The major that an unnamed version means.
DEFAULTS = {"postgres": "17", "mysql": "8.4", "mariadb": "11.4"}
PORTS = {"postgres": 5432, "mysql": 3306, "mariadb": 3306}


def resolve(engine: str, wanted: str | None) -> str:
    majors = VERSIONS.get(engine)
    if majors is None:
        raise AwsError("InvalidParameterValue", f"Invalid DB engine: {engine}")
    if not wanted:
        return majors[DEFAULTS[engine]][-1]
    if wanted in majors:
        return majors[wanted][-1]
    if any(wanted in minors for minors in majors.values()):
        return wanted
    raise AwsError("InvalidParameterCombination", f"Cannot find version {wanted} for {engine}")


def major(engine: str, version: str) -> str:
    return next(m for m, minors in VERSIONS[engine].items() if version in minors)


def family(engine: str, version: str) -> str:
    return f"{engine}{major(engine, version)}"


def families() -> set[str]:
    return {f"{engine}{name}" for engine, majors in VERSIONS.items() for name in majors}
