"""Azure by script: answers what a test wrote down, and keeps what it was asked."""

import json
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from azure.core.credentials import AccessToken

TOKEN = "eyJhbGciOi.token-of-the-app.c2lnbmF0dXJl"
"""What no log may ever show."""


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
    _answers: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)

    def answer(self, status: int, body: object = None, **headers: str) -> None:
        """Give this answer next; underscores in a header's name stand for dashes."""
        text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
        self._answers.append((status, text, {name.replace("_", "-"): value for name, value in headers.items()}))

    def cut(self) -> None:
        """Break the next connection off once its request has arrived."""
        self._answers.append((0, "", {}))

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request."""
        content = await request.read()
        decoded = json.loads(content) if content.startswith((b"{", b"[")) else None
        self.asked.append(Asked(request.method, request.path, dict(request.query), dict(request.headers), decoded))
        status, text, headers = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if not status and request.transport is not None:
            request.transport.abort()
        return web.Response(status=status or 500, text=text.replace("{url}", self.url), headers=headers)


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
