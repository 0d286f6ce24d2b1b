"""Release day is quiet, however late an image comes to a region; only what is older than the calendar is reckoned."""

from datetime import timedelta

import pytest

from tests.builders import NOW, rid
from tests.engine.season import FORGOTTEN, days
from tests.images_rig import HUB, REGION, ImagesRig, aged, stopping

LATE = "26.02.16"
"""Built on day -13."""


@pytest.mark.parametrize("lag", [30, 0])
@pytest.mark.parametrize("comes", [33, 65])
async def test_an_image_that_comes_late_flags_nobody_on_its_day(comes: int, lag: int) -> None:
    """45 and 77 days after it was built, to a region that is watched: its owner has all days from there."""
    rig = ImagesRig.with_fleet(FORGOTTEN, policy=stopping(parameters={"HW-IMG-001": {"lag_days": lag}}))
    await rig.sweep(HUB)
    rig.clock.advance(days=comes)
    rig.cloud.release(REGION, LATE)
    await rig.sweep(HUB)
    (row,) = rig.rows("HubwardenImages_CL", RunId=rig.runs[-1]["RunId"])
    rig.clock.advance(days=14)
    before = rig.notices
    await rig.sweep(HUB)

    assert (row["BehindDays"], row["WithinSla"], before) == (0.0, True, [])
    assert days(rig) == {"ci-forgotten": [(comes + 14, "notified")]}


async def test_what_was_there_before_anybody_looked_is_reckoned() -> None:
    """The calendar begins with an image that was built 75 days before: it counts from 30 days after that."""
    rig = ImagesRig.with_fleet(FORGOTTEN, policy=stopping())
    rig.clock.advance(days=62)
    rig.cloud.release(REGION, LATE)
    await rig.sweep(HUB)

    assert days(rig) == {"ci-forgotten": [(62, "warned")]}
    assert rig.notices[0].data["BehindSince"] == "2026-03-18"


async def test_a_region_that_is_new_to_the_calendar_begins_on_its_own_day() -> None:
    """Another has been watched for two months; what this one shows at first may be as old as it looks."""
    rig = ImagesRig.with_fleet(aged("ci-west"), policy=stopping())
    west, east = rig.document(rid(aged("ci-west"))), aged("ci-east")
    west["location"] = "westus"
    await rig.sweep(HUB)
    rig.clock.advance(days=62)
    east["properties"]["properties"]["osImageMetadata"]["latestImageVersion"] = LATE
    east["properties"]["properties"]["osImageMetadata"]["isLatestOsImageVersion"] = False
    rig.cloud.put(east)
    await rig.sweep(HUB)

    assert days(rig) == {"ci-east": [(62, "warned")]}
    assert rig.releases.kept["eastus2", LATE] == NOW + timedelta(days=62)
