"""Azure OpenAI behind an AI services account: its models, to whoever has a live key or the role.

Errors as Azure OpenAI words them [K]: 401 for a wrong key or a missing role, 403 for a key where keys are off.
"""

from aiohttp import web

from local.azure.arm.cognitive.accounts import TYPE
from local.azure.arm.cognitive.models import DEPLOYMENT_TYPE
from local.azure.arm.documents import text
from local.azure.cloud import Cloud
from local.azure.dataplane.gate import Door, Gate, TurnedAwayError
from local.azure.store import Document

KEY_HEADERS = ("api-key", "Ocp-Apim-Subscription-Key")
DOOR = Door("https://cognitiveservices.azure.com", "Microsoft.CognitiveServices/accounts/OpenAI/models/read")
WRONG_KEY = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
    "active subscription and use a correct regional API endpoint for your resource."
)


class OpenAI:
    """`GET /dataplane/cognitiveservices/{account}/openai/models`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._gate = Gate(cloud)

    async def models(self, request: web.Request) -> web.Response:
        """The models deployed in the account."""
        account = self._gate.find(TYPE, request.match_info["account"])
        if account is None:
            return _refusal(404, "404", "Resource not found")
        try:
            self._admit(request, account)
        except TurnedAwayError as turned_away:
            return _turned_away(turned_away)
        deployments = self._cloud.store.children(account["id"], DEPLOYMENT_TYPE)
        models = {text(one, "properties", "model", "name") for one in deployments}
        return web.json_response(
            {"object": "list", "data": [{"object": "model", "id": name} for name in sorted(models)]}
        )

    def _admit(self, request: web.Request, account: Document) -> None:
        key = next((request.headers[name] for name in KEY_HEADERS if name in request.headers), None)
        if key is None:
            self._gate.admit_token(request, account, DOOR)
        elif account.get("properties", {}).get("disableLocalAuth"):
            message = "Key based authentication is disabled for this resource."
            self._gate.turn_away(request, account, "keys are off", message)
        else:
            self._gate.admit_key(request, account, key)


def _turned_away(turned_away: TurnedAwayError) -> web.Response:
    match turned_away.reason:
        case "keys are off":
            return _refusal(403, "AuthenticationTypeDisabled", str(turned_away))
        case "no role":
            return _refusal(401, "PermissionDenied", str(turned_away))
    return _refusal(401, "401", WRONG_KEY)


def _refusal(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)
