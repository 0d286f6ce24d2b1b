"""
One rotation pass in a process of its own, as the app makes it: `python -m tests.e2e.rotating HOLDER HOURS [ACCOUNT]`.

Its clock is so many hours ahead of the machine's. It tells each step on standard output before it makes it.
"""

import asyncio
import logging
import os
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.adapters.policy_files import read
from shared.engine.key_pass import Rotator
from shared.model.resource_id import ResourceId
from shared.policy.load import load
from shared.rules.catalogue import RULES
from shared.settings import Settings
from shared.world import azure_world


@dataclass(frozen=True)
class AheadClock:
    """The machine's clock, so much ahead."""

    ahead: timedelta

    def now(self) -> datetime:
        """See `Clock.now`."""
        return datetime.now(UTC) + self.ahead  # noqa: TID251 - the process that is killed lives in real time

    async def pause(self, seconds: float) -> None:
        """See `Clock.pause`."""
        await asyncio.sleep(seconds)


async def run(holder: str, hours: float, accounts: list[str]) -> None:
    """Make the pass. Raises what it raises."""
    settings = Settings.read(os.environ, Path.cwd())
    async with AsyncExitStack() as closers:
        world = replace(azure_world(settings, closers), clock=AheadClock(timedelta(hours=hours)))
        if world.keys is None or world.rotation is None:
            raise AssertionError("HUBWARDEN_KEYS is not rotate")
        policy = load(read(settings.policy_directory), RULES, world.clock.now())
        rotator = Rotator(
            world, world.keys, world.rotation, RULES, policy, settings.app_id, "0", enforce=True
        )  # fmt: skip
        await rotator.run(holder, only=[ResourceId.parse(account) for account in accounts])


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
    asyncio.run(run(sys.argv[1], float(sys.argv[2]), sys.argv[3:]))
