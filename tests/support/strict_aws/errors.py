"""AWS's errors, raised by the rules and written out in the protocol's own form."""

from __future__ import annotations


class AwsError(Exception):
    """`code` as it stands on the wire, which for query services may differ from the exception's name in the model."""

    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class Page(AwsError):
    """Not AWS's answer but that of something before it, as a load balancer gives: a page to look at."""

    def __init__(self) -> None:
        super().__init__("(a page)", "<html><body><h1>502 Bad Gateway</h1></body></html>", 502)


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)


def missing(name: str) -> AwsError:
    return AwsError("MissingParameter", f"The request must contain the parameter {name}")


def dependency(message: str) -> AwsError:
    return AwsError("DependencyViolation", message)


def validation(message: str) -> AwsError:
    return AwsError("ValidationError", message)
