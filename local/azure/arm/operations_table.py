"""The one table of what ARM serves here: method, path, handler, statuses. Source: CONTRACTS 2 to 7 and 11."""

from collections.abc import Iterator

from local.azure.arm import (
    accounts,
    computes,
    connections,
    containers,
    extensions,
    permissions,
    plain,
    tags,
    workspaces,
)
from local.azure.arm.call import Call, Handler, Reply, Route
from local.azure.arm.routing import route
from local.azure.cloud import Cloud
from local.azure.graph.handler import query_resources

SUBSCRIPTION = "/subscriptions/{subscription}"
GROUP = f"{SUBSCRIPTION}/resourceGroups/{{group}}"
MACHINE_LEARNING = "providers/Microsoft.MachineLearningServices"
WORKSPACE = f"{GROUP}/{MACHINE_LEARNING}/workspaces/{{workspace}}"
CONNECTION = f"{WORKSPACE}/connections/{{connection}}"
COMPUTE = f"{WORKSPACE}/computes/{{compute}}"
ENDPOINTS = f"{WORKSPACE}/onlineEndpoints"
TAGS = "{scope}/providers/Microsoft.Resources/tags/default"
DIAGNOSTICS = "{scope}/providers/Microsoft.Insights/diagnosticSettings"
LOCKS = "{scope}/providers/Microsoft.Authorization/locks"
PLAIN_TYPES = (
    "Microsoft.CognitiveServices/accounts",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.Insights/components",
    "Microsoft.KeyVault/vaults",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.Search/searchServices",
    "Microsoft.Storage/storageAccounts",
)


def poll_operation(cloud: Cloud, call: Call) -> Reply:
    """The status of a long-running operation."""
    return cloud.operations.poll(call)


def _plain_routes(kind: str) -> Iterator[Route]:
    resource = f"{GROUP}/providers/{kind}/{{name}}"
    yield route("GET", f"{SUBSCRIPTION}/providers/{kind}", plain.list_in_scope)
    yield route("GET", f"{GROUP}/providers/{kind}", plain.list_in_scope)
    yield route("GET", resource, plain.get)
    yield route("PUT", resource, plain.put, 200, 201)
    yield route("PATCH", resource, plain.patch)
    yield route("DELETE", resource, plain.delete, 200, 204)


def _status_routes() -> Iterator[Route]:
    for kind in ("workspaceOperationsStatus", "computeOperationsStatus"):
        path = f"{SUBSCRIPTION}/{MACHINE_LEARNING}/locations/{{location}}/{kind}/{{operation}}"
        yield route("GET", path, poll_operation, 200, 202, action="")


def _state_route(verb: str, handler: Handler) -> Route:
    return route("POST", f"{COMPUTE}/{verb}", handler, 202)


ROUTES: tuple[Route, ...] = (
    route("GET", "/subscriptions", containers.list_subscriptions),
    route("GET", SUBSCRIPTION, plain.get),
    route("GET", f"{SUBSCRIPTION}/resourceGroups", containers.list_groups),
    route("GET", GROUP, plain.get),
    route("GET", f"{SUBSCRIPTION}/{MACHINE_LEARNING}/workspaces", workspaces.list_workspaces),
    route("GET", f"{GROUP}/{MACHINE_LEARNING}/workspaces", workspaces.list_workspaces),
    route("GET", WORKSPACE, plain.get),
    route("PUT", WORKSPACE, workspaces.put, 202),
    route("PATCH", WORKSPACE, workspaces.patch, 202),
    route("DELETE", WORKSPACE, workspaces.delete, 202, 204),
    route("GET", f"{WORKSPACE}/connections", connections.list_connections),
    route("GET", CONNECTION, connections.get),
    route("PUT", CONNECTION, connections.put),
    route("PATCH", CONNECTION, connections.patch),
    route("DELETE", CONNECTION, connections.delete, 200, 204),
    route("POST", f"{CONNECTION}/listsecrets", connections.list_secrets),
    route("GET", f"{WORKSPACE}/computes", plain.list_children),
    route("GET", COMPUTE, computes.get),
    route("PUT", COMPUTE, computes.put, 200, 201),
    route("PATCH", COMPUTE, computes.patch),
    route("DELETE", COMPUTE, computes.delete, 202, 204),
    _state_route("start", computes.change_state),
    _state_route("stop", computes.change_state),
    _state_route("restart", computes.change_state),
    route("POST", f"{COMPUTE}/updateIdleShutdownSetting", computes.set_idle_shutdown, preview_only=True),
    route("GET", ENDPOINTS, plain.list_children),
    route("GET", f"{ENDPOINTS}/{{endpoint}}", plain.get),
    route("POST", f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/{{name}}/listKeys", accounts.list_keys),
    route("GET", TAGS, tags.get),
    route("PUT", TAGS, tags.put),
    route("PATCH", TAGS, tags.patch),
    route("DELETE", TAGS, tags.delete),
    route("GET", DIAGNOSTICS, extensions.list_diagnostic_settings),
    route("GET", f"{DIAGNOSTICS}/{{name}}", extensions.get_diagnostic_setting),
    route("PUT", f"{DIAGNOSTICS}/{{name}}", extensions.put_diagnostic_setting),
    route("DELETE", f"{DIAGNOSTICS}/{{name}}", extensions.delete_diagnostic_setting, 200, 204),
    route("GET", LOCKS, extensions.list_locks),
    route("GET", "{scope}/providers/Microsoft.Authorization/permissions", permissions.list_permissions),
    route("POST", "/providers/Microsoft.ResourceGraph/resources", query_resources, action="", raises_event=False),
    *_status_routes(),
    *(row for kind in PLAIN_TYPES for row in _plain_routes(kind)),
)


def read_anything(path: str) -> Route:
    """The row for a GET that no other row serves: whatever an estate brought along can be read."""
    return route("GET", path, plain.read_any)
