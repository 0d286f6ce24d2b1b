"""How long a bill waits for Cost Management, and when it no longer does; on a clock on which nobody really waits."""

from collections.abc import Awaitable
from datetime import timedelta

import pytest

from shared.adapters.cost_management import CostManagement
from shared.model.errors import Throttled
from tests.adapters.cost_answers import ROW, october, page, total
from tests.adapters.script import Script
from tests.fakes import FakeClock

BUCKET = "x-ms-ratelimit-microsoft.costmanagement"


async def waited(asking: Awaitable[object], clock: FakeClock) -> timedelta:
    """How long something took by the clock."""
    before = clock.now()
    await asking
    return clock.now() - before


async def test_the_longest_wait_is_waited_for(costs: CostManagement, script: Script, clock: FakeClock) -> None:
    """A 429 is asked again after the longest that any bucket asks for, with no Retry-After needed."""
    script.answer(429, None, **{f"{BUCKET}-qpu-retry-after": "4", f"{BUCKET}-clienttype-retry-after": "38"})
    script.answer(429, None, **{f"{BUCKET}-entity-retry-after": "11", "Retry-After": "5"})
    script.answer(204)

    assert await waited(october(costs), clock) == timedelta(seconds=49)


@pytest.mark.parametrize("waits", [["91"], ["60", "31"], ["40", "40", "40"]])
async def test_a_wait_too_long_is_not_begun(
    costs: CostManagement, script: Script, clock: FakeClock, waits: list[str]
) -> None:
    """Past a minute and a half a query is given up as throttled, with the wait that Azure asked for last."""
    for seconds in waits:
        script.answer(429, None, **{f"{BUCKET}-tenant-retry-after": seconds})
    before = clock.now()

    with pytest.raises(Throttled) as told:
        await october(costs)
    assert (told.value.retry_after, len(script.asked)) == (float(waits[-1]), len(waits))
    assert clock.now() - before == timedelta(seconds=sum(map(int, waits[:-1])))


@pytest.mark.parametrize(
    ("left", "seconds"),
    [
        ("0", 10),
        ("3", 0),
        ("QueriesPerHour:577,QueriesPerMin:0", 60),
        ("QueriesPerHour:577, QueriesPerMin:48, QueriesPer10Sec:0", 10),
        ("QueriesPerHour:0,QueriesPerMin:48", 0),
        ("unknown", 0),
    ],
)
async def test_nothing_left_is_waited_out(
    costs: CostManagement, script: Script, clock: FakeClock, left: str, seconds: int
) -> None:
    """After an answer that says no units are left, the next question waits out the window, unless it is an hour."""
    script.answer(200, page(ROW), **{f"{BUCKET}-qpu-consumed": "1", f"{BUCKET}-qpu-remaining": left})
    script.answer(200, total((1.5, "EUR")), **{f"{BUCKET}-qpu-remaining": "11"})

    assert await waited(october(costs), clock) == timedelta(seconds=seconds)
