"""
The rotation act: an admin key is shown to somebody, ops find out, and both keys are replaced at once.

All the while a client calls the service through every connection, with the key that the connection holds at that
moment; what the demo promises is that no such call is ever refused.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from local.demo import estate
from local.demo.timeline import Timeline
from local.demo.watch import DemoFailed, Row, Watch, until
from local.rotation_send import send
from local.stage import Stage
from shared.engine.key_record import EMERGENCY_ENDED
from shared.model.message import Wish
from shared.model.resource_id import ResourceId

SEARCH_VERSION = "2023-11-01"
CONNECTIONS = (f"{estate.HUB}/connections/search-key", f"{estate.LAB}/connections/search-key")
SHOWN = "HW-KEY-015"
REASON = "its admin key was shown to sam"
PATIENCE = 60.0
"""Seconds for the emergency; two passes, each of which looks at everybody anew."""


@dataclass
class Client:
    """Works through the connections, as projects do: reads the key, calls, and again."""

    stage: Stage
    calls: int = 0
    refused: list[str] = field(default_factory=list)

    async def call(self, connection: str) -> None:
        """One call through a connection."""
        shown = await self.stage.arm("app@contoso.example", "POST", f"{connection}/listsecrets")
        key = shown["properties"]["credentials"]["key"]
        status = await self.stage.call(f"search/{estate.SEARCH.rpartition('/')[2]}/indexes", {"api-key": key})
        self.calls += 1
        if status != HTTPStatus.OK:
            self.refused.append(f"{connection}: {status}")

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """It works while the block runs."""
        task = asyncio.create_task(self._work())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _work(self) -> None:
        while True:
            for connection in CONNECTIONS:
                await self.call(connection)


@dataclass(frozen=True)
class RotationAct:
    """Where it plays, and what time it is there."""

    stage: Stage
    watch: Watch
    timeline: Timeline
    clock: Callable[[], datetime]

    async def play(self) -> int:
        """Play it, and give the number of calls that were answered. Raises DemoFailed for one that was refused."""
        since = self.timeline.change(
            "sam@contoso.example", "lists the admin keys of srch-prod, and makes two connections of one", self.clock()
        )
        await self._connect()
        await until("the queue to be answered", self.watch.idle)
        client = Client(self.stage)
        async with client.working():
            await self.stage.invoke("rotate_keys")
            self.timeline.findings(await until(f"{SHOWN} to open", lambda: self._findings(since, "opened")))
            await self._replace()
        if client.refused:
            raise DemoFailed(f"a client was refused while keys were rotated: {client.refused[0]}")
        self.timeline.told(since, self.clock(), f"{client.calls} calls through both connections meanwhile, 0 refused")
        return client.calls

    async def _connect(self) -> None:
        who = "sam@contoso.example"
        keys = await self.stage.arm(who, "POST", f"{estate.SEARCH}/listAdminKeys", None, SEARCH_VERSION)
        properties = {
            "authType": "ApiKey",
            "category": "CognitiveSearch",
            "target": "https://srch-prod.search.windows.net/",
            "metadata": {"ApiType": "Azure", "ResourceId": estate.SEARCH},
            "credentials": {"key": keys["primaryKey"]},
        }
        for connection in CONNECTIONS:
            await self.stage.arm(who, "PUT", connection, {"properties": properties})

    async def _replace(self) -> None:
        """Ops ask for it, and watch the steps as they are told."""
        since = self.timeline.change(
            "ops@contoso.example", f"runs: python -m local rotate srch-prod --now --reason '{REASON}'", self.clock()
        )
        account = ResourceId.parse(estate.SEARCH)
        await send(self.stage.azurite.queue_service_uri, self.watch.person, account, Wish.NOW, REASON)
        told = 0

        async def over() -> bool:
            nonlocal told
            rows = await self._steps(since)
            self.timeline.rotation(rows[told:])
            told = len(rows)
            alerts = await self.stage.standin("GET", "topics/hubwarden")
            return any(alert["type"] == EMERGENCY_ENDED for alert in alerts)

        await until("the emergency to be over", over, PATIENCE)
        self.timeline.findings(await until(f"{SHOWN} to be resolved", lambda: self._findings(since, "resolved")))

    async def _steps(self, since: datetime) -> list[Row]:
        return await self.watch.rows(
            f"HubwardenKeys_CL | where TimeGenerated >= datetime({since.isoformat()}) and Step != 'stands'"
            " | sort by TimeGenerated asc, Consumer asc"
        )

    async def _findings(self, since: datetime, change: str) -> list[Row]:
        return await self.watch.rows(
            f"HubwardenFindings_CL | where Rule == '{SHOWN}' and Change == '{change}'"
            f" | where TimeGenerated >= datetime({since.isoformat()})"
        )
