"""Resource providers of a subscription: registered, unless somebody unregistered one, which then changes nothing."""

from collections.abc import Mapping

from local.azure.arm.api_versions import MACHINE_LEARNING_STABLE
from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import same
from local.azure.arm.errors import ArmError
from local.azure.arm.plain import require
from local.azure.arm_ids import subscription_of
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Microsoft.App": {"managedEnvironments": ("2024-03-01",)},
    "Microsoft.CognitiveServices": dict.fromkeys(
        ("accounts", "accounts/projects", "accounts/connections", "accounts/deployments"),
        ("2025-12-01", "2025-09-01", "2025-06-01", "2023-05-01"),
    ),
    "Microsoft.ContainerRegistry": {"registries": ("2023-07-01",)},
    "Microsoft.EventGrid": dict.fromkeys(("eventSubscriptions", "systemTopics", "topics"), ("2025-02-15",)),
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
BY_FOLDED_NAME = {namespace.casefold(): namespace for namespace in TYPES}
WORDS = {"register": "Registered", "unregister": "NotRegistered"}


class UnregisteredError(ArmError):
    """409: the subscription is not registered with the provider. Clients read its name from `details`."""

    def __init__(self, namespace: str) -> None:
        super().__init__(
            409,
            "MissingSubscriptionRegistration",
            f"The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for "
            "how to register subscriptions.",
        )
        self.namespace = namespace

    def body(self, moment: str) -> Document:
        """ARM's generic body with the provider as the target of a detail."""
        error = super().body(moment)["error"]
        return {"error": {**error, "details": [{**error, "target": self.namespace}]}}


def check_registered(cloud: Cloud, call: Call) -> None:
    """Raises UnregisteredError when a request would change something of a provider that was unregistered."""
    action = call.route.action
    namespace = BY_FOLDED_NAME.get(action.partition("/")[0].casefold())
    if namespace is None or call.route.method == "GET" or action.endswith("/read"):
        return
    if _state(cloud, f"/subscriptions/{subscription_of(call.path)}", namespace) != WORDS["register"]:
        raise UnregisteredError(namespace)


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
    types = [{"resourceType": name, "apiVersions": list(versions)} for name, versions in TYPES[namespace].items()]
    return {
        "id": f"{subscription}/providers/{namespace}",
        "namespace": namespace,
        "registrationPolicy": "RegistrationRequired",
        "registrationState": _state(cloud, subscription, namespace),
        "resourceTypes": types,
    }


def _state(cloud: Cloud, subscription: str, namespace: str) -> str:
    noted = cloud.store.get(_place(subscription, namespace))
    return str(noted["registrationState"]) if noted else WORDS["register"]


def _place(subscription: str, namespace: str) -> str:
    """Where a registration lies in the store: a provider itself has no id of a resource."""
    return f"{subscription}/providers/Microsoft.Resources/registrations/{namespace}"
