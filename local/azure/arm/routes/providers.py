"""What the other providers serve: AI services, Search, Storage, Key Vault and the like. Source: CONTRACTS 6."""

from collections.abc import Iterator

from local.azure.arm import accounts, plain
from local.azure.arm.call import Route
from local.azure.arm.routes.paths import GROUP, SUBSCRIPTION
from local.azure.arm.routing import route

PLAIN_TYPES = (
    "Microsoft.CognitiveServices/accounts",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.Insights/components",
    "Microsoft.KeyVault/vaults",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.Search/searchServices",
    "Microsoft.Storage/storageAccounts",
)


def _plain_routes(kind: str) -> Iterator[Route]:
    resource = f"{GROUP}/providers/{kind}/{{name}}"
    yield route("GET", f"{SUBSCRIPTION}/providers/{kind}", plain.list_in_scope)
    yield route("GET", f"{GROUP}/providers/{kind}", plain.list_in_scope)
    yield route("GET", resource, plain.get)
    yield route("PUT", resource, plain.put, 200, 201)
    yield route("PATCH", resource, plain.patch)
    yield route("DELETE", resource, plain.delete, 200, 204)


ROUTES: tuple[Route, ...] = (
    route("POST", f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/{{name}}/listKeys", accounts.list_keys),
    *(row for kind in PLAIN_TYPES for row in _plain_routes(kind)),
)
