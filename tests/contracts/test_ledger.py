"""What KeyLedger promises, held against the fake and against Azure Tables on Azurite."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from shared.adapters.key_ledger import TableKeyLedger
from shared.adapters.state_table import StateTable
from shared.key_ports import KeyLedger
from shared.model.errors import Conflict
from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId
from shared.model.rotation import Phase, Record
from tests.contracts.records import ACCOUNT, NOW, full, holder, records
from tests.fakes import FakeLedger

pytestmark = pytest.mark.asyncio(loop_scope="session")

OTHER = ResourceId.parse(f"{ACCOUNT}-2")
BARE = Record(ACCOUNT, seen=NOW)


@pytest.fixture(params=["fake", "azurite"])
def ledger(request: pytest.FixtureRequest) -> KeyLedger:
    """An empty ledger."""
    if request.param == "fake":
        return FakeLedger()
    table: StateTable = request.getfixturevalue("table")
    return TableKeyLedger(table)


async def test_a_new_ledger_is_empty(ledger: KeyLedger) -> None:
    """It knows no account."""
    assert await ledger.all() == {}
    assert await ledger.get(ACCOUNT) is None


@pytest.mark.parametrize("phase", Phase)
async def test_what_is_saved_is_read(ledger: KeyLedger, phase: Phase) -> None:
    """Every field comes back as it was, in each phase; the record given back is the one that is read."""
    saved = await ledger.save(full(phase=phase))

    assert saved == full(phase=phase)
    assert saved.version != ""
    found = await ledger.get(ACCOUNT)
    assert found == saved
    assert found is not None
    assert found.version == saved.version


async def test_a_bare_record_keeps_its_defaults(ledger: KeyLedger) -> None:
    """Nothing becomes something by being kept."""
    await ledger.save(BARE)

    assert await ledger.get(ACCOUNT) == BARE


async def test_every_account_has_a_record_of_its_own(ledger: KeyLedger) -> None:
    """All are told by their account, however its id is spelled."""
    first, second = await ledger.save(full()), await ledger.save(Record(OTHER, seen=NOW))

    assert await ledger.all() == {ACCOUNT: first, OTHER: second}
    shouted = ResourceId.parse(str(ACCOUNT).upper().replace("/SUBSCRIPTIONS", "/subscriptions"))
    assert await ledger.get(shouted) == first


async def test_a_save_replaces_what_was_read(ledger: KeyLedger) -> None:
    """What a record does not say any more is gone, the many holders of the last one among it."""
    crowded = await ledger.save(replace(full(), holders={holder(n): Slot.FIRST for n in range(400)}))
    saved = await ledger.save(replace(BARE, version=crowded.version))

    assert await ledger.get(ACCOUNT) == BARE
    assert saved.version != crowded.version


async def test_four_hundred_holders(ledger: KeyLedger) -> None:
    """As many as share an account, with ids as long as they may be."""
    holders = {holder(n): (Slot.FIRST, Slot.SECOND, Slot.QUERY)[n % 3] for n in range(400)}
    await ledger.save(replace(full(), holders=holders))

    found = await ledger.get(ACCOUNT)
    assert found is not None
    assert dict(found.holders) == holders
    assert [str(one) for one in found.holders] == [str(one) for one in holders]


async def test_a_second_first_record_is_a_conflict(ledger: KeyLedger) -> None:
    """One without a version must be the first of its account; what is there stays."""
    await ledger.save(full())

    with pytest.raises(Conflict):
        await ledger.save(replace(full(), trouble="mine"))
    assert await ledger.get(ACCOUNT) == full()


async def test_a_stale_record_is_a_conflict(ledger: KeyLedger) -> None:
    """What somebody else saved since it was read is not overwritten."""
    read = await ledger.save(full())
    theirs = await ledger.save(replace(read, phase=Phase.CLOSING))

    with pytest.raises(Conflict):
        await ledger.save(replace(read, phase=Phase.RESTING))
    assert await ledger.get(ACCOUNT) == theirs


async def test_a_record_that_is_gone_is_a_conflict(ledger: KeyLedger) -> None:
    """A version without an entity is nobody's."""
    read = await ledger.save(full())

    with pytest.raises(Conflict):
        await ledger.save(replace(read, account=OTHER))
    assert await ledger.get(OTHER) is None


async def test_the_same_record_twice_is_no_conflict(ledger: KeyLedger) -> None:
    """Whoever lost the answer to a save may save again, the first as any other, and then goes on from there."""
    first = await ledger.save(full())
    again = await ledger.save(full())
    assert (again, again.version) == (first, first.version)

    changed = replace(again, phase=Phase.CLOSING)
    await ledger.save(changed)
    last = await ledger.save(changed)
    assert await ledger.save(replace(last, phase=Phase.RESTING)) == replace(full(), phase=Phase.RESTING)


async def test_of_many_writers_one_wins(ledger: KeyLedger) -> None:
    """Ten who save the first record of an account at once, and ten who read the same one, leave one winner each."""

    async def won(record: Record, number: int) -> bool:
        try:
            await ledger.save(replace(record, trouble=f"writer {number}"))
        except Conflict:
            return False
        return True

    first = await asyncio.gather(*(won(BARE, number) for number in range(10)))
    read = await ledger.get(ACCOUNT)
    assert read is not None
    assert read.trouble == f"writer {first.index(True)}"
    then = await asyncio.gather(*(won(read, number) for number in range(10, 20)))

    assert [first.count(True), then.count(True)] == [1, 1]
    last = await ledger.get(ACCOUNT)
    assert last is not None
    assert last.trouble == f"writer {10 + then.index(True)}"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(record=records)
async def test_any_record_comes_back(ledger: KeyLedger, record: Record) -> None:
    """All texts, ids, phases and moments, whatever zone they came from."""
    known = await ledger.get(record.account)
    await ledger.save(replace(record, version=known.version if known else ""))

    found = await ledger.get(record.account)
    assert found == record
    assert (await ledger.all())[record.account] == record
