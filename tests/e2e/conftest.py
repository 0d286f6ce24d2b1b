"""A stage for tests over the wire: the whole house as processes, struck when the test ends."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.demo import estate
from local.stage import REPOSITORY, Stage, StageOptions

type Play = Callable[..., Awaitable[Stage]]


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Play]:
    """Sets the stage with options of the test's own."""
    stages: list[Stage] = []
    files = estate.write(tmp_path / "estate", datetime(2026, 11, 21, 9, 0, tzinfo=UTC))

    async def start(mode: str = "enforce", policy: Path = REPOSITORY / "policy") -> Stage:
        given = StageOptions(
            directory=tmp_path, estate=files, subscription=estate.SUBSCRIPTION, mode=mode, policy=policy
        )
        stages.append(await Stage(given).__aenter__())
        return stages[-1]

    yield start
    for stage in stages:
        await stage.__aexit__()


@pytest.fixture
def until() -> Callable[..., Awaitable[object]]:
    """Looks again and again until there is something to see."""

    async def look_until[T](look: Callable[[], Awaitable[T]], seconds: float = 30.0) -> T:
        end = time.monotonic() + seconds
        while not (seen := await look()):
            if time.monotonic() > end:
                pytest.fail(f"nothing to see within {seconds:.0f} s")
            await asyncio.sleep(0.05)
        return seen

    return look_until
