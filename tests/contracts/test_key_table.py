"""What only the ledger's table can get wrong: how it cuts records, what it makes of others, and what it costs."""

import json
import logging
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.adapters.key_ledger import TableKeyLedger
from shared.adapters.state_table import LONGEST_PART, StateTable, digest, upsert
from shared.model.errors import Conflict, Rejected
from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId
from shared.model.rotation import Cause, Demand, Phase, Record
from tests.contracts.records import ACCOUNT, NOW, full, holder
from tests.contracts.test_table import requests_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

OTHER = ResourceId.parse(f"{ACCOUNT}-2")


async def put(table: StateTable, account: ResourceId, **properties: Any) -> None:  # noqa: ANN401 - any property
    """Another version writes an entity."""
    keys = {"PartitionKey": "accounts", "RowKey": digest(account), "Account": str(account)}
    await table.apply([upsert(keys | properties)])


async def test_a_long_record_is_cut_into_properties_that_fit(table: StateTable) -> None:
    """No property is longer than one may be, and none is left behind when the record grows short again."""
    ledger = TableKeyLedger(table)
    saved = await ledger.save(replace(full(), holders={holder(n): Slot.FIRST for n in range(400)}))
    (entity,) = await table.between("accounts", "", "~")
    parts = [text for name, text in entity.items() if name.startswith("Record")]
    assert len(parts) > 2
    assert {len(text) for text in parts[:-1]} == {LONGEST_PART}
    assert len(json.loads("".join(parts))["holders"]) == 400

    await ledger.save(replace(full(), version=saved.version))
    (entity,) = await table.between("accounts", "", "~")
    assert [name for name in entity if name.startswith("Record")] == ["Record0"]


async def test_moments_are_plain_and_in_utc(table: StateTable) -> None:
    """The table's own class of moments does not get out, nor any zone that came in."""
    ledger = TableKeyLedger(table)
    there = datetime.fromisoformat("2026-03-01T10:30:15.123456+01:00")
    await ledger.save(replace(full(), seen=there, born={Slot.FIRST: there}))

    found = await ledger.get(ACCOUNT)
    assert found is not None
    moments = list(_moments(found))
    assert len(moments) == 8
    assert {(type(at), at.utcoffset()) for at in moments} == {(datetime, timedelta())}
    assert (found.seen, found.seen.tzinfo) == (NOW, UTC)


async def test_a_record_of_another_version(table: StateTable) -> None:
    """What a newer one says besides is left out, and what an older one did not say has its default."""
    demand = {"cause": "age", "at": "2026-03-01T09:30:15.123456+00:00", "urgency": 3}
    told = {"seen": "2026-02-01T00:00:00+00:00", "phase": "moving", "demand": demand, "mood": "good"}
    await put(table, ACCOUNT, Record0=json.dumps(told), Colour="blue")

    found = await TableKeyLedger(table).get(ACCOUNT)
    seen = datetime(2026, 2, 1, tzinfo=UTC)
    assert found == Record(ACCOUNT, seen=seen, phase=Phase.MOVING, demand=Demand(Cause.AGE, "", "", NOW))


async def test_a_record_without_its_first_moment(table: StateTable) -> None:
    """The account was seen no later than its entity was written; the moment is a plain one."""
    await put(table, ACCOUNT, Record0="{}")

    found = await TableKeyLedger(table).get(ACCOUNT)
    assert found is not None
    assert (type(found.seen), found.seen.utcoffset()) == (datetime, timedelta())
    assert found.seen > NOW
    assert found == Record(ACCOUNT, seen=found.seen)


@pytest.mark.parametrize(
    "told",
    [
        '{"phase": "sleeping"}',
        '{"fresh": "third"}',
        '{"seen": "soon"}',
        '{"holders": {"x": "first"}}',
        "{",
        "[]",
        "",
        "7",
    ],
)
async def test_an_unreadable_record_is_no_empty_one(
    table: StateTable, caplog: pytest.LogCaptureFixture, told: str
) -> None:
    """It raises, is logged and left out where all are read, and stays: nobody takes its account for a new one."""
    await put(table, ACCOUNT, Record0=told)
    ledger = TableKeyLedger(table)
    other = await ledger.save(Record(OTHER, seen=NOW))

    with pytest.raises(Rejected, match="AI-Contoso"):
        await ledger.get(ACCOUNT)
    with caplog.at_level(logging.ERROR):
        assert await ledger.all() == {OTHER: other}
    assert "AI-Contoso" in caplog.text
    with pytest.raises((Conflict, Rejected)):
        await ledger.save(Record(ACCOUNT, seen=NOW))


async def test_a_record_costs_one_request(table: StateTable, caplog: pytest.LogCaptureFixture) -> None:
    """Once the table is there: to read one, to read all, to save the first, and to save the next."""
    ledger = TableKeyLedger(table)
    await ledger.get(ACCOUNT)

    costs = [
        await requests_of(ledger.save(full()), caplog),
        await requests_of(ledger.get(ACCOUNT), caplog),
        await requests_of(ledger.all(), caplog),
    ]
    read = await ledger.get(ACCOUNT)
    assert read is not None
    costs.append(await requests_of(ledger.save(replace(read, phase=Phase.CLOSING)), caplog))
    assert costs == [1, 1, 1, 1]


def _moments(record: Record) -> Iterator[datetime]:
    for field in fields(record):
        value = getattr(record, field.name)
        nested = value.values() if isinstance(value, dict) else [value, getattr(value, "at", None)]
        yield from (at for at in nested if isinstance(at, datetime))
