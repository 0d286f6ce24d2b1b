"""`python -m local images` as a process of its own, against the Azure stand-in and Azurite: it reads, and no more."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from local.azure.options import Options
from local.ladder.estate import SUBSCRIPTION, Workplace, fill, instance
from local.ladder.world import REPOSITORY, Ladder, ladder
from local.soak.world import House, house
from local.synthetic.documents import Document
from shared.adapters.graph import PATH
from shared.model.compute_memory import Notice, Rung
from tests.local import commands
from tests.local.commands import Done

pytestmark = pytest.mark.asyncio(loop_scope="module")

JANE = Workplace("ci-jane", "jane@contoso.example")
LATE = 100
"""Days since the image was built that ci-jane runs; a newer one was built half as long ago."""


@dataclass(frozen=True)
class Place:
    """A subscription with one instance that is behind, and the app that has told its owner."""

    house: House
    stage: Ladder

    async def images(self, *arguments: str, table: bool = True) -> Done:
        """Run the command."""
        where = ("--table", self.house.azurite.table_service_uri) if table else ()
        return await self.command("images", *where, *arguments)

    async def command(self, name: str, *arguments: str) -> Done:
        """Run a command on the subscription."""
        return await commands.command(self.house.azure, name, "--subscription", SUBSCRIPTION, *arguments)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place() -> AsyncIterator[Place]:
    """One for all tests here; the app has swept it once."""
    async with AsyncExitStack() as closers:
        built = await house(Options(), closers)
        stage = ladder(built, REPOSITORY / "policy")
        fill(built.azure.cloud, ())
        built.azure.state.put(late(JANE, stage.now))
        await stage.sweep()
        yield Place(built, stage)


_VERSIONS = {"currentImageVersion": LATE, "latestImageVersion": LATE // 2}


def late(place: Workplace, now: datetime) -> Document:
    """An instance whose image is that old."""
    document = instance(place, now)
    images = {name: f"{now - timedelta(days=days):%y.%m.%d}" for name, days in _VERSIONS.items()}
    document["properties"]["properties"]["osImageMetadata"] |= {**images, "isLatestOsImageVersion": False}
    return document


async def test_a_fleet_with_what_its_owners_were_told(place: Place) -> None:
    """From the app's own memory; nothing is written, neither to Azure nor to the table."""
    before = list(place.house.azure.ledger.changes)
    done = await place.images("--json")
    (one,) = done.told["computes"]

    assert (done.code, done.errors, done.told["remembered"]) == (2, "", True)
    assert (one["told_last"]["rung"], one["next"]["rung"], one["next"]["now"]) == ("notified", "warned", False)
    assert (one["age_days"], one["behind_days"]) == (LATE, LATE // 2 - 30)
    assert list(place.house.azure.ledger.changes) == before


async def test_a_fleet_without_that_memory(place: Place) -> None:
    """It is told what is missing, and what an owner who has heard nothing hears first."""
    done = await place.images("--json", table=False)
    (one,) = done.told["computes"]

    assert (done.code, done.told["remembered"], done.told["because"]) == (
        2,
        False,
        "nobody said where it is: give --table",
    )
    assert (one["told_last"], one["next"]["rung"], one["next"]["now"]) == (None, "notified", True)


async def test_a_memory_that_cannot_be_read_is_no_reason_to_stop(place: Place) -> None:
    """What is wrong is told in one line, and the images are told all the same."""
    done = await place.images("--json", "--table", f"{place.house.azure.url}/nothing", table=False)

    assert (done.code, done.told["remembered"], len(done.told["computes"])) == (2, False, 1)
    assert done.told["because"]


async def test_what_it_reads(place: Place) -> None:
    """Of each workspace its computes, and neither connections nor endpoints but those of the hub itself."""
    before = len(place.house.azure.ledger.requests)
    await place.images(table=False)
    asked = [request.path for request in list(place.house.azure.ledger.requests)[before:]]

    assert sum(path.endswith("/computes") for path in asked) == 2
    assert not [path for path in asked if path.endswith("Endpoints")]
    assert sum(path.endswith("/connections") for path in asked) <= 1


async def test_computes_that_nobody_may_list(place: Place) -> None:
    """They are named as not judged, with the permission that it takes; exit 2."""
    app, directory = place.house.azure.options.app_object_id, place.house.azure.directory
    held = directory.actions({"oid": app})
    directory.limit(app, tuple(action for action in held if not action.endswith("/computes/read")))
    done = await place.images("--json")
    directory.limit(app, held)

    assert (done.code, done.errors, done.told["computes"]) == (2, "", [])
    assert [one["what"] for one in done.told["unseen"]] == ["each compute of chat-prod", "each compute of hub-prod"]
    assert "Microsoft.MachineLearningServices/workspaces/computes/read" in done.told["unseen"][0]["because"]


async def test_a_subscription_that_nobody_may_read(place: Place) -> None:
    """One clear line, exit 1."""
    place.house.azure.cloud.faults.plan({"next": [{"method": "POST", "path": PATH, "status": 403, "times": 99}]})
    done = await place.images()
    place.house.azure.cloud.faults.clear()

    assert (done.code, done.output, len(done.errors.splitlines())) == (1, "", 1)
    assert "403" in done.errors


async def test_the_memory_is_the_apps_own(place: Place) -> None:
    """What it read is what the app itself would read."""
    (hub,) = [fact.id for fact in await place.stage.world.inventory.hubs()]
    memory = (await place.stage.world.store.load(hub)).computes

    (kept,) = memory.values()
    assert isinstance(kept.notice, Notice)
    assert kept.notice.rung is Rung.NOTIFIED
