"""The roles, held against what the adapters really ask: the stand-in refuses what a role does not grant."""

import json
import re
import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from local.azure.options import Options
from local.azure.stand_in import AzureStandIn
from local.certificates import trust
from shared.adapters.arm import Arm
from shared.adapters.cost_management import CostManagement
from shared.adapters.graph import NEEDS
from shared.adapters.vault_secrets import MAY_GET
from shared.costs.month import Month
from shared.model.action import (
    Action,
    CreateInstance,
    DeleteInstance,
    GrantRole,
    MergeTags,
    PatchAccount,
    PatchConnection,
    PatchWorkspace,
    PutDiagnosticSetting,
    RestartInstance,
    ResyncKeys,
    ScaleCluster,
    SetIdleShutdown,
    StopInstance,
)
from shared.model.data_roles import DATA_ROLES, OPENAI_USER
from shared.model.errors import Forbidden
from shared.model.facts import CHILDREN, DEPENDENTS, Fact, Gap, Kind, Seen, kind_of
from shared.model.key_facts import Slot
from shared.model.plan import Step, StepStatus
from shared.model.resource_id import ResourceId
from shared.rules.catalogue import RULES
from tests.builders import instance
from tests.contracts.estate import Names, accounts
from tests.contracts.key_worlds import Service, StandInKeyWorld
from tests.contracts.worlds import AppCredential, StandInWorld
from tests.fakes import FakeClock
from tools import roles

DEPENDENT_TYPES = (
    "Microsoft.Storage/storageAccounts",
    "Microsoft.KeyVault/vaults",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.Insights/components",
    "Microsoft.CognitiveServices/accounts",
    "Microsoft.Search/searchServices",
)

INSTANCE = {"location": "westeurope", "properties": {"computeType": "ComputeInstance", "properties": {"vmSize": "D2"}}}
LIST_SECRETS = "Microsoft.KeyVault/vaults/secrets/read"
COSTS = {"Microsoft.CostManagement/query/read", "Microsoft.Consumption/budgets/read"}


def actions(definition: str) -> tuple[str, ...]:
    """What a role lets its holder do through ARM."""
    return tuple(json.loads(definition)["Actions"])


def data_actions(definition: str) -> tuple[str, ...]:
    """What a role lets its holder do in the services themselves."""
    return tuple(json.loads(definition)["DataActions"])


@pytest_asyncio.fixture
async def world() -> AsyncIterator[StandInWorld]:
    """The estate of the contract suite in a stand-in of our own."""
    async with AzureStandIn(Options(operation_seconds=0.02)) as azure:
        trust(azure.ca_file)
        arm = Arm(AppCredential(azure), azure.url)
        made = StandInWorld(Names(str(uuid.uuid4())), azure, arm)
        for document in accounts(made.names):
            made.put(document)
        made.put({**instance(second(made.names).name), "id": str(second(made.names))})
        yield made
        await made.close()


def second(names: Names) -> ResourceId:
    """A compute instance beside the estate's own, for that one is busy with what was done to it."""
    return names.hub.child("computes", "ci-bea")


def grant(world: StandInWorld, *definitions: str) -> None:
    """Give the app these roles and no other."""
    granted = tuple(one for definition in definitions for one in (*actions(definition), *data_actions(definition)))
    world.azure.directory.limit(world.azure.options.app_object_id, granted)


async def keepers(keys: StandInKeyWorld) -> list[Fact]:
    """One of each kind that keeps a key; the last keeps one for queries."""
    made = [await keys.connection(keys.account(service), Slot.FIRST, f"to-{service.name}") for service in Service]
    made += [await keys.workspace(), await keys.secret(keys.account(Service.AI), Slot.FIRST)]
    return [*made, await keys.connection(keys.account(Service.SEARCH), Slot.QUERY, "query")]


def wanted(names: Names) -> list[tuple[ResourceId, Action]]:
    """One write of each kind that a rule makes, and where; but for roles, which are nothing of the enforcer's."""
    return [
        (names.hub, MergeTags({"CostCenter": "CC-1"})),
        (names.hub, PatchWorkspace({"publicNetworkAccess": "Disabled"})),
        (names.hub, PutDiagnosticSetting("hubwarden", str(names.logs))),
        (names.other_hub, ResyncKeys()),
        (names.connection, PatchConnection({"isSharedToAll": False})),
        (names.cluster, ScaleCluster({"minNodeCount": 0, "maxNodeCount": 4})),
        (names.instance, SetIdleShutdown("PT60M")),
        (names.instance, RestartInstance()),
        (second(names), StopInstance()),
        (names.hub.child("computes", "ci-new"), CreateInstance(INSTANCE)),
        (names.account, PatchAccount("Microsoft.CognitiveServices/accounts", {"disableLocalAuth": True})),
        (names.search, PatchAccount("Microsoft.Search/searchServices", {"disableLocalAuth": True})),
        (names.storage, PatchAccount("Microsoft.Storage/storageAccounts", {"allowSharedKeyAccess": False})),
    ]


def granting(names: Names) -> Step:
    """A role that a rule wants an identity to have."""
    return step(names.account, GrantRole.to("0c1e5a0a-1111-4000-8000-00000000abcd", OPENAI_USER.id, names.account))


def step(target: ResourceId, action: Action) -> Step:
    """A step that is ready."""
    return Step("HW-TST-001", target, action, None, None, None, StepStatus.READY)


async def test_the_reader_reads_all_there_is(world: StandInWorld) -> None:
    """Every fact, every list and the graph; nothing is a gap, nothing is unreadable."""
    grant(world, roles.reader())
    names = world.names
    read = [await world.inventory.get(target) for target in (names.hub, names.project, names.storage)]
    there = [target for target, action in wanted(names) if not isinstance(action, CreateInstance)]
    read += [await world.inventory.get(target) for target in there]
    lists = [
        await world.inventory.children(names.hub, kind)
        for kind in (Kind.CONNECTION, Kind.COMPUTE, Kind.ENDPOINT, Kind.DIAGNOSTIC_SETTING, Kind.ROLE_ASSIGNMENT)
    ]

    assert [fact.seen for fact in read] == [Seen.PRESENT] * len(read)
    assert not [found for found in [*lists, await world.inventory.family(names.hub)] if isinstance(found, Gap)]


@pytest.mark.parametrize("kind", DEPENDENT_TYPES)
async def test_the_reader_reads_what_a_hub_leans_on(world: StandInWorld, kind: str) -> None:
    """Absent is an answer; forbidden would be unreadable."""
    grant(world, roles.reader())

    fact = await world.inventory.get(ResourceId.parse(f"{world.names.group}/providers/{kind}/none"))

    assert fact.seen is Seen.ABSENT


def test_every_kind_of_dependent_is_read_above() -> None:
    """A new kind of dependent needs its line there, and so in the role."""
    read = {
        kind_of(ResourceId.parse(f"/subscriptions/s/resourceGroups/g/providers/{kind}/x")) for kind in DEPENDENT_TYPES
    }

    assert read == DEPENDENTS


@pytest.mark.parametrize(
    "kind", ["connections", "computes", "onlineEndpoints", "serverlessEndpoints", "batchEndpoints"]
)
def test_the_reader_reads_what_lives_in_a_workspace(kind: str) -> None:
    """An event may name any of them, and then it is read directly."""
    workspaces = "Microsoft.MachineLearningServices/workspaces"
    child = ResourceId.parse(f"/subscriptions/s/resourceGroups/g/providers/{workspaces}/w/{kind}/c")

    assert kind_of(child) in CHILDREN
    assert f"{workspaces}/{kind}/read" in actions(roles.reader())


def test_the_reader_asks_the_graph_and_for_its_own_permissions() -> None:
    """Two questions that the stand-in answers to anyone."""
    assert {NEEDS, "Microsoft.Authorization/permissions/read"} <= set(actions(roles.reader()))


async def test_the_reader_reads_costs_and_budgets(world: StandInWorld) -> None:
    """A bill comes whole and budgets are no gap; with either permission taken away, that one is forbidden."""
    costs = CostManagement(AppCredential(world.azure), world.arm, world.azure.url, clock=FakeClock())
    names, month = world.names, Month.of(world.azure.clock.now()).previous
    grant(world, roles.reader())
    bill = await costs.bill(names.subscription, month, month.last)
    budgets = await costs.budgets(ResourceId.parse(names.group))
    world.azure.directory.limit(world.azure.options.app_object_id, tuple(sorted(set(roles.READS) - COSTS)))
    with pytest.raises(Forbidden) as no_bill:
        await costs.bill(names.subscription, month, month.last)
    no_budgets = await costs.budgets(ResourceId.parse(names.group))
    await costs.close()

    assert bill.rows.num_rows > 0
    assert budgets == ()
    assert isinstance(no_budgets, Gap)
    assert {no_bill.value.permission, no_budgets.permission} == COSTS


async def test_the_reader_writes_nothing(world: StandInWorld) -> None:
    """Each write a rule knows is refused."""
    grant(world, roles.reader())

    for target, action in wanted(world.names):
        with pytest.raises(Forbidden):
            await world.actuator.apply(step(target, action))


async def test_the_enforcer_makes_every_fix(world: StandInWorld) -> None:
    """Each write a rule knows goes through, but for the one that deletes."""
    grant(world, roles.enforcer(RULES))
    needed = {permission for rule in RULES for permission in rule.permissions} - roles.DELETES

    for target, action in wanted(world.names):
        await world.actuator.apply(step(target, action))

    assert {action.permission for _, action in wanted(world.names)} == needed


async def test_the_instance_renewer_only_deletes_computes(world: StandInWorld) -> None:
    """What is made anew for its image must first be gone; without that role, besides the enforcer, it stays."""
    assert (actions(roles.instance_renewer()), data_actions(roles.instance_renewer())) == (tuple(roles.DELETES), ())
    gone = step(world.names.instance, DeleteInstance(INSTANCE))
    grant(world, roles.enforcer(RULES))
    with pytest.raises(Forbidden) as refused:
        await world.actuator.apply(gone)
    grant(world, roles.enforcer(RULES), roles.instance_renewer())
    await world.actuator.apply(gone)

    assert refused.value.permission == DeleteInstance.permission


@pytest.mark.parametrize("definition", [roles.reader(), roles.enforcer(RULES)], ids=["reader", "enforcer"])
def test_no_role_reads_a_key_or_deletes(definition: str) -> None:
    """By name, with no wildcard that would let it in, and none through a service itself."""
    assert data_actions(definition) == ()
    assert not [action for action in actions(definition) if "*" in action or "listKeys" in action]
    assert not [action for action in actions(definition) if "secret" in action.casefold() or action.endswith("/delete")]


@pytest.mark.parametrize("other", [roles.reader(), roles.enforcer(RULES)], ids=["reader", "enforcer"])
async def test_with_the_key_reader_keys_are_compared(world: StandInWorld, other: str) -> None:
    """Besides either of the others; without it every consumer is a problem that names a permission of it."""
    keys = StandInKeyWorld(world)
    kept = await keepers(keys)
    grant(world, other, roles.key_reader())
    told = (await keys.keys.held(kept)).held
    grant(world, other)
    refused = (await keys.keys.held(kept)).held

    assert [told[fact.id].slot for fact in kept] == [*[Slot.FIRST] * 7, Slot.QUERY]
    assert {held.problem for held in told.values()} == {""}
    assert set(refused) == set(told)
    assert {held.permission for held in refused.values()} <= {*roles.KEYS, *roles.SECRETS}


async def test_with_the_key_reader_the_secrets_of_a_vault_are_listed(world: StandInWorld) -> None:
    """The others see the vault and not what is in it."""
    secret = await StandInKeyWorld(world).secret(world.names.storage, None)
    grant(world, roles.reader(), roles.key_reader())
    listed = await world.inventory.children(world.names.vault, Kind.SECRET)
    grant(world, roles.enforcer(RULES))
    refused = await world.inventory.children(world.names.vault, Kind.SECRET)

    assert not isinstance(listed, Gap)
    assert [fact.id for fact in listed] == [secret.id]
    assert isinstance(refused, Gap)
    assert refused.permission in roles.KEYS


@pytest.mark.parametrize("permission", [*(one for one in roles.KEYS if one != LIST_SECRETS), *roles.SECRETS])
async def test_each_permission_of_the_key_reader_is_needed(world: StandInWorld, permission: str) -> None:
    """Without it someone's key cannot be told, and the problem names it."""
    keys = StandInKeyWorld(world)
    kept = await keepers(keys)
    left = tuple(action for action in (*roles.READS, *roles.KEYS, *roles.SECRETS) if action != permission)
    world.azure.directory.limit(world.azure.options.app_object_id, left)
    told = (await keys.keys.held(kept)).held

    assert {held.permission for held in told.values() if held.problem} == {permission}


def test_the_key_reader_only_lists_keys() -> None:
    """No wildcard, no write, no read but of which secrets there are; what the other two have they have alone."""
    listing = [action for action in actions(roles.key_reader()) if action != LIST_SECRETS]
    assert {action.rsplit("/", 2)[1][:4] for action in listing} == {"list"}
    assert data_actions(roles.key_reader()) == (MAY_GET,)
    assert set(actions(roles.key_reader())).isdisjoint(actions(roles.enforcer(RULES)))


async def test_only_with_the_access_granter_a_role_is_given(world: StandInWorld) -> None:
    """Besides the enforcer, who alone is refused by an error that names the permission."""
    grant(world, roles.enforcer(RULES))
    with pytest.raises(Forbidden) as refused:
        await world.actuator.apply(granting(world.names))
    grant(world, roles.enforcer(RULES), roles.access_granter())
    await world.actuator.apply(granting(world.names))
    given = await world.inventory.children(world.names.account, Kind.ROLE_ASSIGNMENT)

    assert refused.value.permission == "Microsoft.Authorization/roleAssignments/write"
    assert "grant Microsoft.Authorization/roleAssignments/write to the app's identity" in str(refused.value)
    assert not isinstance(given, Gap)
    assert len(OPENAI_USER.given(given, "0c1e5a0a-1111-4000-8000-00000000abcd")) == 1


def test_the_access_granter_does_nothing_else() -> None:
    """It cannot even take back what it gave; and nobody else can give."""
    assert actions(roles.access_granter()) == ("Microsoft.Authorization/roleAssignments/write",)
    others = (
        roles.reader(),
        roles.enforcer(RULES),
        roles.key_reader(),
        roles.rotation_reader(),
        roles.key_rotator(RULES),
    )
    for other in others:
        assert not [action for action in actions(other) if "roleAssignments/write" in action or action == "*"]


def test_its_condition_names_what_rules_grant() -> None:
    """All of these roles and no other, to what managed identities are, and only for the action that it has."""
    condition = roles.access_condition()

    assert re.findall(r"ActionMatches\{'(.*?)'\}", condition) == list(actions(roles.access_granter()))
    assert re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", condition) == [role.id for role in DATA_ROLES]
    assert condition.count("(") == condition.count(")")
    assert "{'ServicePrincipal'}" in condition


def test_the_reader_only_reads() -> None:
    """Every action of the role ends in read."""
    assert {action.rpartition("/")[2] for action in actions(roles.reader())} == {"read"}


def test_without_rules_the_enforcer_is_the_reader() -> None:
    """It has what the rules need and nothing of its own."""
    assert actions(roles.enforcer([])) == actions(roles.reader())
