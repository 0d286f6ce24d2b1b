"""
Writes to compute instances (CONTRACTS §4): idle shutdown, stop, restart, delete and make anew.

Azure carries most of them out after it has answered. Until then it refuses any other with 409, which is a Conflict: its
end raises an event, and whoever comes then finds the instance at rest.
"""

from typing import Final

from shared.adapters.api_versions import IDLE_SHUTDOWN, MACHINE_LEARNING
from shared.adapters.arm import Arm
from shared.model.action import CreateInstance, DeleteInstance, RestartInstance, SetIdleShutdown, StopInstance
from shared.model.errors import Conflict
from shared.model.resource_id import ResourceId

type InstanceAction = SetIdleShutdown | StopInstance | RestartInstance | DeleteInstance | CreateInstance

_MAY_READ: Final = "Microsoft.MachineLearningServices/workspaces/computes/read"
_WHOLE: Final = "&underlyingResourceAction=Delete"
"""Azure wants to be told that the machine goes too, and is not only detached."""


async def change_instance(arm: Arm, instance: ResourceId, action: InstanceAction) -> None:
    """Carry out one of them: one request, and one more before an instance is made. Raises as `Actuator.apply`."""
    path, needs = str(instance), action.permission
    match action:
        case SetIdleShutdown(after):
            body = {"idleTimeBeforeShutdown": after}
            await arm.send("POST", f"{path}/updateIdleShutdownSetting", IDLE_SHUTDOWN, body, needs=needs)
        case StopInstance():
            await arm.send("POST", f"{path}/stop", MACHINE_LEARNING, None, needs=needs)
        case RestartInstance():
            await arm.send("POST", f"{path}/restart", MACHINE_LEARNING, None, needs=needs)
        case DeleteInstance():
            await arm.delete(path, MACHINE_LEARNING, query=_WHOLE, needs=needs)
        case CreateInstance():
            await _create(arm, instance, action)


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
