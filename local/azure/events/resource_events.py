"""The event Azure raises for a write, delete or action that went through ARM (CONTRACTS 9). Reads raise none.

An event carries no resource body. What a long-running operation changes is told when it ends, or, with the option
`events_at_accept`, while the resource is still `Updating`, which Azure is seen to do too.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from local.azure.arm.call import Call, Reply
from local.azure.arm_ids import group_of, subscription_of
from local.azure.clock import timestamp
from local.azure.cloud import Cloud
from local.azure.events.event import ResourceEvent
from local.azure.store import Document
from local.azure.tokens import Claims

TYPES = {"PUT": "Write", "PATCH": "Write", "DELETE": "Delete", "POST": "Action"}
CLAIM_NAMES: Mapping[str, str] = {
    "oid": "http://schemas.microsoft.com/identity/claims/objectidentifier",
    "tid": "http://schemas.microsoft.com/identity/claims/tenantid",
    "scp": "http://schemas.microsoft.com/identity/claims/scope",
    "idp": "http://schemas.microsoft.com/identity/claims/identityprovider",
    "sub": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
    "upn": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "unique_name": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
}


def raise_event(cloud: Cloud, call: Call, reply: Reply) -> None:
    """Publishes the event of a successful request, now or when its long-running operation ends."""
    kind = TYPES.get(call.route.method)
    if kind is None or not (call.route.raises_event and reply.changed):
        return

    def publish() -> None:
        cloud.events.publish(_event(cloud, call, kind, created=reply.created))

    if reply.operation is None or cloud.options.events_at_accept:
        publish()
    else:
        reply.operation.on_success = publish


def _event(cloud: Cloud, call: Call, kind: str, *, created: bool) -> ResourceEvent:
    subscription = subscription_of(call.target)
    return ResourceEvent(
        id=str(uuid.uuid4()),
        type=f"Microsoft.Resources.Resource{kind}Success",
        subject=call.target,
        time=timestamp(cloud.clock.now()),
        topic=f"/subscriptions/{subscription}",
        data=_data(call, subscription, cloud.options.tenant, created=created),
    )


def _data(call: Call, subscription: str, tenant: str, *, created: bool) -> Document:
    action = call.route.action
    data: Document = {
        "authorization": {"scope": call.target, "action": action, "evidence": _evidence(call.claims, subscription)},
        "claims": event_claims(call.claims),
        "correlationId": call.correlation_id,
        "resourceProvider": action.partition("/")[0],
        "resourceUri": call.target,
        "operationName": action,
        "status": "Succeeded",
        "subscriptionId": subscription,
        "tenantId": tenant,
    }
    if group := group_of(call.target):
        data["resourceGroup"] = group
    if not created:
        data["httpRequest"] = {
            "clientRequestId": call.client_request_id,
            "clientIpAddress": call.claims.get("ipaddr", "127.0.0.1"),
            "method": call.route.method,
            "url": f"{call.base_url}{call.path}?api-version={call.api_version}",
        }
    return data


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
