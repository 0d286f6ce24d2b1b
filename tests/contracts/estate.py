"""The estate of the contract suite: a hub, its project, and one of each thing that is read or written."""

from dataclasses import dataclass
from typing import Any

from shared.model.resource_id import ResourceId

_WORKSPACE = "Microsoft.MachineLearningServices/workspaces"
_INSIGHTS_WORKSPACE = "Microsoft.OperationalInsights/workspaces/logs"


@dataclass(frozen=True)
class Names:
    """The ids of the estate in one subscription, spelled as people spell them."""

    subscription: str

    @property
    def group(self) -> str:
        """The resource group's id."""
        return f"/subscriptions/{self.subscription}/resourceGroups/rg-ai (prod)"

    @property
    def hub(self) -> ResourceId:
        """A hub with a connection, two computes, an endpoint and no diagnostic setting."""
        return self._resource(f"{_WORKSPACE}/hub-contoso")

    @property
    def other_hub(self) -> ResourceId:
        """A hub with nothing."""
        return self._resource(f"{_WORKSPACE}/hub-fabrikam")

    @property
    def project(self) -> ResourceId:
        """A project of the hub."""
        return self._resource(f"{_WORKSPACE}/project-chat")

    @property
    def other_project(self) -> ResourceId:
        """A project of the other hub."""
        return self._resource(f"{_WORKSPACE}/project-other")

    @property
    def connection(self) -> ResourceId:
        """A connection of the hub with an API key."""
        return self.hub.child("connections", "aoai")

    @property
    def instance(self) -> ResourceId:
        """A compute instance of the hub."""
        return self.hub.child("computes", "ci-ana")

    @property
    def cluster(self) -> ResourceId:
        """A cluster of the hub."""
        return self.hub.child("computes", "gpu-cluster")

    @property
    def endpoint(self) -> ResourceId:
        """An online endpoint of the hub."""
        return self.hub.child("onlineEndpoints", "chat")

    @property
    def storage(self) -> ResourceId:
        """The hub's storage account."""
        return self._resource("Microsoft.Storage/storageAccounts/sthubcontoso")

    @property
    def vault(self) -> ResourceId:
        """A key vault, once it has a secret; no two vaults of all Azure have the same name."""
        return self._resource(f"Microsoft.KeyVault/vaults/kv-{self.subscription[:8]}")

    @property
    def account(self) -> ResourceId:
        """An AI services account."""
        return self._resource("Microsoft.CognitiveServices/accounts/ai-contoso")

    @property
    def search(self) -> ResourceId:
        """A search service."""
        return self._resource("Microsoft.Search/searchServices/srch-contoso")

    @property
    def logs(self) -> ResourceId:
        """A Log Analytics workspace."""
        return self._resource(_INSIGHTS_WORKSPACE)

    def _resource(self, tail: str) -> ResourceId:
        return ResourceId.parse(f"{self.group}/providers/{tail}")


def documents(names: Names) -> list[dict[str, Any]]:
    """The documents, with Azure's habits: tags absent or null, mixed case, fields it does not declare."""
    hub_twice = str(names.hub).replace("resourceGroups", "resourcegroups")
    return [
        workspace(names.hub, "Hub", {"publicNetworkAccess": "Enabled", "storageAccount": str(names.storage)})
        | {"tags": {"Owner": "ana@contoso.com", "team": "ai"}},
        workspace(names.other_hub, "hub", {}),
        workspace(names.project, "Project", {"hubResourceId": hub_twice}) | {"tags": None},
        workspace(names.other_project, "Project", {"hubResourceId": str(names.other_hub)}),
        _document(names.connection, {"tags": None, "location": None})
        | {"properties": _CONNECTION | {"createdByWorkspaceArmId": str(names.hub)}},
        _compute(names.instance, "ComputeInstance", {"state": "Running", "idleTimeBeforeShutdown": None}),
        _compute(names.cluster, "AmlCompute", {"scaleSettings": {"minNodeCount": 1, "maxNodeCount": 4}}),
        _document(names.endpoint, {"location": "westeurope", "kind": "Managed", "properties": {"authMode": "Key"}}),
        _document(names.storage, {"location": "westeurope", "tags": {}, "properties": {"allowSharedKeyAccess": True}}),
    ]


def accounts(names: Names) -> list[dict[str, Any]]:
    """What connections lead to, beside the storage account."""
    return [
        _document(names.account, {"location": "westeurope", "kind": "AIServices", "tags": {"team": "ai"}})
        | {"properties": {"customSubDomainName": "ai-contoso", "publicNetworkAccess": "Enabled"}},
        _document(names.search, {"location": "West Europe", "tags": {"team": "ai"}})
        | {"properties": {"authOptions": {"aadOrApiKey": {}}, "disableLocalAuth": False}},
    ]


_CONNECTION = {
    "authType": "ApiKey",
    "category": "AzureOpenAI",
    "target": "https://aoai.openai.azure.com/",
    "metadata": {"ApiType": "Azure", "ResourceId": "/subscriptions/x"},
    "isSharedToAll": True,
    "sharedUserList": [],
    "expiryTime": None,
    "useWorkspaceManagedIdentity": False,
    "group": "AzureAI",
    "isDefault": True,
    "credentials": None,
}


def _document(resource: ResourceId, more: dict[str, Any]) -> dict[str, Any]:
    return {"id": str(resource), "name": resource.name, "type": resource.type, **more}


def workspace(resource: ResourceId, kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    """The document of a workspace."""
    more = {"location": "westeurope", "kind": kind, "properties": {"provisioningState": "Succeeded", **properties}}
    return _document(resource, more)


def _compute(resource: ResourceId, kind: str, inner: dict[str, Any]) -> dict[str, Any]:
    properties = {"computeType": kind, "provisioningState": "Succeeded", "properties": inner}
    return _document(resource, {"location": "westeurope", "properties": properties})
