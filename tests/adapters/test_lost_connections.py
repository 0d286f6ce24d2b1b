"""A connection that breaks under a POST: the SDKs send those no second time by themselves, and here they may."""

from datetime import UTC, datetime

import pytest

from shared.adapters.alert_topic import EventGridTopic
from shared.adapters.hub_lease import TableHubLease
from shared.adapters.key_ledger import TableKeyLedger
from shared.adapters.state_table import StateTable, digest
from shared.model.resource_id import ResourceId
from shared.model.rotation import Record
from shared.ports import Alert
from tests.adapters.script import FixedCredential, Script

HUB = ResourceId.parse("/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/hub")
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


async def test_an_alert_is_sent_again(script: Script, caplog: pytest.LogCaptureFixture) -> None:
    """It has the same id then, so that who hears it twice can tell; and the SDK warns of nothing."""
    script.cut()
    script.answer(200)
    topic = EventGridTopic(FixedCredential(), f"{script.url}/api/events")
    await topic.publish([Alert("Hubwarden.FindingOpened", HUB.key, {"Rule": "HW-NET-001"})])
    await topic.close()

    first, second = script.asked
    assert first.body[0]["id"] == second.body[0]["id"]
    assert "ignored" not in caplog.text


async def test_a_lease_that_was_taken_as_the_answer_was_lost(script: Script) -> None:
    """The second insert finds the first one's lease, sees that it is ours, and takes it over by its etag."""
    held = {
        "odata.etag": 'W/"1"',
        "PartitionKey": digest(HUB),
        "RowKey": "lease",
        "Holder": "this-try",
        "Until": "2026-03-01T09:36:00Z",
        "Until@odata.type": "Edm.DateTime",
    }
    script.answer(204)  # the table is there
    script.cut()
    script.answer(409, {"odata.error": {"code": "EntityAlreadyExists", "message": {"value": "it is there"}}})
    script.answer(200, held, ETag='W/"1"', Content_Type="application/json")
    script.answer(204, None, ETag='W/"2"')
    table = StateTable(script.url, FixedCredential())
    taken = await TableHubLease(table).take(HUB, "this-try", NOW, NOW)
    await table.close()

    assert taken
    assert [asked.method for asked in script.asked] == ["POST", "POST", "POST", "GET", "PUT"]


async def test_a_record_that_was_saved_as_the_answer_was_lost(script: Script) -> None:
    """The second insert finds the first one's record, sees that it says the same, and goes on from its etag."""
    record = Record(HUB, seen=NOW)
    kept = {
        "odata.etag": 'W/"1"',
        "PartitionKey": "accounts",
        "RowKey": digest(HUB),
        "Timestamp": "2026-03-01T09:30:00Z",
        "Account": str(HUB),
        "Record0": '{"seen":"2026-03-01T09:30:00+00:00"}',
    }
    script.answer(204)  # the table is there
    script.cut()
    script.answer(409, {"odata.error": {"code": "EntityAlreadyExists", "message": {"value": "it is there"}}})
    script.answer(200, kept, ETag='W/"1"', Content_Type="application/json")
    table = StateTable(script.url, FixedCredential())
    saved = await TableKeyLedger(table).save(record)
    await table.close()

    assert (saved, saved.version) == (record, 'W/"1"')
    assert [asked.method for asked in script.asked] == ["POST", "POST", "POST", "GET"]
