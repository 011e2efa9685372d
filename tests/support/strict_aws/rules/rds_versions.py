"""Engine versions, which moto cannot list.

Source: RDS API reference, DescribeDBEngineVersions.
"""

from __future__ import annotations

from typing import Any

from .. import rds_engines
from ..registry import Context, handles


@handles("rds", "DescribeDBEngineVersions")
def describe_engine_versions(context: Context) -> Any:
    params, shown = context.params, []
    for engine, majors in rds_engines.VERSIONS.items():
        for name, minors in majors.items():
            for version in minors:
                wanted = params.get("EngineVersion")
                if params.get("Engine") not in (None, engine) or wanted not in (None, name, version):
                    continue
                if params.get("DBParameterGroupFamily") not in (None, f"{engine}{name}"):
                    continue
                if params.get("DefaultOnly") and version != (
                    majors[rds_engines.DEFAULTS[engine]][-1] if not wanted else minors[-1]
                ):
                    continue
                shown.append(
                    {
                        "Engine": engine,
                        "EngineVersion": version,
                        "MajorEngineVersion": name,
                        "DBParameterGroupFamily": f"{engine}{name}",
                        "DBEngineDescription": engine,
                        "DBEngineVersionDescription": f"{engine} {version}",
                        "Status": "available",
                        "ValidUpgradeTarget": [
                            {"Engine": engine, "EngineVersion": v}
                            for v in minors
                            if minors.index(v) > minors.index(version)
                        ],
                    }
                )
    return {"DBEngineVersions": shown}
