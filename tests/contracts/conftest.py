"""
The worlds of the contract suite: each promise is kept by the fake and by the adapter, or the fake is no use.

A worker starts one Azurite and one Azure stand-in and keeps them; every test has names of its own in them.
"""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from azure.core.credentials import AzureNamedKeyCredential

from local.azurite import ACCOUNT, ACCOUNT_KEY, Azurite
from shared.adapters.finding_store import TableFindingStore
from shared.adapters.hub_lease import TableHubLease
from shared.adapters.lineage import TableLineage
from shared.adapters.state_table import StateTable
from shared.model.resource_id import ResourceId
from shared.ports import FindingStore, HubLease, Lineage
from tests.fakes import FakeStore


@dataclass(frozen=True)
class Memory:
    """The three ports that one store stands behind."""

    findings: FindingStore
    lease: HubLease
    lineage: Lineage


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azurite() -> AsyncIterator[Azurite]:
    """One Azurite for all tests of this worker."""
    async with Azurite() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def table(azurite: Azurite) -> AsyncIterator[StateTable]:
    """A table that nobody has used, nor created."""
    key = AzureNamedKeyCredential(ACCOUNT, ACCOUNT_KEY)
    own = StateTable(azurite.table_service_uri, key, f"t{uuid.uuid4().hex}")
    yield own
    await own.close()


@pytest.fixture(params=["fake", "azurite"])
def memory(request: pytest.FixtureRequest) -> Memory:
    """An empty memory."""
    if request.param == "fake":
        store = FakeStore()
        return Memory(store, store, store)
    table: StateTable = request.getfixturevalue("table")
    return Memory(TableFindingStore(table), TableHubLease(table), TableLineage(table))


@pytest.fixture
def hub() -> ResourceId:
    """A hub with a space in its resource group, which keys of a table refuse, and mixed case."""
    return ResourceId.parse(
        "/subscriptions/0B1F6471-0000-4000-8000-000000000001/resourceGroups/rg AI (prod)/providers"
        "/Microsoft.MachineLearningServices/workspaces/Hub-Contoso",
    )
