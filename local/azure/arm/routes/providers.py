"""What the other providers serve: AI services, Search, Storage, Key Vault and the like. Source: CONTRACTS 6."""

from collections.abc import Iterator

from local.azure.arm import connections, monitoring, plain, regions, registries, search, storage, vaults
from local.azure.arm.call import Handler, Route
from local.azure.arm.cognitive import accounts, deleted, models, projects
from local.azure.arm.routes.paths import GROUP, SUBSCRIPTION
from local.azure.arm.routing import route

PROVIDERS = f"{GROUP}/providers"
COGNITIVE = "providers/Microsoft.CognitiveServices"
ACCOUNT = f"{GROUP}/{COGNITIVE}/accounts/{{account}}"
PROJECT = f"{ACCOUNT}/projects/{{project}}"
DEPLOYMENT = f"{ACCOUNT}/deployments/{{deployment}}"
POLICY = f"{ACCOUNT}/raiPolicies/{{policy}}"
DELETED = f"{SUBSCRIPTION}/{COGNITIVE}/locations/{{location}}/resourceGroups/{{was_group}}/deletedAccounts/{{account}}"
SEARCH = f"{PROVIDERS}/Microsoft.Search/searchServices/{{service}}"
STORAGE = f"{PROVIDERS}/Microsoft.Storage/storageAccounts/{{account}}"
REGISTRY = f"{PROVIDERS}/Microsoft.ContainerRegistry/registries/{{registry}}"
KEY_VAULT = "providers/Microsoft.KeyVault"
VAULT = f"{GROUP}/{KEY_VAULT}/vaults/{{vault}}"
DELETED_VAULT = f"{SUBSCRIPTION}/{KEY_VAULT}/locations/{{location}}/deletedVaults/{{vault}}"
LOG_WORKSPACE = f"{PROVIDERS}/Microsoft.OperationalInsights/workspaces/{{workspace}}"


def _resource_routes(
    kind: str,
    put: Handler = plain.put,
    patch: Handler = plain.patch,
    delete: Handler = plain.delete,
    *,
    put_statuses: tuple[int, ...] = (200, 201),
) -> Iterator[Route]:
    """A tracked resource: lists, get, put, patch, delete. Some providers never answer 201."""
    resource = f"{PROVIDERS}/{kind}/{{name}}"
    yield route("GET", f"{SUBSCRIPTION}/providers/{kind}", plain.list_in_scope)
    yield route("GET", f"{PROVIDERS}/{kind}", plain.list_in_scope)
    yield route("GET", resource, plain.get)
    yield route("PUT", resource, put, *put_statuses)
    yield route("PATCH", resource, patch)
    yield route("DELETE", resource, delete, 200, 204)


def _connection_routes(holder: str) -> Iterator[Route]:
    """The connections of an account or project, as Azure ML serves them (CONTRACTS 3)."""
    connection = f"{holder}/connections/{{connection}}"
    yield route("GET", f"{holder}/connections", connections.list_connections)
    yield route("GET", connection, connections.get)
    yield route("PUT", connection, connections.put)
    yield route("PATCH", connection, connections.patch)
    yield route("DELETE", connection, connections.delete, 200, 204)
    yield route("POST", f"{connection}/listsecrets", connections.list_secrets)


ROUTES: tuple[Route, ...] = (
    *_resource_routes("Microsoft.CognitiveServices/accounts", accounts.put, accounts.patch, accounts.delete),
    route("POST", f"{ACCOUNT}/listKeys", accounts.list_keys),
    route("POST", f"{ACCOUNT}/regenerateKey", accounts.regenerate_key),
    route("GET", f"{SUBSCRIPTION}/{COGNITIVE}/deletedAccounts", deleted.list_deleted),
    route("GET", DELETED, deleted.get),
    route("DELETE", DELETED, deleted.purge, 200, 204),
    route("GET", f"{ACCOUNT}/projects", plain.list_children),
    route("GET", PROJECT, plain.get),
    route("PUT", PROJECT, projects.put, 200, 201),
    route("PATCH", PROJECT, projects.patch),
    route("DELETE", PROJECT, projects.delete, 200, 204),
    *_connection_routes(ACCOUNT),
    *_connection_routes(PROJECT),
    route("GET", f"{ACCOUNT}/deployments", plain.list_children),
    route("GET", DEPLOYMENT, plain.get),
    route("PUT", DEPLOYMENT, models.put_deployment, 200, 201),
    route("PATCH", DEPLOYMENT, models.patch_deployment),
    route("DELETE", DEPLOYMENT, plain.delete, 200, 204),
    route("GET", f"{ACCOUNT}/raiPolicies", models.list_policies),
    route("GET", POLICY, models.get_policy),
    route("PUT", POLICY, models.put_policy, 200, 201),
    route("DELETE", POLICY, models.delete_policy, 200, 204),
    *_resource_routes("Microsoft.Search/searchServices", search.put),
    route("POST", f"{SEARCH}/listAdminKeys", search.list_admin_keys),
    route("POST", f"{SEARCH}/regenerateAdminKey/{{keyKind}}", search.regenerate_admin_key),
    route("POST", f"{SEARCH}/listQueryKeys", search.list_query_keys),
    route("POST", f"{SEARCH}/createQueryKey/{{name}}", search.create_query_key),
    *_resource_routes("Microsoft.Storage/storageAccounts", storage.put, put_statuses=(200,)),
    route("POST", f"{STORAGE}/listKeys", storage.list_keys),
    route("POST", f"{STORAGE}/regenerateKey", storage.regenerate_key),
    *_resource_routes("Microsoft.ContainerRegistry/registries"),
    route("POST", f"{REGISTRY}/listCredentials", registries.list_credentials),
    route("POST", f"{REGISTRY}/regenerateCredential", registries.regenerate_credential),
    *_resource_routes(
        "Microsoft.Insights/components", monitoring.put_component, monitoring.patch_component, put_statuses=(200,)
    ),
    *_resource_routes("Microsoft.OperationalInsights/workspaces", monitoring.put_workspace),
    route("POST", f"{LOG_WORKSPACE}/sharedKeys", monitoring.shared_keys),
    route("POST", f"{LOG_WORKSPACE}/regenerateSharedKey", monitoring.regenerate_shared_key),
    *_resource_routes("Microsoft.KeyVault/vaults", vaults.put, vaults.patch, vaults.delete),
    route("PUT", f"{VAULT}/accessPolicies/{{operationKind}}", vaults.change_access, 200, 201),
    route("GET", f"{VAULT}/secrets", vaults.list_secrets),
    route("GET", f"{VAULT}/secrets/{{secret}}", vaults.get_secret),
    route("PUT", f"{VAULT}/secrets/{{secret}}", vaults.put_secret, 200, 201),
    route("PATCH", f"{VAULT}/secrets/{{secret}}", vaults.patch_secret),
    route("GET", f"{SUBSCRIPTION}/{KEY_VAULT}/deletedVaults", vaults.list_deleted),
    route("GET", DELETED_VAULT, vaults.get_deleted),
    route("POST", f"{DELETED_VAULT}/purge", vaults.purge),
    route("GET", f"{SUBSCRIPTION}/providers/Microsoft.Web/geoRegions", regions.list_regions),
)
