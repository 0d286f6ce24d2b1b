"""What the demo sees: the rows in Log Analytics, the stand-in's ledger, and the app's own counts. It never guesses."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Self

from azure.core.credentials import AccessToken

from local.azure.options import APP_OBJECT_ID, Options
from local.stage import Stage
from shared.adapters.log_query import LogQuery

PATIENCE = 30.0
"""Seconds that anything in the demo may take to happen; in fair weather most take less than one."""
_LOOK_EVERY = 0.1
_OPS = "ops@contoso.example"

type Row = dict[str, Any]


class DemoFailed(Exception):
    """What did not happen, in one line."""


class _Person:
    """Signs in as somebody, for the SDK's clients."""

    def __init__(self, stage: Stage, who: str) -> None:
        self._stage = stage
        self._who = who

    async def get_token(self, *scopes: str, **_: object) -> AccessToken:
        audience = scopes[0].removesuffix("/.default")
        return AccessToken(await self._stage.token(self._who, audience), int(time.monotonic()) + 10**10)

    async def close(self) -> None:
        """Nothing to close; part of the credential's protocol."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class Watch:
    """Looks at the stage from outside, as ops would."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.person = _Person(stage, _OPS)
        """Signed in as ops, for any other client of the SDK."""
        self._logs = LogQuery(self.person, Options().workspace_id, f"{stage.azure_url}/v1")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the query client."""
        await self._logs.close()

    async def rows(self, query: str) -> list[Row]:
        """Rows of a KQL query over the last day."""
        return await self._logs.rows(query, timedelta(days=1))

    async def findings(self, resource: str, since: datetime) -> list[Row]:
        """Findings about a resource that opened or ended since a moment, in order."""
        return await self.rows(
            f"HubwardenFindings_CL | where Resource == '{resource.lower()}'"
            f" | where TimeGenerated >= datetime({since.isoformat()})"
            " | where Change == 'opened' or Change == 'resolved' | sort by TimeGenerated asc, Rule asc"
        )

    async def actions(self, resource: str, since: datetime) -> list[Row]:
        """What became of steps on a resource since a moment, in order."""
        return await self.rows(
            f"HubwardenActions_CL | where Resource == '{resource.lower()}'"
            f" | where TimeGenerated >= datetime({since.isoformat()}) | sort by TimeGenerated asc"
        )

    async def changed(self, rule: str, change: str, since: datetime) -> list[Row]:
        """Findings of a rule, on whatever resource, that opened or were resolved since a moment."""
        return await self.rows(
            f"HubwardenFindings_CL | where Rule == '{rule}' and Change == '{change}'"
            f" | where TimeGenerated >= datetime({since.isoformat()}) | sort by Resource asc"
        )

    async def sweeps(self, since: datetime) -> list[Row]:
        """Runs that sweeps caused since a moment."""
        return await self.rows(
            f"HubwardenRuns_CL | where Trigger == 'sweep' and Started >= datetime({since.isoformat()})"
        )

    async def counts(self) -> dict[str, int]:
        """What the app's instance has counted since it started."""
        counts: dict[str, int] = (await self._stage.get("health"))["this_instance"]
        return counts

    async def events(self, resource: str, since: datetime) -> list[Row]:
        """Events that the stand-in raised about a resource since a moment."""
        raised = (await self._stage.standin("GET", "events"))["raised"]
        return [
            event
            for event in raised
            if event["subject"].lower().startswith(resource.lower()) and datetime.fromisoformat(event["time"]) >= since
        ]

    async def writes(self) -> int:
        """Writes to governed resources that the app has made so far."""
        requests = (await self._stage.standin("GET", "ledger"))["requests"]
        return sum(request["principal"] == APP_OBJECT_ID and _is_write(request) for request in requests)

    async def idle(self) -> bool:
        """Whether every event taken so far has been answered."""
        counts = await self.counts()
        return counts["answered"] >= counts["queued"]


def _is_write(request: Row) -> bool:
    """Whether a request changed a governed resource: reads by POST, such as Resource Graph's, did not."""
    path = str(request["path"]).lower()
    acts = ("/updateidleshutdownsetting", "/resynckeys")
    written = request["method"] in {"PUT", "PATCH", "DELETE"} or path.endswith(acts)
    return written and path.startswith("/subscriptions/") and int(request["status"]) < HTTPStatus.BAD_REQUEST


async def until[T](what: str, look: Callable[[], Awaitable[T | None]], seconds: float = PATIENCE) -> T:
    """Look again and again until there is something to see. Raises DemoFailed naming what was waited for."""
    end = time.monotonic() + seconds
    while not (seen := await look()):
        if time.monotonic() > end:
            raise DemoFailed(f"waited {seconds:.0f} s for {what}, and it did not happen")
        await asyncio.sleep(_LOOK_EVERY)
    return seen
