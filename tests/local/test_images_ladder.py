"""
A hundred and twenty days of images on real adapters: TLS, tokens, Azurite's tables, on a clock that jumps.

Six images are about: the one that all begin with, and five that come in that time, 33, 9, 21 and 40 days apart. Played
twice: as it is, and with a worker that dies each morning, each time at another moment of its run.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.azure.directory import object_id
from local.azure.images import Image, next_image
from local.azure.options import Options
from local.demo.images import POLICY
from local.ladder.estate import FAR_HUB, LONE, PLAIN, Workplace, fill
from local.ladder.people import renew
from local.ladder.world import REPOSITORY, Ladder, ladder, policy_with
from local.soak.world import House, house
from local.synthetic.documents import REGION
from shared.engine.notices import KIND
from shared.engine.reconcile import LEASE
from shared.images.machine import Machine
from shared.model.resource_id import ResourceId
from shared.model.tables import ACTIONS, IMAGES
from tests.fakes.process import Crash, Process

DAYS, EVERY = 120, 5
GAPS = (33, 9, 21, 40, 26)
RELEASES, SPAN = 5, timedelta(days=sum(GAPS[:4]))
"""So many images in so many days, as unevenly as Azure's come and more densely: four are the most that it has had."""
DEATHS = ("publish done", "save", "announce done", "apply done", "publish", "save done", "release", "take done")
"""When the worker dies: before such a call, or after it and before the answer arrives."""
JANE = Workplace("ci-jane", "jane@contoso.example", state="Running")
BUSY = Workplace("ci-busy", "kim@contoso.example", state="JobRunning")
SAM = Workplace("ci-sam", "sam@contoso.example")
EXEMPT = Workplace("ci-max", "max@contoso.example")
FRESH = Workplace("ci-new", "ana@contoso.example")
PAT = Workplace("ci-pat", "pat@contoso.example", home=PLAIN)
LEE = Workplace("ci-lee", "lee@contoso.example", home=LONE)
PLACES = (JANE, BUSY, SAM, EXEMPT, FRESH, PAT, LEE)
SATURDAY = 5
RUNGS = ["notified", "reminded", "warned", "stopped", "escalated"]


@dataclass(frozen=True)
class Row:
    """What a sweep told of an instance, or did to it."""

    at: datetime
    instance: str
    what: str
    image: str = ""
    due: str = ""


@dataclass(frozen=True)
class Played:
    """What came of it all."""

    notices: list[Row]
    steps: list[Row]
    held: list[Row]
    """What was not done, and why."""
    machines: dict[str, Machine]
    alerts: list[dict[str, Any]]
    versions: set[str]
    deaths: int = 0
    """How often a worker died."""
    lists: list[int] = field(default_factory=list)
    """Reads of lists of computes, sweep by sweep."""
    singles: list[int] = field(default_factory=list)
    """Reads of one compute alone, of sweeps that wrote nothing."""
    requests: list[int] = field(default_factory=list)
    """All requests to ARM of such sweeps."""

    def events(self) -> dict[str, list[str]]:
        """What was told of each instance, once for each event, however often that came."""
        found = {alert["id"]: alert for alert in self.alerts if alert["type"] == KIND}
        said: dict[str, list[str]] = {}
        for alert in found.values():
            said.setdefault(alert["subject"].rpartition("/")[2], []).append(alert["data"]["Notice"])
        return said

    def told(self, place: Workplace) -> list[Row]:
        """The notices about one instance, in order."""
        return [row for row in self.notices if row.instance == place.name]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Played once for all tests here."""
    return asyncio.run(_play(tmp_path_factory.mktemp("policy")))


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The same with a worker that dies each morning."""
    return asyncio.run(_play(tmp_path_factory.mktemp("policy"), DEATHS))


async def _play(folder: Path, deaths: Sequence[str] = ()) -> Played:
    async with AsyncExitStack() as closers:
        built = await house(Options(image_gap_days=GAPS), closers)
        first = await _to_the_densest(built)
        began = built.azure.clock.now()
        stage = ladder(built, _policy(folder, began))
        fill(stage.azure.cloud, PLACES)
        seen, release, died = Played([], [], [], {}, [], set()), first, 0
        for number, day in enumerate(range(0, DAYS + 1, EVERY)):
            await stage.until(_morning(began + timedelta(days=day)))
            if stage.now >= release.released:
                await renew(stage, FRESH)
                release = next_image(REGION, stage.now, GAPS)
            await stage.hear()
            if deaths:
                died += await _dies(stage, deaths[number % len(deaths)])
            await _sweep(stage, seen)
            if number % 2:
                await stage.until(datetime.combine(stage.now, time(22), stage.now.tzinfo))
                await _sweep(stage, seen)
        return replace(await _read(stage, seen), deaths=died)


async def _dies(stage: Ladder, when: str) -> bool:
    """A worker sweeps and is killed; then its lease is over. Whether it came so far."""
    try:
        await stage.seen_by(Process(named=when).around).sweep()
    except Crash:
        await stage.until(stage.now + LEASE)
        return True
    return False


def _morning(day: datetime) -> datetime:
    """Of that day, or of the Monday after: somebody may be at work."""
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return datetime.combine(day, time(10), day.tzinfo)


async def _to_the_densest(built: House) -> Image:
    """Let time pass to a day before the first of the images that come so densely, and give that one."""
    coming = [next_image(REGION, built.azure.clock.now(), GAPS)]
    while len(coming) < RELEASES or coming[-1].released - coming[-RELEASES].released > SPAN:
        coming.append(next_image(REGION, coming[-1].released, GAPS))
    first = coming[-RELEASES]
    await built.azure.clock.elapse((first.released - timedelta(days=1) - built.azure.clock.now()).total_seconds())
    return first


def _policy(folder: Path, now: datetime) -> Path:
    """As in the demo, with one who is exempt for as long as anybody may be."""
    policy_with(REPOSITORY / "policy", folder, POLICY)
    waiver = {
        "rule": "HW-IMG-001",
        "scope": EXEMPT.id,
        "owner": EXEMPT.who,
        "reason": "It is taken away in summer",
        "expires_on": (now + timedelta(days=170)).date(),
    }
    (folder / "exemptions.yaml").write_text(yaml.safe_dump({"version": 1, "exemptions": [waiver]}))
    return folder


async def _sweep(stage: Ladder, seen: Played) -> None:
    """One sweep, and which requests it made of computes."""
    before = len(stage.azure.ledger.requests)
    written = len(stage.rows(f"{ACTIONS} | where Result == 'done'"))
    await stage.sweep()
    mine = [
        one
        for one in list(stage.azure.ledger.requests)[before:]
        if one.principal == stage.azure.options.app_object_id and one.path.startswith("/subscriptions/")
    ]
    if len(stage.rows(f"{ACTIONS} | where Result == 'done'")) == written:
        seen.lists.append(sum(one.path.endswith("/computes") for one in mine))
        seen.singles.append(sum("/computes/" in one.path for one in mine))
        seen.requests.append(len(mine))


async def _read(stage: Ladder, seen: Played) -> Played:
    facts = {place.name: await stage.world.inventory.get(ResourceId.parse(place.id)) for place in PLACES}
    releases = stage.world.releases
    assert releases is not None
    return Played(
        [_row(row, "Notice") for row in stage.rows(f"{IMAGES} | where Notice != '' | sort by TimeGenerated asc")],
        [_row(row, "Action") for row in stage.rows(f"{ACTIONS} | where Result == 'done' | sort by TimeGenerated asc")],
        [_row(row, "Reason") for row in stage.rows(f"{ACTIONS} | where Rule == 'HW-IMG-002' and Result == 'held'")],
        {name: Machine.of(fact) for name, fact in facts.items()},
        stage.alerts(),
        {version for _, version in (await releases.known()).first_seen},
        lists=seen.lists,
        singles=seen.singles,
        requests=seen.requests,
    )


def _row(row: Any, what: str) -> Row:  # noqa: ANN401 - a row holds anything
    name = str(row.get("Compute") or row["Resource"]).rpartition("/")[2]
    return Row(
        datetime.fromisoformat(row["TimeGenerated"]), name, row[what], row.get("Image") or "", row.get("Due") or ""
    )


def test_six_images_were_about(played: Played) -> None:
    """The calendar has them all, each learnt from what instances showed."""
    assert len(played.versions) == RELEASES + 1


@pytest.mark.parametrize("place", [JANE, BUSY, SAM, PAT, LEE], ids=lambda place: place.name)
def test_each_notice_comes_once(played: Played, place: Workplace) -> None:
    """For one image: in the order of the ladder, reminders apart, and the date in the warning never moves."""
    first = played.told(place)[0].image
    told = [row for row in played.told(place) if row.image == first and row.what in RUNGS]
    counts = Counter(row.what for row in told)

    assert [row.what for row in told] == sorted((row.what for row in told), key=RUNGS.index)
    assert counts.pop("reminded") in {1, 2}
    assert set(counts.values()) == {1}
    assert {"notified", "warned", "stopped"} <= counts.keys()
    assert len({row.due for row in told if row.due}) == 1
    reminders = [row.at for row in told if row.what in {"notified", "reminded"}]
    assert min(b - a for a, b in pairwise(reminders)) >= timedelta(days=13, hours=23)


def test_who_is_exempt_or_fresh_is_told_nothing(played: Played) -> None:
    """One has a waiver, the other is made anew as soon as an image is out."""
    assert (played.told(EXEMPT), played.told(FRESH)) == ([], [])


def test_a_stop_waits_until_nobody_works(played: Played) -> None:
    """One is looked at in working hours and left alone, and stopped once when they are over; one with a job never."""
    due = datetime.fromisoformat(next(row.due for row in played.told(JANE) if row.what == "warned"))
    (stop,) = [row for row in played.steps if row.what == "stop-instance"]
    held = [row for row in played.held if row.instance == JANE.name]

    assert held
    assert all(due <= row.at < stop.at and row.what.startswith("these are working hours") for row in held)
    assert (stop.instance, stop.at.hour) == (JANE.name, 22)
    assert {row.what for row in played.held if row.instance == BUSY.name} == {
        "its state is JobRunning: something is being done on it"
    }
    assert (played.machines[JANE.name].state, played.machines[BUSY.name].state) == ("Stopped", "JobRunning")


def test_one_is_made_anew(played: Played) -> None:
    """Deleted and made once, with a newer image, for the same person; and nothing else was written to any."""
    machine = played.machines[SAM.name]
    steps = [(row.instance, row.what) for row in played.steps if row.what != "stop-instance"]

    assert steps == [(SAM.name, "delete-instance"), (SAM.name, "create-instance")]
    assert [row.what for row in played.told(SAM)].count("remade") == 1
    assert machine.image > played.told(SAM)[0].image
    assert machine.user == object_id(SAM.who)


def test_whoever_works_on_it_hears_of_each(played: Played) -> None:
    """One alert a notice, to the person and to the owner of the hub, where anybody can see that."""
    alerts = [alert for alert in played.alerts if alert["type"] == KIND]
    told = [row for row in played.notices if row.what in RUNGS]

    assert Counter(alert["data"]["Notice"] for alert in alerts) == Counter(row.what for row in told)
    assert {alert["subject"].rpartition("/")[2] for alert in alerts} == {
        place.name for place in (JANE, BUSY, SAM, PAT, LEE)
    }
    seen = [alert for alert in alerts if alert["data"]["Hub"] != FAR_HUB.casefold()]
    assert all("jane@contoso.example" in alert["data"]["To"] for alert in seen)
    assert {alert["data"]["To"][0] for alert in alerts} == {
        object_id(place.who) for place in (JANE, BUSY, SAM, PAT, LEE)
    }


def test_what_a_sweep_reads_of_computes(played: Played) -> None:
    """One list for each workspace, and no compute alone, however many days have gone by; the rest never grows."""
    assert set(played.lists) == {4}
    assert set(played.singles) == {0}
    assert len(set(played.requests[1:])) == 1


def test_rows_name_the_workspace_or_the_hub_that_is_not_seen(played: Played) -> None:
    """One in a plain workspace is in that one's rows; one in a project of a hub elsewhere in those of that hub."""
    about = {alert["subject"].rpartition("/")[2]: alert["data"] for alert in played.alerts if alert["type"] == KIND}

    assert (about[PAT.name]["Hub"], about[LEE.name]["Hub"]) == (PLAIN.casefold(), FAR_HUB.casefold())
    assert about[LEE.name]["Workspace"] == LONE.casefold()


def test_a_worker_that_dies_tells_nobody_less_or_anew(played: Played, killed: Played) -> None:
    """Some events come twice, with the id that they had; to whoever takes each once, all is as if nobody had died."""
    sent = [alert["id"] for alert in killed.alerts if alert["type"] == KIND]

    assert killed.deaths > DAYS // EVERY // 2
    assert len(sent) > len(set(sent))
    assert killed.events() == played.events()
    assert killed.versions == played.versions
    assert {one.state for one in (killed.machines[JANE.name], killed.machines[PAT.name])} == {"Stopped"}
    assert killed.machines[SAM.name].image > min(killed.versions)
