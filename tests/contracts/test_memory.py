"""What FindingStore, HubLease and Lineage promise, held against the fake and against Azure Tables on Azurite."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.model.finding import OpenFinding, Severity
from shared.model.resource_id import ResourceId
from shared.ports import HubState, HubUpdate, Mark
from tests.contracts.worlds import Memory

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOW = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def _finding(hub: ResourceId, number: int = 1, severity: Severity = Severity.HIGH) -> OpenFinding:
    return OpenFinding(f"{number:020x}", "HW-NET-001", hub, severity, NOW)


async def test_a_hub_never_seen_has_an_empty_state(memory: Memory, hub: ResourceId) -> None:
    """Loading a hub that nobody saved gives the empty state."""
    assert await memory.findings.load(hub) == HubState()


async def test_what_is_saved_is_loaded(memory: Memory, hub: ResourceId) -> None:
    """A saved finding, the writes and the owner come back as they were."""
    await memory.findings.save(hub, HubUpdate(opened=[_finding(hub)], writes=(NOW, LATER), owner="ana@contoso.com"))

    expected = HubState(open={_finding(hub).fingerprint: _finding(hub)}, writes=(NOW, LATER), owner="ana@contoso.com")
    assert await memory.findings.load(hub) == expected


async def test_whose_a_finding_is_comes_back(memory: Memory, hub: ResourceId) -> None:
    """Hub, project, owner and cost centre, to name them when the resource is gone."""
    whose = replace(_finding(hub), hub=hub, project=hub.child("x", "y"), owner="ana@contoso.com", cost_center="Ü 1000")
    await memory.findings.save(hub, HubUpdate(opened=[whose, _finding(hub, 2)]))

    assert (await memory.findings.load(hub)).open == {one.fingerprint: one for one in (whose, _finding(hub, 2))}


async def test_a_save_replaces_writes_and_owner(memory: Memory, hub: ResourceId) -> None:
    """What a run says of writes and owner counts, also when it says nothing, and whatever was loaded before."""
    first, second = HubUpdate(writes=(NOW,), owner="ana"), HubUpdate()
    for update in (first, second, first):
        await memory.findings.load(hub)
        await memory.findings.save(hub, second)
        await memory.findings.save(hub, update)

    state = await memory.findings.load(hub)
    assert (state.writes, state.owner) == ((NOW,), "ana")


async def test_case_of_an_id_does_not_matter(memory: Memory, hub: ResourceId) -> None:
    """A hub saved under one spelling of its id is found under another."""
    await memory.findings.save(hub, HubUpdate(owner="ana"))

    state = await memory.findings.load(ResourceId.parse(str(hub).upper().replace("/SUBSCRIPTIONS", "/subscriptions")))
    assert state.owner == "ana"


async def test_an_opened_finding_replaces_the_one_it_was(memory: Memory, hub: ResourceId) -> None:
    """A finding saved again with another severity stands once, with the new one."""
    await memory.findings.save(hub, HubUpdate(opened=[_finding(hub)]))
    await memory.findings.save(hub, HubUpdate(opened=[_finding(hub, severity=Severity.LOW)]))

    assert [f.severity for f in (await memory.findings.load(hub)).open.values()] == [Severity.LOW]


async def test_a_resolved_finding_is_forgotten_twice_over(memory: Memory, hub: ResourceId) -> None:
    """Forgetting a finding leaves the others, and forgetting it again, or one never known, harms nothing."""
    first, second = _finding(hub), _finding(hub, 2)
    await memory.findings.save(hub, HubUpdate(opened=[first, second]))
    await memory.findings.save(hub, HubUpdate(resolved=[first.fingerprint]))
    third = _finding(hub, 3)
    await memory.findings.save(hub, HubUpdate(opened=[third], resolved=[first.fingerprint, "f" * 20], settled=["0"]))

    assert set((await memory.findings.load(hub)).open) == {second.fingerprint, third.fingerprint}


async def test_more_findings_than_one_transaction_holds(memory: Memory, hub: ResourceId) -> None:
    """250 findings are saved and resolved whole."""
    findings = [_finding(hub, number) for number in range(250)]
    await memory.findings.save(hub, HubUpdate(opened=findings))
    assert len((await memory.findings.load(hub)).open) == 250

    await memory.findings.save(hub, HubUpdate(resolved=[f.fingerprint for f in findings[:-1]]))
    assert list((await memory.findings.load(hub)).open) == [findings[-1].fingerprint]


async def test_an_announcement_stays_until_it_is_settled(memory: Memory, hub: ResourceId) -> None:
    """An announced row comes back until a save settles its step."""
    row = {"StepId": "s1", "Before": '{"naïve": "café / \\\\ # ?"}', "Count": 3, "CorrelationIds": ["a"], "Owner": None}
    await memory.findings.announce(hub, {"s1": row, "s2": row})
    assert (await memory.findings.load(hub)).announced == {"s1": row, "s2": row}

    await memory.findings.save(hub, HubUpdate(settled=["s1"]))
    assert (await memory.findings.load(hub)).announced == {"s2": row}


async def test_a_connection_is_known_since_it_was_saved(memory: Memory, hub: ResourceId) -> None:
    """Until it is forgotten; others stay as they are, and to say nothing of any changes none."""
    first, second = hub.child("connections", "one"), hub.child("connections", "Two")
    await memory.findings.save(hub, HubUpdate(known_since={first: NOW}, opened=[_finding(hub)]))
    await memory.findings.save(hub, HubUpdate(known_since={second: LATER}))
    both = (await memory.findings.load(hub)).known_since
    await memory.findings.save(hub, HubUpdate(forgotten=[first]))
    await memory.findings.save(hub, HubUpdate(forgotten=[first, hub.child("connections", "never")]))

    assert both == {first: NOW, second: LATER}
    assert await memory.findings.load(hub) == HubState(
        open={_finding(hub).fingerprint: _finding(hub)},
        known_since={second: LATER},
    )


async def test_a_forgotten_connection_is_known_anew(memory: Memory, hub: ResourceId) -> None:
    """Under whatever case of its id; of one that is both, what is known counts."""
    connection = hub.child("connections", "one")
    shouted = ResourceId.parse(str(connection).upper().replace("/SUBSCRIPTIONS", "/subscriptions"))
    await memory.findings.save(hub, HubUpdate(known_since={connection: NOW}))
    await memory.findings.save(hub, HubUpdate(known_since={connection: LATER}, forgotten=[connection]))
    later = (await memory.findings.load(hub)).known_since
    await memory.findings.save(hub, HubUpdate(forgotten=[shouted]))

    assert (later, (await memory.findings.load(hub)).known_since) == ({connection: LATER}, {})


async def test_more_connections_than_one_transaction_holds(memory: Memory, hub: ResourceId) -> None:
    """250 are known, and forgotten, whole."""
    many = [hub.child("connections", f"c{number}") for number in range(250)]
    await memory.findings.save(hub, HubUpdate(known_since=dict.fromkeys(many, NOW)))
    known = (await memory.findings.load(hub)).known_since
    await memory.findings.save(hub, HubUpdate(forgotten=many[1:]))

    assert known == dict.fromkeys(many, NOW)
    assert (await memory.findings.load(hub)).known_since == {many[0]: NOW}


async def test_a_moment_in_a_row_comes_back_as_text(memory: Memory, hub: ResourceId) -> None:
    """Rows are kept as JSON, so a moment comes back as ISO 8601."""
    await memory.findings.announce(hub, {"s1": {"TimeGenerated": NOW}})

    assert (await memory.findings.load(hub)).announced == {"s1": {"TimeGenerated": "2026-03-01T09:30:15.123456Z"}}


async def test_hubs_do_not_mix(memory: Memory, hub: ResourceId) -> None:
    """What is saved for one hub is not loaded for another."""
    await memory.findings.save(hub, HubUpdate(opened=[_finding(hub)], owner="ana"))

    assert await memory.findings.load(ResourceId.parse(f"{hub}2")) == HubState()


async def test_the_last_run_is_the_one_noted_last(memory: Memory) -> None:
    """Before the first run there is none; then the latest note counts."""
    assert await memory.findings.last_run() is None

    await memory.findings.note_run(NOW)
    await memory.findings.note_run(LATER)
    assert await memory.findings.last_run() == LATER


async def test_one_holder_at_a_time(memory: Memory, hub: ResourceId) -> None:
    """While one has the lease another does not get it; once it is let go, the other does."""
    assert await memory.lease.take(hub, "one", NOW, LATER)
    assert not await memory.lease.take(hub, "two", NOW, LATER)

    await memory.lease.release(hub, "one")
    assert await memory.lease.take(hub, "two", NOW, LATER)


async def test_of_many_at_once_one_wins(memory: Memory, hub: ResourceId) -> None:
    """Ten workers that reach for a free lease, and for an ended one, leave one winner each time."""
    holders = [f"worker {number}" for number in range(10)]
    free = await asyncio.gather(*(memory.lease.take(hub, holder, NOW, LATER) for holder in holders))
    ended = await asyncio.gather(
        *(memory.lease.take(hub, f"late {holder}", LATER, LATER + timedelta(minutes=5)) for holder in holders),
    )

    assert [free.count(True), ended.count(True)] == [1, 1]


async def test_an_ended_lease_can_be_taken(memory: Memory, hub: ResourceId) -> None:
    """A lease whose holder died is free from the moment it ends."""
    await memory.lease.take(hub, "dead", NOW, LATER)

    assert not await memory.lease.take(hub, "next", LATER - timedelta(microseconds=1), LATER)
    assert await memory.lease.take(hub, "next", LATER, LATER + timedelta(minutes=5))


async def test_the_holder_may_take_it_again(memory: Memory, hub: ResourceId) -> None:
    """A holder that takes its own lease prolongs it."""
    await memory.lease.take(hub, "one", NOW, LATER)
    assert await memory.lease.take(hub, "one", NOW, LATER + timedelta(hours=1))

    assert not await memory.lease.take(hub, "two", LATER + timedelta(minutes=30), LATER)


async def test_release_leaves_the_lease_of_another(memory: Memory, hub: ResourceId) -> None:
    """One whose lease ended and passed on does not let go of the other's, and may let go of none at all."""
    await memory.lease.release(hub, "nobody")
    await memory.lease.take(hub, "slow", NOW, LATER)
    await memory.lease.take(hub, "next", LATER, LATER + timedelta(minutes=5))
    await memory.lease.release(hub, "slow")

    assert not await memory.lease.take(hub, "third", LATER, LATER + timedelta(minutes=5))


async def test_the_same_event_leaves_one_mark(memory: Memory, hub: ResourceId) -> None:
    """Marks are told apart by event and resource; all their words come back."""
    connection = hub.child("connections", "aoai")
    for _ in range(2):
        await memory.lease.mark(Mark(hub, connection, "event-1", correlation_id="c0"))
    await memory.lease.mark(Mark(hub, hub, "event-1", whole=True))

    marks = await memory.lease.marks(hub)
    seen = {(mark.resource, mark.event_id, mark.whole, mark.correlation_id) for mark in marks}
    assert len(marks) == 2
    assert seen == {(connection, "event-1", False, "c0"), (hub, "event-1", True, "")}


async def test_answered_marks_are_dropped(memory: Memory, hub: ResourceId) -> None:
    """Marks that a run saw go; one that came after it looked stays. Dropping them again harms nothing."""
    for number in range(120):
        await memory.lease.mark(Mark(hub, hub, f"event-{number}"))
    seen = await memory.lease.marks(hub)
    await memory.lease.mark(Mark(hub, hub, "late"))
    await memory.lease.answered(seen)
    await memory.lease.answered(seen[:3])

    assert [mark.event_id for mark in await memory.lease.marks(hub)] == ["late"]


async def test_a_renewed_mark_stays(memory: Memory, hub: ResourceId) -> None:
    """A mark renewed after a run looked is not dropped by that run, while its neighbours are."""
    await memory.lease.mark(Mark(hub, hub, "again"))
    await memory.lease.mark(Mark(hub, hub, "once"))
    seen = await memory.lease.marks(hub)
    await memory.lease.mark(Mark(hub, hub, "again"))
    await memory.lease.answered(seen)

    assert [mark.event_id for mark in await memory.lease.marks(hub)] == ["again"]


async def test_marks_and_lease_are_no_part_of_the_state(memory: Memory, hub: ResourceId) -> None:
    """A hub that is only marked and leased has an empty state."""
    await memory.lease.mark(Mark(hub, hub, "event"))
    await memory.lease.take(hub, "one", NOW, LATER)

    assert await memory.findings.load(hub) == HubState()


async def test_nobody_has_looked_up_a_new_resource(memory: Memory, hub: ResourceId) -> None:
    """A resource that nobody placed is unknown, not ownerless."""
    assert await memory.lineage.hubs_of(hub, NOW) is None


async def test_a_resource_may_belong_to_many_hubs(memory: Memory, hub: ResourceId) -> None:
    """Each hub adds itself to what is known of a resource; to say so twice says it once."""
    storage = ResourceId.parse(f"{str(hub).partition('/providers')[0]}/providers/Microsoft.Storage/storageAccounts/st1")
    other = ResourceId.parse(f"{hub}-2")
    await memory.lineage.belongs(hub, [storage, hub.child("connections", "c")])
    await memory.lineage.belongs(other, [storage])
    await memory.lineage.belongs(hub, [storage, storage])

    assert await memory.lineage.hubs_of(storage, NOW) == frozenset({hub, other})


async def test_more_members_than_one_transaction_holds(memory: Memory, hub: ResourceId) -> None:
    """A hub of 150 members is kept whole."""
    members = [hub.child("connections", f"c{number}") for number in range(150)]
    await memory.lineage.belongs(hub, members)

    assert await memory.lineage.hubs_of(members[-1], NOW) == frozenset({hub})


async def test_not_ours_holds_until_its_end(memory: Memory, hub: ResourceId) -> None:
    """A resource no hub owns is known as such until the moment given, then unknown again."""
    await memory.lineage.not_ours(hub, LATER)

    assert await memory.lineage.hubs_of(hub, NOW) == frozenset()
    assert await memory.lineage.hubs_of(hub, LATER) is None


async def test_a_hub_counts_for_more_than_not_ours(memory: Memory, hub: ResourceId) -> None:
    """A resource that a hub takes in is that hub's, whatever was known before."""
    connection = hub.child("connections", "c")
    await memory.lineage.not_ours(connection, LATER)
    await memory.lineage.belongs(hub, [connection])

    assert await memory.lineage.hubs_of(connection, NOW) == frozenset({hub})
