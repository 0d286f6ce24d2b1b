"""`python -m local rotate` as a process of its own, against the Azure stand-in and Azurite: what it reads and sends."""

import base64
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables.aio import TableServiceClient
from azure.storage.queue.aio import QueueClient

from functions.edge import CHANGES
from local.azure.options import APP_CLIENT_ID, Options
from local.azure.stand_in import AzureStandIn
from local.azurite import ACCOUNT, ACCOUNT_KEY, Azurite, Tls
from local.certificates import trust
from shared.adapters.arm import Arm
from shared.adapters.key_ledger import LEDGER, TableKeyLedger
from shared.adapters.state_table import StateTable
from shared.model.key_facts import Slot
from shared.model.message import Rotate, Wish, parse
from shared.model.resource_id import ResourceId
from shared.model.rotation import Record
from shared.model.tables import TABLES
from tests.builders import NOW
from tests.contracts.estate import Names
from tests.contracts.key_worlds import Service, StandInKeyWorld
from tests.contracts.worlds import AppCredential, StandInWorld
from tests.local import commands
from tests.local.commands import Done

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = AzureNamedKeyCredential(ACCOUNT, ACCOUNT_KEY)


@dataclass(frozen=True)
class House:
    """An account whose first key a connection keeps and a secret in its hub's vault, and the app's storage account."""

    world: StandInWorld
    azurite: Azurite
    account: ResourceId
    consumers: tuple[ResourceId, ...]

    async def rotate(self, *arguments: str) -> Done:
        """Run the command on the account."""
        azure = self.world.azure
        variables = {
            "HUBWARDEN_LOGS_QUERY_ENDPOINT": azure.url,
            "HUBWARDEN_DATA_PLANE": f"{azure.url}/dataplane",
            "AzureWebJobsStorage__queueServiceUri": self.azurite.queue_service_uri,
            "AzureWebJobsStorage__tableServiceUri": self.azurite.table_service_uri,
        }
        asked = ("rotate", self.account.name, "--subscription", self.world.names.subscription, *arguments)
        return await commands.command(azure, *asked, variables=variables)

    def writes(self) -> list[Any]:
        """What was changed in Azure so far, by the stand-in's own ledger."""
        return list(self.world.azure.ledger.changes)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def azure() -> AsyncIterator[AzureStandIn]:
    """One stand-in for all tests here."""
    tables = {name: [{"name": one.name, "type": one.type} for one in columns] for name, columns in TABLES.items()}
    async with AzureStandIn(Options(tables=tables)) as running:
        trust(running.ca_file)
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def house(azure: AzureStandIn) -> AsyncIterator[House]:
    """A subscription of its own, and a storage account with the app's queue."""
    certificates = azure.certificates
    arm = Arm(AppCredential(azure), azure.url)
    world = StandInWorld(Names(str(uuid.uuid4())), azure, arm)
    keys = StandInKeyWorld(world)
    account = keys.account(Service.AI)
    lent = await keys.connection(account, Slot.FIRST)
    secret = await keys.secret(account, Slot.FIRST)
    hub = azure.state.get(str(world.names.hub)) or {}
    world.put({**hub, "properties": {**hub["properties"], "keyVault": str(world.names.vault)}})
    async with Azurite(Tls(certificates.server, certificates.key)) as azurite:
        async with QueueClient(azurite.queue_service_uri, CHANGES, credential=KEY) as queue:
            await queue.create_queue()
        yield House(world, azurite, account, tuple(sorted([lent.id, secret.id])))
    await arm.close()


async def test_a_look(house: House) -> None:
    """It tells who keeps which key, writes nothing, shows no key, and does not make the ledger's table."""
    before = house.writes()
    done = await house.rotate("--format", "json")

    assert (done.code, done.errors) == (0, "")
    told = json.loads(done.output)
    assert [key["held_by"] for key in told["keys"]] == [[str(one) for one in house.consumers], []]
    assert told["rotation"]["known"] is False
    assert house.writes() == before
    pair = house.world.azure.keys.live(str(house.account))
    assert not any(pair.of(number).value in done.output for number in (1, 2))
    async with TableServiceClient(house.azurite.table_service_uri, credential=KEY) as tables:
        assert [table.name async for table in tables.list_tables()] == []


async def test_what_the_ledger_tells(house: House) -> None:
    """From the app's own table, read with the token of whoever asks."""
    table = StateTable(house.azurite.table_service_uri, KEY, LEDGER)
    seen = NOW - timedelta(days=400)
    await TableKeyLedger(table).save(Record(house.account, seen, born={Slot.SECOND: seen}))
    await table.close()

    told = json.loads((await house.rotate("--format", "json")).output)
    assert (told["rotation"]["known"], told["rotation"]["phase"]) == (True, "resting")
    assert told["keys"][1]["age_from"] == "ledger"


async def test_an_emergency_reaches_the_queue(house: House) -> None:
    """The plan first, then the word itself, in the name of whoever is signed in: here an application."""
    done = await house.rotate("--now", "--reason", "INC-4711: key1 in a public repository", "--yes")

    assert (done.code, done.errors) == (0, "")
    assert "Both keys of " in done.output
    async with QueueClient(house.azurite.queue_service_uri, CHANGES, credential=KEY) as queue:
        (message,) = [one async for one in queue.receive_messages()]
    read = parse(base64.b64decode(message.content, validate=True).decode())
    assert isinstance(read, Rotate)
    wanted = Rotate(house.account, Wish.NOW, "INC-4711: key1 in a public repository", APP_CLIENT_ID)
    assert read == replace(wanted, correlation_id=read.correlation_id)
    assert read.correlation_id in done.output
    assert house.world.azure.keys.live(str(house.account)).of(1).value not in done.output


async def test_nobody_may_look(house: House) -> None:
    """One clear line, exit 1; nothing is sent."""
    house.world.deny_graph()
    done = await house.rotate("--now", "--reason", "INC-4711", "--yes")
    house.world.heal()

    assert (done.code, done.output) == (1, "")
    assert "403" in done.errors
    assert len(done.errors.splitlines()) == 1
