"""A word on a real queue: what arrives, in whose name, and what is said when it cannot."""

import base64
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Self
from uuid import UUID

import jwt
import pytest
import pytest_asyncio
from aiohttp import web
from azure.core.credentials import AccessToken, AzureNamedKeyCredential
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from functions.edge import CHANGES
from local.azure.options import TENANT
from local.azurite import ACCOUNT, ACCOUNT_KEY, Azurite, Tls
from local.certificates import Certificates, ensure_certificates, trust
from local.rotation.send import KEEPS, ROLE, name_in, send
from shared.model.errors import BadEvent, DependencyDown, Forbidden, SettingsInvalid
from shared.model.message import Rotate, Wish, parse
from tests.local.rotation_world import AI

pytestmark = pytest.mark.asyncio(loop_scope="module")

KIM = {"upn": "kim@contoso.example", "oid": "b0b0b0b0-0000-4000-8000-00000000000a"}


@dataclass(frozen=True)
class Person:
    """Somebody signed in, with a token as Entra issues it; nobody here checks its signature."""

    claims: dict[str, str]

    async def get_token(self, *scopes: str, **_: object) -> AccessToken:
        """A token for the first scope."""
        now = int(time.time())  # noqa: TID251 - Azurite goes by the true time
        said = {"aud": scopes[0].removesuffix("/.default"), "iss": f"https://sts.windows.net/{TENANT}/"}
        times = {"iat": now, "nbf": now - 60, "exp": now + 3600}
        return AccessToken(jwt.encode(said | times | self.claims, "s" * 32, "HS256"), now + 3600)

    async def close(self) -> None:
        """Nothing is open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An authority that every client of this process trusts; a bearer token goes nowhere without TLS."""
    made = ensure_certificates(tmp_path_factory.mktemp("authority"))
    trust(made.ca)
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def azurite(certificates: Certificates) -> AsyncIterator[Azurite]:
    """A storage account that takes tokens."""
    async with Azurite(Tls(certificates.server, certificates.key)) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def queue(azurite: Azurite) -> AsyncIterator[QueueClient]:
    """The app's queue, as the app's host sees it."""
    async with QueueClient(
        azurite.queue_service_uri, CHANGES, credential=AzureNamedKeyCredential(ACCOUNT, ACCOUNT_KEY)
    ) as client:
        await client.create_queue()
        yield client
        await client.delete_queue()


@pytest_asyncio.fixture(loop_scope="module")
async def refusing(certificates: Certificates) -> AsyncIterator[str]:
    """A storage account in which whoever asks has no role, as Azure answers then."""

    async def refuse(_: web.Request) -> web.Response:
        body = (
            '<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthorizationPermissionMismatch</Code>'
            "<Message>This request is not authorized to perform this operation using this permission.</Message></Error>"
        )
        headers = {"x-ms-error-code": "AuthorizationPermissionMismatch"}
        return web.Response(status=403, text=body, content_type="application/xml", headers=headers)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", refuse)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificates.server_context()).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def arrived(queue: QueueClient) -> list[QueueMessage]:
    """The messages on a queue, as they lie there."""
    return [message async for message in queue.receive_messages()]


@pytest.mark.parametrize("wish", list(Wish))
@pytest.mark.parametrize("end", ["", "/", f"/{CHANGES}"])
async def test_what_arrives_is_what_the_app_reads(azurite: Azurite, queue: QueueClient, wish: Wish, end: str) -> None:
    """One message, in base64 as the host wants it, in the name of whoever is signed in."""
    sent = await send(f"{azurite.queue_service_uri}{end}", Person(KIM), AI, wish, "INC-4711: key1 öffentlich")

    (message,) = await arrived(queue)
    read = parse(base64.b64decode(message.content, validate=True).decode())
    wanted = Rotate(AI, wish, "INC-4711: key1 öffentlich", "kim@contoso.example", sent.correlation_id)
    assert read == sent == wanted
    assert str(UUID(sent.correlation_id)) == sent.correlation_id


async def test_a_word_that_nobody_took_for_a_day_is_gone(azurite: Azurite, queue: QueueClient) -> None:
    """An app that comes back after longer must not replace keys that somebody has replaced by hand since."""
    await send(azurite.queue_service_uri, Person(KIM), AI, Wish.NOW, "INC-4711")

    (message,) = await arrived(queue)
    assert message.expires_on is not None
    assert message.inserted_on is not None
    assert message.expires_on - message.inserted_on == KEEPS == timedelta(days=1)


async def test_a_storage_account_that_is_not_the_apps(azurite: Azurite) -> None:
    """It has no such queue, and gets none: a word that lies there would never be read."""
    with pytest.raises(SettingsInvalid, match=f"has no queue {CHANGES}: give the storage account of the app"):
        await send(azurite.queue_service_uri, Person(KIM), AI, Wish.NOW, "INC-4711")

    with pytest.raises(SettingsInvalid):
        await send(azurite.queue_service_uri, Person(KIM), AI, Wish.NOW, "INC-4711")


async def test_whoever_asks_has_no_role(refusing: str) -> None:
    """The error names the role and who lacks it, and no token."""
    with pytest.raises(Forbidden) as error:
        await send(refusing, Person(KIM), AI, Wish.NOW, "INC-4711")

    assert error.value.permission == ROLE == "Storage Queue Data Message Sender"
    assert "takes no message from kim@contoso.example (403): that needs the role Storage Queue" in str(error.value)
    assert "eyJ" not in str(error.value)


async def test_nothing_answers(unused_tcp_port: int) -> None:
    """A wrong URL is told as such, within seconds."""
    with pytest.raises(DependencyDown, match=f"putting a message on the queue {CHANGES} of https://127.0.0.1"):
        await send(f"https://127.0.0.1:{unused_tcp_port}", Person(KIM), AI, Wish.NOW, "INC-4711")


async def test_a_reason_that_the_app_would_refuse(azurite: Azurite, queue: QueueClient) -> None:
    """It is refused here, before it is sent."""
    with pytest.raises(BadEvent, match="in 500 characters together"):
        await send(azurite.queue_service_uri, Person(KIM), AI, Wish.NOW, "x" * 500)

    assert await arrived(queue) == []


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        (KIM, "kim@contoso.example"),
        ({"unique_name": "live.com#kim@contoso.example", "oid": "1"}, "live.com#kim@contoso.example"),
        ({"appid": "b0b0b0b0-0000-4000-8000-000000000002", "oid": "1"}, "b0b0b0b0-0000-4000-8000-000000000002"),
        ({"oid": "b0b0b0b0-0000-4000-8000-00000000000a"}, "b0b0b0b0-0000-4000-8000-00000000000a"),
        ({"upn": ""}, "somebody whose token has no name"),
    ],
)
async def test_whom_a_token_is_for(claims: dict[str, str], name: str) -> None:
    """The name as people know it; of an application its id."""
    assert name_in(jwt.encode(claims, "s" * 32, "HS256")) == name


@pytest.mark.parametrize("token", ["", "opaque", "a.b.c", "eyJh.bnVsbA.x"])
async def test_a_token_that_says_nothing(token: str) -> None:
    """It still opens the queue, so that nobody is stopped by it; the row then has no name."""
    assert name_in(token) == "somebody whose token has no name"
