"""
The keys act: somebody regenerates a storage key behind the hub's back, and hub and projects are let learn the new one.

Each keeps the key it was made with, as in Azure: until it is told, it holds a dead one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from local.demo import estate
from local.demo.story import VISION
from local.demo.timeline import Timeline
from local.demo.watch import DemoFailed, Row, Watch, until
from local.stage import Stage

STORAGE_VERSION = "2023-05-01"
RULE = "HW-KEY-003"
KEEPERS = frozenset(one.lower() for one in (estate.HUB, estate.PROJECT, VISION))
"""Who keeps a key of the hub's storage account."""
LOOKS = 5
"""In bad weather a key may not be shown at the first look; a later one shows it."""


@dataclass(frozen=True)
class KeysAct:
    """Where it plays, and what time it is there."""

    stage: Stage
    watch: Watch
    timeline: Timeline
    clock: Callable[[], datetime]

    async def play(self) -> None:
        """Look at keys before and after. Raises DemoFailed when a dead key is not found, or not mended."""
        began = self.clock()
        await self._look()
        if found := await self.watch.changed(RULE, "opened", began):
            raise DemoFailed(f"nobody had touched a storage key yet: {found[0]['Message']}")
        since = self.timeline.change(
            "kim@contoso.example", "regenerates key1 of stprodhub, and tells nobody", self.clock()
        )
        path, body = f"{estate.STORAGE}/regenerateKey", {"keyName": "key1"}
        await self.stage.arm("kim@contoso.example", "POST", path, body, STORAGE_VERSION)
        self.timeline.findings(await self._look_until(since, "opened"))
        self.timeline.actions(await self._steps(since))
        self.timeline.findings(await self._look_until(since, "resolved"))

    async def _look_until(self, since: datetime, change: str) -> list[Row]:
        for _ in range(LOOKS):
            await self._look()
            found = await self.watch.changed(RULE, change, since)
            if {row["Resource"] for row in found} >= KEEPERS:
                return found
        raise DemoFailed(f"after {LOOKS} looks at keys {RULE} is not {change} on each of {', '.join(sorted(KEEPERS))}")

    async def _look(self) -> None:
        """Let the timer have keys looked at, to the end."""
        since = self.timeline.change("The timer", "looks at who holds which key", self.clock())
        await self.stage.invoke("check_keys")

        async def looked() -> bool:
            rows = await self.watch.sweeps(since)
            return {row["Hub"] for row in rows} >= {estate.HUB.lower(), estate.LAB.lower()}

        await until("keys to be looked at", looked)
        await until("the queue to be answered", self.watch.idle)

    async def _steps(self, since: datetime) -> list[Row]:
        return await self.watch.rows(
            f"HubwardenActions_CL | where Rule == '{RULE}' and TimeGenerated >= datetime({since.isoformat()})"
            " | sort by Resource asc"
        )
