"""The least a resource can be that a request expects to find: its id, and what its kind cannot be without."""

from collections.abc import Mapping
from typing import Any

from local.azure.arm_ids import name_of, resource_type

type Document = dict[str, Any]

ML = "microsoft.machinelearningservices/workspaces"
HUB: Document = {"kind": "Hub", "identity": {"type": "SystemAssigned"}}
INSTANCE: Document = {"computeType": "ComputeInstance", "properties": {"state": "Running"}}
CLUSTER: Document = {"computeType": "AmlCompute", "properties": {"vmSize": "STANDARD_DS3_V2", "currentNodeCount": 2}}
KUBERNETES: Document = {"computeType": "AKS", "properties": {"agentCount": 3}}
STOPPED: Document = {"computeType": "ComputeInstance", "properties": {"state": "Stopped"}}
CONNECTION: Document = {"authType": "ApiKey", "category": "AzureOpenAI", "target": "https://example.com/"}
KEYED: Document = {"authMode": "Key"}
TOKENED: Document = {"authMode": "AMLToken"}
NETWORKED: Document = {
    "storageAccount": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a",
    "managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"},
}
RULE: Document = {"type": "FQDN", "destination": "pkg.contoso.example", "category": "UserDefined", "status": "Active"}
DATASTORE: Document = {"datastoreType": "AzureBlob", "credentials": {"credentialsType": "AccountKey"}}
REGISTRY: Document = {"adminUserEnabled": True}
TOP_LEVEL: Mapping[str, Document] = {ML: HUB}
PROPERTIES: Mapping[str, Document] = {
    "microsoft.containerregistry/registries": REGISTRY,
    ML: NETWORKED,
    f"{ML}/datastores": DATASTORE,
    f"{ML}/outboundrules": RULE,
    f"{ML}/batchendpoints": KEYED,
    f"{ML}/computes": INSTANCE,
    f"{ML}/connections": CONNECTION,
    f"{ML}/onlineendpoints": KEYED,
    f"{ML}/serverlessendpoints": KEYED,
}
FOR_ACTION: Mapping[tuple[str, str], Document] = {
    (f"{ML}/computes", "listkeys"): KUBERNETES,
    (f"{ML}/computes", "listnodes"): CLUSTER,
    (f"{ML}/computes", "resize"): STOPPED,
    (f"{ML}/computes", "start"): STOPPED,
    (f"{ML}/onlineendpoints", "token"): TOKENED,
}
"""Actions that only some resources of a type know."""


def stub(resource_id: str, action: str = "") -> Document:
    """A document of this id, fit for an action when one is named."""
    kind = resource_type(resource_id)
    own = FOR_ACTION.get((kind.casefold(), action.casefold()), PROPERTIES.get(kind.casefold(), {}))
    return {
        "id": resource_id,
        "name": name_of(resource_id),
        "type": kind,
        "location": "eastus2",
        "properties": {"provisioningState": "Succeeded", **own},
        **TOP_LEVEL.get(kind.casefold(), {}),
    }


def settled(document: Document) -> Document:
    """The document with its provisioning ended, so that it may be changed, and without tags that are none."""
    properties, tags = document.get("properties"), document.get("tags")
    if isinstance(properties, dict) and "provisioningState" in properties:
        document = {**document, "properties": {**properties, "provisioningState": "Succeeded"}}
    return document if isinstance(tags, dict | None) else {**document, "tags": {}}
