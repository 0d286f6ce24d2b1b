"""The roles of rotations, held against what one really asks: the stand-in refuses what a role does not grant."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from local.azure.options import Options
from local.azure.stand_in import AzureStandIn
from local.certificates import trust
from shared.adapters.api_versions import api_version
from shared.adapters.arm import Arm
from shared.adapters.key_rotator import AzureKeyRotator
from shared.adapters.log_query import ResourceLogs
from shared.model.errors import Forbidden
from shared.model.facts import Fact, Gap, Kind
from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId
from shared.rules.catalogue import RULES
from tests.contracts.estate import Names
from tests.contracts.key_worlds import Service, StandInKeyWorld, connection_properties
from tests.contracts.use_worlds import StandInUseWorld
from tests.contracts.worlds import AppCredential, StandInClock, StandInWorld
from tests.tools.test_roles import actions, data_actions, grant
from tools import roles

WRITES = sorted({action for rule in RULES for action in rule.rotation})
"""Through ARM; what it writes into vaults is a data action."""
READERS = (roles.reader(), roles.key_reader(), roles.rotation_reader())
"""What the app has in audit, with HUBWARDEN_KEYS at rotate."""
FOUNDRY = "Microsoft.CognitiveServices/accounts/foundry"


@pytest_asyncio.fixture
async def world() -> AsyncIterator[StandInWorld]:
    """The estate of the contract suite in a stand-in of our own."""
    async with AzureStandIn(Options(operation_seconds=0.02)) as azure:
        trust(azure.ca_file)
        world = StandInWorld(Names(str(uuid.uuid4())), azure, Arm(AppCredential(azure), azure.url))
        yield world
        await world.close()


@dataclass
class Rotated:
    """One account of each service, and one consumer of each kind: each keeps a first key."""

    world: StandInWorld
    keys: StandInKeyWorld
    accounts: list[ResourceId]
    account: ResourceId
    """Whose key the connections and the secret keep."""
    connections: list[Fact]
    secret: Fact
    workspace: Fact

    @classmethod
    async def set_up(cls, world: StandInWorld) -> "Rotated":
        """Someone makes them all."""
        keys = StandInKeyWorld(world)
        accounts = [keys.account(service) for service in Service]
        search = keys.account(Service.SEARCH)
        foundry = ResourceId.parse(f"{world.names.group}/providers/{FOUNDRY}")
        project = foundry.child("projects", "chat")
        for made, more in ((foundry, {"allowProjectManagement": True}), (project, {})):
            document = {"id": str(made), "name": made.name, "type": made.type, "location": "westeurope"}
            world.put({**document, "kind": "AIServices", "properties": more})
        connections = [await keys.connection(search, Slot.FIRST)]
        connections += [await _connection(world, holder, search) for holder in (foundry, project)]
        secret = await keys.secret(search, Slot.FIRST)
        return cls(world, keys, accounts, search, connections, secret, await keys.workspace())

    async def refused(self) -> list[str]:
        """What Azure says no to when all keys are renewed, and then all consumers are given new ones."""
        rotator = AzureKeyRotator(self.world.arm, clock=StandInClock(self.world.azure), vaults=self.world.vaults)
        said: list[str] = []
        for account in self.accounts:
            try:
                await rotator.regenerate(Fact.of({"id": str(account)}), Slot.SECOND)
            except Forbidden as error:
                said.append(str(error))
        move = partial(rotator.move, slot=Slot.SECOND)
        moved = await move(Fact.of({"id": str(self.account)}), consumers=[*self.connections, self.secret])
        learnt = await move(Fact.of({"id": str(self.world.names.storage)}), consumers=[self.workspace])
        return [*said, *moved.values(), *learnt.values()]


async def _connection(world: StandInWorld, holder: ResourceId, account: ResourceId) -> Fact:
    """Someone gives a Foundry account or project a connection with the first key of a search service."""
    connection = holder.child("connections", "kept")
    key = world.azure.keys.live(str(account)).of(1).value
    properties: dict[str, Any] = connection_properties(account) | {"isSharedToAll": False, "credentials": {"key": key}}
    await world.arm.send("PUT", str(connection), api_version(connection), {"properties": properties})
    return await world.inventory.get(connection)


async def test_the_key_rotator_renews_every_key_and_moves_everybody(world: StandInWorld) -> None:
    """Besides what reads, for what it may not write it has no business with; nothing is refused, and all have moved."""
    stage = await Rotated.set_up(world)
    grant(world, *READERS, roles.key_rotator(RULES))
    refused = await stage.refused()
    secret = await world.inventory.get(stage.secret.id)
    held = (await stage.keys.keys.held([*stage.connections, secret])).held

    assert refused == []
    assert [held[fact.id].slot for fact in (*stage.connections, secret)] == [Slot.SECOND] * 4


@pytest.mark.parametrize("permission", [*WRITES, *roles.SECRET_WRITES])
async def test_each_write_of_the_key_rotator_is_needed(world: StandInWorld, permission: str) -> None:
    """Without it Azure refuses one thing, and names it."""
    stage = await Rotated.set_up(world)
    held = (*READERS, roles.key_rotator(RULES))
    granted = {one for role in held for one in (*actions(role), *data_actions(role))} - {permission}
    world.azure.directory.limit(world.azure.options.app_object_id, tuple(granted))
    refused = await stage.refused()

    assert len(refused) == 1
    assert permission.casefold() in refused[0].casefold()


async def test_the_rotation_reader_renews_and_moves_nothing(world: StandInWorld) -> None:
    """What is given in audit: of each account and of each consumer, Azure refuses what a rotation writes."""
    stage = await Rotated.set_up(world)
    grant(world, *READERS)
    refused = await stage.refused()

    assert len(refused) == len([*stage.accounts, *stage.connections, stage.secret, stage.workspace])


async def test_the_rotation_reader_sees_the_connections_of_foundry(world: StandInWorld) -> None:
    """Those of an account and of its project; without it their lists are gaps, which hold up every rotation."""
    stage = await Rotated.set_up(world)
    holders = [fact.id.parent for fact in stage.connections[1:] if fact.id.parent]
    grant(world, *READERS)
    listed = [await world.inventory.children(holder, Kind.CONNECTION) for holder in holders]
    grant(world, roles.reader(), roles.key_reader())
    hidden = [await world.inventory.children(holder, Kind.CONNECTION) for holder in holders]

    assert not any(isinstance(found, Gap) for found in listed)
    assert [isinstance(found, Gap) and found.permission.casefold() for found in hidden] == [
        f"microsoft.cognitiveservices/accounts/{where}connections/read" for where in ("", "projects/")
    ]


async def test_the_rotation_reader_reads_who_used_a_key(world: StandInWorld) -> None:
    """In the logs of a storage account; whoever only compares keys may not."""
    logs = ResourceLogs(AppCredential(world.azure), world.azure.url)
    uses = StandInUseWorld(world, logs)
    account = uses.account(Kind.STORAGE)
    await uses.keep_logs(account)
    begin = uses.now()
    await uses.call(account, Slot.FIRST)
    grant(world, *READERS)
    told = await uses.uses.since(account, Slot.FIRST, begin)
    grant(world, roles.reader(), roles.key_reader())
    untold = await uses.uses.since(account, Slot.FIRST, begin)
    await logs.close()

    assert (told.known, told.last is not None) == (True, True)
    assert (untold.known, untold.last) == (False, None)


def test_the_key_rotator_has_nothing_but_its_writes() -> None:
    """What rotations write, and nothing that the roles beside it have: no wildcard, no delete."""
    has, inside = set(actions(roles.key_rotator(RULES))), set(data_actions(roles.key_rotator(RULES)))

    assert (has, inside) == (set(WRITES), set(roles.SECRET_WRITES))
    assert has.isdisjoint({*actions(roles.reader()), *actions(roles.key_reader()), *actions(roles.rotation_reader())})
    assert not [action for action in has if "*" in action or action.endswith("/delete")]


def test_the_rotation_reader_only_reads() -> None:
    """Through ARM alone; the one action that is not called read lists what connections keep."""
    has = actions(roles.rotation_reader())

    assert data_actions(roles.rotation_reader()) == ()
    assert {action.rpartition("/")[2] for action in has if not action.endswith("/listsecrets/action")} == {"read"}


def test_nobody_else_regenerates_a_key() -> None:
    """Neither role that a policy without rotation takes."""
    others = (*actions(roles.enforcer(RULES)), *actions(roles.key_reader()), *actions(roles.rotation_reader()))

    assert not [action for action in others if "regenerate" in action.casefold()]
