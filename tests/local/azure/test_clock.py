"""The clock: what passes for the stand-in when it is pushed, sped up or frozen, and that ninety days take seconds."""

import asyncio
import time

import pytest

from local.azure.clock import Clock
from tests.local.azure.client import HUB, SUBSCRIPTION, Arm, eventually

DAY = 86_400.0


@pytest.fixture
def clock() -> Clock:
    frozen = Clock()
    frozen.freeze()
    return frozen


async def test_a_jump_wakes_those_whose_time_has_come(clock: Clock) -> None:
    """Sleepers of 10 and 20 s: after 10 s the first is awake, after 10 more the second."""
    awake: list[int] = []

    async def sleeper(seconds: int) -> None:
        await clock.sleep(seconds)
        awake.append(seconds)

    tasks = [clock.start(sleeper(seconds)) for seconds in (20, 10)]
    await asyncio.sleep(0)
    seen = []
    for _ in range(2):
        clock.advance(10)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        seen.append(list(awake))
    await asyncio.gather(*tasks)
    assert seen == [[10], [10, 20]]


async def test_elapsed_time_lets_every_timer_fire_at_its_own_moment(clock: Clock) -> None:
    """A timer that sets itself again each day fires ninety times in ninety days, on the day and not all at the end."""
    begin = clock.seconds()
    fired: list[float] = []

    async def daily() -> None:
        while True:
            await clock.sleep(DAY)
            fired.append(round((clock.seconds() - begin) / DAY, 6))

    task = clock.start(daily())
    await clock.elapse(90 * DAY)
    task.cancel()
    assert fired == list(range(1, 91))
    assert clock.seconds() == pytest.approx(begin + 90 * DAY)


async def test_elapsing_waits_for_work_that_a_timer_began(clock: Clock) -> None:
    """Work that takes real time, such as a delivery, is done at the moment it was begun, before time goes on."""
    begin = clock.seconds()
    ended: list[float] = []

    async def slow() -> None:
        await clock.sleep(10)
        await asyncio.sleep(0.02)
        ended.append(clock.seconds() - begin)

    clock.start(slow())
    await clock.elapse(100)
    assert ended == [pytest.approx(10)]


async def test_a_frozen_clock_stands_and_a_fast_one_runs(clock: Clock) -> None:
    """Frozen: no time passes. At 1,000 times real time a minute's sleep is over in a moment, and costs a minute."""
    before = clock.seconds()
    await asyncio.sleep(0.01)
    assert clock.seconds() == before
    started = time.monotonic()
    clock.run(1000)
    await clock.sleep(60)
    assert clock.seconds() - before >= 60
    assert time.monotonic() - started < 10
    with pytest.raises(ValueError, match="more than 0"):
        clock.run(0)


async def test_a_sleeper_who_is_cancelled_is_forgotten(clock: Clock) -> None:
    """The next one still wakes."""
    tasks = [clock.start(clock.sleep(seconds)) for seconds in (5, 6)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await clock.elapse(6)
    assert [task.cancelled() for task in tasks] == [True, False]
    assert tasks[1].done()


async def test_time_does_not_go_back(clock: Clock) -> None:
    """A negative distance is refused and says so."""
    with pytest.raises(ValueError, match="forward only; got -1 s"):
        clock.advance(-1)
    with pytest.raises(ValueError, match="forward only; got -2 s"):
        await clock.elapse(-2)


async def test_the_clock_is_told_over_http(arm: Arm) -> None:
    """It freezes, elapses ninety days within seconds, runs fast, and answers where it is."""
    url = f"{arm.azure.url}/_standin/clock"
    frozen = await arm.ok("POST", url, {"rate": 0})
    assert await arm.ok("GET", url) == frozen
    begin = arm.azure.clock.seconds()
    started = time.monotonic()
    await arm.ok("POST", url, {"advanceSeconds": 90 * DAY})
    assert arm.azure.clock.seconds() == pytest.approx(begin + 90 * DAY)
    assert time.monotonic() - started < 10
    assert (await arm.ok("POST", url, {"rate": 50}))["rate"] == 50
    refused: list[object] = [{}, {"rate": -1}, {"rate": "fast"}, {"advanceSeconds": None}, []]
    for wrong in refused:
        assert (await arm("POST", url, wrong)).status == 400, wrong


async def test_all_parts_follow(arm: Arm) -> None:
    """Ninety days later a token has expired, buckets are full again, and an operation that was running has ended."""
    arm.azure.clock.freeze()
    old = arm.token()
    answer = await arm("PATCH", HUB, {"tags": {"a": "b"}})
    assert (await arm.ok("GET", HUB))["properties"]["provisioningState"] == "Updating"
    await arm.azure.clock.elapse(90 * DAY)
    await arm.done(answer)
    await arm.azure.clock.elapse(1)
    late = await arm("GET", HUB)
    assert (late.body["properties"]["provisioningState"], late.body["tags"]) == ("Succeeded", {"a": "b"})
    assert late.headers["x-ms-ratelimit-remaining-subscription-reads"] == "249"
    expired = await arm("GET", HUB, headers={"Authorization": f"Bearer {old}"})
    assert expired.code == "ExpiredAuthenticationToken"
    assert SUBSCRIPTION in late.body["id"]


async def test_real_time_wakes_sleepers_too() -> None:
    """Left alone, the clock is real time."""
    clock = Clock()
    task = clock.start(clock.sleep(0.01))

    async def done() -> bool:
        return task.done()

    assert await eventually(done)
