"""Managed identities of resources: what a client asks for, completed with the principals that Azure makes."""

import uuid
from typing import Any

from local.azure.cloud import Cloud
from local.azure.store import Document


def with_principals(given: Document, cloud: Cloud, before: Document | None = None) -> Document:
    """The identity asked for, with principals for those it names; what was there `before` keeps its own."""
    known = before or {}
    identity: Document = {**given}
    if "SystemAssigned" in (given.get("type") or ""):
        identity["principalId"] = known.get("principalId") or str(uuid.uuid4())
        identity["tenantId"] = cloud.options.tenant
    users: dict[str, Any] = given.get("userAssignedIdentities") or {}
    if users:
        old = known.get("userAssignedIdentities") or {}
        identity["userAssignedIdentities"] = {name: old.get(name) or _principal() for name in users}
    return identity


def _principal() -> Document:
    return {"principalId": str(uuid.uuid4()), "clientId": str(uuid.uuid4())}
