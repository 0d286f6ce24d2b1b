"""
Outcry: what the app finds amiss with itself is told when it begins and when it is over, and stands in rows between.

What was told is remembered beside the hubs' findings, so that forty instances that start with the same wrong policy do
not open forty tickets that nobody closes. Two that look at the same moment may both tell of it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.engine import distress
from shared.engine.compare import compare
from shared.engine.record import alerts, finding_row
from shared.model.estate import Estate
from shared.model.finding import Change, Finding, Tracked, fingerprint
from shared.model.resource_id import ResourceId
from shared.model.tables import FINDINGS
from shared.ports import HubUpdate, World


@dataclass(frozen=True)
class Outcry:
    """The app's own voice, outside any run."""

    world: World
    app: ResourceId
    """The Function App, whose findings these are."""

    async def of_message(self, text: str) -> None:
        """Tell of a message that nobody could answer: each is of its own moment, and none is ever over."""
        now = self.world.clock.now()
        finding = distress.unanswered(text, self.app)
        await self._tell(Tracked(finding, Change.OPENED, now), now, distress.causes(finding))

    async def stands(self, finding: Finding) -> None:
        """Tell of what is amiss: as opened the first time, and as still open whenever it is seen again."""
        now = self.world.clock.now()
        known = (await self.world.store.load(self.memory)).open
        comparison = compare(known, [finding], Estate(), now)
        await self._tell(comparison.tracked[0], now)
        if comparison.opened:
            await self.world.store.save(self.memory, HubUpdate(opened=comparison.opened))

    async def over(self, rule: str, words: str) -> None:
        """Tell that it is over, where it was told to stand; else nothing is."""
        known = (await self.world.store.load(self.memory)).open
        if fingerprint(rule, self.app) not in known:
            return
        now = self.world.clock.now()
        comparison = compare(known, [distress.mended(rule, self.app, words)], Estate(), now)
        await self._tell(comparison.tracked[0], now)
        await self.world.store.save(self.memory, HubUpdate(resolved=comparison.resolved))

    @property
    def memory(self) -> ResourceId:
        """Where the store keeps it: apart from what bills come to, which has the app itself for a name."""
        return self.app.child("findings", "itself")

    async def _tell(self, tracked: Tracked, now: datetime, causes: Sequence[str] = ()) -> None:
        """A row, and an event where it is news; each is tried, whatever becomes of the other. Raises what they do."""
        run = hashlib.sha256(f"{tracked.finding.fingerprint}{now.isoformat()}".encode()).hexdigest()[:16]
        try:
            await self.world.log.write(FINDINGS, [finding_row(run, tracked, now, causes)])
        finally:
            await self.world.topic.publish(alerts(run, [tracked], [], now, causes))
