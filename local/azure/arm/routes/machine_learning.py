"""What Microsoft.MachineLearningServices serves: workspaces and all that is in them. Source: CONTRACTS 2 to 5."""

from collections.abc import Iterator

from local.azure.arm import computes, connections, plain, workspaces
from local.azure.arm.call import Call, Handler, Reply, Route
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


def _state_route(verb: str, handler: Handler) -> Route:
    return route("POST", f"{COMPUTE}/{verb}", handler, 202)


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
    *_status_routes(),
)
