"""Access keys: who may call what, given the key in a request.

The real host keeps generated keys in storage; this one is told its keys, and falls back to well-known ones, because
it listens on loopback only. Used by the HTTP routes, the Event Grid webhook and the admin API.
"""

import hmac
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web


class Level(StrEnum):
    """What a caller must hold, with the names of `authLevel`; `system` is the webhooks' own."""

    ANONYMOUS = "anonymous"
    FUNCTION = "function"
    SYSTEM = "system"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The host's keys. The master key opens everything; its repr shows none of them."""

    master: str = "local-master-key"
    function: str = "local-function-key"
    eventgrid_extension: str = "local-eventgrid-key"

    def admit(self, request: web.Request, level: Level) -> bool:
        """Whether the request's `code` parameter or `x-functions-key` header is enough for `level`."""
        if level is Level.ANONYMOUS:
            return True
        shown = request.query.get("code") or request.headers.get("x-functions-key") or ""
        accepted = {Level.FUNCTION: [self.function], Level.SYSTEM: [self.eventgrid_extension]}.get(level, [])
        return any(hmac.compare_digest(shown.encode(), key.encode()) for key in [self.master, *accepted])
