"""
Clients: whoever works through a connection. Each keeps the key it has read for a while, as SDKs do, and calls with it.

A call that is refused is what a rotation must never cause.
"""

import asyncio
import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from random import Random

import aiohttp
from yarl import URL

from local.azure.arm_ids import canonical
from local.azure.stand_in import AzureStandIn
from local.soak.estate import Account
from shared.model.resource_id import ResourceId

KEEPS = timedelta(hours=4)
"""How long a client goes on with the key it has read."""
AT_ONCE = 8
PAUSE = 0.01
"""Real seconds between two calls while a pass runs."""
_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True)
class Refusal:
    """A call that was refused."""

    connection: ResourceId
    at: datetime
    status: int


@dataclass
class Client:
    """One client of one connection."""

    connection: ResourceId
    account: Account
    _key: str = field(default="", repr=False)
    _read: datetime | None = None

    def key(self, azure: AzureStandIn, chance: Random) -> str:
        """The key it goes by: what its connection held when it last read that."""
        now = azure.clock.now()
        if self._read is None or now - self._read >= KEEPS:
            self._key = azure.state.secrets[canonical(self.connection.text)]["key"]
            self._read = now - KEEPS * chance.random() / 2
        return self._key


@dataclass
class Clients:
    """All of them, behind one session."""

    azure: AzureStandIn
    session: aiohttp.ClientSession
    chance: Random
    clients: list[Client] = field(default_factory=list)
    calls: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    async def round(self) -> None:
        """Every client calls once."""
        room = asyncio.Semaphore(AT_ONCE)

        async def call(client: Client) -> None:
            async with room:
                await self._call(client)

        await asyncio.gather(*(call(client) for client in self.clients))

    async def keep_calling(self) -> None:
        """One client after the other, until cancelled; in between the app, in the same process, gets its turn."""
        while True:
            await self._call(self.chance.choice(self.clients))
            await asyncio.sleep(PAUSE)

    async def _call(self, client: Client) -> None:
        url, headers = _request(self.azure.url, client.account, client.key(self.azure, self.chance))
        async with self.session.get(url, headers=headers) as answer:
            self.calls += 1
            if answer.status in _REFUSED:
                self.refusals.append(Refusal(client.connection, self.azure.clock.now(), answer.status))


def _request(base: str, account: Account, key: str) -> tuple[URL, dict[str, str]]:
    """The harmless call of each service, as its own clients make it."""
    name = account.id.name
    match account.category:
        case "AzureOpenAI":
            return URL(f"{base}/dataplane/cognitiveservices/{name}/openai/models"), {"api-key": key}
        case "CognitiveSearch":
            return URL(f"{base}/dataplane/search/{name}/indexes"), {"api-key": key}
        case _:
            path = f"/dataplane/storage/{name}/"
            return URL(f"{base}{path}?comp=list"), _signed(name, path, key)


def _signed(name: str, path: str, key: str) -> dict[str, str]:
    """Shared Key of the Blob service, version 2015-02-21 and later."""
    own = {"x-ms-date": "Fri, 27 Nov 2026 00:00:00 GMT", "x-ms-version": "2021-08-06"}
    lines = ["GET", *[""] * 11, *(f"{header}:{value}" for header, value in own.items()), f"/{name}{path}", "comp:list"]
    digest = hmac.digest(base64.b64decode(key), "\n".join(lines).encode(), hashlib.sha256)
    return {**own, "Authorization": f"SharedKey {name}:{base64.b64encode(digest).decode()}"}
