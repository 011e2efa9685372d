"""Answers and errors in the form of each protocol."""

from __future__ import annotations

import json
import uuid
from typing import Any
from xml.sax.saxutils import escape

from moto.core.serialize import SerializationContext, get_serializer_class

from .call import Call
from .errors import AwsError, Page

Answer = tuple[int, dict[str, str], bytes]


def request_id() -> str:
    return str(uuid.uuid4())


def result(call: Call, value: dict[str, Any] | None) -> Answer:
    serializer_class = get_serializer_class(call.service, call.protocol)
    serializer = serializer_class(call.operation, context=SerializationContext(request_id()))
    written = serializer.serialize(value or {})
    body = written["body"]
    return written["status_code"], dict(written["headers"]), body.encode() if isinstance(body, str) else body


def error(call: Call | None, failure: AwsError) -> Answer:
    if isinstance(failure, Page):
        return failure.status, {"Content-Type": "text/html"}, failure.message.encode()
    protocol = call.protocol if call else "query"
    code, message, rid = escape(failure.code), escape(failure.message), request_id()
    if protocol.startswith(("json", "rest-json")):
        document = {"__type": failure.code, "message": failure.message, "Message": failure.message}
        headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": rid}
        return failure.status, headers, json.dumps(document).encode()
    if protocol == "ec2":
        text = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
            f"<RequestID>{rid}</RequestID></Response>"
        )
    else:
        sender = "Sender" if failure.status < 500 else "Receiver"
        text = (
            f"<ErrorResponse><Error><Type>{sender}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            f"<RequestId>{rid}</RequestId></ErrorResponse>"
        )
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
    return failure.status, {"Content-Type": "text/xml", "x-amzn-RequestId": rid}, body
