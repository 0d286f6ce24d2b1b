"""Whatever people, crashes and time do with an instance, nobody is told twice, or stopped without a warning."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.alert_topic import event_id
from shared.model.message import Sweep
from shared.model.tables import IMAGES
from tests.builders import NOW, rid
from tests.engine.season import FORGOTTEN, remake
from tests.images_rig import HUB, ImagesRig, stopping

_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 400)),
        st.tuples(st.just("die"), st.integers(1, 40)),
        st.tuples(st.sampled_from(["sweep", "sweep", "event", "start", "stop", "remake"]), st.just(0)),
    ),
    max_size=30,
)
_LADDER = re.compile("(notified )?(reminded )*(warned (stopped )?(escalated )?)?")


@dataclass
class Life:
    """What people do with an instance while the app looks after it."""

    rig: ImagesRig
    made: list[datetime] = field(default_factory=lambda: [NOW - timedelta(days=60)])
    started: list[datetime] = field(default_factory=lambda: [NOW - timedelta(days=60)])

    async def go_on(self, what: str, number: int) -> None:
        """One thing happens; who dies is followed by another, as the queue has it."""
        rig, now = self.rig, self.rig.clock.now()
        match what:
            case "wait":
                for _ in range(number):
                    rig.clock.advance(hours=1)
                    rig.release()
            case "die":
                await rig.dies(Sweep(rid(HUB)), number)
                await rig.sweep(HUB)
            case "sweep":
                await rig.sweep(HUB)
            case "event":
                await rig.event(FORGOTTEN)
            case "remake":
                remake(rig, FORGOTTEN)
                self.made.append(now)
            case _:
                name, state = ("Start", "Running") if what == "start" else ("Stop", "Stopped")
                inner = rig.document(FORGOTTEN)["properties"]["properties"]
                inner |= {"state": state, "lastOperation": {"operationName": name, "operationTime": now.isoformat()}}
                self.started += [now] if what == "start" else []

    def ladders(self) -> dict[tuple[str, str], list[str]]:
        """What was told of each instance and image, the same event once."""
        events = {event_id(alert): alert.data for alert in self.rig.notices}
        said: dict[tuple[str, str], list[str]] = {}
        for data in events.values():
            said.setdefault((data["Created"], data["Image"]), []).append(data["Notice"])
        return said

    def is_right(self, at: datetime) -> bool:
        """Whether it was stopped after the date in a warning about that very instance, and when nobody works on it."""
        made = max(day for day in self.made if day <= at).isoformat()
        told = [
            row
            for row in self.rig.rows(IMAGES, Created=made)
            if row["Notice"] and row["TimeGenerated"] < at.isoformat()
        ]
        working = at.weekday() < 5 and 7 <= at.hour < 19
        left_alone = at - max(day for day in self.started if day <= at) < timedelta(hours=4)
        return not working and not left_alone and any(row.get("Due", "9") <= at.isoformat() for row in told)


@settings(max_examples=100, deadline=None)
@given(_STEPS)
def test_whatever_happens_nobody_is_told_twice_or_stopped_unwarned(steps: list[tuple[str, int]]) -> None:
    """Whenever anybody looks, whoever dies, and whatever people do with an instance."""

    async def run() -> None:
        life = Life(ImagesRig.with_fleet(FORGOTTEN, policy=stopping()))
        for what, number in steps:
            await life.go_on(what, number)
        for told in life.ladders().values():
            assert _LADDER.fullmatch("".join(f"{rung} " for rung in told)), told
        assert all(life.is_right(at) for _, at in life.rig.stops())

    asyncio.run(run())
