"""
The rotation act: an admin key is shown to somebody, ops find out, and both keys are replaced at once.

All the while a client calls the service through every connection, with the key that the connection holds; what the demo
promises is that no such call is ever refused.
"""

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from local.demo import estate
from local.demo.timeline import Timeline
from local.demo.watch import DemoFailed, Row, Watch, until
from local.rotation.send import send
from local.stage import Stage
from shared.engine.key_record import EMERGENCY_ENDED
from shared.model.message import Wish
from shared.model.resource_id import ResourceId

SEARCH_VERSION = "2023-11-01"
CONNECTIONS = (f"{estate.HUB}/connections/search-key", f"{estate.LAB}/connections/search-key")
SHOWN = "HW-KEY-015"
REASON = "its admin key was shown to sam"
LOOK_EVERY = 0.5
"""Seconds from one pass to the next, until the event has arrived."""
PATIENCE = 150.0
"""
Seconds for the emergency: two passes, each of which looks at everybody anew. A storm may lose an answer, and then the
message comes again after thirty (host.json).
"""
WORKER = "app@contoso.example"
"""The stand-in makes an object id of a name, as `uuid5`."""
PACE = 0.1
"""Seconds between two calls: each looks at the connection first, and Azure answers twenty-five reads a second."""

_NOBODY = "expected: []"
"""How the shipped policy says that it expects nobody to read keys."""


def expecting(policy: Path, directory: Path) -> Path:
    """
    The shipped policy in a folder of the demo's, with the client as one who may read keys.

    Raises DemoFailed where the shipped one names somebody itself, for then this would change nothing.
    """
    shutil.copytree(policy, directory, dirs_exist_ok=True)
    baseline = directory / "baseline.yaml"
    worker = uuid.uuid5(uuid.NAMESPACE_DNS, WORKER)
    shipped = baseline.read_text()
    if _NOBODY not in shipped:
        raise DemoFailed(f"the shipped policy expects somebody already: {baseline} has no {_NOBODY!r}")
    baseline.write_text(shipped.replace(_NOBODY, f"expected: [{worker}]"))
    return directory


@dataclass
class Client:
    """Works through the connections, as projects do: reads the key, calls, and again."""

    stage: Stage
    calls: int = 0
    refused: list[str] = field(default_factory=list)
    _read: dict[str, str] = field(default_factory=dict)
    _keys: dict[str, str] = field(default_factory=dict, repr=False)

    async def call(self, connection: str) -> None:
        """One call through a connection, whose key is read anew when somebody has changed the connection."""
        now = (await self.stage.arm(WORKER, "GET", connection))["systemData"]["lastModifiedAt"]
        if self._read.get(connection) != now:
            shown = await self.stage.arm(WORKER, "POST", f"{connection}/listsecrets")
            self._read[connection], self._keys[connection] = now, shown["properties"]["credentials"]["key"]
        headers = {"api-key": self._keys[connection]}
        status = await self.stage.call(f"search/{estate.SEARCH.rpartition('/')[2]}/indexes", headers)
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
                await asyncio.sleep(PACE)


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
            self.timeline.findings(await until(f"{SHOWN} to open", lambda: self._looked(since)))
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

    async def _looked(self, since: datetime) -> list[Row]:
        """What a pass finds; one that came before the event finds nothing yet."""
        if found := await self.watch.changed(SHOWN, "opened", since):
            return found
        await self.stage.invoke("rotate_keys")
        await asyncio.sleep(LOOK_EVERY)
        return await self.watch.changed(SHOWN, "opened", since)

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
        ended = await until(f"{SHOWN} to be resolved", lambda: self.watch.changed(SHOWN, "resolved", since))
        self.timeline.findings(ended)

    async def _steps(self, since: datetime) -> list[Row]:
        return await self.watch.rows(
            f"HubwardenKeys_CL | where TimeGenerated >= datetime({since.isoformat()}) and Step != 'stands'"
            " | sort by TimeGenerated asc, Consumer asc"
        )
