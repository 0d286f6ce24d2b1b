"""What the queries about images answer of rows as the app writes them: ages, trends and patches."""

from datetime import timedelta
from typing import Any

from shared.model.tables import IMAGES
from tests import logs
from tests.builders import NOW, cluster
from tests.engine.season import FLEET
from tests.images_rig import HUB, ImagesRig, aged

ENDS = (0, 30, 31, 60, 61, 90, 91, 180, 181)
"""Whole days on both sides of the end of each band."""


def asked(rig: ImagesRig, name: str) -> list[dict[str, Any]]:
    """What a query answers of all rows."""
    return logs.asked(name, {IMAGES: rig.rows(IMAGES)}, rig.clock.now())


def patching(name: str, status: str | None, *, reboot: bool | None = None) -> dict[str, Any]:
    """An instance and what Azure tells of its patches; None for nothing."""
    document = aged(name, state="Running")
    told = {"patchStatus": status, "rebootPending": reboot, "latestPatchTime": "2026-02-20T03:00:00+00:00"}
    document["properties"]["properties"]["osImageMetadata"]["osPatchingStatus"] = told if status else None
    return document


async def test_the_fleet_by_the_age_of_its_images() -> None:
    """Each instance in the band of its whole days, one whose version is no date in none; and no cluster in any."""
    ages = {f"ci-{days}d": f"{NOW - timedelta(days=days):%y.%m.%d}" for days in ENDS}
    fleet = [aged(name, image=image) for name, image in {**ages, "ci-odd": "unheard-of"}.items()]
    rig = ImagesRig.with_fleet(*fleet, cluster("gpu"))
    await rig.sweep(HUB)
    bands = {row["Days"]: row["Instances"] for row in asked(rig, "image-ages")}
    (now,) = asked(rig, "image-sla")
    columns = ("To30", "To60", "To90", "To180", "Older")

    assert bands == {
        "1 over 180": 1,
        "2 91 to 180": 2,
        "3 61 to 90": 2,
        "4 31 to 60": 2,
        "5 0 to 30": 2,
        "? unknown": 1,
    }
    assert ([now[name] for name in columns], now["Instances"]) == ([2, 2, 2, 2, 1], 9)


def test_the_trend_of_each_hub(season: ImagesRig) -> None:
    """Week by week what the fleet's own trend says, where there is one hub; the latest first."""
    fleet = {
        row["Week"]: (row["Instances"], row["Percent"], row["AverageAge"]) for row in asked(season, "image-sla-weeks")
    }
    rows = asked(season, "image-sla-hub-weeks")

    assert {row["Week"]: (row["Instances"], row["Percent"], row["AverageAge"]) for row in rows} == fleet
    assert len(rows) == len(fleet) == 14
    assert [row["Week"] for row in rows] == sorted(fleet, reverse=True)
    assert rows[0]["Instances"] == len(FLEET) - 1


async def test_patches_that_failed_or_wait() -> None:
    """Each that needs somebody, and how many stand how; of one that tells nothing nothing is said."""
    fleet = [
        patching("ci-failed", "Failed"),
        patching("ci-warned", "CompletedWithWarnings"),
        patching("ci-fine", "Succeeded", reboot=False),
        patching("ci-waits", "Succeeded", reboot=True),
        patching("ci-silent", None),
    ]
    rig = ImagesRig.with_fleet(*fleet, cluster("gpu"))
    await rig.sweep(HUB)
    listed = [(row["Compute"].rpartition("/")[2], row["RebootPending"]) for row in asked(rig, "image-patches")]
    states = {row["Patches"]: (row["Instances"], row["WaitForRestart"]) for row in asked(rig, "image-patch-states")}

    assert listed == [("ci-warned", None), ("ci-failed", None), ("ci-waits", True)]
    assert states == {"Succeeded": (2, 1), "CompletedWithWarnings": (1, 0), "Failed": (1, 0), "not told": (1, 0)}
