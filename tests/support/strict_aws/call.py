"""One request, read back through botocore's model of its service."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import Any

from botocore import parsers, serialize
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.utils import get_service_model
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request

from .errors import AwsError

#: The name in the credential scope -> the name of botocore's model, where the two differ.
SIGNING_NAMES = {"elasticloadbalancing": "elbv2", "tagging": "resourcegroupstaggingapi"}
#: An access key of this form acts in the account that it names; any other acts in moto's.
ACCOUNT_KEY = re.compile(r"Credential=ACCOUNT(\d{12})/")
SCOPE = re.compile(r"Credential=([^/,\s]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request")


@dataclass
class Call:
    service: str
    action: str
    region: str
    account: str
    access_key: str
    protocol: str
    environ: dict[str, Any]
    body: bytes
    content_type: str
    operation: OperationModel | None = None
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return (self.service, self.action)


def read(environ: dict[str, Any], default_account: str) -> Call:
    """Reads what every request has: who asks which service for what. Does not look at the parameters yet."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    scope = SCOPE.search(authorization)
    if not scope:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    access_key, _, region, signing = scope.groups()
    service = SIGNING_NAMES.get(signing, signing)
    named = ACCOUNT_KEY.search(authorization)
    if named:
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = account = named.group(1)
    else:
        account = account_of(access_key, default_account)
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
    content_type = environ.get("CONTENT_TYPE", "")
    target = environ.get("HTTP_X_AMZ_TARGET")
    try:
        model = get_service_model(service)
        protocol = model.protocol
    except Exception:
        model, protocol = None, "query"
    if target:
        action = target.rsplit(".", 1)[-1]
    else:
        found = re.search(rb"(?:^|&)Action=([A-Za-z0-9]+)", body or environ.get("QUERY_STRING", "").encode())
        action = found.group(1).decode() if found else ""
    call = Call(service, action, region, account, access_key, protocol, environ, body, content_type)
    if model is not None and action in model.operation_names:
        call.operation = model.operation_model(action)
    return call


def account_of(access_key: str, default: str) -> str:
    """Temporary credentials belong to the account of the role that was assumed."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.iam.models import get_account_id_from

    found = get_account_id_from(access_key)
    return default if found == DEFAULT_ACCOUNT_ID else found


def parse(call: Call) -> dict[str, Any]:
    """The parameters as a client would have given them to botocore."""
    request = Request({**call.environ, "wsgi.input": io.BytesIO(call.body)})
    parser = PROTOCOL_PARSERS[call.protocol](call.operation)
    parsed = parser.parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": Headers(request.headers),
            "body": call.body,
            "url_path": request.path,
            "url_params": {},
        }
    )
    return parsed or {}


def encode(call: Call, params: dict[str, Any], operation: OperationModel | None = None) -> dict[str, Any]:
    """A request of botocore's own making with these parameters: its `body` and `headers`."""
    serializer = serialize.create_serializer(call.protocol, include_validation=False)
    return serializer.serialize_to_request(params, operation or call.operation)


def read_answer(call: Call, operation: OperationModel, status: int, headers: dict[str, str], body: bytes) -> dict:
    """moto's answer as botocore hands it to a client, without its metadata; its error, if it is one, raised."""
    parser = parsers.create_parser(call.protocol)
    lower = {k.lower(): v for k, v in headers.items()}
    parsed = parser.parse({"body": body, "headers": lower, "status_code": status}, operation.output_shape)
    if status >= 300:
        error = parsed.get("Error", {})
        status = 400 if call.protocol == "json" and status < 500 else status
        raise AwsError(error.get("Code") or "InternalFailure", error.get("Message") or "", status)
    parsed.pop("ResponseMetadata", None)
    return parsed
