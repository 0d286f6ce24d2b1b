"""The event Azure raises for a write, delete or action that went through ARM (CONTRACTS 9). Reads raise none.

An event carries no resource body. What a long-running operation changes is told when it ends, or, with the option
`events_at_accept`, while the resource is still `Updating`, which Azure is seen to do too.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from local.azure.arm.call import Call, Reply
from local.azure.arm.routing import permission
from local.azure.arm_ids import group_of, subscription_of
from local.azure.clock import timestamp
from local.azure.cloud import Cloud
from local.azure.events.event import ResourceEvent
from local.azure.store import Document
from local.azure.tokens import Claims

TYPES = {"PUT": "Write", "PATCH": "Write", "DELETE": "Delete", "POST": "Action"}
SUCCESS, FAILURE = "Success", "Failure"
CLAIM_NAMES: Mapping[str, str] = {
    "oid": "http://schemas.microsoft.com/identity/claims/objectidentifier",
    "tid": "http://schemas.microsoft.com/identity/claims/tenantid",
    "scp": "http://schemas.microsoft.com/identity/claims/scope",
    "idp": "http://schemas.microsoft.com/identity/claims/identityprovider",
    "sub": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
    "upn": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "unique_name": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
}


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what to which resource; `request` is None where Azure does not tell it."""

    target: str
    action: str
    claims: Claims
    correlation_id: str
    request: Document | None = None


def raise_event(cloud: Cloud, call: Call, reply: Reply) -> None:
    """Publishes the event of a successful request, now or when its long-running operation ends, well or not."""
    kind = TYPES.get(call.route.method)
    if kind is None or not (call.route.raises_event and reply.changed):
        return
    request = None if reply.created else _request(call)
    deed = Deed(call.target, call.route.action, call.claims, call.correlation_id, request)
    if reply.operation is None or cloud.options.events_at_accept:
        _publish(cloud, deed, kind, SUCCESS)
    else:
        reply.operation.on_success = partial(_publish, cloud, deed, kind, SUCCESS)
    if reply.operation is not None:
        reply.operation.on_failure = partial(_publish, cloud, deed, kind, FAILURE)


def announce(cloud: Cloud, target: str, kind: str, claims: Claims) -> None:
    """Publishes the event of a write or delete that no request of a client made."""
    action = permission("DELETE" if kind == "Delete" else "PUT", target)
    _publish(cloud, Deed(target, action, claims, str(uuid.uuid4())), kind, SUCCESS)


def _publish(cloud: Cloud, deed: Deed, kind: str, outcome: str) -> None:
    subscription = subscription_of(deed.target)
    status = "Succeeded" if outcome == SUCCESS else "Failed"
    event = ResourceEvent(
        id=str(uuid.uuid4()),
        type=f"Microsoft.Resources.Resource{kind}{outcome}",
        subject=deed.target,
        time=timestamp(cloud.clock.now()),
        topic=f"/subscriptions/{subscription}",
        data=_data(deed, subscription, cloud.options.tenant, status),
    )
    cloud.events.publish(event)


def _data(deed: Deed, subscription: str, tenant: str, status: str) -> Document:
    data: Document = {
        "authorization": {
            "scope": deed.target,
            "action": deed.action,
            "evidence": _evidence(deed.claims, subscription),
        },
        "claims": event_claims(deed.claims),
        "correlationId": deed.correlation_id,
        "resourceProvider": deed.action.partition("/")[0],
        "resourceUri": deed.target,
        "operationName": deed.action,
        "status": status,
        "subscriptionId": subscription,
        "tenantId": tenant,
    }
    if group := group_of(deed.target):
        data["resourceGroup"] = group
    if deed.request is not None:
        data["httpRequest"] = deed.request
    return data


def _request(call: Call) -> Document:
    return {
        "clientRequestId": call.client_request_id,
        "clientIpAddress": call.claims.get("ipaddr", "127.0.0.1"),
        "method": call.route.method,
        "url": f"{call.base_url}{call.path}?api-version={call.api_version}",
    }


def event_claims(claims: Claims) -> dict[str, str]:
    """A token's claims under the long names events use, every value a string."""
    return {CLAIM_NAMES.get(name, name): str(value) for name, value in claims.items()}


def _evidence(claims: Claims, subscription: str) -> dict[str, Any]:
    return {
        "role": "Contributor",
        "roleAssignmentScope": f"/subscriptions/{subscription}",
        "roleAssignmentId": uuid.uuid5(uuid.NAMESPACE_OID, claims["oid"]).hex,
        "roleDefinitionId": "b24988ac618042a0ab8820f7382dd24c",
        "principalId": claims["oid"].replace("-", ""),
        "principalType": "User" if claims.get("upn") else "ServicePrincipal",
    }
