"""Parameters: names and sizes.

Source: Systems Manager API reference, PutParameter (Name, Value, Tier); AWS.md, "SSM parameter".
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import AwsError
from ..registry import Context, handles

NAME = re.compile(r"[A-Za-z0-9_.\-/]+")
LONGEST_WITH_ARN, LEVELS = 1011, 15
SIZES = {"Standard": 4096, "Advanced": 8192, "Intelligent-Tiering": 8192}


def _refused(message: str) -> AwsError:
    return AwsError("ValidationException", message)


@handles("ssm", "PutParameter")
def put(context: Context) -> Any:
    params = context.params
    name, value = params["Name"], params["Value"]
    if not NAME.fullmatch(name):
        raise _refused(
            'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). Only a mix of letters, numbers and the symbols .-_/ is allowed.'
        )
    if re.match(r"/?(aws|ssm)", name, re.IGNORECASE):
        raise AwsError("AccessDeniedException", f"No access to reserved parameter name: {name}.")
    if "/" in name and not name.startswith("/"):
        raise _refused("Parameter name must be a fully qualified name.")
    if name.strip("/").count("/") + 1 > LEVELS:
        raise AwsError("HierarchyLevelLimitExceededException", f"A hierarchy can have at most {LEVELS} levels")
    arn = f"arn:aws:ssm:{context.call.region}:{context.call.account}:parameter/{name.lstrip('/')}"
    if len(arn) > LONGEST_WITH_ARN:
        raise _refused(f"The parameter's name must have at most {LONGEST_WITH_ARN} characters with its ARN")
    if len(value.encode()) > SIZES[params.get("Tier", "Standard")]:
        raise _refused(
            "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier."
        )
    if params.get("Overwrite") and params.get("Tags"):
        raise _refused(
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag."
        )
    return context.forward()
