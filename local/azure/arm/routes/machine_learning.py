"""What Microsoft.MachineLearningServices serves: workspaces and all that is in them. Source: CONTRACTS 2 to 5."""

from collections.abc import Iterator

from local.azure.arm import compute_actions, computes, connections, plain, workspaces
from local.azure.arm.call import Call, Reply, Route
from local.azure.arm.routes.paths import GROUP, SUBSCRIPTION
from local.azure.arm.routing import route
from local.azure.cloud import Cloud

PROVIDER = "providers/Microsoft.MachineLearningServices"
WORKSPACE = f"{GROUP}/{PROVIDER}/workspaces/{{workspace}}"
CONNECTION = f"{WORKSPACE}/connections/{{connection}}"
COMPUTE = f"{WORKSPACE}/computes/{{compute}}"
ENDPOINTS = f"{WORKSPACE}/onlineEndpoints"


def poll_operation(cloud: Cloud, call: Call) -> Reply:
    """The status of a long-running operation."""
    return cloud.operations.poll(call)


def _status_routes() -> Iterator[Route]:
    for kind in ("workspaceOperationsStatus", "computeOperationsStatus"):
        path = f"{SUBSCRIPTION}/{PROVIDER}/locations/{{location}}/{kind}/{{operation}}"
        yield route("GET", path, poll_operation, 200, 202, action="")


ROUTES: tuple[Route, ...] = (
    route("GET", f"{SUBSCRIPTION}/{PROVIDER}/workspaces", workspaces.list_workspaces),
    route("GET", f"{GROUP}/{PROVIDER}/workspaces", workspaces.list_workspaces),
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
    route("GET", f"{WORKSPACE}/computes", computes.list_computes),
    route("GET", COMPUTE, computes.get),
    route("PUT", COMPUTE, computes.put, 200, 201),
    route("PATCH", COMPUTE, computes.patch),
    route("DELETE", COMPUTE, computes.delete, 202, 204),
    *(route("POST", f"{COMPUTE}/{verb}", compute_actions.change_state, 202) for verb in ("start", "stop", "restart")),
    route("POST", f"{COMPUTE}/listNodes", compute_actions.list_nodes),
    route("POST", f"{COMPUTE}/listKeys", compute_actions.list_keys),
    route("POST", f"{COMPUTE}/resize", compute_actions.resize, 202, preview_only=True),
    route("POST", f"{COMPUTE}/updateIdleShutdownSetting", compute_actions.set_idle_shutdown, preview_only=True),
    route("POST", f"{COMPUTE}/updateSchedules", compute_actions.set_schedules, preview_only=True),
    route("GET", ENDPOINTS, plain.list_children),
    route("GET", f"{ENDPOINTS}/{{endpoint}}", plain.get),
    *_status_routes(),
)
