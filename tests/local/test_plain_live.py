"""Commands and sweeps over a subscription with workspaces that no hub claims, against the stand-in and Azurite."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from local.azure.options import Options
from local.ladder.estate import FAR_HUB, LONE, PLAIN, PROJECT, Workplace, fill
from local.ladder.world import REPOSITORY, ladder
from local.soak.world import house
from shared.adapters.graph import PATH
from shared.model.tables import FINDINGS, IMAGES, RUNS
from tests.local.test_images_live import Place, late

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAT = Workplace("ci-pat", "pat@contoso.example", home=PLAIN)
LEE = Workplace("ci-lee", "lee@contoso.example", home=LONE)
JANE = Workplace("ci-jane", "jane@contoso.example")
HUBS = {PAT.name: PLAIN.casefold(), LEE.name: FAR_HUB.casefold(), JANE.name: PROJECT.replace("chat", "hub").casefold()}
"""By instance: whose rows it is in."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place() -> AsyncIterator[Place]:
    """Stale instances in a project of a hub, in a plain workspace, and in a project of a hub elsewhere."""
    async with AsyncExitStack() as closers:
        built = await house(Options(), closers)
        stage = ladder(built, REPOSITORY / "policy")
        fill(built.azure.cloud, (PAT, LEE, JANE))
        for one in (PAT, LEE, JANE):
            built.azure.state.put(late(one, stage.now))
        yield Place(built, stage)


async def test_a_sweep_tells_of_each_once(place: Place) -> None:
    """A row and a notice for each instance, and a run for each family; of the hub elsewhere nothing is judged."""
    before = len(place.house.azure.ledger.requests)
    await place.stage.sweep()
    asked = [one for one in list(place.house.azure.ledger.requests)[before:] if one.path == PATH]
    rows = place.stage.rows(f"{IMAGES} | project Compute, Hub, Notice")

    assert {row["Compute"].rpartition("/")[2]: row["Hub"] for row in rows} == HUBS
    assert [row["Notice"] for row in rows] == ["notified"] * 3
    assert {row["Hub"] for row in place.stage.rows(f"{RUNS} | project Hub")} == set(HUBS.values())
    assert not place.stage.rows(f"{FINDINGS} | where Resource == '{FAR_HUB.casefold()}'")
    assert len(asked) <= 4 + 2 * len(HUBS)


async def test_images_of_the_subscription(place: Place) -> None:
    """The command shows all three, each with what its owner hears."""
    done = await place.images("--json")

    assert (done.code, "hubwarden:" in done.errors) == (2, False)
    assert {one["compute"].rpartition("/")[2]: one["hub"].casefold() for one in done.told["computes"]} == HUBS


async def test_the_plan_of_the_subscription(place: Place) -> None:
    """So does the plan; it has nothing to say of the hub elsewhere."""
    done = await place.command("plan", "--format", "json")
    found = {
        one["resource"].rpartition("/")[2]: one["hub"].casefold()
        for one in done.told["findings"]
        if "/computes/" in one["resource"]
    }

    assert (done.code, "hubwarden:" in done.errors) == (2, False)
    assert found == HUBS
    assert not [one for one in done.told["findings"] if one["resource"].casefold().startswith(FAR_HUB.casefold())]
