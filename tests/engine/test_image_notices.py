"""What owners are told of old images: each thing once, none in vain, none lost."""

import json
import re
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from shared.adapters.alert_topic import SOURCE, event_id
from shared.engine.notices import KIND
from shared.model.compute_memory import ComputeMemory, Rung
from shared.model.errors import DependencyDown
from shared.model.message import Sweep
from shared.model.tables import IMAGES
from shared.policy.policy import Effect
from tests.builders import NOW, Document, policy, rid
from tests.engine.season import AGE, FORGOTTEN, IDLE, LADDER, OPEN, STOPPED, days, waiver
from tests.images.sample import JANE
from tests.images_rig import FIRST, HUB, ImagesRig, aged, forgotten, stopping, touching

PAGE = Path(__file__).resolve().parents[2] / "docs/images.md"


def test_each_step_of_the_ladder_is_told_once(season: ImagesRig) -> None:
    """To each owner on its day, whatever else happens to the instance; and to nobody whose image is well, or waived."""
    assert days(season) == {
        "ci-idle": LADDER,
        "ci-busy": LADDER,
        "ci-forgotten": LADDER,
        "ci-stopped": LADDER,
        "ci-open": LADDER,
        "ci-ancient": [(0, "warned"), (15, "stopped"), (29, "escalated")],
        "ci-pardoned": [(70, "warned"), (85, "stopped"), (94, "escalated")],
        "ci-renewed": [*LADDER[:2], *((day + 37, rung) for day, rung in LADDER[:-1])],
    }


def test_each_row_of_a_notice_is_an_event(season: ImagesRig) -> None:
    """And the other way round; no two events of all these days have the same id."""
    assert season.told() == {name: [rung for _, rung in told] for name, told in days(season).items()}
    assert len({event_id(alert) for alert in season.notices}) == len(season.notices)


def test_an_event_says_what_its_owner_needs(season: ImagesRig) -> None:
    """To whoever works on it and to the hub's owner: which image, since when it is behind, the date, the way out."""
    (alert,) = (a for a in season.notices if a.data["Notice"] == "warned" and a.subject == rid(OPEN).key)
    about = {name: value for name, value in alert.data.items() if name not in {"Compute", "Hub", "Workspace", "WayOut"}}

    assert about == {
        "ComputeType": "ComputeInstance",
        "Project": "",
        "Owner": "jane@contoso.example",
        "CostCenter": "CC-1234",
        "User": JANE,
        "To": [JANE, "jane@contoso.example"],
        "Region": "eastus2",
        "Size": "STANDARD_DS3_V2",
        "Image": FIRST,
        "LatestImage": "26.04.03",
        "PublicIp": True,
        "Ssh": True,
        "IdleShutdown": "PT30M",
        "Schedules": 0,
        "Created": "2025-12-31T09:00:00+00:00",
        "Notice": "warned",
        "TakenDownFrom": "",
        "BehindSince": "2026-03-05",
        "LastTold": "2026-04-16T09:00:00+00:00",
        "Due": "2026-05-04",
    }
    assert list(alert.data["WayOut"])[:5] == ["Steps", "Survives", "Lost", "CarryOver", "Commands"]


@pytest.mark.parametrize(
    ("document", "days"),
    [
        (STOPPED, {"warned": "2026-05-04", "stopped": "2026-05-04"}),
        (FORGOTTEN, {"warned": "2026-05-04", "stopped": "2026-05-07"}),
    ],
    ids=["stands", "runs"],
)
async def test_an_event_names_the_day_from_which_it_may_be_deleted(document: Document, days: dict[str, str]) -> None:
    """Where policy wants that: from the warning on, so that its owner has it before; and it is not deleted before."""
    rig = ImagesRig.with_fleet(document, policy=touching())
    for _ in range(70):
        await rig.live(1)
        await rig.settle()
    told = {alert.data["Notice"]: alert.data["TakenDownFrom"] for alert in rig.notices}
    (row,) = rig.actions(Action="delete-instance", Result="done")

    assert told == {"notified": "", "reminded": "", **days}
    assert row["TimeGenerated"][:10] >= days["stopped"]


def test_the_page_shows_the_event_as_it_is(season: ImagesRig) -> None:
    """Whoever sends it on goes by docs/images.md: its example and its table have every field, and no other."""
    (alert,) = (a for a in season.notices if a.data["Notice"] == "warned" and a.subject == rid(OPEN).key)
    page = PAGE.read_text("utf-8")
    (example,) = (json.loads(found) for found in re.findall(r"(?s)```json\n(.*?)```", page))
    table = page.partition("| field of `data` |")[2].partition("\n\n")[0]
    cells = " ".join(re.findall(r"(?m)^\| (`.+?) \|", table))

    assert (example["type"], example["source"], list(example["data"])) == (KIND, SOURCE, list(alert.data))
    assert set(re.findall(r"`(\w+)`", cells)) == set(alert.data)
    told = {name: value for name, value in alert.data.items() if name not in {"Compute", "Hub", "Workspace", "WayOut"}}
    assert told.items() <= example["data"].items()


def test_only_what_nobody_works_on_is_stopped(season: ImagesRig) -> None:
    """In the evening of the day that was named, once; Azure sees that somebody works on those with an idle shutdown."""
    assert season.stops() == [
        ("ci-ancient", NOW + timedelta(days=15, hours=12)),
        ("ci-forgotten", NOW + timedelta(days=64, hours=12)),
        ("ci-pardoned", NOW + timedelta(days=85, hours=12)),
    ]
    assert {step.action.verb for step in season.cloud.writes} == {"stop-instance"}


def test_what_can_be_reached_and_what_is_escalated_is_worse(season: ImagesRig) -> None:
    """By a grade each, and the event of its end is as loud."""

    def severities(document: Document) -> list[str]:
        rows = season.findings(Rule=AGE, Resource=rid(document).key, Verdict="fail")
        return list(dict.fromkeys(row["Severity"] for row in rows))

    assert severities(IDLE) == ["medium", "high"]
    assert severities(OPEN) == ["high", "critical"]


async def test_what_is_remembered_at_the_end(season: ImagesRig) -> None:
    """Of the owners who were told; of the fresh one nothing; of a cluster since when it has had nodes."""
    known = {one.name: memory for one, memory in (await season.store.load(rid(HUB))).computes.items()}
    rungs = {name: memory.notice.rung for name, memory in known.items() if memory.notice}

    assert rungs == {
        **dict.fromkeys(["ci-idle", "ci-busy", "ci-forgotten", "ci-stopped", "ci-open", "ci-ancient"], Rung.ESCALATED),
        "ci-pardoned": Rung.ESCALATED,
        "ci-renewed": Rung.STOPPED,
    }
    assert set(known) - set(rungs) == {"gpu"}
    assert known["gpu"] == ComputeMemory(at_zero=NOW)


def test_the_calendar_keeps_when_each_image_came(season: ImagesRig) -> None:
    """As the first look saw it: on its day."""
    seen = {version: (at - NOW).days for (_, version), at in season.releases.kept.items()}

    assert seen == {
        "25.06.01": 0,
        FIRST: 0,
        "26.02.16": 4,
        "26.03.02": 12,
        "26.04.03": 41,
        "26.04.15": 52,
        "26.05.28": 95,
    }


def due_today() -> ImagesRig:
    """Owners of whom each is due for another rung today, and one that is to be stopped."""
    documents = (
        aged("ci-1", image="25.12.31"),
        aged("ci-2", image="25.12.30"),
        aged("ci-3", image="25.10.01", made=150),
    )
    return ImagesRig.with_fleet(*documents, forgotten("ci-4"), policy=stopping())


async def prepared() -> ImagesRig:
    """The same, after what was told before."""
    rig = due_today()
    await rig.skip_to(17)
    await rig.sweep(HUB)
    rig.topic.alerts.clear()
    rig.log.tables.clear()
    await rig.skip_to(33)
    return rig


async def test_no_notice_is_lost_where_the_process_dies() -> None:
    """At any boundary of any call: what comes twice has the same id, and in the end all is told and remembered."""
    spared = await prepared()
    await spared.sweep(HUB)
    expected, at = {event_id(alert) for alert in spared.notices}, 0
    assert len(expected) == 4
    for at in count(1):
        rig = await prepared()
        if not await rig.dies(Sweep(rid(HUB)), at):
            break
        await rig.sweep(HUB)
        await rig.live(1)
        assert {event_id(alert) for alert in rig.notices} == expected, at
        assert len(rig.notices) <= 2 * len(expected)
        assert await _rungs(rig) == await _rungs(spared)
        assert {row["Compute"] for row in rig.rows(IMAGES) if row["Notice"]} == {a.subject for a in spared.notices}
        assert rig.releases.kept.keys() == spared.releases.kept.keys()
    assert at > 20


async def _rungs(rig: ImagesRig) -> dict[str, Rung]:
    computes = (await rig.store.load(rid(HUB))).computes
    return {one.name: memory.notice.rung for one, memory in computes.items() if memory.notice}


@pytest.mark.parametrize("port", ["log", "topic"])
async def test_what_cannot_be_told_is_told_later(port: str) -> None:
    """Where Log Analytics or the topic is away nothing is remembered as told."""
    rig = await prepared()
    getattr(rig, port).trouble = DependencyDown("503")
    before = await _rungs(rig)
    with pytest.raises(DependencyDown):
        await rig.sweep(HUB)
    after = await _rungs(rig)
    getattr(rig, port).trouble = None
    await rig.sweep(HUB)

    assert (after, len(rig.notices)) == (before, 4)


async def test_told_in_audit_too() -> None:
    """It changes nothing in Azure to tell somebody; what it would stop, it leaves."""
    rig = ImagesRig.with_fleet(FORGOTTEN, enforce=False)
    await rig.live(70)

    assert (rig.told(), rig.cloud.writes) == ({"ci-forgotten": [rung for _, rung in LADDER[:5]]}, [])


async def test_an_event_tells_too() -> None:
    """What is due when somebody touches the instance does not wait for a sweep; its row comes with it."""
    rig = ImagesRig.with_fleet(IDLE)
    await rig.sweep(HUB)
    await rig.skip_to(4)
    await rig.sweep(HUB)
    await rig.skip_to(20)
    before = len(rig.rows(IMAGES))
    await rig.event(IDLE)
    await rig.event(IDLE)
    (row,) = rig.rows(IMAGES)[before:]

    assert (row["Notice"], rig.told()) == ("notified", {"ci-idle": ["notified"]})


async def test_an_image_of_which_nobody_knows_more_is_not_told() -> None:
    """A list that is refused, a version that is no date, and an instance that is being made."""
    odd = aged("ci-odd", image="preview")
    new = aged("ci-new", state=None, osImageMetadata=None)
    rig = ImagesRig.with_fleet(odd, new, IDLE)
    await rig.skip_to(4)
    await rig.sweep(HUB)
    await rig.skip_to(30)
    rig.cloud.deny("microsoft.machinelearningservices/workspaces/computes")
    await rig.sweep(HUB)
    unseen = rig.notices
    rig.cloud.heal("microsoft.machinelearningservices/workspaces/computes")
    await rig.sweep(HUB)

    assert (unseen, rig.told()) == ([], {"ci-idle": ["notified"]})


async def test_one_that_is_gone_is_forgotten() -> None:
    """Also where its event was lost; one of the same name is told anew, in its own time."""
    rig = ImagesRig.with_fleet(IDLE)
    await rig.live(20)
    told = await rig.memory(IDLE)
    rig.cloud.delete(rid(IDLE))
    await rig.sweep(HUB)

    assert told.notice is not None
    assert await rig.memory(IDLE) == ComputeMemory()


async def test_what_was_told_of_another_instance_does_not_count() -> None:
    """Made anew between two looks, with the old image again: it has its own warning, and is not stopped before."""
    rig = ImagesRig.with_fleet(FORGOTTEN, policy=stopping())
    await rig.live(60)
    again = forgotten("ci-forgotten", made=-60)
    again["properties"]["properties"]["osImageMetadata"] = dict(
        rig.document(FORGOTTEN)["properties"]["properties"]["osImageMetadata"]
    )
    rig.cloud.put(again)
    await rig.live(15)
    before = rig.stops()
    await rig.live(2)

    assert days(rig)["ci-forgotten"][-2:] == [(60, "warned"), (75, "stopped")]
    assert (before, rig.stops()) == ([], [("ci-forgotten", NOW + timedelta(days=75, hours=12))])


@pytest.mark.parametrize("ends", ["waiver", "off"])
async def test_a_waiver_takes_back_what_was_told(ends: str) -> None:
    """Whoever was warned and then let off is not stopped meanwhile, and not at once when that is over: warned anew."""
    rig = ImagesRig.with_fleet(FORGOTTEN, policy=touching())
    await rig.live(60)
    waived = {"exemptions": (waiver(FORGOTTEN, 70),)} if ends == "waiver" else {"effects": {AGE: Effect.OFF}}
    rig.policy = touching(**waived)
    await rig.live(10)
    meanwhile = await rig.memory(FORGOTTEN)
    rig.policy = touching()
    await rig.live(15)
    before = len(rig.cloud.writes)
    await rig.live(1)

    assert (meanwhile, before) == (ComputeMemory(lifted=NOW + timedelta(days=60)), 0)
    assert days(rig)["ci-forgotten"][3:] == [(49, "warned"), (70, "warned"), (85, "stopped")]
    assert rig.stops() == [("ci-forgotten", NOW + timedelta(days=85, hours=12))]


async def test_what_is_written_beside_it_ends_nothing() -> None:
    """A look back at a write judges by what is remembered and by the calendar, as the look before it did."""
    rig = ImagesRig.with_fleet(FORGOTTEN, policy=policy())
    rig.document(FORGOTTEN)["properties"]["properties"]["idleTimeBeforeShutdown"] = "PT30M"
    await rig.live(18)
    rig.document(FORGOTTEN)["properties"]["properties"]["idleTimeBeforeShutdown"] = None
    await rig.sweep(HUB)

    assert [step.rule for step in rig.cloud.writes] == ["HW-CMP-001"]
    assert [row["Change"] for row in rig.findings(Rule=AGE, Verdict="fail")] == ["opened"]
    assert list(await rig.open(HUB)) == [f"{AGE} ci-forgotten"]
