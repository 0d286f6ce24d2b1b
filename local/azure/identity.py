"""Where tokens come from: the app's managed identity, and people who sign in.

The managed identity endpoint speaks App Service's protocol over plain HTTP, as it does there. People use Entra ID's
token endpoint over TLS; a secret or password is not checked, the name alone says who acts.
"""

import secrets
from urllib.parse import urlsplit

from aiohttp import web

from local.azure.cloud import Cloud

API_VERSION = "2019-08-01"


class ManagedIdentity:
    """GET {IDENTITY_ENDPOINT}?api-version=2019-08-01&resource=… with the secret header."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.header = secrets.token_hex(16)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers a token of the app for one resource."""
        if not secrets.compare_digest(request.headers.get("X-IDENTITY-HEADER", ""), self.header):
            return web.json_response({"statusCode": 401, "message": "The identity header is wrong."}, status=401)
        resource = request.query.get("resource")
        if request.query.get("api-version") != API_VERSION or not resource:
            message = f"Send api-version={API_VERSION} and the resource."
            return web.json_response({"statusCode": 400, "message": message}, status=400)
        token = self._cloud.tokens.issue(resource, self._cloud.directory.app())
        answer = {
            "access_token": token.value,
            "expires_on": str(token.expires_on),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": self._cloud.options.app_client_id,
        }
        return web.json_response(answer)


class SignIn:
    """POST /{tenant}/oauth2/v2.0/token, and the discovery document that leads there."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def token(self, request: web.Request) -> web.StreamResponse:
        """Answers a token of the person (a name with `@`) or the app that asks."""
        form = await request.post()
        who = str(form.get("username") or form.get("client_id") or "")
        scope = str(form.get("scope") or "").split()
        if not who or not scope or urlsplit(scope[0]).scheme != "https":
            return _refusal(
                "Send 'client_id' (a person's name or the app's id) and a 'scope' such as https://…/.default."
            )
        directory, options = self._cloud.directory, self._cloud.options
        if "@" not in who and who != options.app_client_id:
            return _refusal(f"'{who}' is neither a person (name@domain) nor the app's client id.")
        if directory.has_left(who):
            return _refusal(f"AADSTS50034: The user account {who} does not exist in this directory.", "invalid_grant")
        claims = directory.person(who) if "@" in who else directory.app()
        token = self._cloud.tokens.issue(scope[0].removesuffix("/.default"), claims)
        lifetime = token.expires_on - int(self._cloud.clock.seconds())
        answer = {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime}
        return web.json_response({**answer, "access_token": token.value})

    async def discovery(self, request: web.Request) -> web.StreamResponse:
        """The OpenID configuration that MSAL reads first."""
        base = f"{self._cloud.url}/{request.match_info['tenant']}"
        document = {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
        }
        return web.json_response(document)


def _refusal(message: str, error: str = "invalid_request") -> web.Response:
    return web.json_response({"error": error, "error_description": message}, status=400)
