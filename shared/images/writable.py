"""
What may be written of a compute instance, of all that its document shows (types of the ARM API at 2025-12-01).

A field that is neither writable nor known to be read-only is told by its path, so that nobody takes for kept what the
API would silently leave out.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from shared.model.facts import Json

type Shape = Mapping[str, Shape | None]
"""Keys of an object, or of each object in a list, with the shape of what is under them; None for all of it."""


def written(document: Json) -> tuple[dict[str, Any], list[str]]:
    """A copy of what may be written of a document, and the paths of what says something and may not."""
    return _project(document, _WRITABLE, _READ_ONLY)


def is_empty(content: object) -> bool:
    """Whether it says nothing: absent, null and empty mean the same (CONTRACTS §2)."""
    return not content and not isinstance(content, int | float)


def _project(value: Json, shape: Shape, known: Shape, path: str = "") -> tuple[dict[str, Any], list[str]]:
    """What of an object has a shape, and the paths of what has not and is not `known` to be read-only."""
    kept: dict[str, Any] = {}
    left: list[str] = []
    for key, content in value.items():
        if is_empty(content) or (key in known and known[key] is None):
            continue
        here = f"{path}.{key}" if path else key
        under = shape.get(key, {})
        if under is None:
            kept[key] = deepcopy(content)
        elif key in shape and isinstance(content, Mapping | list):
            part, more = _part(content, under, known.get(key) or {}, here)
            left += more
            if part:
                kept[key] = part
        elif content is not _DEFAULTS.get(key, False):
            left.append(here)
    return kept, left


def _part(content: Json | list[Any], shape: Shape, known: Shape, path: str) -> tuple[Any, list[str]]:
    if isinstance(content, Mapping):
        return _project(content, shape, known, path)
    parts = [_project(item, shape, known, path) if isinstance(item, Mapping) else ({}, [path]) for item in content]
    return [part for part, _ in parts if part], [more for _, left in parts for more in left]


_DEFAULTS: Final = {"enableRootAccess": True}
"""Settings that the API does not take and a new instance has on; all others it has off (assumed: no page says so)."""

_SCHEDULE: Final[Shape] = {
    "status": None,
    "action": None,
    "triggerType": None,
    "recurrence": None,
    "cron": None,
    "schedule": {"id": None, "status": None},
}
_SERVICE: Final[Shape] = {
    "name": None,
    "image": {"type": None, "reference": None, "version": None},
    "docker": {"privileged": None},
    "endpoints": {"protocol": None, "name": None, "target": None, "published": None, "hostIp": None},
    "volumes": {
        "type": None,
        "readOnly": None,
        "source": None,
        "target": None,
        "consistency": None,
        "bind": None,
        "volume": None,
        "tmpfs": None,
    },
}
_WRITABLE: Final[Shape] = {
    "location": None,
    "tags": None,
    "sku": {"name": None, "tier": None, "size": None, "family": None, "capacity": None},
    "identity": {"type": None},
    "properties": {
        "computeType": None,
        "computeLocation": None,
        "description": None,
        "disableLocalAuth": None,
        "properties": {
            "vmSize": None,
            "subnet": {"id": None},
            "applicationSharingPolicy": None,
            "sshSettings": {"sshPublicAccess": None, "adminPublicKey": None},
            "customServices": _SERVICE,
            "computeInstanceAuthorizationType": None,
            "enableSSO": None,
            "personalComputeInstanceSettings": {"assignedUser": {"objectId": None, "tenantId": None}},
            "schedules": {"computeStartStop": _SCHEDULE},
            "idleTimeBeforeShutdown": None,
            "enableNodePublicIp": None,
        },
    },
}
"""What may be written of an instance, less what is written by hand above."""

_READ_ONLY: Final[Shape] = {
    "id": None,
    "name": None,
    "type": None,
    "apiVersion": None,
    "etag": None,
    "systemData": None,
    "identity": {"principalId": None, "tenantId": None, "userAssignedIdentities": None},
    "properties": {
        "provisioningState": None,
        "provisioningErrors": None,
        "provisioningWarnings": None,
        "createdOn": None,
        "modifiedOn": None,
        "resourceId": None,
        "isAttachedCompute": None,
        "properties": {
            "osImageMetadata": None,
            "connectivityEndpoints": None,
            "applications": None,
            "createdBy": None,
            "errors": None,
            "state": None,
            "lastOperation": None,
            "containers": None,
            "versions": None,
            "updateStatus": None,
            "setupScripts": None,
            "sshSettings": {"adminUserName": None, "sshPort": None},
            "schedules": {"computeStartStop": {"id": None, "provisioningStatus": None}},
        },
    },
}
"""What is read and never written (types at 2025-12-01, and what the recording shows besides), or not from here."""
