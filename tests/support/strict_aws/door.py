"""What AWS turns away before it looks at what is asked: a request from another time, or to a region that is not enabled.

All that is said of it is that the credentials are no good.
Codes: AWS.md; https://github.com/turbot/steampipe-plugin-aws/issues/75 and
https://github.com/aws/aws-sdk-ruby/issues/2850 show EC2's and STS's of a region.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from email.utils import format_datetime

from .call import Call
from .errors import AwsError

#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
VALID = datetime.timedelta(minutes=5)
STAMP = "%Y%m%dT%H%M%SZ"


@dataclass
class Door:
    #: By how many seconds AWS's clock is ahead of this machine's.
    ahead: float = 0.0
    #: Regions that the account has not enabled.
    disabled: list[str] = field(default_factory=list)

    def clear(self) -> None:
        self.ahead = 0.0
        self.disabled.clear()

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=self.ahead)

    def date(self) -> str:
        """As an answer's head says it."""
        return format_datetime(self.now().replace(microsecond=0), usegmt=True)

    def check(self, call: Call) -> None:
        if call.region in self.disabled:
            raise refused(call, "The security token included in the request is invalid.", "InvalidClientTokenId")
        stamp = call.environ.get("HTTP_X_AMZ_DATE", "")
        if not stamp:
            return
        now, signed = self.now(), datetime.datetime.strptime(stamp, STAMP).replace(tzinfo=datetime.UTC)
        if abs(now - signed) > VALID:
            first, last = (now - VALID).strftime(STAMP), (now + VALID).strftime(STAMP)
            late = f"Signature expired: {stamp} is now earlier than {first} ({now.strftime(STAMP)} - 5 min.)"
            early = f"Signature not yet current: {stamp} is still later than {last} ({now.strftime(STAMP)} + 5 min.)"
            raise refused(call, late if signed < now else early, "SignatureDoesNotMatch")


def refused(call: Call, message: str, code: str) -> AwsError:
    if call.service == "ec2":
        return AwsError("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    if call.protocol == "json":
        known = {
            "SignatureDoesNotMatch": "InvalidSignatureException",
            "InvalidClientTokenId": "UnrecognizedClientException",
        }
        return AwsError(known[code], message)
    return AwsError(code, message, 403)
