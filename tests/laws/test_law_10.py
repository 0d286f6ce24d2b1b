"""Law 10: the process may die between any two things it does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.engine.reconcile import LEASE, Reconciler
from shared.model.message import Sweep
from shared.ports import World
from shared.rules.catalogue import RULES
from tests.builders import policy
from tests.laws.estates import Generated, estates
from tests.rig import Rig


class Death(BaseException):
    """The process is killed: nothing of ours may catch it, and nothing of ours does anything after it."""


@dataclass
class Fate:
    """When the process dies: at which call to the world, and whether the call is still carried out."""

    calls: int
    carried_out: bool

    async def meet(self, call: Callable[..., Awaitable[Any]], *args: Any) -> Any:  # noqa: ANN401 - any port's call
        """Make a call, unless this is the one or the process is dead already."""
        self.calls -= 1
        if self.calls == 0 and self.carried_out:
            await call(*args)
        if self.calls <= 0:
            raise Death
        return await call(*args)


class Mortal:
    """A port of a process that will die."""

    def __init__(self, port: object, fate: Fate) -> None:
        """Stand before a port."""
        self._port, self._fate = port, fate

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        """A call of the port's that may be the last."""
        call = getattr(self._port, name)

        async def attempt(*args: Any) -> Any:  # noqa: ANN401 - any port's call
            return await self._fate.meet(call, *args)

        return attempt


def mortal(world: World, fate: Fate) -> World:
    """The world as that process sees it; time passes for the dead too."""
    there = {field.name: port for field in fields(World) if (port := getattr(world, field.name)) is not None}
    ports: dict[str, Any] = {"keys": None, **{name: Mortal(port, fate) for name, port in there.items()}}
    return World(**{**ports, "clock": world.clock})


@settings(max_examples=150, deadline=None)
@given(estates(), st.integers(1, 80), st.booleans())
def test_law_10(estate: Generated, calls: int, carried_out: bool) -> None:  # noqa: FBT001 - drawn
    """Every write has an audit row, also when the process dies between the write and the row; and the work is done."""

    async def run() -> None:
        given_policy = policy(auto_approve="CHG-1", cost_tags=estate.schema)
        made, spared = (Rig.of(*estate.documents, policy=given_policy) for _ in range(2))
        await made.introduce()
        dying = Reconciler(mortal(made.world, Fate(calls, carried_out)), RULES, given_policy, enforce=True, version="0")
        try:
            await dying.handle(Sweep(estate.hubs[0]), "killed")
        except Death:
            for rig in (made, spared):  # some fixes wait until something is old enough, so both must have the same time
                rig.clock.advance(seconds=LEASE.total_seconds())
        for rig in (made, spared):
            await rig.sweep(*estate.hubs)
        assert {step.id for step in made.cloud.writes} <= {row["StepId"] for row in made.actions()}
        assert made.cloud.world == spared.cloud.world

    asyncio.run(run())
