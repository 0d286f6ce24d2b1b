"""Azure by script: answers what a test wrote down, and keeps what it was asked."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from azure.core.credentials import AccessToken

TOKEN = "eyJhbGciOi.token-of-the-app.c2lnbmF0dXJl"
"""What no log may ever show."""


_PATIENCE = 10.0
"""Seconds."""


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str] = field(repr=False)
    body: Any


@dataclass
class Script:
    """Answers to give, the last one again and again, and requests that came."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Ends every silence."""
    _came: asyncio.Event = field(default_factory=asyncio.Event)
    _answers: list[tuple[int, bytes, dict[str, str]]] = field(default_factory=list)

    async def arrived(self, count: int) -> None:
        """Wait until so many requests have come. Raises TimeoutError when they do not."""
        async with asyncio.timeout(_PATIENCE):
            while len(self.asked) < count:
                self._came.clear()
                await self._came.wait()

    def answer(self, status: int, body: object = None, **headers: str) -> None:
        """Give this answer next, bytes as they are; underscores in a header's name stand for dashes."""
        self._answers.append((status, _bytes(body), {n.replace("_", "-"): value for n, value in headers.items()}))

    def cut(self) -> None:
        """Break the next connection off once its request has arrived."""
        self._answers.append((0, b"", {}))

    def fall_silent(self) -> None:
        """Take the next request and say nothing."""
        self._answers.append((-1, b"", {}))

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request."""
        content = await request.read()
        decoded = json.loads(content) if content.startswith((b"{", b"[")) else None
        self.asked.append(Asked(request.method, request.path, dict(request.query), dict(request.headers), decoded))
        self._came.set()
        status, body, headers = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if status < 0:
            await self.over.wait()
        if not status and request.transport is not None:
            request.transport.abort()
        named = {name: value.replace("{url}", self.url) for name, value in headers.items()}
        told = {"Content-Type": "text/plain; charset=utf-8"} | named
        return web.Response(status=max(status, 0) or 500, body=body.replace(b"{url}", self.url.encode()), headers=told)


def _bytes(body: object) -> bytes:
    match body:
        case None:
            return b""
        case bytes():
            return body
        case str():
            return body.encode()
    return json.dumps(body).encode()


class FixedCredential:
    """A credential whose token is known."""

    async def get_token(self, *_: str, **__: object) -> AccessToken:
        """The token; it never ends."""
        return AccessToken(TOKEN, 32503680000)

    async def close(self) -> None:
        """Nothing is open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass
