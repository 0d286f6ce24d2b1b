"""Over any sequence of looks, crashes, deeds and troubles, nothing is deleted that nobody remembers."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.model.errors import HubwardenError, Rejected
from shared.model.message import Event, Sweep
from tests.builders import rid
from tests.engine.remaking import JANE, overdue, theirs, withdrawn
from tests.images_rig import COMPUTES, HUB, REGION, ImagesRig, touching

_NAMED = ["sweep", "sweep", "event", "end", "slow", "refuse", "heal", "withdraw", "approve", "start", "stop", "delete"]
_NAMED += ["make", "deny", "audit", "age"]
_THINGS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 60)),
        st.tuples(st.just("die"), st.integers(1, 60)),
        st.tuples(
            st.sampled_from(_NAMED),
            st.just(0),
        ),
    ),
    max_size=30,
)


@dataclass
class World:
    """All that may happen to an instance, to us, and to Azure."""

    rig: ImagesRig

    async def go_on(self, what: str, number: int) -> None:
        """One thing happens."""
        rig, there = self.rig, rid(JANE) in self.rig.cloud.world
        match what:
            case "wait":
                rig.clock.advance(hours=number)
            case "die":
                await rig.dies(Sweep(rid(HUB)), number)
            case "sweep":
                await self._try(Sweep(rid(HUB)))
            case "event":
                await self._try(Event("event", "Microsoft.Resources.ResourceWriteSuccess", rid(JANE)))
            case "end":
                for event in await rig.ends():
                    await self._try(event)
            case "withdraw" | "approve" | "audit":
                rig.policy, rig.enforce = withdrawn() if what == "withdraw" else touching(), what != "audit"
            case "delete" | "start" | "stop" | "age" if there:
                self._their_deed(what)
            case "make" if not there:
                rig.cloud.put(theirs(rig))
            case _:
                self._azure(what)

    def _azure(self, what: str) -> None:
        cloud = self.rig.cloud
        match what:
            case "slow":
                cloud.accept_only(COMPUTES)
            case "refuse":
                cloud.refuse(rid(JANE), Rejected("400 QuotaExceeded"))
            case "deny":
                cloud.deny(COMPUTES)
            case "heal":
                cloud.heal(rid(JANE))
                cloud.heal(COMPUTES)

    def _their_deed(self, what: str) -> None:
        rig = self.rig
        inner = rig.document(JANE)["properties"]["properties"]
        if what == "delete":
            rig.cloud.delete(rid(JANE))
        elif what == "age":
            rig.cloud.release(REGION, f"26.{rig.clock.now():%m.%d}")
            rig.clock.advance(days=70)
        elif inner.get("state") in {"Running", "Stopped"}:
            inner["state"] = "Running" if what == "start" else "Stopped"

    async def _try(self, message: Sweep | Event) -> None:
        with suppress(HubwardenError):
            await self.rig.reconciler.handle(message, f"worker-{self.rig.clock.now()}")

    async def check(self) -> None:
        """What we deleted and is not there again is remembered; that it was before is seen to by the cloud."""
        for one in self.rig.watched.deleted - set(self.rig.cloud.world):
            assert (await self.rig.memory(one)).taken_down is not None


@settings(max_examples=150, deadline=None)
@given(_THINGS)
def test_nothing_is_ever_deleted_that_nobody_remembers(things: list[tuple[str, int]]) -> None:
    """Over any sequence of looks, crashes, deeds and troubles."""

    async def run() -> None:
        world = World(await overdue())
        for what, number in things:
            await world.go_on(what, number)
            await world.check()

    asyncio.run(run())
