"""An instance with all its settings, for tests about what becomes of it."""

from datetime import datetime
from typing import Any

from shared.model.compute_memory import ComputeMemory, Notice, Rung
from tests.builders import Document, instance, old_image

JANE = "6205f759-1234-453c-9712-34d7671bceff"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"


def owned(name: str = "ci-jane", *, of: str = "hub", **inner: Any) -> Document:  # noqa: ANN401 - JSON
    """Jane's instance on an old image, with the settings that most have and all that Azure adds (CONTRACTS §4)."""
    shown: dict[str, Any] = {
        "vmSize": "STANDARD_DS3_V2",
        "imageVersion": None,
        "subnet": None,
        "sshSettings": {
            "sshPublicAccess": "Disabled",
            "adminUserName": "azureuser",
            "sshPort": 50000,
            "adminPublicKey": None,
        },
        "errors": [],
        "connectivityEndpoints": {"publicIpAddress": "13.92.83.21", "privateIpAddress": "10.0.0.4"},
        "applications": [
            {"displayName": "Jupyter", "endpointUri": "https://ci-jane.eastus2.instances.azureml.ms/tree/"}
        ],
        "lastOperation": {
            "operationName": "Stop",
            "operationTime": "2026-02-01T17:00:00.907+00:00",
            "operationStatus": "Succeeded",
            "operationTrigger": "User",
        },
        "createdBy": {"userOrgId": TENANT, "userId": JANE},
        "applicationSharingPolicy": "Shared",
        "personalComputeInstanceSettings": None,
        "setupScripts": None,
        "schedules": {"computeStartStop": []},
        "enableNodePublicIp": True,
        "enableOSPatching": False,
        "enableSSO": True,
        "dataMounts": None,
        "versions": {"runtime": "3.0.02755.0006"},
        "customServices": [],
        "osImageMetadata": old_image(),
    }
    document = instance(name, of=of, **{**shown, **inner})
    document["properties"] |= {"createdOn": "2025-12-31T08:42:28.3934092+00:00", "disableLocalAuth": False}
    return document


def warned(due: datetime, rung: Rung = Rung.WARNED, image: str = "25.12.31") -> ComputeMemory:
    """What is remembered of an instance whose owner was told of a date."""
    return ComputeMemory(Notice(rung, image, due, due))
