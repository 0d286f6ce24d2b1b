"""The pace of writes, on a clock that only a wait moves."""

import asyncio

from shared.adapters.write_pace import A_SECOND, AT_ONCE, LEFT, WritePace
from tests.fakes import FakeClock

PATH = "/subscriptions/one/resourceGroups/rg/providers/Microsoft.Search/searchServices/s/listAdminKeys"
OTHER = "/subscriptions/two/resourceGroups/rg"


async def seconds(clock: FakeClock, pace: WritePace, writes: int, path: str = PATH, method: str = "POST") -> float:
    """How long so many requests wait, sent together."""
    before = clock.now()
    await asyncio.gather(*(pace.wait(method, path) for _ in range(writes)))
    return (clock.now() - before).total_seconds()


async def test_what_azure_takes_at_once_does_not_wait() -> None:
    """Nor does the first write of another subscription, nor any read, nor what lies in no subscription."""
    clock = FakeClock()
    pace = WritePace(clock)

    assert await seconds(clock, pace, int(AT_ONCE)) == 0
    assert await seconds(clock, pace, 1, OTHER) == 0
    assert await seconds(clock, pace, 1000, method="GET") == 0
    assert await seconds(clock, pace, 1000, "/providers/Microsoft.ResourceGraph/resources") == 0


async def test_more_come_at_its_rate() -> None:
    """A hundred more take a hundred times as long as one."""
    clock = FakeClock()
    pace = WritePace(clock)
    await seconds(clock, pace, int(AT_ONCE))

    assert abs(await seconds(clock, pace, 100) - 100 / A_SECOND) < 1e-3


async def test_no_subscription_waits_for_another() -> None:
    """However many wait in front of it to write elsewhere, a write is through when the first of them has waited."""
    clock = FakeClock()
    pace = WritePace(clock)
    await seconds(clock, pace, int(AT_ONCE))
    *_, last, other = await asyncio.gather(*(seconds(clock, pace, 1, path) for path in [PATH] * 90 + [OTHER]))

    assert last > 9
    assert other < 1


async def test_room_comes_back_while_nobody_writes() -> None:
    """And never more than there was."""
    clock = FakeClock()
    pace = WritePace(clock)
    await seconds(clock, pace, int(AT_ONCE))
    await clock.pause(3600)

    assert await seconds(clock, pace, int(AT_ONCE)) == 0
    assert await seconds(clock, pace, 1) > 0


async def test_what_an_answer_says_is_left_counts() -> None:
    """Another process has written too; an answer that says more than we think gives nothing."""
    clock = FakeClock()
    pace = WritePace(clock)
    await pace.wait("POST", PATH)
    pace.told("POST", PATH, {LEFT: "0"})
    waited = await seconds(clock, pace, 1)
    pace.told("POST", PATH, {LEFT: "199"})

    assert abs(waited - 1 / A_SECOND) < 1e-3
    assert await seconds(clock, pace, 1) > 0
