"""What TagHistory promises, held against the fake and against Azure Tables on Azurite."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.costs.attribution import Attribution, Period, Portion
from shared.model.facts import Kind
from shared.model.resource_id import ResourceId
from tests.builders import dependent_id, rid
from tests.contracts.worlds import Memory

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOW = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
LATER, LAST = NOW + timedelta(days=1), NOW + timedelta(days=2)
BEFORE = NOW - timedelta(days=1)
STORAGE = rid(dependent_id())


def attribution(
    cost_center: str, *hubs: ResourceId, resource: ResourceId = STORAGE, origin: str = "hub"
) -> Attribution:
    """A storage account that some hubs pay for."""
    tags, origins, why = {"CostCenter": cost_center}, {"CostCenter": origin, "Owner": "none"}, {"Owner": "no value"}
    portions = tuple(Portion(hub.key, 1, tags, origins, why) for hub in hubs)
    return Attribution(resource, Kind.STORAGE, "", portions, ("/subscriptions/x/pe",))


async def test_nothing_seen(memory: Memory) -> None:
    """A history in which nobody noted anything has no periods."""
    assert list(await memory.history.periods(BEFORE)) == []


async def test_a_change_ends_one_period_and_begins_another(memory: Memory, hub: ResourceId) -> None:
    """What changes has a period before and one after; what is seen again as it was has one."""
    first, second = attribution("CC-1", hub), attribution("CC-2", hub)
    for seen, at in ((first, NOW), (first, LATER), (second, LAST)):
        await memory.history.note(hub, [seen], [], at)
    assert list(await memory.history.periods(BEFORE)) == [Period(first, NOW, LAST), Period(second, LAST)]


async def test_where_a_value_comes_from_begins_no_period(memory: Memory, hub: ResourceId) -> None:
    """A value that was inherited and then written to the resource is still the value it was."""
    inherited = attribution("CC-1", hub)
    await memory.history.note(hub, [inherited], [], NOW)
    await memory.history.note(hub, [attribution("CC-1", hub, origin="resource")], [], LATER)
    assert list(await memory.history.periods(BEFORE)) == [Period(inherited, NOW)]


def unread(seen: Attribution) -> Attribution:
    """The same, seen while the source of its owner could not be read."""
    portions = [
        replace(one, origins={**one.origins, "Owner": "undecided"}, why={"Owner": "rg: 403"}) for one in seen.portions
    ]
    return replace(seen, portions=tuple(portions))


def owned(seen: Attribution, owner: str) -> Attribution:
    """The same, with an owner."""
    portions = [
        replace(one, tags={**one.tags, "Owner": owner}, origins={**one.origins, "Owner": "resource_group"}, why={})
        for one in seen.portions
    ]
    return replace(seen, portions=tuple(portions))


async def test_what_cannot_be_read_for_a_while_keeps_its_value(memory: Memory, hub: ResourceId) -> None:
    """A tag that is undecided, while it is known who pays, begins no period, and in a new one has its last value."""
    first, second = attribution("CC-1", hub), attribution("CC-2", hub)
    await memory.history.note(hub, [owned(first, "jane")], [], NOW)
    await memory.history.note(hub, [unread(first)], [], LATER)
    assert list(await memory.history.periods(BEFORE)) == [Period(owned(first, "jane"), NOW)]
    await memory.history.note(hub, [unread(second)], [], LAST)
    assert list(await memory.history.periods(BEFORE)) == [
        Period(owned(first, "jane"), NOW, LAST),
        Period(owned(second, "jane"), LAST),
    ]


async def test_what_could_never_be_read_has_no_value(memory: Memory, hub: ResourceId) -> None:
    """A tag that is undecided from the first look has none, until it can be read."""
    seen = attribution("CC-1", hub)
    await memory.history.note(hub, [unread(seen)], [], NOW)
    await memory.history.note(hub, [owned(seen, "jane")], [], LATER)
    assert list(await memory.history.periods(BEFORE)) == [
        Period(unread(seen), NOW, LATER),
        Period(owned(seen, "jane"), LATER),
    ]


async def test_gone_and_back(memory: Memory, hub: ResourceId) -> None:
    """What is gone has an end, only the first time; what comes back begins anew, be it as it was."""
    seen = attribution("CC-1", hub)
    await memory.history.note(hub, [seen], [], NOW)
    for at in (LATER, LAST):
        await memory.history.note(hub, [], [STORAGE], at)
    assert list(await memory.history.periods(BEFORE)) == [Period(seen, NOW, LATER)]
    await memory.history.note(hub, [seen], [], LAST)
    assert list(await memory.history.periods(BEFORE)) == [Period(seen, NOW, LATER), Period(seen, LAST)]


async def test_gone_and_never_seen(memory: Memory, hub: ResourceId) -> None:
    """What nobody saw while it was there leaves nothing behind."""
    await memory.history.note(hub, [], [STORAGE], NOW)
    assert list(await memory.history.periods(BEFORE)) == []


async def test_what_had_ended(memory: Memory, hub: ResourceId) -> None:
    """A month does not hear of what had ended before it began."""
    first, second = attribution("CC-1", hub), attribution("CC-2", hub)
    await memory.history.note(hub, [first], [], NOW)
    await memory.history.note(hub, [second], [], LATER)
    assert list(await memory.history.periods(LATER)) == [Period(second, LATER)]


async def test_many_hubs_and_resources(memory: Memory, hub: ResourceId) -> None:
    """Periods come by resource and in order of time, whichever hub noted them, also what a hundred hubs share."""
    other = ResourceId.parse(f"{hub}-other")
    hubs = [ResourceId.parse(f"{hub}-{number:03}") for number in range(100)]
    shared = attribution("CC-1", *hubs)
    mine = [attribution("CC-1", hub, resource=rid(dependent_id("storage", f"st{n}"))) for n in range(5)]
    await memory.history.note(hub, [shared, *mine], [], LATER)
    await memory.history.note(other, [shared], [], NOW)
    found = list(await memory.history.periods(BEFORE))
    assert [(period.attribution, period.valid_from) for period in found] == [
        *((one, LATER) for one in mine),
        (shared, NOW),
        (shared, LATER),
    ]
