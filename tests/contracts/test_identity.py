"""The app's own identity, from the managed identity endpoint to a service that checks the token."""

import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from local.azure.stand_in import AzureStandIn
from local.azurite import Azurite, Tls
from shared.adapters.arm import Arm
from shared.adapters.clock import SystemClock
from shared.adapters.directory import PERMISSION, MicrosoftGraph
from shared.adapters.identity import Credential, app_identity
from shared.adapters.report_blobs import ReportBlobs
from shared.adapters.state_table import StateTable
from tests.contracts.worlds import StandInWorld

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def identity(azure: AzureStandIn, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Credential]:
    """The managed identity, as the platform's environment tells of it."""
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
        monkeypatch.setenv(name, azure.identity_environment()[name])
    credential = app_identity(azure.options.app_client_id)
    yield credential
    await credential.close()


async def test_the_managed_identity_opens_arm(
    identity: Credential, azure: AzureStandIn, stand_in_world: StandInWorld
) -> None:
    """A token of the managed identity, for ARM's own audience, is taken by ARM whatever its address."""
    arm = Arm(identity, azure.url)
    document = await arm.get(str(stand_in_world.names.hub), "2025-12-01")
    await arm.close()

    assert document is not None
    assert document["kind"] == "Hub"


async def test_the_managed_identity_opens_the_table(identity: Credential, azure: AzureStandIn) -> None:
    """The same identity writes and reads the app's table, without any key."""
    tls = Tls(azure.certificates.server, azure.certificates.key)
    async with Azurite(tls) as storage:
        table = StateTable(storage.table_service_uri, identity, f"t{uuid.uuid4().hex}")
        await table.put({"PartitionKey": "p", "RowKey": "r", "X": 1})
        found = await table.get("p", "r")
        await table.close()

    assert found is not None
    assert found["X"] == 1


async def test_the_managed_identity_opens_the_reports(identity: Credential, azure: AzureStandIn) -> None:
    """The same identity puts reports in place, twice, and fetches them."""
    tls = Tls(azure.certificates.server, azure.certificates.key)
    async with Azurite(tls) as storage:
        reports = ReportBlobs(identity, storage.blob_service_uri)
        for _ in range(2):
            await reports.publish({"2026-10/bill.csv": b"1"})
        found = await reports.read("2026-10/bill.csv")
        await reports.close()

    assert found == b"1"


async def test_the_managed_identity_opens_the_directory(identity: Credential, azure: AzureStandIn) -> None:
    """The same identity looks people up, with a token for Graph."""
    azure.directory.grant(azure.options.app_object_id, [PERMISSION])
    ana, nobody = azure.directory.join("ana@contoso.example"), str(uuid.uuid4())
    directory = MicrosoftGraph(identity, f"{azure.url}/graph", SystemClock())
    missing = await directory.missing([ana, nobody])
    await directory.close()

    assert missing == {nobody}
