"""What hangs on any resource: diagnostic settings and management locks.

A ReadOnly lock refuses every write below it, POST actions such as listKeys included; CanNotDelete refuses deletes.
"""

from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import text
from local.azure.arm.errors import ArmError, bad_request
from local.azure.arm.plain import require
from local.azure.arm.storage import require_scope
from local.azure.arm_ids import ancestry, canonical, name_of
from local.azure.cloud import Cloud
from local.azure.store import Store

DIAGNOSTIC_TYPE = "Microsoft.Insights/diagnosticSettings"
LOCK_TYPE = "Microsoft.Authorization/locks"
FORBIDDEN_BY = {
    "PUT": ("ReadOnly",),
    "PATCH": ("ReadOnly",),
    "POST": ("ReadOnly",),
    "DELETE": ("ReadOnly", "CanNotDelete"),
}
LOCK_LEVELS = ("CanNotDelete", "ReadOnly")
SINKS = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId")


def list_diagnostic_settings(cloud: Cloud, call: Call) -> Reply:
    """The settings of one resource; never paged."""
    require_scope(cloud, call.scope)
    return Reply(200, {"value": cloud.store.children(call.scope, DIAGNOSTIC_TYPE)})


def get_diagnostic_setting(cloud: Cloud, call: Call) -> Reply:
    """One setting."""
    require_scope(cloud, call.scope)
    document = cloud.store.get(call.target)
    if document is None:
        raise ArmError(404, "ResourceNotFound", f"The diagnostic setting '{name_of(call.target)}' was not found.")
    return Reply(200, document)


def put_diagnostic_setting(cloud: Cloud, call: Call) -> Reply:
    """Creates or replaces a setting; it must send somewhere."""
    require_scope(cloud, call.scope)
    properties = call.part(call.document(), "properties")
    if not any(text(properties, sink) for sink in SINKS):
        raise bad_request("BadRequest", f"A diagnostic setting needs at least one of {', '.join(SINKS)}.")
    created = cloud.store.get(call.target) is None
    document = {
        "id": call.target,
        "type": DIAGNOSTIC_TYPE,
        "name": name_of(call.target),
        "properties": {"metrics": [], "logs": [], "logAnalyticsDestinationType": None, **properties},
    }
    cloud.store.put(document)
    return Reply(200, document, created=created)


def delete_diagnostic_setting(cloud: Cloud, call: Call) -> Reply:
    """Removes a setting; 204 when there was none."""
    known = cloud.store.get(call.target) is not None
    cloud.store.remove(call.target)
    return Reply(200 if known else 204, changed=known)


def check_locks(store: Store, call: Call) -> None:
    """Raises ArmError 409 ScopeLocked when a lock on the target or above it forbids the request.

    Locks themselves can always be written and removed, and a query that is POSTed still only reads.
    """
    action = call.route.action
    free = action.startswith(f"{LOCK_TYPE}/") or action.endswith("/read")
    levels = () if free else FORBIDDEN_BY.get(call.route.method, ())
    for scope in ancestry(canonical(call.target)) if levels else ():
        for lock in store.children(scope, LOCK_TYPE):
            if text(lock, "properties", "level") in levels:
                raise ArmError(
                    409,
                    "ScopeLocked",
                    f"The scope '{call.target}' cannot perform {call.route.action} because following scope(s) are "
                    f"locked: '{lock['id']}'. Please remove the lock and try again.",
                )


def list_locks(cloud: Cloud, call: Call) -> Reply:
    """The locks that bear on a scope: its own and its parents', and without `atScope()` those below it."""
    require(cloud, call.scope)
    above = [lock for scope in ancestry(canonical(call.scope)) for lock in cloud.store.children(scope, LOCK_TYPE)]
    if call.query.get("$filter", "").replace(" ", "").casefold() == "atscope()":
        return Reply(200, {"value": above})
    known = {canonical(lock["id"]) for lock in above}
    below = [lock for lock in cloud.store.of_type(LOCK_TYPE, call.scope) if canonical(lock["id"]) not in known]
    return Reply(200, {"value": above + below})


def get_lock(cloud: Cloud, call: Call) -> Reply:
    """One lock of a scope."""
    lock = cloud.store.get(call.target)
    if lock is None:
        raise ArmError(404, "LockNotFound", f"The lock '{name_of(call.target)}' could not be found.")
    return Reply(200, lock)


def put_lock(cloud: Cloud, call: Call) -> Reply:
    """Creates or replaces a lock."""
    require(cloud, call.scope)
    given = call.part(call.document(), "properties")
    if text(given, "level") not in LOCK_LEVELS:
        raise bad_request("InvalidLockLevel", f"A lock's 'level' must be one of {', '.join(LOCK_LEVELS)}.")
    created = cloud.store.get(call.target) is None
    document = {"id": call.target, "name": name_of(call.target), "type": LOCK_TYPE, "properties": given}
    cloud.store.put(document)
    return Reply(201 if created else 200, document, created=created)


def delete_lock(cloud: Cloud, call: Call) -> Reply:
    """Removes a lock; 204 when there was none."""
    known = cloud.store.get(call.target) is not None
    cloud.store.remove(call.target)
    return Reply(200 if known else 204, changed=known)
