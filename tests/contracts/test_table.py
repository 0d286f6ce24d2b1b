"""What only the table can get wrong: how often it is asked, how much it holds, and who comes first."""

import asyncio
import logging
import uuid
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from local.azurite import ACCOUNT, ACCOUNT_KEY, Azurite
from shared.adapters.finding_store import LONGEST_ROW, TableFindingStore
from shared.adapters.hub_lease import TableHubLease
from shared.adapters.lineage import TableLineage
from shared.adapters.state_table import StateTable, digest
from shared.model.errors import Rejected
from shared.model.finding import OpenFinding, Severity
from shared.model.resource_id import ResourceId
from shared.ports import HubUpdate, Mark

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
WIRE = "azure.core.pipeline.policies.http_logging_policy"


async def requests_of(asking: Awaitable[object], caplog: pytest.LogCaptureFixture) -> int:
    """How many HTTP requests a call costs, as the SDK itself logs them."""
    caplog.clear()
    with caplog.at_level(logging.INFO, WIRE):
        await asking
    return sum(record.getMessage().startswith("Request URL") for record in caplog.records if record.name == WIRE)


async def saved_as_loaded(findings: TableFindingStore, hub: ResourceId) -> None:
    """A run that found all as it was."""
    state = await findings.load(hub)
    await findings.save(hub, HubUpdate(writes=state.writes, owner=state.owner))


async def test_a_finding_as_an_earlier_version_kept_it(table: StateTable, hub: ResourceId) -> None:
    """Without hub, project, owner and cost centre: it is read, and they are not known."""
    entity = {
        "PartitionKey": digest(hub),
        "RowKey": f"finding|{'e' * 20}",
        "Rule": "HW-T-002",
        "Resource": str(hub),
        "Severity": "low",
        "FirstSeen": NOW,
    }
    await table.put(entity)

    old = OpenFinding("e" * 20, "HW-T-002", hub, Severity.LOW, NOW)
    assert (await TableFindingStore(table).load(hub)).open == {"e" * 20: old}


async def test_a_message_costs_few_requests(
    table: StateTable, hub: ResourceId, caplog: pytest.LogCaptureFixture
) -> None:
    """Each thing a run asks of its memory is one request, once the table is there; what is known costs none."""
    findings, lease, lineage = TableFindingStore(table), TableHubLease(table), TableLineage(table)
    finding = OpenFinding("f" * 20, "HW-T-001", hub, Severity.LOW, NOW)
    members = [hub.child("connections", f"c{number}") for number in range(20)]
    update = HubUpdate(
        opened=[finding],
        resolved=["e" * 20],
        settled=[],
        writes=(NOW,),
        owner="ana",
        known_since={members[0]: NOW},
        forgotten=members[1:3],
    )
    old = OpenFinding("e" * 20, "HW-T-002", hub, Severity.LOW, NOW)
    await findings.save(hub, HubUpdate(opened=[old], known_since=dict.fromkeys(members[1:3], NOW)))

    costs = {
        "mark": await requests_of(lease.mark(Mark(hub, hub, "event")), caplog),
        "take": await requests_of(lease.take(hub, "one", NOW, LATER), caplog),
        "marks": await requests_of(lease.marks(hub), caplog),
        "load": await requests_of(findings.load(hub), caplog),
        "announce": await requests_of(findings.announce(hub, {f"s{n}": {} for n in range(20)}), caplog),
        "save": await requests_of(findings.save(hub, update), caplog),
        "belongs": await requests_of(lineage.belongs(hub, members), caplog),
        "belongs again": await requests_of(lineage.belongs(hub, members), caplog),
        "save nothing new": await requests_of(saved_as_loaded(findings, hub), caplog) - 1,
        "answered": await requests_of(lease.answered(await lease.marks(hub)), caplog),
        "release": await requests_of(lease.release(hub, "one"), caplog),
    }
    assert costs == dict.fromkeys(costs, 1) | {"belongs again": 0, "save nothing new": 0}


async def test_the_table_is_created_once(table: StateTable, caplog: pytest.LogCaptureFixture) -> None:
    """Ten users at once create the table once."""
    together = asyncio.gather(*(table.get("p", f"r{number}") for number in range(10)))

    assert await requests_of(together, caplog) == 11


async def test_a_table_that_is_there_is_used(azurite: Azurite) -> None:
    """Another process that finds the table made by the first goes on with it."""
    key, name = AzureNamedKeyCredential(ACCOUNT, ACCOUNT_KEY), f"t{uuid.uuid4().hex}"
    first, second = (StateTable(azurite.table_service_uri, key, name) for _ in range(2))
    await first.put({"PartitionKey": "p", "RowKey": "r", "X": 1})
    found = await second.get("p", "r")
    await first.close()
    await second.close()

    assert found is not None
    assert found["X"] == 1


async def test_a_very_long_row_is_shortened_and_says_so(table: StateTable, hub: ResourceId) -> None:
    """An announced row past a property's size keeps its short values and the start of the long ones."""
    row = {"StepId": "s1", "Before": "b" * 100_000, "After": "ä" * 50_000, "Action": "merge-tags"}
    store = TableFindingStore(table)
    await store.announce(hub, {"s1": row})

    kept = (await store.load(hub)).announced["s1"]
    assert (kept["StepId"], kept["Action"]) == ("s1", "merge-tags")
    assert kept["Before"].startswith("bbb")
    assert kept["Before"].endswith("characters cut)")
    assert len(str(dict(kept))) < LONGEST_ROW


async def test_a_table_that_is_only_read_is_not_made(azurite: Azurite) -> None:
    """To whoever only looks, one that is not there is empty, and one that is there has its rows."""
    key, name = AzureNamedKeyCredential(ACCOUNT, ACCOUNT_KEY), f"t{uuid.uuid4().hex}"
    reader = StateTable(azurite.table_service_uri, key, name, reads_only=True)
    owner = StateTable(azurite.table_service_uri, key, name)

    assert await reader.between("p", "", "~") == []
    with pytest.raises(Rejected, match="404"):
        await reader.insert({"PartitionKey": "p", "RowKey": "r"})
    await owner.insert({"PartitionKey": "p", "RowKey": "r"})
    assert [row["RowKey"] for row in await reader.between("p", "", "~")] == ["r"]
    for one in (reader, owner):
        await one.close()
