"""What Microsoft.MachineLearningServices serves: workspaces and all that is in them. Source: CONTRACTS 2 to 5."""

from collections.abc import Iterator

from local.azure.arm import (
    compute_actions,
    computes,
    connections,
    datastores,
    endpoint_keys,
    endpoints,
    managed_network,
    outbound_rules,
    plain,
    workspace_actions,
    workspaces,
)
from local.azure.arm.call import Call, Reply, Route
from local.azure.arm.operations import OperationKind
from local.azure.arm.routes.paths import GROUP, SUBSCRIPTION
from local.azure.arm.routing import route
from local.azure.cloud import Cloud

PROVIDER = "providers/Microsoft.MachineLearningServices"
WORKSPACE = f"{GROUP}/{PROVIDER}/workspaces/{{workspace}}"
CONNECTION = f"{WORKSPACE}/connections/{{connection}}"
COMPUTE = f"{WORKSPACE}/computes/{{compute}}"
DATASTORE = f"{WORKSPACE}/datastores/{{datastore}}"
RULE = f"{WORKSPACE}/outboundRules/{{rule}}"
ONLINE = f"{WORKSPACE}/onlineEndpoints/{{endpoint}}"
BATCH = f"{WORKSPACE}/batchEndpoints/{{endpoint}}"
SERVERLESS = f"{WORKSPACE}/serverlessEndpoints/{{endpoint}}"
MARKETPLACE = f"{WORKSPACE}/marketplaceSubscriptions"


def poll_operation(cloud: Cloud, call: Call) -> Reply:
    """The status of a long-running operation."""
    return cloud.operations.poll(call)


def _status_routes() -> Iterator[Route]:
    for kind in (OperationKind.WORKSPACE, OperationKind.COMPUTE, OperationKind.ENDPOINT):
        path = f"{SUBSCRIPTION}/{PROVIDER}/locations/{{location}}/{kind}/{{operation}}"
        yield route("GET", path, poll_operation, 200, 202, action="")


def _endpoint_routes(path: str, *gone: int) -> Iterator[Route]:
    """Endpoints or deployments of one family; `gone` are the statuses of its DELETE."""
    yield route("GET", path.rpartition("/")[0], plain.list_children)
    yield route("GET", path, endpoints.get)
    yield route("PUT", path, endpoints.put, 200, 201)
    yield route("PATCH", path, endpoints.patch, 202)
    yield route("DELETE", path, endpoints.delete, *gone)


WORKSPACES: tuple[Route, ...] = (
    route("GET", f"{SUBSCRIPTION}/{PROVIDER}/workspaces", workspaces.list_workspaces),
    route("GET", f"{GROUP}/{PROVIDER}/workspaces", workspaces.list_workspaces),
    route("GET", WORKSPACE, plain.get),
    route("PUT", WORKSPACE, workspaces.put, 202),
    route("PATCH", WORKSPACE, workspaces.patch, 202),
    route("DELETE", WORKSPACE, workspaces.delete, 202, 204),
    route("POST", f"{WORKSPACE}/listKeys", workspace_actions.list_keys),
    route("POST", f"{WORKSPACE}/resyncKeys", workspace_actions.resync_keys, 202),
    route("POST", f"{WORKSPACE}/diagnose", workspace_actions.diagnose, 202),
    route("POST", f"{WORKSPACE}/listStorageAccountKeys", workspace_actions.list_storage_account_keys),
    route("POST", f"{WORKSPACE}/listNotebookKeys", workspace_actions.list_notebook_keys),
    route("POST", f"{WORKSPACE}/listNotebookAccessToken", workspace_actions.list_notebook_access_token),
    route("GET", f"{WORKSPACE}/privateLinkResources", workspace_actions.list_private_link_resources),
    route("GET", f"{WORKSPACE}/outboundNetworkDependenciesEndpoints", workspace_actions.list_outbound_dependencies),
    route("GET", f"{WORKSPACE}/features", workspace_actions.list_features),
    route("POST", f"{WORKSPACE}/provisionManagedNetwork", managed_network.provision, 200, 202),
    route("GET", f"{WORKSPACE}/outboundRules", outbound_rules.list_rules),
    route("GET", RULE, outbound_rules.get_rule),
    route("PUT", RULE, outbound_rules.put_rule, 202),
    route("DELETE", RULE, outbound_rules.delete_rule, 202, 204),
)

CONNECTIONS: tuple[Route, ...] = (
    route("GET", f"{WORKSPACE}/connections", connections.list_connections),
    route("GET", CONNECTION, connections.get),
    route("PUT", CONNECTION, connections.put),
    route("PATCH", CONNECTION, connections.patch),
    route("DELETE", CONNECTION, connections.delete, 200, 204),
    route("POST", f"{CONNECTION}/listsecrets", connections.list_secrets),
    route("GET", f"{WORKSPACE}/datastores", datastores.list_datastores),
    route("GET", DATASTORE, datastores.get),
    route("PUT", DATASTORE, datastores.put, 200, 201),
    route("DELETE", DATASTORE, datastores.delete, 200, 204),
    route("POST", f"{DATASTORE}/listSecrets", datastores.list_secrets),
)

COMPUTES: tuple[Route, ...] = (
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
)

ENDPOINTS: tuple[Route, ...] = (
    *_endpoint_routes(ONLINE, 202, 204),
    *_endpoint_routes(f"{ONLINE}/deployments/{{deployment}}", 202, 204),
    *_endpoint_routes(BATCH, 202, 204),
    *_endpoint_routes(f"{BATCH}/deployments/{{deployment}}", 202, 204),
    *_endpoint_routes(SERVERLESS, 202, 204),
    *(route("POST", f"{endpoint}/listKeys", endpoint_keys.list_keys) for endpoint in (ONLINE, BATCH, SERVERLESS)),
    route("POST", f"{ONLINE}/regenerateKeys", endpoint_keys.regenerate_keys, 202),
    route("POST", f"{SERVERLESS}/regenerateKeys", endpoint_keys.regenerate_keys),
    route("POST", f"{ONLINE}/token", endpoint_keys.get_token),
    route("POST", f"{ONLINE}/deployments/{{deployment}}/getLogs", endpoints.get_logs),
    route("GET", f"{ONLINE}/deployments/{{deployment}}/skus", endpoints.list_skus),
    route("GET", MARKETPLACE, plain.list_children),
    route("GET", f"{MARKETPLACE}/{{name}}", plain.get),
)

ROUTES: tuple[Route, ...] = (*WORKSPACES, *CONNECTIONS, *COMPUTES, *ENDPOINTS, *_status_routes())
