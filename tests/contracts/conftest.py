"""
The worlds of the contract suite: each promise is kept by the fake and by the adapter, or the fake is no use.

A worker starts one Azurite and one Azure stand-in and keeps them; every test has names of its own in them.
"""

import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from azure.core.credentials import AzureNamedKeyCredential

from local.azure.options import Options
from local.azure.stand_in import AzureStandIn
from local.azurite import ACCOUNT, ACCOUNT_KEY, Azurite
from local.certificates import trust
from shared.adapters.arm import Arm
from shared.adapters.clock import SystemClock
from shared.adapters.finding_store import TableFindingStore
from shared.adapters.hub_lease import TableHubLease
from shared.adapters.lineage import TableLineage
from shared.adapters.log_analytics import LogAnalytics
from shared.adapters.log_query import LogQuery
from shared.adapters.state_table import StateTable
from shared.adapters.tag_history import TableTagHistory
from shared.model.resource_id import ResourceId
from shared.model.tables import TABLES
from tests.contracts.estate import Names, accounts
from tests.contracts.machines import shown
from tests.contracts.worlds import AppCredential, CloudWorld, FakeWorld, Memory, StandInWorld
from tests.fakes import FakeHistory, FakeStore


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


other_table = table
"""Another one of its kind; the history shares with nobody."""


@pytest.fixture(params=["fake", "azurite"])
def memory(request: pytest.FixtureRequest) -> Memory:
    """An empty memory."""
    if request.param == "fake":
        store = FakeStore()
        return Memory(store, store, store, FakeHistory())
    table: StateTable = request.getfixturevalue("table")
    other: StateTable = request.getfixturevalue("other_table")
    return Memory(TableFindingStore(table), TableHubLease(table), TableLineage(table), TableTagHistory(other))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azure() -> AsyncIterator[AzureStandIn]:
    """One stand-in for all tests of this worker, trusted by every client in it."""
    tables = {
        table: [{"name": column.name, "type": column.type} for column in columns] for table, columns in TABLES.items()
    }
    async with AzureStandIn(Options(operation_seconds=0.05, page_size=1, throttle=False, tables=tables)) as running:
        trust(running.ca_file)
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def stand_in_world(azure: AzureStandIn) -> AsyncIterator[StandInWorld]:
    """A subscription of its own in the stand-in."""
    arm = Arm(AppCredential(azure), azure.url)
    world = StandInWorld(Names(str(uuid.uuid4())), azure, arm)
    yield world
    world.heal()
    await world.close()


@pytest.fixture(params=["fake", "azure"])
def cloud(request: pytest.FixtureRequest) -> CloudWorld:
    """The estate of `estate.py` in each of the two clouds."""
    fake = request.param == "fake"
    world: CloudWorld = FakeWorld(Names(str(uuid.uuid4()))) if fake else request.getfixturevalue("stand_in_world")
    for document in accounts(world.names):
        world.put(document)
    return world


@pytest.fixture
def hub() -> ResourceId:
    """A hub with a space in its resource group, which keys of a table refuse, and mixed case."""
    return ResourceId.parse(
        "/subscriptions/0B1F6471-0000-4000-8000-000000000001/resourceGroups/rg AI (prod)/providers"
        "/Microsoft.MachineLearningServices/workspaces/Hub-Contoso",
    )


@pytest.fixture
def old(cloud: CloudWorld) -> CloudWorld:
    """The instance runs on an old image, with settings of its own; what Azure accepts takes a while."""
    cloud.put(shown(cloud.names.instance))
    cloud.hold()
    return cloud


@pytest.fixture
def stopped(old: CloudWorld) -> CloudWorld:
    """It stands stopped."""
    old.put(shown(old.names.instance, state="Stopped", done="Stop"))
    return old


@pytest_asyncio.fixture(loop_scope="session")
async def log(azure: AzureStandIn) -> AsyncIterator[LogAnalytics]:
    """Log Analytics, to write to, which may be forbidden until the test is over."""
    own = LogAnalytics(AppCredential(azure), azure.url, azure.options.dcr_immutable_id, SystemClock())
    yield own
    await own.close()
    azure.directory.limit(azure.options.app_object_id, None)


@pytest_asyncio.fixture(loop_scope="session")
async def query(azure: AzureStandIn) -> AsyncIterator[LogQuery]:
    """Log Analytics, to read from."""
    own = LogQuery(AppCredential(azure), azure.options.workspace_id, azure.url)
    yield own
    await own.close()
