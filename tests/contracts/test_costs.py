"""What CostSource promises, held against the fake and against Azure's stand-in behind the adapter."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from shared.adapters.cost_management import CostManagement
from shared.costs.bill import nano
from shared.costs.budget import Budget, covers
from shared.costs.month import Month
from shared.model.errors import BillIncomplete, Forbidden, Throttled
from shared.model.facts import Gap, Kind
from shared.model.resource_id import ResourceId
from tests.contracts.cost_worlds import CostWorld, FakeCostWorld, StandInCostWorld
from tests.contracts.estate import Names
from tests.contracts.worlds import AppCredential, StandInWorld
from tests.fakes import FakeClock

pytestmark = pytest.mark.asyncio(loop_scope="session")

MONTHLY = {
    "category": "Cost",
    "amount": 250.5,
    "timeGrain": "Monthly",
    "timePeriod": {"startDate": "2026-01-01T00:00:00Z"},
}


@pytest_asyncio.fixture(loop_scope="session")
async def stand_in_costs(stand_in_world: StandInWorld) -> AsyncIterator[StandInCostWorld]:
    """Cost Management in the stand-in; nobody really waits for its pace."""
    world = stand_in_world
    costs = CostManagement(AppCredential(world.azure), world.arm, world.azure.url, clock=FakeClock())
    yield StandInCostWorld(world, costs)
    await costs.close()


@pytest.fixture(params=["fake", "azure"])
def world(request: pytest.FixtureRequest) -> CostWorld:
    """The estate, charged for in each of the two."""
    if request.param == "fake":
        return FakeCostWorld(Names(str(uuid.uuid4())), Month(2026, 2))
    charged: StandInCostWorld = request.getfixturevalue("stand_in_costs")
    return charged


async def listed(world: CostWorld, scope: ResourceId) -> tuple[Budget, ...]:
    """A scope's budgets, which can be read."""
    found = await world.costs.budgets(scope)
    assert not isinstance(found, Gap), found
    return found


async def test_a_bill_is_whole(world: CostWorld) -> None:
    """Every day of the month, for each resource that cost something, its ids in lower case, and what Azure states."""
    names, month = world.names, world.month
    bill = await world.costs.bill(names.subscription.upper(), month, month.last)

    assert (bill.subscription, bill.month, bill.through) == (names.subscription, month, month.last)
    used = {(row["resource_id"], row["service"], row["currency"]) for row in bill.rows.to_pylist()}
    assert used == {(names.storage.key, "Storage", "USD"), (names.hub.key, "Virtual Machines", "USD")}
    assert set(bill.rows["day"].to_pylist()) == {month.first + timedelta(days=n) for n in range(month.last.day)}
    assert bill.rows["usd"].to_pylist() == bill.rows["cost"].to_pylist()
    assert set(bill.stated) == {"USD"}
    bill.check()


async def test_a_bill_ends_where_it_is_told_to(world: CostWorld) -> None:
    """A bill through the second day holds two days, and the sum is theirs."""
    through = world.month.first + timedelta(days=1)
    bill = await world.costs.bill(world.names.subscription, world.month, through)

    assert set(bill.rows["day"].to_pylist()) == {world.month.first, through}
    bill.check()


async def test_nothing_charged_is_an_empty_bill(world: CostWorld) -> None:
    """A subscription that was charged nothing has a bill without rows."""
    bill = await world.costs.bill(world.bare(), world.month, world.month.last)

    assert (bill.rows.num_rows, bill.stated) == (0, {})


async def test_another_months_day_is_refused(world: CostWorld) -> None:
    """A bill does not go past its month."""
    with pytest.raises(ValueError, match="no day of"):
        await world.costs.bill(world.names.subscription, world.month, world.month.end)


async def test_a_bill_that_may_not_be_read_is_forbidden(world: CostWorld) -> None:
    """A 403 is raised with the permission: without it there is nothing to report."""
    world.deny()

    with pytest.raises(Forbidden) as told:
        await world.costs.bill(world.names.subscription, world.month, world.month.last)
    assert told.value.permission == "Microsoft.CostManagement/query/read"


async def test_throttling_is_told(world: CostWorld) -> None:
    """A 429 that asks for more patience than there is is raised, for bills and budgets, with the time it asks for."""
    world.throttle()

    with pytest.raises(Throttled) as bill:
        await world.costs.bill(world.names.subscription, world.month, world.month.last)
    with pytest.raises(Throttled) as budgets:
        await world.costs.budgets(ResourceId.parse(f"/subscriptions/{world.names.subscription}"))
    assert (bill.value.retry_after, budgets.value.retry_after) == (3600, 3600)


async def test_budgets_are_those_of_their_scope(world: CostWorld) -> None:
    """Each scope's own, with amount, spending and filter as they are; none where none was made."""
    subscription = ResourceId.parse(f"/subscriptions/{world.names.subscription}")
    group = ResourceId.parse(world.names.group)
    storage = {"dimensions": {"name": "ResourceId", "operator": "In", "values": [str(world.names.storage)]}}
    assert await world.costs.budgets(group) == ()
    world.budget(subscription, "all", MONTHLY)
    world.budget(group, "storage", {**MONTHLY, "filter": storage})
    [everything], [ours] = [await listed(world, scope) for scope in (subscription, group)]

    assert [(one.name, one.amount, one.time_grain, one.unit) for one in (everything, ours)] == [
        ("all", nano("250.5"), "Monthly", "USD"),
        ("storage", nano("250.5"), "Monthly", "USD"),
    ]
    assert [one.spent is not None and one.spent > 0 for one in (everything, ours)] == [True, True]
    assert [one.scope for one in (everything, ours)] == [subscription, group]
    assert [covers(one, world.names.storage, {}) for one in (everything, ours)] == [True, True]
    assert [covers(one, world.names.hub, {}) for one in (everything, ours)] == [True, False]


async def test_budgets_that_may_not_be_read_are_a_gap(world: CostWorld) -> None:
    """A refused list is a gap that names the scope; never an empty list."""
    world.deny()
    scope = ResourceId.parse(world.names.group)
    gap = await world.costs.budgets(scope)

    assert isinstance(gap, Gap)
    assert (gap.parent, gap.kind) == (scope, Kind.BUDGET)
    assert gap.permission


async def test_the_fake_can_lose_a_row() -> None:
    """A row that the fake no longer sends makes the bill incomplete, as long as it is asked for that day."""
    world = FakeCostWorld(Names(str(uuid.uuid4())), Month(2026, 2))
    world.costs.lose(world.names.subscription, world.month, 0)

    with pytest.raises(BillIncomplete):
        await world.costs.bill(world.names.subscription, world.month, world.month.last)
