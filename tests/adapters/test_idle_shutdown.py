"""Idle shutdown by the operation that each api-version has: what is sent where Azure has retired the preview."""

import pytest

from shared.adapters.actuator import AzureActuator
from shared.adapters.arm import Arm
from shared.model.action import SetIdleShutdown
from shared.model.errors import Rejected
from tests.adapters.script import Script
from tests.adapters.test_actuator import INSTANCE, step

TENANT = "72f988bf-0000-4000-8000-2d7cd011db47"
DOCUMENT = {
    "id": INSTANCE,
    "name": "ci",
    "type": "Microsoft.MachineLearningServices/workspaces/computes",
    "location": "eastus",
    "tags": {},
    "identity": {"type": "SystemAssigned", "principalId": "361e7159-0000-4000-8000-cdca1aa10c7a", "tenantId": TENANT},
    "properties": {
        "createdOn": "2024-07-24T08:42:28.3934092+00:00",
        "modifiedOn": "2024-07-24T08:44:35.9151617+00:00",
        "disableLocalAuth": False,
        "description": None,
        "resourceId": None,
        "computeType": "ComputeInstance",
        "computeLocation": "eastus",
        "provisioningState": "Succeeded",
        "provisioningErrors": None,
        "provisioningWarnings": {},
        "isAttachedCompute": False,
        "properties": {
            "vmSize": "STANDARD_DS3_V2",
            "imageVersion": None,
            "subnet": None,
            "sshSettings": {
                "sshPublicAccess": "Disabled",
                "adminUserName": "azureuser",
                "sshPort": 50000,
                "adminPublicKey": None,
            },
            "autologgerSettings": None,
            "errors": [],
            "connectivityEndpoints": {"publicIpAddress": "203.0.113.21", "privateIpAddress": "10.0.0.4"},
            "applications": [{"displayName": "Jupyter", "endpointUri": "https://ci.eastus.instances.azureml.ms/tree/"}],
            "state": "Running",
            "lastOperation": {"operationName": "Create", "operationTime": "2024-07-24T08:42:35.907+00:00"},
            "createdBy": {"userOrgId": TENANT, "userId": "6205f759-0000-4000-8000-34d7671bceff"},
            "applicationSharingPolicy": "Shared",
            "computeInstanceAuthorizationType": None,
            "personalComputeInstanceSettings": None,
            "setupScripts": None,
            "schedules": {"computeStartStop": []},
            "enableNodePublicIp": True,
            "enableBatchPrivateLink": False,
            "enableOSPatching": False,
            "releaseQuotaOnStop": False,
            "enableSSO": True,
            "dataMounts": None,
            "dataDisks": None,
            "containers": None,
            "updateStatus": None,
            "versions": {"runtime": "3.0.02755.0006"},
            "customServices": [],
            "osImageMetadata": {"currentImageVersion": "24.06.10", "latestImageVersion": "24.06.10"},
        },
    },
}
"""An instance as it was recorded at 2024-04-01."""


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "NoRegisteredProviderFound"),
        (400, "InvalidApiVersionParameter"),
        (400, "UnsupportedApiVersion"),
        (404, "InvalidResourceType"),
    ],
)
async def test_an_instance_is_overwritten_where_a_preview_is_retired(
    arm: Arm, script: Script, status: int, code: str
) -> None:
    """It goes back at the stable version: what may be written of it, and nothing that Azure says of it by itself."""
    script.answer(status, {"error": {"code": code, "message": "The api-version is not supported."}})
    script.answer(200, DOCUMENT)
    script.answer(200, {})
    await AzureActuator(arm).apply(step(INSTANCE, SetIdleShutdown("PT60M")))

    assert [(asked.method, asked.path, asked.query["api-version"]) for asked in script.asked] == [
        ("POST", f"{INSTANCE}/updateIdleShutdownSetting", "2024-04-01-preview"),
        ("GET", INSTANCE, "2025-12-01"),
        ("PUT", INSTANCE, "2025-12-01"),
    ]
    assert script.asked[2].body == {
        "location": "eastus",
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "computeType": "ComputeInstance",
            "computeLocation": "eastus",
            "disableLocalAuth": False,
            "properties": {
                "vmSize": "STANDARD_DS3_V2",
                "sshSettings": {"sshPublicAccess": "Disabled"},
                "applicationSharingPolicy": "Shared",
                "enableNodePublicIp": True,
                "enableSSO": True,
                "idleTimeBeforeShutdown": "PT60M",
            },
        },
    }


async def test_nothing_is_overwritten_for_another_refusal(arm: Arm, script: Script) -> None:
    """A duration that Azure does not take would be refused again."""
    script.answer(400, {"error": {"code": "UserError", "message": "idleTimeBeforeShutdown is out of range."}})
    with pytest.raises(Rejected, match="out of range"):
        await AzureActuator(arm).apply(step(INSTANCE, SetIdleShutdown("PT1M")))

    assert [asked.method for asked in script.asked] == ["POST"]
