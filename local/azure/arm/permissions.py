"""Whether a request's principal may perform an action, and ARM's refusal when not."""

from local.azure.arm.call import Call
from local.azure.arm.errors import ArmError
from local.azure.cloud import Cloud


def authorize(cloud: Cloud, call: Call, action: str, scope: str) -> None:
    """Raises ArmError 403 that names the action and the scope."""
    if cloud.directory.may(call.claims, action):
        return
    who = call.claims.get("upn") or call.claims["appid"]
    raise ArmError(
        403,
        "AuthorizationFailed",
        f"The client '{who}' with object id '{call.claims['oid']}' does not have authorization to perform action "
        f"'{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh "
        "your credentials.",
    )
