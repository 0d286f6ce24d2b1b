"""Storage by managed identity: the host gets its token as an app in Azure does, and Azurite checks it over TLS."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import jwt
from aiohttp import web

from local.azurite import Azurite, Tls
from local.certificates import Certificates, ensure_certificates
from tests.local.host.driver import launched

CLIENT = "11111111-2222-3333-4444-555555555555"


@asynccontextmanager
async def identity_endpoint(asked: list[dict[str, str]]) -> AsyncIterator[str]:
    """The token endpoint of App Service (IDENTITY_ENDPOINT), which notes what it was asked."""

    async def token(request: web.Request) -> web.Response:
        asked.append(dict(request.query))
        now = int(time.time())  # noqa: TID251 - Azurite judges the token by the machine's clock
        claims = {
            "aud": request.query["resource"],
            "iss": "https://sts.windows.net/00000000-0000-0000-0000-000000000001/",
            "nbf": now - 5,
            "iat": now - 5,
            "exp": now + 3600,
        }
        signed = jwt.encode(claims, "k" * 32, algorithm="HS256")
        return web.json_response(
            {
                "access_token": signed,
                "expires_on": str(now + 3600),
                "token_type": "Bearer",
                "resource": request.query["resource"],
            }
        )

    application = web.Application()
    application.router.add_get("/token", token)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/token"
    finally:
        await runner.cleanup()


def settings(azurite: Azurite, certificates: Certificates, endpoint: str) -> dict[str, str]:
    return {
        "AzureWebJobsStorage__blobServiceUri": azurite.blob_service_uri,
        "AzureWebJobsStorage__queueServiceUri": azurite.queue_service_uri,
        "AzureWebJobsStorage__credential": "managedidentity",
        "AzureWebJobsStorage__clientId": CLIENT,
        "IDENTITY_ENDPOINT": endpoint,
        "IDENTITY_HEADER": "made-up",
        "SSL_CERT_FILE": str(certificates.ca),
    }


async def test_event_to_queue_by_managed_identity(tmp_path: Path) -> None:
    """An event goes through the output queue to the queue trigger, with tokens for storage and no key anywhere."""
    certificates = ensure_certificates(tmp_path)
    asked: list[dict[str, str]] = []
    async with (
        Azurite(Tls(certificates.server, certificates.key)) as azurite,
        identity_endpoint(asked) as endpoint,
        launched("", settings=settings(azurite, certificates, endpoint)) as host,
    ):
        await host.until_ready()
        assert (await host.notify({"id": "e", "data": {}}))[0] == 202
        await host.logged(lambda record: "Executed 'Functions.on_change' (Succeeded" in record["message"])
        assert {(request["resource"], request["client_id"]) for request in asked} == {
            ("https://storage.azure.com", CLIENT)
        }
