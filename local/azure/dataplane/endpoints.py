"""Online endpoints: `score`, to whoever has a live key or, where the endpoint wants tokens, the role."""

from aiohttp import web

from local.azure.cloud import Cloud
from local.azure.dataplane.gate import Door, Gate, TurnedAwayError
from local.azure.store import Document

TYPE = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
WORKSPACE_TYPE = "Microsoft.MachineLearningServices/workspaces"
DOOR = Door("https://ml.azure.com", f"{TYPE}/score/action", data=False)


class Scoring:
    """`POST /dataplane/endpoints/{workspace}/{endpoint}/score`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._gate = Gate(cloud)

    async def score(self, request: web.Request) -> web.Response:
        """Answers the input it was given: what a model would make of it is nobody's question here."""
        endpoint = self._find(request.match_info["workspace"], request.match_info["endpoint"])
        if endpoint is None:
            return web.Response(status=404)
        try:
            self._admit(request, endpoint)
        except TurnedAwayError as turned_away:
            return web.json_response(
                {"message": str(turned_away)}, status=403 if turned_away.reason == "no role" else 401
            )
        return web.json_response({"input": await request.json()})

    def _admit(self, request: web.Request, endpoint: Document) -> None:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if endpoint["properties"].get("authMode") == "AADToken":
            self._gate.admit_token(request, endpoint, DOOR)
        elif scheme.casefold() == "bearer":
            self._gate.admit_key(request, endpoint, value)
        else:
            self._gate.turn_away(request, endpoint, "no key", "The 'Authorization' header with a key is missing.")

    def _find(self, workspace: str, name: str) -> Document | None:
        found = self._gate.find(WORKSPACE_TYPE, workspace)
        return self._cloud.store.get(f"{found['id']}/onlineEndpoints/{name}") if found else None
