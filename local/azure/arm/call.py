"""One request on its way through ARM, and what a handler answers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.azure.arm.errors import bad_request
from local.azure.store import Document
from local.azure.tokens import Claims

if TYPE_CHECKING:
    from local.azure.arm.operations import Operation
    from local.azure.cloud import Cloud

type Handler = Callable[["Cloud", "Call"], "Reply"]


@dataclass(frozen=True, slots=True)
class Route:
    """A row of the operations table: what ARM serves, who handles it, which statuses it may answer."""

    method: str
    template: str
    handler: Handler
    statuses: tuple[int, ...] = (200,)
    action: str = ""
    """The permission it needs, such as `Microsoft.Resources/tags/write`; empty needs none."""
    preview_only: bool = False
    raises_event: bool = True
    """Whether success raises a resource event; reads never do."""


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request. `names` are the template's parameters in the casing the client sent."""

    route: Route
    path: str
    names: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = field(repr=False)
    claims: Claims = field(repr=False)
    base_url: str
    correlation_id: str
    client_request_id: str
    client_type: str = ""
    """The header `ClientType`, by which Cost Management tells its clients apart."""

    @property
    def target(self) -> str:
        """The id of the resource the request names, without an action's name or argument."""
        return _acted_on(self.path) if self.route.method == "POST" else self.path.rstrip("/")

    @property
    def scope(self) -> str:
        """The id an extension route (tags, locks, diagnostic settings) hangs on."""
        return self.names["scope"]

    @property
    def api_version(self) -> str:
        """The api-version asked for; checked by the front door."""
        return self.query["api-version"]

    def document(self) -> Document:
        """The body as a JSON object; raises ArmError."""
        try:
            document = json.loads(self.body)
        except ValueError as error:
            raise bad_request("InvalidRequestContent", f"The request content was invalid: {error}") from None
        if not isinstance(document, dict):
            raise bad_request("InvalidRequestContent", "The request content must be a JSON object.")
        return document

    def part(self, document: Document, name: str) -> dict[str, Any]:
        """An object inside the body, empty when absent or null; raises ArmError when it is something else."""
        value = document.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise bad_request("InvalidRequestContent", f"'{name}' must be a JSON object.")
        return value


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler answers; the front door adds ARM's own headers and raises the event."""

    status: int
    body: Document | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    operation: "Operation | None" = None
    """The long-running operation this began; its end raises the event."""
    created: bool = False
    changed: bool = True
    """False when nothing was there to change, so that no event is raised."""


def _acted_on(path: str) -> str:
    """What a POST acts on: the pairs of type and name before the action, or the scope when there are none."""
    scope, _, own = path.rstrip("/").rpartition("/providers/")
    namespace, *parts = own.split("/")
    pairs = parts[: (len(parts) - 1) // 2 * 2]
    return "/".join([scope, "providers", namespace, *pairs]) if pairs else scope
