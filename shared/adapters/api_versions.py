"""
The api-version of every ARM request, in one place: raise one here, run the contract suite, done.

Azure ML stays at the first stable version that declares every field the rules read (CONTRACTS §1). The others are the
versions whose documents were seen or specified in full.
"""

from shared.model.errors import Rejected
from shared.model.resource_id import ResourceId

MACHINE_LEARNING = "2025-12-01"
IDLE_SHUTDOWN = "2024-04-01-preview"
"""`updateIdleShutdownSetting` never became stable (CONTRACTS §4)."""
DIAGNOSTIC_SETTINGS = "2021-05-01-preview"
ACTIVITY_LOG = "2015-04-01"
TAGS = "2021-04-01"
AUTHORIZATION = "2022-04-01"
"""The first that shows an assignment's condition."""
RESOURCE_GRAPH = "2022-10-01"
RESOURCES = "2021-04-01"
SUBSCRIPTIONS = "2022-12-01"
EVENT_GRID = "2025-02-15"
WEB = "2024-04-01"
ACTION_GROUPS = "2023-01-01"
COST_QUERY = "2025-03-01"
BUDGETS = "2023-05-01"
KEY_VAULT = "2023-07-01"
VAULT_SECRETS = "7.4"
"""Of a vault's own data plane, which counts its versions in another way."""

_BY_NAMESPACE = {
    "microsoft.machinelearningservices": MACHINE_LEARNING,
    "microsoft.storage": "2023-05-01",
    "microsoft.keyvault": KEY_VAULT,
    "microsoft.containerregistry": "2023-07-01",
    "microsoft.cognitiveservices": "2025-06-01",
    "microsoft.search": "2023-11-01",
    "microsoft.resources": RESOURCES,
}
_BY_TYPE = {
    "microsoft.insights/components": "2020-02-02",
    "microsoft.insights/diagnosticsettings": DIAGNOSTIC_SETTINGS,
    "microsoft.authorization/roleassignments": AUTHORIZATION,
    "microsoft.resources/tags": TAGS,
    "microsoft.resources/subscriptions": SUBSCRIPTIONS,
}


def api_version(resource: ResourceId) -> str:
    """The version to read or write a resource at. Raises Rejected for a type that Hubwarden does not know."""
    namespace = resource.type.partition("/")[0]
    version = _BY_TYPE.get(resource.type) or _BY_NAMESPACE.get(namespace)
    if version is None:
        raise Rejected(f"{resource}: no api-version is known for {resource.type}; add it to api_versions.py")
    return version
