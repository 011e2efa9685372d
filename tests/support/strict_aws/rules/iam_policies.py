"""What a policy allows: SimulatePrincipalPolicy, and the limits of policies.

Sources: IAM API reference, SimulatePrincipalPolicy, PutRolePolicy; IAM user guide, "IAM and AWS STS quotas" (inline
policies of a role: 10,240 characters without white space).
"""

from __future__ import annotations

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.policy_validation import IAMPolicyDocumentValidator

from ..errors import AwsError
from ..permissions import caller, denied
from ..policies import Need
from ..policies import decision as policies_decision
from ..registry import Context, handles
from .iam_roles import _role, no_such

INLINE_CHARACTERS = 10240


@handles("iam", "SimulatePrincipalPolicy")
def simulate(context: Context) -> Any:
    params, results = context.params, []
    arn = params["PolicySourceArn"]
    own = arn == caller(context.call.account)
    policies = None if own or arn.endswith(":root") else _policies(context, arn)
    documents = context.world.policies.of.get(context.call.account) if own else None
    given = {e["ContextKeyName"]: e["ContextKeyValues"][0] for e in params.get("ContextEntries") or []}
    for action in params["ActionNames"]:
        for resource in params.get("ResourceArns") or ["*"]:
            decision = "allowed" if policies is None else _decide(policies, action, resource)
            if documents is not None:
                decision = policies_decision(documents, Need(action, resource, given))
            if denied(context.world.denied, action):
                decision = "implicitDeny"
            results.append({"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision})
    return {"EvaluationResults": results, "IsTruncated": False}


def _decide(policies: list[IAMPolicy], action: str, resource: str) -> str:
    found = {p.is_action_permitted(action, resource) for p in policies}
    if PermissionResult.DENIED in found:
        return "explicitDeny"
    return "allowed" if PermissionResult.PERMITTED in found else "implicitDeny"


def _policies(context: Context, arn: str) -> list[IAMPolicy]:
    iam = context.region.iam
    for entity in [*iam.roles.values(), *iam.users.values()]:
        if entity.arn == arn:
            inline = entity.policies
            documents = inline.values() if isinstance(inline, dict) else [p["policy_document"] for p in inline]
            documents = [d if isinstance(d, str) else json.dumps(d) for d in documents]
            return [*map(IAMPolicy, documents), *map(IAMPolicy, entity.managed_policies.values())]
    raise no_such("entity", arn)


@handles("iam", "PutRolePolicy")
def put_role_policy(context: Context) -> Any:
    role = _role(context, context.params["RoleName"])
    text = context.params["PolicyDocument"]
    IAMPolicyDocumentValidator(text).validate()
    others = sum(len("".join(str(d).split())) for n, d in role.policies.items() if n != context.params["PolicyName"])
    if others + len("".join(text.split())) > INLINE_CHARACTERS:
        raise AwsError(
            "LimitExceeded", f"Maximum policy size of {INLINE_CHARACTERS} bytes exceeded for role {role.name}", 409
        )
    return context.forward()
