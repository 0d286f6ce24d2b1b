"""An instance in either cloud, and what is done to it."""

import copy
from collections.abc import Callable
from typing import Any

from shared.images.definition import capture
from shared.images.machine import Machine
from shared.model.action import Action, DeleteInstance, RestartInstance, StopInstance
from shared.model.resource_id import ResourceId
from tests.contracts.worlds import CloudWorld, step

OLD, LATEST = "24.01.01", "24.06.10"
IDENTITY = "/subscriptions/x/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id"
ANA = {"objectId": "0c1e5a0a-1111-4000-8000-00000000abcd", "tenantId": "7a9c0d52-0000-4000-8000-3f2a51c0ffee"}
SETTINGS: dict[str, Any] = {
    "vmSize": "STANDARD_DS3_V2",
    "subnet": {"id": "/subscriptions/x/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/s"},
    "applicationSharingPolicy": "Personal",
    "computeInstanceAuthorizationType": "personal",
    "personalComputeInstanceSettings": {"assignedUser": ANA},
    "idleTimeBeforeShutdown": "PT60M",
    "enableNodePublicIp": False,
    "enableSSO": False,
    "setupScripts": {
        "scripts": {"startupScript": {"scriptSource": "workspaceStorage", "scriptData": "a.sh", "timeout": "30m"}}
    },
    "schedules": {
        "computeStartStop": [
            {
                "action": "Stop",
                "status": "Enabled",
                "triggerType": "Cron",
                "cron": {"expression": "0 18 * * *", "timeZone": "UTC"},
            }
        ]
    },
}
DOCUMENT: dict[str, Any] = {
    "location": "westeurope",
    "tags": {"team": "ai"},
    "identity": {"type": "SystemAssigned,UserAssigned", "userAssignedIdentities": {IDENTITY: {}}},
    "properties": {"computeType": "ComputeInstance", "properties": SETTINGS},
}
type Disturb = Callable[[Machine], Action]
"""What takes an instance from somebody, made from what it shows."""


def stopping(machine: Machine) -> Action:
    """Stop it as it is."""
    return StopInstance(machine.as_seen)


def restarting(machine: Machine) -> Action:
    """Restart it as it is."""
    return RestartInstance(machine.as_seen)


def deleting(machine: Machine) -> Action:
    """Delete it as it is."""
    return DeleteInstance(capture(machine.fact).document, machine.as_seen)


ALL: list[Disturb] = [stopping, restarting, deleting]


def shown(
    instance: ResourceId,
    *,
    state: str = "Running",
    image: str = OLD,
    created: str = "2024-02-01T08:00:00.1234567+00:00",
    done: str = "Start",
    at: str = "2024-05-01T08:00:00.123+00:00",
    **settings: Any,  # noqa: ANN401 - JSON
) -> dict[str, Any]:
    """The instance as somebody left it."""
    patching = {"patchStatus": "Succeeded", "rebootPending": True}
    versions = {"currentImageVersion": image, "latestImageVersion": LATEST, "isLatestOsImageVersion": False}
    document = copy.deepcopy(DOCUMENT) | {"id": str(instance), "name": instance.name}
    document["identity"]["principalId"] = "principal-of-the-old-one"
    document["properties"] |= {"provisioningState": "Succeeded", "createdOn": created}
    document["properties"]["properties"] |= {
        "state": state,
        "lastOperation": {"operationName": done, "operationTime": at, "operationStatus": "Succeeded"},
        "osImageMetadata": {**versions, "osPatchingStatus": patching},
        **settings,
    }
    return document


async def send(cloud: CloudWorld, action: Action) -> None:
    """Write to the instance."""
    await cloud.actuator.apply(step(cloud.names.instance, action))


async def look(cloud: CloudWorld) -> Machine:
    """The instance as it is now."""
    return Machine.of(await cloud.inventory.get(cloud.names.instance))


async def disturb(cloud: CloudWorld, how: Disturb) -> None:
    """Write to the instance as it is now."""
    await send(cloud, how(await look(cloud)))


async def stop(cloud: CloudWorld) -> None:
    """Stop it, and wait until it is."""
    cloud.hold()
    await disturb(cloud, stopping)
    await cloud.settle()


async def take_down(cloud: CloudWorld) -> None:
    """Delete it, and wait until it is gone."""
    cloud.hold()
    await disturb(cloud, deleting)
    await cloud.settle()
