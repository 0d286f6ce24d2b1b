"""What becomes of a compute instance when it is written to, on its way and at the end (CONTRACTS §4)."""

import copy
import uuid
from collections.abc import Mapping
from typing import Any

from shared.images.definition import capture
from shared.images.machine import Machine
from shared.model.action import CreateInstance, DeleteInstance, RestartInstance, StopInstance
from shared.model.errors import Conflict, Overtaken, Rejected
from shared.model.facts import Fact
from shared.model.resource_id import ResourceId

type Document = dict[str, Any]
type World = dict[ResourceId, Document]
type InstanceAction = StopInstance | RestartInstance | DeleteInstance | CreateInstance

APP = "0c1e5a0a-2222-4000-8000-00000000abcd"
"""Object id of whoever makes instances here."""
FIRST_IMAGE = "26.02.20"
"""What a region has of which nobody has told anything."""

INSTANCE_ACTIONS = (StopInstance, RestartInstance, DeleteInstance, CreateInstance)

_PASSING = frozenset({"Creating", "Deleting", "Updating"})
_MOVING = {StopInstance: "Stopping", RestartInstance: "Restarting"}
_DONE = {StopInstance: ("Stop", "Stopped"), RestartInstance: ("Restart", "Running")}


def check(target: ResourceId, action: InstanceAction, world: World) -> None:
    """Raises Overtaken for an instance that is not what was judged, Rejected where there is nothing to make one in."""
    document = world.get(target)
    provisioning = (document or {"properties": {}})["properties"].get("provisioningState")
    if isinstance(action, CreateInstance):
        if document is None and target.parent not in world:
            raise Rejected(f"404 ResourceNotFound: {target.parent} does not exist")
        if provisioning == "Deleting":
            raise Conflict(f"409 Conflict: {target} is being deleted")
        return
    if document is None or provisioning in _PASSING or not _is_as_judged(Fact.of(document), action):
        raise Overtaken(f"{target}: it is gone, on its way or changed")


def _is_as_judged(fact: Fact, action: StopInstance | RestartInstance | DeleteInstance) -> bool:
    machine, needed = Machine.of(fact), "Stopped" if isinstance(action, DeleteInstance) else "Running"
    is_same = not isinstance(action, DeleteInstance) or capture(fact).document == action.document
    return machine.state == needed and machine.as_seen == action.seen and is_same


def begin(target: ResourceId, action: InstanceAction, world: World) -> None:
    """What an instance shows once Azure has taken the write, and until it has carried it out."""
    match action, world.get(target):
        case CreateInstance(), None:
            world[target] = _named(target, action.document) | {"properties": _creating(action.document)}
        case DeleteInstance(), dict() as document:
            document["properties"]["provisioningState"] = "Deleting"
        case ((StopInstance() | RestartInstance()), dict() as document):
            document["properties"]["properties"]["state"] = _MOVING[type(action)]


def end(target: ResourceId, action: InstanceAction, world: World, images: Mapping[str, str], moment: str) -> None:
    """What an instance is in the end, made anew with the latest image that its region has."""
    match action:
        case CreateInstance(given) if target not in world or _is_creating(world[target]):
            world[target] = _made(target, given, images, moment)
        case DeleteInstance():
            world.pop(target, None)
        case StopInstance() | RestartInstance():
            name, state = _DONE[type(action)]
            inner = world[target]["properties"]["properties"]
            inner |= {"state": state, "lastOperation": _operation(name, moment)}
            if name == "Restart" and (status := (inner.get("osImageMetadata") or {}).get("osPatchingStatus")):
                status["rebootPending"] = False


def latest_of(document: Mapping[str, Any]) -> tuple[str, str]:
    """The region of a compute and the latest image that it shows there; empty for none."""
    inner = (document.get("properties") or {}).get("properties") or {}
    shown = inner.get("osImageMetadata") or {}
    return str(document.get("location") or ""), str(shown.get("latestImageVersion") or "")


def _is_creating(document: Document) -> bool:
    return bool(document["properties"].get("provisioningState") == "Creating")


def _creating(given: Mapping[str, Any]) -> Document:
    inner = given["properties"].get("properties") or {}
    nothing = dict.fromkeys((*inner, "state", "osImageMetadata", "lastOperation", "createdBy"))
    return {**copy.deepcopy(given["properties"]), "provisioningState": "Creating", "properties": nothing}


def _named(target: ResourceId, given: Mapping[str, Any]) -> Document:
    kind = "Microsoft.MachineLearningServices/workspaces/computes"
    return {"tags": None, **copy.deepcopy(dict(given)), "id": str(target), "name": target.name, "type": kind}


def _made(target: ResourceId, given: Mapping[str, Any], images: Mapping[str, str], moment: str) -> Document:
    document = _named(target, given)
    identity = document.get("identity") or {}
    if "SystemAssigned" in str(identity.get("type")):
        identity["principalId"] = str(uuid.uuid4())
    properties = document["properties"]
    inner = properties.get("properties") or {}
    image = images.get(str(document.get("location")), FIRST_IMAGE)
    properties |= {"provisioningState": "Succeeded", "createdOn": moment}
    properties["properties"] = {
        **inner,
        "vmSize": str(inner.get("vmSize")).upper(),
        "state": "Running",
        "createdBy": {"userId": APP},
        "lastOperation": _operation("Create", moment),
        "osImageMetadata": {
            "currentImageVersion": image,
            "latestImageVersion": image,
            "isLatestOsImageVersion": True,
            "osPatchingStatus": None,
        },
    }
    return document


def _operation(name: str, moment: str) -> Document:
    return {
        "operationName": name,
        "operationTime": moment,
        "operationStatus": "Succeeded",
        "operationTrigger": "User",
    }
