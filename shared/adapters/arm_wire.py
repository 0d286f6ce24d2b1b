"""
What goes with every request to Resource Manager and what counts as its answer; `arm` and `cost_management` share it.

The SDK clients are used as pipelines only. Their policies are our own list, so that nothing registers a resource
provider behind our back, no redirect carries our token elsewhere, and nothing records a body.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, override
from urllib.parse import urlsplit

from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from shared.adapters.azure_errors import error_for
from shared.adapters.correlation import correlation
from shared.model.errors import DependencyDown, Rejected
from shared.model.facts import Json

PUBLIC_CLOUD: Final = "https://management.azure.com"
CONNECT: Final = 5
"""Seconds for a connection; the SDK's own are five minutes."""

_OK, _REDIRECT = 200, 300


class Headers(SansIOHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Names the request to Azure, so that a line in our log can be found in theirs."""

    def __init__(self, more: Mapping[str, str] | None = None) -> None:
        """Send these too."""
        self._more = more or {}

    @override
    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """Set them."""
        headers = request.http_request.headers
        headers["x-ms-client-request-id"] = str(uuid.uuid4())
        headers["Accept"] = "application/json"
        if known := correlation.get():
            headers["x-ms-correlation-request-id"] = known
        headers.update(self._more)


def document_of(response: AsyncHttpResponse, path: str, needs: str, loads: Callable[[str], Any] = json.loads) -> Json:
    """
    The JSON object of a good answer, `{}` for an empty one; raises the error of ours for any other.

    `needs` is the permission to name when Azure does not; `loads` reads JSON and raises ValueError for what is none.
    """
    doing, text = f"{response.request.method} {path}", text_of(response)
    if not _OK <= response.status_code < _REDIRECT:
        raise error_for(response.status_code, response.headers, text, doing, needs)
    if not text:
        return {}
    document: Any = None
    found = "a body that is no JSON"
    with suppress(ValueError):  # which keeps the whole text, and so would an error that is raised over it
        document, found = loads(text), "JSON that is no object"
    if not isinstance(document, dict):
        raise DependencyDown(f"{doing}: Azure answered {response.status_code} with {found}")
    return document


def text_of(response: AsyncHttpResponse) -> str:
    """The body as text; bytes that are none in the encoding it claims are replaced."""
    with suppress(ValueError, LookupError):
        return response.text()
    return response.content.decode(errors="replace")


def own_link(link: str | None, endpoint: str, doing: str) -> str:
    """A next link to follow: as it came, for ARM signs it; empty for none. Raises Rejected for one to another host."""
    if link and urlsplit(link)[:2] != urlsplit(endpoint)[:2]:
        raise Rejected(f"{doing}: its next page lies on {urlsplit(link).netloc!r}, which is not our ARM endpoint")
    return link or ""
