"""The one gate of every data plane: who presents what, and what becomes of those turned away.

A key that was regenerated is told apart from one that never was: the first is an outage in a rotation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Never

from aiohttp import web

from local.azure.arm.permissions import permitted
from local.azure.cloud import PRINCIPAL, Cloud
from local.azure.keyring import Standing
from local.azure.store import Document
from local.azure.tokens import TokenRefusedError


class TurnedAwayError(Exception):
    """A caller that may not come in: `reason` is one word for the ledger, the message says why."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Door:
    """What one service asks of a caller: the audience of its tokens and the action their owner must be allowed."""

    audience: str
    action: str
    data: bool = True
    """Whether roles allow it among their data actions."""


class Gate:
    """Admits callers to a resource's data plane, or notes in the ledger that they were turned away."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def find(self, kind: str, name: str) -> Document | None:
        """The resource of this type and name; names of such resources are unique in all of Azure."""
        return next((one for one in self._cloud.store.of_type(kind) if one["name"].casefold() == name.casefold()), None)

    def admit_key(self, request: web.Request, resource: Document, key: str) -> None:
        """Admits a caller with one of the resource's live keys; else TurnedAwayError."""
        self._judge(request, resource, self._cloud.keys.standing(resource["id"], key))

    def admit_signature(self, request: web.Request, resource: Document, made_with: Callable[[str], bool]) -> None:
        """Admits a caller whose signature was made with one of the resource's live keys; else TurnedAwayError."""
        self._judge(request, resource, self._cloud.keys.standing_of(resource["id"], made_with))

    def admit_token(self, request: web.Request, resource: Document, door: Door) -> None:
        """Admits a caller whose token is for this service and whose owner has the role; else TurnedAwayError."""
        try:
            claims = self._cloud.tokens.check(request.headers.get("Authorization"), (door.audience,))
        except TokenRefusedError as refused:
            self.turn_away(request, resource, "bad token", str(refused))
        request[PRINCIPAL] = claims["oid"]
        if not permitted(self._cloud, claims, door.action, resource["id"], data=door.data):
            self.turn_away(
                request,
                resource,
                "no role",
                f"The principal `{claims['oid']}` lacks the required data action `{door.action}` to perform "
                f"`{request.method} {request.path}` operation.",
            )

    def turn_away(self, request: web.Request, resource: Document, reason: str, message: str) -> Never:
        """Notes a refusal and raises TurnedAwayError."""
        self._cloud.ledger.turn_away(request.get(PRINCIPAL, ""), resource["id"], reason)
        raise TurnedAwayError(reason, message)

    def _judge(self, request: web.Request, resource: Document, standing: Standing) -> None:
        if standing is Standing.REGENERATED:
            self.turn_away(request, resource, "regenerated key", "The key was regenerated.")
        if standing is Standing.UNKNOWN:
            self.turn_away(request, resource, "unknown key", "The key is none of this resource's.")
