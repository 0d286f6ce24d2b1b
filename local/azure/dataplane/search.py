"""Azure AI Search: the list of indexes, to whoever has a live admin key or the role.

A query key opens documents, not this list. Refusals are 403 for keys and roles alike [K].
"""

from aiohttp import web

from local.azure.arm.search import query_keys
from local.azure.cloud import Cloud
from local.azure.dataplane.gate import Door, Gate, TurnedAwayError
from local.azure.store import Document

TYPE = "Microsoft.Search/searchServices"
DOOR = Door("https://search.azure.com", "Microsoft.Search/searchServices/indexes/read", data=False)
WRONG_KEY = "The given API key doesn't match service's internal, primary or secondary keys."
"""As Azure says it (https://github.com/Azure/azure-search-vector-samples/issues/323)."""
WRONG = ("regenerated key", "unknown key")
"""The gate's words for keys that are none of the service's."""


class Search:
    """`GET /dataplane/search/{service}/indexes`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._gate = Gate(cloud)

    async def indexes(self, request: web.Request) -> web.Response:
        """The service's indexes; the stand-in makes none."""
        service = self._gate.find(TYPE, request.match_info["service"])
        if service is None:
            return _refusal(404, "The service was not found.")
        try:
            self._admit(request, service)
        except TurnedAwayError as turned_away:
            return _refusal(403, WRONG_KEY if turned_away.reason in WRONG else str(turned_away))
        context = f"https://{service['name']}.search.windows.net/$metadata#indexes"
        return web.json_response({"@odata.context": context, "value": []})

    def _admit(self, request: web.Request, service: Document) -> None:
        key, properties = request.headers.get("api-key"), service.get("properties", {})
        if key is not None and properties.get("disableLocalAuth"):
            self._gate.turn_away(request, service, "keys are off", "API keys are disabled for this service.")
        if key is not None and key in query_keys(self._cloud, service):
            self._gate.turn_away(request, service, "query key", "A query key cannot list indexes; use an admin key.")
        if key is not None:
            self._gate.admit_key(request, service, key)
        elif properties.get("disableLocalAuth") or "aadOrApiKey" in (properties.get("authOptions") or {}):
            self._gate.admit_token(request, service, DOOR)
        else:
            self._gate.turn_away(request, service, "tokens are off", "This service admits API keys only.")


def _refusal(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"code": "", "message": message}}, status=status)
