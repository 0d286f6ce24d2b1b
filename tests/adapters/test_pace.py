"""The pace of reads and writes, on a clock that only a wait moves."""

import asyncio

import pytest

from shared.adapters.pace import READS, WRITES, Allowance, Pace
from tests.fakes import FakeClock

PATH = "/subscriptions/one/resourceGroups/rg/providers/Microsoft.Search/searchServices/s/listAdminKeys"
OTHER = "/subscriptions/two/resourceGroups/rg"
BOTH = pytest.mark.parametrize(("method", "allowed"), [("GET", READS), ("POST", WRITES)])


async def seconds(clock: FakeClock, pace: Pace, requests: int, path: str = PATH, method: str = "POST") -> float:
    """How long so many requests wait, sent together."""
    before = clock.now()
    await asyncio.gather(*(pace.wait(method, path) for _ in range(requests)))
    return (clock.now() - before).total_seconds()


@BOTH
async def test_what_azure_takes_at_once_does_not_wait(method: str, allowed: Allowance) -> None:
    """Nor does the first of another subscription, nor what lies in none."""
    clock = FakeClock()
    pace = Pace(clock)

    assert await seconds(clock, pace, int(allowed.at_once), method=method) == 0
    assert await seconds(clock, pace, 1, OTHER, method) == 0
    assert await seconds(clock, pace, 1000, "/providers/Microsoft.ResourceGraph/resources", method) == 0


async def test_a_read_does_not_wait_for_a_write() -> None:
    """Azure counts them apart."""
    clock = FakeClock()
    pace = Pace(clock)
    await seconds(clock, pace, int(WRITES.at_once))

    assert await seconds(clock, pace, int(READS.at_once), method="GET") == 0


@BOTH
async def test_more_come_at_its_rate(method: str, allowed: Allowance) -> None:
    """A hundred more take a hundred times as long as one."""
    clock = FakeClock()
    pace = Pace(clock)
    await seconds(clock, pace, int(allowed.at_once), method=method)

    assert abs(await seconds(clock, pace, 100, method=method) - 100 / allowed.a_second) < 1e-3


async def test_no_subscription_waits_for_another() -> None:
    """However many wait in front of it to write elsewhere, a write is through when the first of them has waited."""
    clock = FakeClock()
    pace = Pace(clock)
    await seconds(clock, pace, int(WRITES.at_once))
    *_, last, other = await asyncio.gather(*(seconds(clock, pace, 1, path) for path in [PATH] * 90 + [OTHER]))

    assert last > 9
    assert other < 1


async def test_room_comes_back_while_nobody_writes() -> None:
    """And never more than there was."""
    clock = FakeClock()
    pace = Pace(clock)
    await seconds(clock, pace, int(WRITES.at_once))
    await clock.pause(3600)

    assert await seconds(clock, pace, int(WRITES.at_once)) == 0
    assert await seconds(clock, pace, 1) > 0


@BOTH
async def test_what_an_answer_says_is_left_counts(method: str, allowed: Allowance) -> None:
    """Another process has asked too; an answer that says more than we think gives nothing."""
    clock = FakeClock()
    pace = Pace(clock)
    await pace.wait(method, PATH)
    pace.told(method, PATH, {allowed.left: "0"})
    waited = await seconds(clock, pace, 1, method=method)
    pace.told(method, PATH, {allowed.left: "199"})

    assert abs(waited - 1 / allowed.a_second) < 1e-3
    assert await seconds(clock, pace, 1, method=method) > 0
