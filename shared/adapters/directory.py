"""
Who is still there, from Microsoft Graph. The engine's `Directory`.

One question for a thousand people: `directoryObjects/getByIds` answers with those it has, and leaves out the others
(https://learn.microsoft.com/graph/api/directoryobject-getbyids). So it does with whoever was deleted and may yet be
restored (assumed: no page says so). Of what is told of a person only the id is looked at; nothing of it is kept.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Final

from azure.core import AsyncPipelineClient
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy, UserAgentPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from shared.adapters.arm_wire import CONNECT, Headers, document_of
from shared.adapters.azure_errors import asking
from shared.adapters.proxies import proxied
from shared.adapters.retries import BoundedRetry
from shared.model.errors import DependencyDown
from shared.ports import Clock

PERMISSION: Final = "Directory.Read.All"
"""Microsoft Graph's application permission for it; there is no lesser one (see above)."""
PATH: Final = "/v1.0/directoryObjects/getByIds"
MOST_IDS: Final = 1000
"""Ids in one question; Graph takes no more."""
FRESH: Final = timedelta(hours=1)
"""How long an answer is believed: each hub's sweep asks about much the same people."""

_TYPES: Final = ("user", "servicePrincipal")
"""Applications make instances too, and have not left."""
_READ: Final = 30
"""Seconds between two reads from a connection; the SDK's own are five minutes."""
_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOBODY: Final = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class _Answer:
    missing: bool
    until: datetime


class MicrosoftGraph:
    """One client for one cloud's Graph."""

    def __init__(self, credential: AsyncTokenCredential, endpoint: str, clock: Clock) -> None:
        """Ask an endpoint such as https://graph.microsoft.com, which also names the audience of the token."""
        self._endpoint = endpoint.rstrip("/")
        self._clock = clock
        self._answers: dict[str, _Answer] = {}
        self._client: AsyncPipelineClient[HttpRequest, AsyncHttpResponse] = AsyncPipelineClient(
            self._endpoint,
            policies=[
                Headers(),
                UserAgentPolicy(base_user_agent="hubwarden"),
                BoundedRetry(clock=clock),
                AsyncBearerTokenCredentialPolicy(credential, f"{self._endpoint}/.default"),
            ],
            use_env_settings=proxied(),
            connection_timeout=CONNECT,
            read_timeout=_READ,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def missing(self, people: Collection[str]) -> frozenset[str]:
        """
        See `Directory.missing`: one request a thousand people whom nobody asked about within the hour.

        What is no object id, the empty one among it, is never missing. Raises as `error_for` says, and DependencyDown
        for half an answer: whoever is left out of that may well be there.
        """
        now, named = self._clock.now(), {person: person.casefold() for person in people if _is_one(person)}
        known = {person: answer for person, answer in self._answers.items() if now < answer.until}
        self._answers = known
        for some in batched(sorted(set(named.values()) - set(known)), MOST_IDS, strict=False):
            there = await self._there(some)
            known |= {person: _Answer(person not in there, now + FRESH) for person in some}
        return frozenset(person for person, key in named.items() if known[key].missing)

    async def _there(self, people: Sequence[str]) -> frozenset[str]:
        async with asking(f"POST {PATH}"):
            request = HttpRequest("POST", f"{self._endpoint}{PATH}", json={"ids": people, "types": _TYPES})
            response = await self._client.send_request(request)
        document = document_of(response, PATH, PERMISSION)
        found = document.get("value")
        if not isinstance(found, list) or "@odata.nextLink" in document:
            raise DependencyDown(f"POST {PATH}: Graph answered with part of the people only")
        return frozenset(_ids(found))


def _is_one(person: str) -> bool:
    return _GUID.fullmatch(person.casefold()) is not None and person != _NOBODY


def _ids(found: Iterable[object]) -> Iterable[str]:
    for one in found:
        if isinstance(one, dict) and isinstance(one.get("id"), str):
            yield one["id"].casefold()
