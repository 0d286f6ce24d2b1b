"""What a compute of each kind looks like: null inside while it is made, the service's own fields once it is.

Shapes: CONTRACTS 4 and the recorded cluster and instance. What is given as a secret never comes back.
"""

from typing import Any

from local.azure.arm.call import Call
from local.azure.arm.documents import merged, same, text
from local.azure.arm.identities import with_principals
from local.azure.arm.instances import INSTANCE, last_operation, new_image, offset_time
from local.azure.arm_ids import name_of
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPE = "Microsoft.MachineLearningServices/workspaces/computes"
CLUSTER = "AmlCompute"
SECRET = frozenset(
    {
        "adminUserPassword",
        "adminUserSshPublicKey",
        "databricksAccessToken",
        "password",
        "privateKeyData",
        "relayConnectionString",
        "serviceBusConnectionString",
    }
)
CLUSTER_INNER: Document = {
    "vmPriority": "Dedicated",
    "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 1, "nodeIdleTimeBeforeScaleDown": "PT2M"},
    "subnet": None,
    "allocationState": "Steady",
    "errors": None,
    "remoteLoginPortPublicAccess": "NotSpecified",
    "osType": "Linux",
    "virtualMachineImage": None,
    "isolatedNetwork": False,
    "enableNodePublicIp": True,
    "enableBatchPrivateLink": False,
    "propertyBag": {},
}
INSTANCE_INNER: Document = {
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
    "connectivityEndpoints": {"publicIpAddress": None, "privateIpAddress": "10.0.0.4"},
    "applications": [],
    "state": "Running",
    "idleTimeBeforeShutdown": None,
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
}
MADE_LATER = ("lastOperation", "createdBy", "osImageMetadata")
READ_ONLY = frozenset({"createdOn", "modifiedOn", "isAttachedCompute", "provisioningErrors", "provisioningState"})
READ_ONLY_INSIDE = frozenset(
    {
        *MADE_LATER,
        "applications",
        "connectivityEndpoints",
        "containers",
        "dataDisks",
        "dataMounts",
        "errors",
        "state",
        "updateStatus",
        "versions",
    }
)
"""What the service says of an instance by itself; whoever sends it is not heard."""


def creating(body: Document, given: Document, location: str, cloud: Cloud, call: Call) -> Document:
    """A compute right after its PUT: every inner property is there, and null."""
    now, given = offset_time(cloud.clock.now()), {name: given[name] for name in given if name not in READ_ONLY}
    own: tuple[str, ...] = (*INSTANCE_INNER, *MADE_LATER) if same(text(given, "computeType"), INSTANCE) else ()
    return {
        "id": call.target,
        "name": name_of(call.target),
        "type": TYPE,
        "location": text(body, "location") or location,
        "tags": body.get("tags"),
        **({"identity": with_principals(body["identity"], cloud)} if body.get("identity") else {}),
        "properties": {
            "createdOn": now,
            "modifiedOn": now,
            "disableLocalAuth": False,
            "description": None,
            "resourceId": None,
            "computeLocation": location,
            "provisioningErrors": None,
            "provisioningWarnings": {},
            **given,
            "isAttachedCompute": bool(given.get("resourceId")),
            "provisioningState": "Creating",
            "properties": dict.fromkeys((*call.part(given, "properties"), *own)),
        },
    }


def made(document: Document, given: Document, cloud: Cloud, claims: Document) -> Document:
    """The inner properties a compute shows once it is made."""
    inner = as_shown(given.get("properties") or {})
    if same(text(given, "computeType"), INSTANCE):
        return _instance(document, inner, cloud, claims)
    if same(text(given, "computeType"), CLUSTER):
        nodes = (inner.get("scaleSettings") or {}).get("minNodeCount") or 0
        return {**CLUSTER_INNER, **inner, **cluster_nodes(nodes, cloud)}
    return inner


def cluster_nodes(count: int, cloud: Cloud) -> Document:
    """The read-only half of a cluster that holds `count` idle nodes."""
    states = dict.fromkeys(("preparing", "running", "idle", "unusable", "leaving", "preempted"), 0) | {"idle": count}
    return {
        "currentNodeCount": count,
        "targetNodeCount": count,
        "nodeStateCounts": {f"{state}NodeCount": number for state, number in states.items()},
        "allocationState": "Steady",
        "allocationStateTransitionTime": offset_time(cloud.clock.now()),
    }


def as_shown(given: Document) -> Document:
    """Inner properties as they come back: without secrets, and the size in capitals."""
    inner: Document = without_secrets(given)
    return {**inner, "vmSize": inner["vmSize"].upper()} if isinstance(inner.get("vmSize"), str) else inner


def without_secrets(given: Any) -> Any:  # noqa: ANN401 - inner properties hold any JSON
    """The same JSON without the members that hold secrets."""
    if isinstance(given, dict):
        return {name: without_secrets(value) for name, value in given.items() if name not in SECRET}
    return [without_secrets(one) for one in given] if isinstance(given, list) else given


def settings_of(given: Document) -> Document:
    """All that can be set of an instance, as it shows it: what was given, and Azure's own word for what was not."""
    inner = {name: value for name, value in as_shown(given).items() if name not in READ_ONLY_INSIDE}
    own = {name: value for name, value in INSTANCE_INNER.items() if name not in READ_ONLY_INSIDE}
    settings: Document = {**own, **inner}
    settings["sshSettings"] = merged(INSTANCE_INNER["sshSettings"], inner.get("sshSettings") or {})
    given_schedules = (inner.get("schedules") or {}).get("computeStartStop") or []
    settings["schedules"] = {"computeStartStop": completed(given_schedules)}
    return settings


def completed(schedules: list[Document]) -> list[Document]:
    """Schedules as the service shows them once they are set."""
    return [{**one, "provisioningStatus": "Completed", "status": one.get("status") or "Enabled"} for one in schedules]


def _instance(document: Document, inner: Document, cloud: Cloud, claims: Document) -> Document:
    patching = bool(inner.get("enableOSPatching"))
    return {
        **INSTANCE_INNER,
        **settings_of(inner),
        "createdBy": {"userOrgId": claims["tid"], "userId": claims["oid"]},
        "lastOperation": last_operation("Create", cloud.clock.now()),
        "osImageMetadata": new_image(cloud, text(document, "location"), patching=patching),
    }
