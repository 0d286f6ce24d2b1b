"""
What `take-back` does with one resource after the other, and what a person reads of it, in a terminal of 100 columns.

After an intended change of what it prints: `HUBWARDEN_GOLDEN=write pytest tests/local/test_take_back_show.py`, read the
diff, and look at it.
"""

import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import override

import pytest
from rich.console import Console

from local.tables import MOST_ROWS
from local.take_back.decide import Resource
from local.take_back.hands import BETWEEN, LOOKS, Attempt, Hands
from local.take_back.outlook import Outlook
from local.take_back.show import show
from local.take_back.writes import Write, Written
from shared.model.errors import Conflict
from shared.model.resource_id import ResourceId
from tests.builders import NOW, dependent, hub, project, rid
from tests.fakes import FakeClock, FakeCloud

GOLDEN = Path(__file__).parent / "golden"
HUB, LAB, PROJECT = rid(hub()), rid(hub("lab")), rid(project())
STORAGE, VAULT, GONE = rid(dependent()), rid(dependent("vault", "kv-ai")), rid(project("old"))
LOCK = Conflict("PATCH /…/tags/default: Azure answered 409 ScopeLocked: The scope cannot perform write operation")


def write(resource: ResourceId, tag: str, after: str | None, before: str | None = None, *, sure: bool = True) -> Write:
    """A tag of a resource, written."""
    return Write(NOW, resource, "HW-TAG-001", tag, before, after, sure)


WRITTEN = Written(
    (
        write(HUB, "CostCenter", "CC-1"),
        write(HUB, "Environment", "prod"),
        write(HUB, "Owner", "jane@contoso.example"),
        write(LAB, "CostCenter", "CC-2", "CC-[old]"),
        write(PROJECT, "Environment", "prod", ""),
        write(PROJECT, "Perhaps", "us", sure=False),
        write(STORAGE, "CostCenter", "CC-1"),
        write(VAULT, "CostCenter", "CC-1"),
        write(GONE, "CostCenter", "CC-1"),
    )
)


@dataclass
class Book:
    """A record in memory: what was announced, and what became of it."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    before: Callable[[ResourceId], None] = lambda _: None
    """Happens as something is announced."""

    def announce(self, resource: Resource) -> None:
        """See `Book.announce`."""
        self.before(resource.id)
        self.lines.append((resource.id.name, "announced"))

    def close(self, attempt: Attempt) -> None:
        """See `Book.close`."""
        self.lines.append((attempt.resource.id.name, attempt.problem or "done"))


@dataclass
class WorkingClock(FakeClock):
    """Time in which Azure carries out what it has accepted."""

    cloud: FakeCloud = field(default_factory=FakeCloud)

    @override
    async def pause(self, seconds: float) -> None:
        """See `Clock.pause`."""
        await super().pause(seconds)
        self.cloud.finish()


@dataclass
class Place:
    """Some resources that were written to, one of which may not be read, and the hands that take it back."""

    cloud: FakeCloud
    clock: FakeClock = field(default_factory=FakeClock)
    book: Book = field(default_factory=Book)

    @property
    def hands(self) -> Hands:
        """What takes back all but environments."""
        return Hands(self.cloud, self.cloud, self.clock, WRITTEN, ["Environment"])

    async def plan(self) -> Outlook:
        """What would be taken back."""
        seen = await self.hands.look(WRITTEN.by_resource, lambda: None)
        others = {"resync-keys": 3, "scale-cluster": 1}
        return Outlook("workspace 1f0", True, tuple(seen), 50, len(WRITTEN.writes), others=others)  # noqa: FBT003 - it was looked at

    async def take(self, limit: int = 50) -> Outlook:
        """What was taken back, and what is left."""
        plan = await self.plan()
        attempts = await self.hands.take(plan.wanted, limit, self.book, lambda: None)
        after = await self.hands.settled(attempts)
        resources = tuple(after.get(one.id, one) for one in plan.resources)
        record = Path("take-back-20260301T090000Z.jsonl")
        return replace(plan, resources=resources, attempts=tuple(attempts), record=record, limit=limit)

    def tags(self, resource: ResourceId) -> Mapping[str, str]:
        """What a resource is tagged with."""
        found: dict[str, str] = self.cloud.document(resource)["tags"]
        return found


@pytest.fixture
def place() -> Place:
    """All of it."""
    cloud = FakeCloud(
        [
            hub(tags={"CostCenter": "CC-1", "Environment": "prod", "Owner": "ana@contoso.example"}),
            hub("lab", tags={"CostCenter": "CC-2"}),
            project(tags={"Environment": "dev", "Perhaps": "us"}),
            dependent(tags={"CostCenter": "CC-1"}),
            dependent("vault", "kv-ai", tags={"CostCenter": "CC-1"}),
        ]
    )
    cloud.deny(VAULT, "Microsoft.KeyVault/vaults/read")
    return Place(cloud)


def read(told: Outlook) -> str:
    """What a person reads."""
    console = Console(file=io.StringIO(), width=100, highlight=False)
    show(told, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]  # the StringIO above
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def golden(name: str, text: str) -> str:
    """What a golden file says; written first where the environment asks for it."""
    file = GOLDEN / name
    if os.environ.get("HUBWARDEN_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    return file.read_text(encoding="utf-8")


async def test_the_plan_for_people(place: Place) -> None:
    """Each tag that is not as before, and what is to become of it; what it comes to; what to type."""
    told = replace(await place.plan(), enforcing=NOW - timedelta(hours=2), unread=("x at 9: Before is no JSON",))

    assert read(told) == golden("take-back-plan.txt", read(told))


async def test_what_was_done_for_people(place: Place) -> None:
    """What each tag said and says now; what was refused and why; what is left, and where it is recorded."""
    place.cloud.refuse(HUB, LOCK)
    told = await place.take(limit=1)

    assert read(told) == golden("take-back-done.txt", read(told))
    assert (place.tags(LAB), place.tags(HUB)["CostCenter"]) == ({"CostCenter": "CC-[old]"}, "CC-1")


async def test_a_long_list_says_how_much_more_there_is(place: Place) -> None:
    """A terminal shows as many tags as anybody reads."""
    plan = await place.plan()
    one = next(one for one in plan.resources if one.id == LAB)

    assert "and 1 more; --format json shows all" in read(replace(plan, resources=(one,) * (MOST_ROWS + 1)))


async def test_all_is_announced_before_it_is_written(place: Place) -> None:
    """In order, and with what came of it."""
    place.cloud.refuse(HUB, LOCK)
    await place.take()

    assert place.book.lines == [
        ("hub", "announced"),
        ("hub", str(LOCK)),
        ("lab", "announced"),
        ("lab", "done"),
        ("stai", "announced"),
        ("stai", "done"),
    ]


async def test_each_is_looked_at_again_just_before(place: Place) -> None:
    """What somebody changed while others were written stays as they left it, and nothing is sent."""
    plan = await place.plan()
    place.cloud.document(LAB)["tags"] = {"CostCenter": "CC-3"}
    attempts = await place.hands.take(plan.wanted, 50, place.book, lambda: None)

    assert place.tags(LAB) == {"CostCenter": "CC-3"}
    assert [one.wrote for one in attempts if one.resource.id == LAB] == [False]
    assert "lab" not in {name for name, _ in place.book.lines}


async def test_a_change_in_the_very_moment_survives(place: Place) -> None:
    """Between the look and the write: Azure deletes by name and value."""

    def somebody(resource: ResourceId) -> None:
        if resource == HUB:
            place.cloud.document(HUB)["tags"] = {"CostCenter": "CC-3"}

    place.book.before = somebody
    await place.take()

    assert place.tags(HUB) == {"CostCenter": "CC-3"}


async def test_what_azure_only_accepted_is_waited_for(place: Place) -> None:
    """It is read back until it shows, and not for ever; then it says so."""
    place.cloud.accept_only(LAB)
    told = await place.take()
    waited = place.clock.now()
    place.cloud.finish()
    later = await place.plan()

    assert "written, and does not show yet" in read(told)
    assert not told.quiet
    assert waited - NOW == timedelta(seconds=BETWEEN * (LOOKS - 1))
    assert place.tags(LAB) == {"CostCenter": "CC-[old]"}
    assert later.wanted == ()


async def test_it_stops_looking_once_it_shows(place: Place) -> None:
    """In the pause, Azure has done it."""
    place.cloud.accept_only(LAB)
    place.clock = WorkingClock(cloud=place.cloud)
    told = await place.take()

    assert place.clock.now() - NOW == timedelta(seconds=BETWEEN)
    assert "does not show yet" not in read(told)


async def test_one_that_is_throttled_is_told(place: Place) -> None:
    """It is not read, and the others are."""
    place.cloud.throttle(LAB)
    told = await place.take()

    assert [one.id.name for one in told.resources if one.problem] == ["kv-ai", "lab"]
    assert place.tags(STORAGE) == {}
    assert "could not be read: 429 TooManyRequests" in " ".join(read(told).split())


def test_nothing_was_written() -> None:
    """One line, and nobody has anything to do."""
    told = Outlook("workspace 1f0", looked=True, resources=(), limit=50)

    assert (read(told), told.quiet) == ("0 writes of tags; workspace 1f0\n", True)
