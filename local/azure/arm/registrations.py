"""Resource providers of a subscription: registered, unless somebody unregistered one."""

from collections.abc import Mapping

from local.azure.arm.api_versions import MACHINE_LEARNING_STABLE
from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import same
from local.azure.arm.errors import ArmError
from local.azure.arm.plain import require
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Microsoft.CognitiveServices": dict.fromkeys(
        ("accounts", "accounts/projects", "accounts/connections", "accounts/deployments"),
        ("2025-12-01", "2025-09-01", "2025-06-01", "2023-05-01"),
    ),
    "Microsoft.ContainerRegistry": {"registries": ("2023-07-01",)},
    "Microsoft.Insights": {"components": ("2020-02-02",), "diagnosticSettings": ("2021-05-01-preview",)},
    "Microsoft.KeyVault": {"vaults": ("2023-07-01",), "vaults/secrets": ("2023-07-01",)},
    "Microsoft.MachineLearningServices": dict.fromkeys(
        ("workspaces", "workspaces/computes", "workspaces/connections", "workspaces/onlineEndpoints"),
        tuple(reversed(MACHINE_LEARNING_STABLE)),
    ),
    "Microsoft.OperationalInsights": {"workspaces": ("2022-10-01",)},
    "Microsoft.Search": {"searchServices": ("2023-11-01",)},
    "Microsoft.Storage": {"storageAccounts": ("2023-05-01",)},
}
WORDS = {"register": "Registered", "unregister": "NotRegistered"}


def list_providers(cloud: Cloud, call: Call) -> Reply:
    """All providers of a subscription."""
    subscription = require(cloud, f"/subscriptions/{call.names['subscription']}")
    return Reply(200, {"value": [_document(cloud, subscription["id"], namespace) for namespace in TYPES]})


def get_provider(cloud: Cloud, call: Call) -> Reply:
    """One provider: whether it is registered, and which versions of which types it has."""
    subscription = require(cloud, f"/subscriptions/{call.names['subscription']}")
    return Reply(200, _document(cloud, subscription["id"], _known(call)))


def register(cloud: Cloud, call: Call) -> Reply:
    """Registers or unregisters a provider, as the path's last word says; both take effect at once."""
    subscription = require(cloud, f"/subscriptions/{call.names['subscription']}")
    namespace, word = _known(call), call.path.rpartition("/")[2].casefold()
    cloud.store.put({"id": _place(subscription["id"], namespace), "registrationState": WORDS[word]})
    return Reply(200, _document(cloud, subscription["id"], namespace))


def _known(call: Call) -> str:
    wanted = call.names["namespace"]
    namespace = next((one for one in TYPES if same(one, wanted)), None)
    if namespace is None:
        raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{wanted}' is invalid.")
    return namespace


def _document(cloud: Cloud, subscription: str, namespace: str) -> Document:
    noted = cloud.store.get(_place(subscription, namespace))
    types = [{"resourceType": name, "apiVersions": list(versions)} for name, versions in TYPES[namespace].items()]
    return {
        "id": f"{subscription}/providers/{namespace}",
        "namespace": namespace,
        "registrationPolicy": "RegistrationRequired",
        "registrationState": noted["registrationState"] if noted else "Registered",
        "resourceTypes": types,
    }


def _place(subscription: str, namespace: str) -> str:
    """Where a registration lies in the store: a provider itself has no id of a resource."""
    return f"{subscription}/providers/Microsoft.Resources/registrations/{namespace}"
