"""
Writes to compute instances (CONTRACTS §4): idle shutdown, stop, restart, delete and make anew.

An operation for idle shutdown exists in preview versions only, which Azure retires. Where it refuses ours, the stable
way is left: to overwrite the instance with all that it shows and can be written.

Azure carries most of them out after it has answered. Until then it refuses any other with 409, which is a Conflict: its
end raises an event, and whoever comes then finds the instance at rest.

Up to fifty steps are written in turn after a look, and somebody may press Start meanwhile. So what stops, restarts or
deletes an instance reads it again directly before. Computes have no ETag to send along (types of the ARM API at
2025-12-01): what happens between that read and the write, some hundred milliseconds, nobody can rule out.
"""

from collections.abc import Iterator
from typing import Any, Final

from shared.adapters.api_versions import IDLE_SHUTDOWN, MACHINE_LEARNING
from shared.adapters.arm import Arm
from shared.images.definition import Lack, capture
from shared.images.machine import Machine
from shared.images.overtaken import overtaken
from shared.images.writable import is_empty
from shared.model.action import CreateInstance, DeleteInstance, RestartInstance, SetIdleShutdown, StopInstance
from shared.model.errors import Conflict, Overtaken, Rejected
from shared.model.facts import Fact, Kind, Seen
from shared.model.resource_id import ResourceId

type Disturbance = StopInstance | RestartInstance | DeleteInstance
"""What takes from whoever works on an instance what they have there."""
type InstanceAction = SetIdleShutdown | Disturbance | CreateInstance

_MAY_READ: Final = "Microsoft.MachineLearningServices/workspaces/computes/read"
_MAY_WRITE: Final = CreateInstance.permission
_RETIRED: Final = frozenset(
    {"InvalidApiVersionParameter", "InvalidResourceType", "NoRegisteredProviderFound", "UnsupportedApiVersion"}
)
"""What Azure answers for a version that it does not take any more, or does not have an operation in."""
_WHOLE: Final = "&underlyingResourceAction=Delete"
"""Azure wants to be told that the machine goes too, and is not only detached."""


async def change_instance(arm: Arm, instance: ResourceId, action: InstanceAction) -> None:
    """
    Carry out one of them. Raises as `Actuator.apply`.

    That is a read and a write; for idle shutdown a write, and two more requests where a preview version is no longer
    taken.
    """
    match action:
        case SetIdleShutdown(after):
            await _set_idle_shutdown(arm, instance, after, action.permission)
        case StopInstance() | RestartInstance() | DeleteInstance():
            await _refuse_overtaken(arm, instance, action)
            await _disturb(arm, str(instance), action)
        case CreateInstance():
            await _create(arm, instance, action)


async def _refuse_overtaken(arm: Arm, instance: ResourceId, action: Disturbance) -> None:
    """Raises Overtaken for an instance that is no longer what was judged; then nothing is sent."""
    there = await arm.get(str(instance), MACHINE_LEARNING, needs=_MAY_READ)
    seen = Seen.ABSENT if there is None else Seen.PRESENT
    if why := overtaken(Fact(instance, Kind.COMPUTE, there or {}, seen=seen), action):
        raise Overtaken(f"{instance}: {why}")


async def _disturb(arm: Arm, path: str, action: Disturbance) -> None:
    match action:
        case StopInstance():
            await arm.send("POST", f"{path}/stop", MACHINE_LEARNING, None, needs=action.permission)
        case RestartInstance():
            await arm.send("POST", f"{path}/restart", MACHINE_LEARNING, None, needs=action.permission)
        case DeleteInstance():
            await arm.delete(path, MACHINE_LEARNING, query=_WHOLE, needs=action.permission)


async def _set_idle_shutdown(arm: Arm, instance: ResourceId, after: str, needs: str) -> None:
    body = {"idleTimeBeforeShutdown": after}
    try:
        await arm.send("POST", f"{instance}/updateIdleShutdownSetting", IDLE_SHUTDOWN, body, needs=needs)
    except Rejected as error:
        if not any(code in str(error) for code in _RETIRED):
            raise
        await _overwrite(arm, instance, after)


async def _overwrite(arm: Arm, instance: ResourceId, after: str) -> None:
    """Send an instance back with another idle shutdown; one of which anything would be lost is Rejected."""
    document = await arm.get(str(instance), MACHINE_LEARNING, needs=_MAY_READ)
    if document is None:
        raise Rejected(f"{instance}: the instance is gone (404), there is nothing to set")
    fact = Fact(instance, Kind.COMPUTE, document)
    if Machine.of(fact).is_creating:
        raise Conflict(f"{instance}: it is still being made")
    if lost := list(_lost(fact)):
        raise Rejected(
            f"{instance}: Azure takes idle shutdown with all else only, and that would lose {'; '.join(lost)};"
            " set it in the studio"
        )
    await arm.send("PUT", str(instance), MACHINE_LEARNING, _body(fact, after), needs=_MAY_WRITE)


def _lost(fact: Fact) -> Iterator[str]:
    """What overwriting would take away; an instance that stays has its identity, and whoever made it, still."""
    stay = {Lack.IDENTITY} if _assigned(fact) else {Lack.IDENTITY, Lack.PERSON}
    return (one.words for one in capture(fact).cannot if one.what not in stay)


def _body(fact: Fact, after: str) -> dict[str, Any]:
    """All that can be written as it is; whom it is for only where that was said, for a new one would be told."""
    body = dict(capture(fact).document)
    inner = body["properties"]["properties"] | {"idleTimeBeforeShutdown": after}
    for name in ("personalComputeInstanceSettings", "computeInstanceAuthorizationType"):
        if is_empty(fact.get("properties", "properties", name)):
            inner.pop(name, None)
    return body | {"properties": body["properties"] | {"properties": inner}}


def _assigned(fact: Fact) -> bool:
    return not is_empty(fact.get("properties", "properties", "personalComputeInstanceSettings"))


async def _create(arm: Arm, instance: ResourceId, action: CreateInstance) -> None:
    """
    Make an instance unless there is one.

    Azure would overwrite that, which cannot be undone
    (https://learn.microsoft.com/rest/api/azureml/compute/create-or-update).
    """
    there = await arm.get(str(instance), MACHINE_LEARNING, needs=_MAY_READ)
    if there is None:
        await arm.send("PUT", str(instance), MACHINE_LEARNING, action.document, needs=action.permission)
    elif (there.get("properties") or {}).get("provisioningState") == "Deleting":
        raise Conflict(f"{instance}: the old instance is still being deleted")
