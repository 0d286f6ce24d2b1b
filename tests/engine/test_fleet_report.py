"""The report on images: what sweeps count of the computes of a hub, and the page that tells it."""

import csv
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.engine.fleet_report import report_fleet
from shared.images.page import CSV, PAGE
from shared.images.weeks import WEEKS, HubWeek
from shared.model.errors import DependencyDown
from shared.model.message import Sweep
from shared.model.tables import IMAGES
from tests.builders import Document, cluster, project, rid
from tests.engine.season import FLEET, waiver
from tests.images_rig import COMPUTES, HUB, ImagesRig, aged, forgotten

CHAT = project("chat", tags={"Owner": "kim@contoso.example"})
OLD = "25.06.01"


def nodes(name: str, least: int) -> Document:
    """A cluster that has nodes, and keeps so many."""
    document = cluster(name, nodes=2)
    document["properties"]["properties"]["scaleSettings"] = {"minNodeCount": least, "maxNodeCount": 4}
    return document


async def counted(rig: ImagesRig) -> HubWeek:
    """What the last sweep counted."""
    await rig.sweep(HUB)
    return (await rig.fleet.weeks(rig.clock.now().date() - timedelta(days=6)))[-1]


async def reported(rig: ImagesRig) -> list[dict[str, str]]:
    """The lines of the CSV after a report."""
    await report_fleet(rig.world, rig.policy.version)
    return list(csv.DictReader(rig.reports.files[CSV].decode("utf-8-sig").splitlines()))


async def test_a_sweep_counts_the_family() -> None:
    """Instances of the hub and its projects by whom they belong to, by their rule's verdict; and clusters."""
    theirs = forgotten("ci-kim", image=OLD, made=300)
    theirs["id"] = f"{CHAT['id']}/computes/ci-kim"
    rig = ImagesRig.with_fleet(
        CHAT, theirs, aged("ci-a"), aged("ci-b", image=OLD), aged("ci-odd", image="odd"), nodes("gpu", 1), nodes("n", 0)
    )
    found = await counted(rig)

    assert (found.hub, found.seen, found.whole) == (rid(HUB), rig.clock.now(), True)
    assert {owner: (t.instances, t.within, t.failing) for owner, t in found.owners.items()} == {
        "jane@contoso.example": (3, 1, 1),
        "kim@contoso.example": (1, 0, 1),
    }
    assert (found.total.age, found.total.undecided) == ((0, 0, 0, 1, 2), 1)
    assert (found.clusters, found.never_empty) == (2, 1)


def test_the_weeks_say_what_the_rows_say(season: ImagesRig) -> None:
    """Over a hundred and twenty days: the page and the queries cannot tell two stories."""
    for one in season.fleet.kept.values():
        rows = season.rows(IMAGES, TimeGenerated=one.seen.isoformat(), ComputeType="ComputeInstance")
        within = [row.get("WithinSla") for row in rows]
        ages = [row["AgeDays"] for row in rows if "AgeDays" in row]
        told = (one.total.instances, one.total.within, one.total.failing, sum(one.total.age))

        assert told == (len(rows), within.count(True), within.count(False), len(ages))
        assert one.total.age[-1] == sum(age >= 181 for age in ages)
        assert one.total.furthest == max(int(row["BehindDays"]) for row in rows)
    assert len(season.fleet.kept) == 18


async def test_an_event_counts_nothing() -> None:
    """It sees one compute, and not how many there are."""
    rig = ImagesRig.with_fleet(aged())
    await rig.event(aged())

    assert rig.fleet.kept == {}


@pytest.mark.parametrize("hidden", [COMPUTES, rid(HUB)], ids=["its computes", "itself"])
async def test_what_could_not_be_read_counts_nowhere(hidden: Any) -> None:  # noqa: ANN401 - an id or a type
    """A hub that was seen in part is named as one that is not counted; what was counted before stays in its week."""
    rig = ImagesRig.with_fleet(aged("ci-a"), aged("ci-b"))
    before = await counted(rig)
    rig.cloud.deny(hidden)
    rig.clock.advance(days=2)
    await rig.sweep(HUB)
    await report_fleet(rig.world, rig.policy.version)
    page = rig.reports.files[PAGE].decode()

    assert before.total.instances == 2
    assert {one.whole for one in rig.fleet.kept.values()} == {True, False}
    assert "counted last on 2026-03-01" in page
    assert "No sweep has counted a compute instance" in page


async def test_the_report() -> None:
    """A page and a CSV, by what was counted; told again on the same day nothing is written anew."""
    rig = ImagesRig.with_fleet(*FLEET)
    await rig.sweep(HUB)
    lines = await reported(rig)
    written = rig.reports.writes
    await report_fleet(rig.world, rig.policy.version)

    assert sorted(rig.reports.files) == [PAGE, CSV]
    assert [(line["Hub"], line["Owner"], line["Instances"]) for line in lines] == [
        (rid(HUB).text, "jane@contoso.example", "10")
    ]
    assert "10 compute instances" in rig.reports.files[PAGE].decode()
    assert rig.reports.writes == written


async def test_weeks_that_are_shown_no_more_are_forgotten() -> None:
    """Half a year is kept, with the running week, in which nothing was counted yet."""
    rig = ImagesRig.with_fleet(aged())
    for _ in range(WEEKS + 3):
        await rig.sweep(HUB)
        rig.clock.advance(days=6, hours=23)
    before = len(rig.fleet.kept)
    lines = await reported(rig)

    assert (before, len(rig.fleet.kept), len(lines)) == (WEEKS + 3, WEEKS - 1, WEEKS - 1)


async def test_a_report_that_fails_loses_nothing() -> None:
    """The page of the day before stays, and so do all weeks."""
    rig = ImagesRig.with_fleet(aged())
    await rig.sweep(HUB)
    await report_fleet(rig.world, rig.policy.version)
    before, kept = dict(rig.reports.files), dict(rig.fleet.kept)
    rig.clock.advance(days=400)
    rig.reports.trouble = DependencyDown("503")
    with pytest.raises(DependencyDown):
        await report_fleet(rig.world, rig.policy.version)

    assert (rig.reports.files, rig.fleet.kept) == (before, kept)


@pytest.mark.parametrize("kept", [False, True], ids=["memory", "reports"])
async def test_where_there_is_no_place_for_it(kept: bool) -> None:  # noqa: FBT001 - which of the two
    """A sweep sweeps all the same, and nothing is reported."""
    rig = ImagesRig.with_fleet(aged())
    world = replace(rig.world, reports=None) if kept else replace(rig.world, fleet=None)
    await rig.worker(world).handle(Sweep(rid(HUB)), "worker-1")
    await report_fleet(world, rig.policy.version)

    assert rig.reports.files == {}
    assert len(rig.rows(IMAGES)) == 1


async def test_a_count_that_could_not_be_kept_is_made_again() -> None:
    """The run has told and remembered all else; the message comes again, and counts."""
    rig = ImagesRig.with_fleet(aged())
    rig.fleet.trouble = DependencyDown("503")
    with pytest.raises(DependencyDown):
        await rig.sweep(HUB)
    rig.fleet.trouble = None

    assert (await counted(rig)).total.instances == 1


async def test_a_worker_that_dies_counts_in_the_next_sweep() -> None:
    """Killed at any boundary, the next sweep counts what is there, once."""
    at, deaths = 0, 0
    while True:
        at += 1
        rig = ImagesRig.with_fleet(aged("ci-a"), aged("ci-b", image=OLD))
        if not await rig.dies(Sweep(rid(HUB)), at):
            break
        deaths += 1
        found = await counted(rig)
        assert (len(rig.fleet.kept), found.total.instances, found.total.failing) == (1, 2, 1)
    assert deaths > 20


async def test_whoever_is_exempt_counts_as_within() -> None:
    """As in the rows; and with the rule off nobody is told to be either."""
    rig = ImagesRig.with_fleet(old := aged(image=OLD))
    rig.policy = replace(rig.policy, exemptions=(waiver(old, 30),))
    exempt = (await counted(rig)).total

    assert (exempt.within, exempt.exempt, exempt.failing) == (1, 1, 0)
