"""What FindingStore promises of computes, held against the fake and against Azure Tables on Azurite."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters.compute_rows import LONGEST_DEFINITION, compute_row
from shared.adapters.finding_store import TableFindingStore
from shared.adapters.state_table import LONGEST_PART, StateTable, digest, upsert
from shared.model.compute_memory import ComputeMemory, Notice, Rung, TakenDown
from shared.model.errors import Rejected
from shared.model.resource_id import ResourceId
from shared.ports import HubState, HubUpdate
from tests.contracts.test_table import requests_of
from tests.contracts.worlds import Memory

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOW = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
DOCUMENT: dict[str, Any] = {
    "location": "westeurope",
    "tags": {"team": 'ai "naïve" \\ 漢'},
    "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/subscriptions/x/…/id": {}}},
    "properties": {"computeType": "ComputeInstance", "properties": {"vmSize": "STANDARD_DS3_V2", "subnet": None}},
}
TOLD = ComputeMemory(Notice(Rung.WARNED, "25.12.31", NOW, due=LATER))
LIFTED = ComputeMemory(lifted=NOW)
EMPTIED = ComputeMemory(at_zero=NOW)
STARTED = ComputeMemory(started=NOW)
TAKEN = ComputeMemory(Notice(Rung.STOPPED, "25.12.31", NOW), None, TakenDown(DOCUMENT, "25.12.31", LATER))

_zones = st.integers(-720, 720).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=_zones)  # noqa: DTZ001 - bounds only
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
_memories = st.builds(
    ComputeMemory,
    st.none() | st.builds(Notice, st.sampled_from(Rung), st.text(), _moments, st.none() | _moments),
    st.none() | _moments,
    st.none() | st.builds(TakenDown, st.dictionaries(st.text(), _json, max_size=3), st.text(), _moments),
    st.none() | _moments,
)


@pytest.fixture
def compute(hub: ResourceId) -> ResourceId:
    """An instance in the hub."""
    return hub.child("computes", "CI-Jane")


def long(characters: int) -> ComputeMemory:
    """A definition of exactly so many characters as JSON."""
    empty = len(json.dumps({"x": ""}, separators=(",", ":")))
    return ComputeMemory(taken_down=TakenDown({"x": "y" * (characters - empty)}, "25.12.31", NOW))


@pytest.mark.parametrize(
    "known",
    [TOLD, LIFTED, EMPTIED, TAKEN, STARTED, replace(TOLD, started=LATER)],
    ids=["told", "lifted", "emptied", "taken down", "started", "both"],
)
async def test_what_is_remembered_of_a_compute(memory: Memory, hub: ResourceId, known: ComputeMemory) -> None:
    """It comes back as it was, beside whatever else is known of the hub, and stays when others change."""
    compute, other = hub.child("computes", "CI-Jane"), hub.child("computes", "gpu")
    await memory.findings.save(hub, HubUpdate(computes={compute: known}, owner="ana"))
    await memory.findings.save(hub, HubUpdate(computes={other: EMPTIED}, owner="bo"))

    assert await memory.findings.load(hub) == HubState(computes={compute: known, other: EMPTIED}, owner="bo")


async def test_the_last_word_counts(memory: Memory, hub: ResourceId, compute: ResourceId) -> None:
    """What a later word leaves out is gone, however the id is spelled; so is all but nothing of it left."""
    shouted = ResourceId.parse(str(compute).upper().replace("/SUBSCRIPTIONS", "/subscriptions"))
    await memory.findings.save(hub, HubUpdate(computes={compute: TAKEN}))
    await memory.findings.save(hub, HubUpdate(computes={shouted: TOLD}))

    assert (await memory.findings.load(hub)).computes == {compute: TOLD}


async def test_a_compute_of_which_nothing_is_remembered_is_forgotten(
    memory: Memory, hub: ResourceId, compute: ResourceId
) -> None:
    """Once or twice, and one that was never known."""
    other = hub.child("computes", "gpu")
    await memory.findings.save(hub, HubUpdate(computes={compute: TAKEN, other: EMPTIED}))
    for _ in range(2):
        await memory.findings.save(hub, HubUpdate(computes={compute: ComputeMemory()}))
    await memory.findings.save(hub, HubUpdate(computes={hub.child("computes", "never"): ComputeMemory()}))

    assert await memory.findings.load(hub) == HubState(computes={other: EMPTIED})


async def test_more_computes_than_one_transaction_holds(memory: Memory, hub: ResourceId) -> None:
    """250 are kept, some of them taken down, and forgotten, whole."""
    many = {hub.child("computes", f"ci-{number}"): TAKEN if number % 50 == 0 else TOLD for number in range(250)}
    await memory.findings.save(hub, HubUpdate(computes=many))
    kept = (await memory.findings.load(hub)).computes
    await memory.findings.save(hub, HubUpdate(computes=dict.fromkeys(many, ComputeMemory())))

    assert kept == many
    assert await memory.findings.load(hub) == HubState()


async def test_computes_of_hubs_do_not_mix(memory: Memory, hub: ResourceId, compute: ResourceId) -> None:
    """Each hub remembers its own."""
    await memory.findings.save(hub, HubUpdate(computes={compute: TAKEN}))

    assert (await memory.findings.load(ResourceId.parse(f"{hub}2"))).computes == {}


@pytest.mark.parametrize("characters", [LONGEST_PART, LONGEST_PART + 1, LONGEST_DEFINITION])
async def test_a_long_definition_is_kept_whole(
    memory: Memory, hub: ResourceId, compute: ResourceId, characters: int
) -> None:
    """However many properties it takes; and a short one after it leaves nothing of it behind."""
    await memory.findings.save(hub, HubUpdate(computes={compute: long(characters)}))
    kept = (await memory.findings.load(hub)).computes[compute]
    await memory.findings.save(hub, HubUpdate(computes={compute: TAKEN}))

    assert kept == long(characters)
    assert (await memory.findings.load(hub)).computes == {compute: TAKEN}


async def test_long_definitions_of_many_at_once(memory: Memory, hub: ResourceId) -> None:
    """A transaction would not hold them."""
    many = {hub.child("computes", f"ci-{number}"): long(LONGEST_DEFINITION) for number in range(10)}
    await memory.findings.save(hub, HubUpdate(computes=many))

    assert (await memory.findings.load(hub)).computes == many


async def test_a_definition_that_is_too_long_is_refused(memory: Memory, hub: ResourceId, compute: ResourceId) -> None:
    """And with it the whole update; what was known stays."""
    other = hub.child("computes", "gpu")
    await memory.findings.save(hub, HubUpdate(computes={compute: TAKEN}, owner="ana"))
    update = HubUpdate(computes={other: TAKEN, compute: long(LONGEST_DEFINITION + 1)}, owner="bo")
    with pytest.raises(Rejected, match="CI-Jane: its definition has"):
        await memory.findings.save(hub, update)

    assert await memory.findings.load(hub) == HubState(computes={compute: TAKEN}, owner="ana")


async def test_what_is_announced_is_kept_at_once(memory: Memory, hub: ResourceId, compute: ResourceId) -> None:
    """A definition lasts before anything is deleted, beside the rows; one that is too long keeps no row either."""
    other, row = hub.child("computes", "gpu"), {"StepId": "s1"}
    await memory.findings.save(hub, HubUpdate(computes={compute: TOLD, other: EMPTIED}, owner="ana"))
    await memory.findings.announce(hub, {"s1": row}, {compute: TAKEN})
    kept = await memory.findings.load(hub)
    with pytest.raises(Rejected):
        await memory.findings.announce(hub, {"s2": row}, {compute: long(LONGEST_DEFINITION + 1)})

    assert kept == HubState(announced={"s1": row}, computes={compute: TAKEN, other: EMPTIED}, owner="ana")
    assert await memory.findings.load(hub) == kept


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(known=_memories)
async def test_any_memory_comes_back(
    memory: Memory, hub: ResourceId, compute: ResourceId, known: ComputeMemory
) -> None:
    """All texts, moments of any zone, and whatever JSON a definition is; nothing at all is nothing."""
    await memory.findings.save(hub, HubUpdate(computes={compute: known}))

    expected = {compute: known} if known.changes(None) else {}
    assert (await memory.findings.load(hub)).computes == expected


async def test_a_row_that_cannot_be_read_is_not_nothing(
    table: StateTable, hub: ResourceId, compute: ResourceId
) -> None:
    """It may be all that is left of an instance: whoever loads the hub is told which, and what to do."""
    store = TableFindingStore(table)
    await store.save(hub, HubUpdate(computes={compute: TAKEN}))
    [row] = await table.between(digest(hub), compute_row(compute), "compute}")
    await table.apply([upsert({**row, "Definition0": row["Definition0"][:-1]})])

    with pytest.raises(Rejected, match=r"CI-Jane cannot be read \(JSONDecodeError\)"):
        await store.load(hub)


async def test_a_row_of_an_older_version(table: StateTable, hub: ResourceId, compute: ResourceId) -> None:
    """It knows nothing of starts, and all else as before."""
    row = {"Compute": str(compute), "Told": "warned", "ToldOf": "25.12.31", "ToldAt": NOW, "Due": LATER}
    await table.apply([upsert({"PartitionKey": digest(hub), "RowKey": compute_row(compute), **row})])
    store = TableFindingStore(table)

    assert (await store.load(hub)).computes == {compute: TOLD}
    await store.save(hub, HubUpdate(computes={compute: replace(TOLD, started=NOW)}))
    assert (await store.load(hub)).computes == {compute: replace(TOLD, started=NOW)}


async def test_computes_cost_no_more_than_findings(
    table: StateTable, hub: ResourceId, compute: ResourceId, caplog: pytest.LogCaptureFixture
) -> None:
    """All that was told in a run is one request with the rest; a definition is one more."""
    store, told = TableFindingStore(table), {hub.child("computes", f"c{n}"): TOLD for n in range(50)}
    await store.load(hub)
    costs = [
        await requests_of(store.save(hub, HubUpdate(computes=told, owner="ana")), caplog),
        await requests_of(store.save(hub, HubUpdate(computes={**told, compute: TAKEN}, owner="ana")), caplog),
        await requests_of(store.load(hub), caplog),
        await requests_of(store.save(hub, HubUpdate(computes={compute: replace(TAKEN, at_zero=NOW)})), caplog) - 1,
    ]
    assert costs == [1, 2, 1, 1]
