"""Which months are due: the running one, and each before it that was not told as closed."""

from datetime import UTC, datetime

import pytest

from shared.costs.files import names
from shared.costs.month import Month
from shared.model.errors import DependencyDown, HubwardenError
from tests.builders import hub
from tests.engine.desk import NOVEMBER, OCTOBER, Desk

WINTER = ["2025-11", "2025-12", "2026-01", "2026-02"]


@pytest.fixture
async def desk() -> Desk:
    """A hub that costs nothing."""
    return await Desk.of(hub())


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        pytest.param("", datetime(2026, 11, 20, tzinfo=UTC), ["2026-10", "2026-11"], id="never before"),
        pytest.param("2026-10", datetime(2026, 11, 20, tzinfo=UTC), ["2026-11"], id="the last one is closed"),
        pytest.param("2026-09", datetime(2026, 11, 2, tzinfo=UTC), ["2026-10", "2026-11"], id="not closed yet"),
        pytest.param("2025-01", datetime(2026, 2, 2, tzinfo=UTC), WINTER, id="long ago"),
    ],
)
async def test_due(desk: Desk, last: str, now: datetime, due: list[str]) -> None:
    """The running month is told every day, each before it until it is closed; after an outage they are caught up."""
    desk.rig.clock.at = now
    if last:
        await desk.rig.store.note_month(last)
    assert [str(month) for month in await desk.month_end.due()] == due


async def told(desk: Desk, month: Month, trouble: HubwardenError | None = None) -> None:
    """One month's report, which may fail."""
    desk.rig.costs.trouble = trouble
    if trouble is None:
        await desk.month_end.report(month)
        return
    with pytest.raises(type(trouble)):
        await desk.month_end.report(month)


async def test_a_month_that_failed_is_tried_again_though_later_ones_were_told(desk: Desk) -> None:
    """September's bill fails once: it is due the next day, with October behind it, and then both are done."""
    await desk.rig.store.note_month("2026-08")
    september, *later = await desk.month_end.due()
    await told(desk, september, DependencyDown("once"))
    for month in later:
        await told(desk, month)
    desk.rig.clock.advance(days=1)
    assert [str(month) for month in await desk.month_end.due()] == ["2026-09", "2026-10", "2026-11"]
    writes = desk.rig.reports.writes
    for month in (september, OCTOBER):
        await told(desk, month)
    assert desk.rig.reports.writes == writes + len(names(september))
    assert await desk.month_end.due() == [NOVEMBER]


async def test_a_month_that_never_succeeds_drops_out(desk: Desk) -> None:
    """Once three later months have ended, a month is given up, and those after it count as told."""
    await desk.rig.store.note_month("2026-08")
    desk.rig.clock.at = datetime(2027, 1, 20, tzinfo=UTC)
    due = await desk.month_end.due()
    for month in due:
        await told(desk, month)
    assert [str(month) for month in due] == ["2026-10", "2026-11", "2026-12", "2027-01"]
    assert [str(month) for month in await desk.month_end.due()] == ["2027-01"]


async def test_an_older_month_told_again_makes_nothing_due(desk: Desk) -> None:
    """A month from before the last one closed can be reported again without that those after it are due."""
    await desk.rig.store.note_month("2026-10")
    await desk.month_end.report(Month(2026, 8))
    assert await desk.month_end.due() == [NOVEMBER]
