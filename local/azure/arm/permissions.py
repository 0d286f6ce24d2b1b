"""Whether a request's principal may perform an action, ARM's refusal when not, and what it may do at all."""

from local.azure.arm.authorization.grants import granted, permissions_of, undecided
from local.azure.arm.call import Call, Reply
from local.azure.arm.errors import ArmError
from local.azure.arm.plain import require
from local.azure.cloud import Cloud
from local.azure.tokens import Claims


def authorize(cloud: Cloud, call: Call, action: str, scope: str) -> None:
    """Raises ArmError 403 that names the action and the scope."""
    if permitted(cloud, call.claims, action, scope):
        return
    who = call.claims.get("upn") or call.claims["appid"]
    raise ArmError(
        403,
        "AuthorizationFailed",
        f"The client '{who}' with object id '{call.claims['oid']}' does not have authorization to perform action "
        f"'{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh "
        f"your credentials.{_left_open(cloud, call.claims, action, scope)}",
    )


def _left_open(cloud: Cloud, claims: Claims, action: str, scope: str) -> str:
    """What the refusal owes to a condition that the stand-in does not evaluate."""
    roles = claims["oid"] in cloud.options.role_based
    ids = ", ".join(undecided(cloud, claims["oid"], action, scope)) if roles else ""
    return f" The stand-in does not evaluate the condition of: {ids}." if ids else ""


def permitted(cloud: Cloud, claims: Claims, action: str, scope: str, *, data: bool = False) -> bool:
    """Whether a token's owner may perform an action, or a data action, on a scope."""
    if claims["oid"] in cloud.options.role_based:
        return granted(cloud, claims["oid"], action, scope, data=data)
    return cloud.directory.may(claims, action)


def list_permissions(cloud: Cloud, call: Call) -> Reply:
    """The caller's own permissions at a scope: those of its roles, or one role that holds its action globs."""
    require(cloud, call.scope)
    if call.claims["oid"] in cloud.options.role_based:
        return Reply(200, {"value": list(permissions_of(cloud, call.claims["oid"], call.scope))})
    role = {"actions": list(cloud.directory.actions(call.claims)), "notActions": []}
    return Reply(200, {"value": [{**role, "dataActions": [], "notDataActions": []}]})
