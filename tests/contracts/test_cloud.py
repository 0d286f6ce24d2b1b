"""What Inventory promises, held against the fake and against Azure's stand-in behind the adapters."""

import uuid
from typing import Any

import pytest

from shared.model.action import (
    PatchConnection,
)
from shared.model.data_roles import OPENAI_USER
from shared.model.errors import Forbidden, Rejected, Throttled
from shared.model.facts import Fact, Gap, Kind, Seen, Source
from shared.model.resource_id import ResourceId
from tests.contracts.estate import workspace
from tests.contracts.worlds import CloudWorld, secret_uri, step

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEADLINE = 5.0
HIDDEN = "h1dd3nh1dd3nh1dd3nh1dd3nh1dd3n01"


async def ids(found: tuple[Fact, ...] | Gap) -> set[ResourceId]:
    """The ids of what was found."""
    assert not isinstance(found, Gap), found
    return {fact.id for fact in found}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("hub", Kind.HUB),
        ("other_hub", Kind.HUB),
        ("project", Kind.PROJECT),
        ("connection", Kind.CONNECTION),
        ("cluster", Kind.COMPUTE),
        ("endpoint", Kind.ENDPOINT),
        ("storage", Kind.STORAGE),
        ("account", Kind.AI_ACCOUNT),
        ("search", Kind.SEARCH),
    ],
)
async def test_what_is_there_is_read(cloud: CloudWorld, name: str, kind: Kind) -> None:
    """A resource that exists is a live, present fact of its kind, with its document."""
    resource: ResourceId = getattr(cloud.names, name)
    fact = await cloud.inventory.get(resource)

    assert (fact.id, fact.kind, fact.seen, fact.source) == (resource, kind, Seen.PRESENT, Source.LIVE)
    assert fact.get("name") == resource.name


async def test_what_is_not_there_is_absent(cloud: CloudWorld) -> None:
    """A resource that Azure does not know is an absent fact, in a workspace that exists and in one that does not."""
    missing = ResourceId.parse(f"{cloud.names.hub}-gone")

    facts = [
        await cloud.inventory.get(r)
        for r in (missing, missing.child("connections", "c"), cloud.names.hub.child("connections", "c"))
    ]
    assert [fact.seen for fact in facts] == [Seen.ABSENT] * 3


async def test_what_may_not_be_read_is_unreadable(cloud: CloudWorld) -> None:
    """A 403 is a fact that names the permission; the kind is what the id tells."""
    cloud.deny_reads("Microsoft.MachineLearningServices/workspaces/connections")
    fact = await cloud.inventory.get(cloud.names.connection)

    assert (fact.seen, fact.kind) == (Seen.UNREADABLE, Kind.CONNECTION)
    assert fact.permission == "Microsoft.MachineLearningServices/workspaces/connections/read"
    assert "403" in fact.reason


async def test_a_failing_service_is_unreadable(cloud: CloudWorld) -> None:
    """A 503 that lasts is a fact with its reason, not an error."""
    cloud.fail_reads(cloud.names.hub)
    fact = await cloud.inventory.get(cloud.names.hub)

    assert (fact.seen, fact.permission) == (Seen.UNREADABLE, "")
    assert "503" in fact.reason


async def test_throttling_is_told(cloud: CloudWorld) -> None:
    """A 429 that asks for more patience than a run has is raised at once, with the time it asks for."""
    cloud.throttle_reads(cloud.names.hub)

    with pytest.raises(Throttled) as told:
        await cloud.inventory.get(cloud.names.hub)
    assert told.value.retry_after == 3600


async def test_children_are_listed_to_their_end(cloud: CloudWorld) -> None:
    """Lists hold all children of a kind, over as many pages as they take, and nothing of others."""
    names = cloud.names
    extra = [names.hub.child("computes", f"ci-{number}") for number in range(3)]
    for compute in extra:
        cloud.put({"id": str(compute), "name": compute.name, "properties": {}})

    listed = {
        kind: await ids(await cloud.inventory.children(names.hub, kind))
        for kind in (Kind.COMPUTE, Kind.CONNECTION, Kind.ENDPOINT)
    }
    assert listed == {
        Kind.COMPUTE: {names.instance, names.cluster, *extra},
        Kind.CONNECTION: {names.connection},
        Kind.ENDPOINT: {names.endpoint},
    }


async def test_connections_to_data_are_listed_too(cloud: CloudWorld) -> None:
    """Azure leaves them out of the list of whoever does not ask for all."""
    lake = cloud.names.other_hub.child("connections", "lake")
    maker = {"createdByWorkspaceArmId": str(cloud.names.other_hub)}
    properties = {"authType": "SAS", "category": "AzureBlob", "target": "https://st.blob.core.windows.net/", **maker}
    cloud.put({"id": str(lake), "name": lake.name, "type": lake.type, "properties": properties})

    assert await ids(await cloud.inventory.children(cloud.names.other_hub, Kind.CONNECTION)) == {lake}


@pytest.mark.parametrize("kind", [Kind.CONNECTION, Kind.COMPUTE, Kind.ENDPOINT, Kind.DIAGNOSTIC_SETTING])
async def test_a_list_may_be_empty(cloud: CloudWorld, kind: Kind) -> None:
    """A workspace without children has an empty list, and so has one that is gone."""
    assert await cloud.inventory.children(cloud.names.other_hub, kind) == ()
    assert await cloud.inventory.children(ResourceId.parse(f"{cloud.names.hub}-gone"), kind) == ()


async def test_a_project_shows_what_its_hub_shares(cloud: CloudWorld) -> None:
    """A connection shared to all shows in the hub's projects, under their ids; there it is read only."""
    shown = cloud.names.project.child("connections", "aoai")
    listed = await cloud.inventory.children(cloud.names.project, Kind.CONNECTION)

    assert await ids(listed) == {shown}
    maker = (await cloud.inventory.get(shown)).get("properties", "createdByWorkspaceArmId")
    assert ResourceId.find(maker) == cloud.names.hub
    with pytest.raises(Rejected):
        await cloud.actuator.apply(step(shown, PatchConnection({"isSharedToAll": False})))


async def test_a_list_that_may_not_be_read_is_a_gap(cloud: CloudWorld) -> None:
    """A refused list is a gap that names parent, kind and permission; never an empty list."""
    cloud.deny_reads("Microsoft.MachineLearningServices/workspaces/connections")
    gap = await cloud.inventory.children(cloud.names.hub, Kind.CONNECTION)

    assert isinstance(gap, Gap)
    permission = "Microsoft.MachineLearningServices/workspaces/connections/read"
    assert (gap.parent, gap.kind, gap.permission) == (cloud.names.hub, Kind.CONNECTION, permission)


@pytest.mark.parametrize("count", [0, 3])
async def test_a_vault_lists_its_secrets(cloud: CloudWorld, count: int) -> None:
    """All of them with their tags, over as many pages as it takes, and no value; of a vault that is gone none."""
    secrets = [cloud.names.vault.child("secrets", f"key-{number}") for number in range(count)]
    for secret in secrets:
        body = {"tags": {"CredentialId": "key1"}, "properties": {"value": HIDDEN, "attributes": {"enabled": True}}}
        await cloud.put_secret(secret, body)
    listed = await cloud.inventory.children(cloud.names.vault, Kind.SECRET)

    assert await ids(listed) == set(secrets)
    assert not isinstance(listed, Gap)
    assert {fact.tag("credentialid") for fact in listed} <= {"key1"}
    assert HIDDEN not in str([fact.raw for fact in listed])
    assert await cloud.inventory.children(ResourceId.parse(f"{cloud.names.vault}-gone"), Kind.SECRET) == ()


async def test_a_secret_is_read_without_its_value(cloud: CloudWorld) -> None:
    """Where its value is stands in its document; one that is not there is absent."""
    secret = cloud.names.vault.child("secrets", "Storage-Key")
    await cloud.put_secret(secret, {"tags": {}, "properties": {"value": HIDDEN}})
    read = await cloud.inventory.get(secret)

    assert (read.kind, read.text("properties", "secretUri")) == (Kind.SECRET, secret_uri(secret))
    assert HIDDEN not in str(read.raw)
    assert (await cloud.inventory.get(cloud.names.vault.child("secrets", "other"))).seen is Seen.ABSENT


async def test_secrets_that_may_not_be_listed_are_a_gap(cloud: CloudWorld) -> None:
    """It names what would let us see which there are; their values take more."""
    cloud.deny_reads("Microsoft.KeyVault/vaults/secrets")
    gap = await cloud.inventory.children(cloud.names.vault, Kind.SECRET)

    assert isinstance(gap, Gap)
    assert (gap.kind, gap.permission) == (Kind.SECRET, "Microsoft.KeyVault/vaults/secrets/read")


async def test_role_assignments_are_those_that_bear_on_a_resource(cloud: CloudWorld) -> None:
    """Its own and inherited ones, all under its own id; none of another resource, nor of what lies in it."""
    group, names = str(cloud.names.hub.group_id), cloud.names
    project = names.account.child("projects", "chat")
    scopes = {"own": names.account, "group": group, "subscription": names.account.subscription_id}
    for name, scope in {**scopes, "below": project, "other": names.storage}.items():
        cloud.put(assigned(f"{scope}", name))

    found = await cloud.inventory.children(names.account, Kind.ROLE_ASSIGNMENT)
    assert not isinstance(found, Gap), found
    under = f"{names.account}/providers/Microsoft.Authorization/roleAssignments"
    assert {fact.id for fact in found} == {ResourceId.parse(f"{under}/{name}") for name in scopes}
    assert {fact.id.name: fact.get("properties", "scope") for fact in found} == {
        name: str(scope) for name, scope in scopes.items()
    }
    assert {(fact.kind, fact.id.base, fact.seen) for fact in found} == {
        (Kind.ROLE_ASSIGNMENT, names.account, Seen.PRESENT)
    }


async def test_role_assignments_that_may_not_be_read_are_a_gap(cloud: CloudWorld) -> None:
    """Nobody is taken to have no role because we may not look."""
    cloud.deny_reads("Microsoft.Authorization/roleAssignments")
    gap = await cloud.inventory.children(cloud.names.account, Kind.ROLE_ASSIGNMENT)

    assert isinstance(gap, Gap)
    assert (gap.parent, gap.kind) == (cloud.names.account, Kind.ROLE_ASSIGNMENT)
    assert gap.permission == "Microsoft.Authorization/roleAssignments/read"


def assigned(scope: str, name: str) -> dict[str, Any]:
    """A role that somebody gave on a scope."""
    properties = {"roleDefinitionId": f"{scope}/x/{OPENAI_USER.id}", "principalId": "p", "scope": scope}
    assignment = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"
    kind = "Microsoft.Authorization/roleAssignments"
    return {"id": assignment, "name": name, "type": kind, "properties": properties}


async def test_a_family_is_a_hubs_projects(cloud: CloudWorld) -> None:
    """The index gives the projects that name the hub, however they spell it, and no others."""
    family = await cloud.inventory.family(cloud.names.hub)

    assert await ids(family) == {cloud.names.project}
    assert not isinstance(family, Gap)
    assert [(fact.kind, fact.source) for fact in family] == [(Kind.PROJECT, Source.INDEX)]


async def test_an_indexed_document_is_whole(cloud: CloudWorld) -> None:
    """What the index tells of a hub holds kind, tags, location and properties."""
    found = await cloud.inventory.resources([cloud.names.hub])

    assert not isinstance(found, Gap)
    hub = found[0]
    assert (hub.kind, hub.location, hub.tag("owner")) == (Kind.HUB, "westeurope", "ana@contoso.com")
    assert hub.get("properties", "publicNetworkAccess") == "Enabled"


async def test_the_index_gives_what_it_has(cloud: CloudWorld) -> None:
    """Asked for many, the index gives those it knows: not what is gone, and no connections."""
    names = cloud.names
    wanted = [names.storage, names.hub, ResourceId.parse(f"{names.hub}-gone"), names.connection]

    assert await ids(await cloud.inventory.resources(wanted)) == {names.storage, names.hub}
    assert await cloud.inventory.resources([]) == ()


async def test_all_hubs_are_found(cloud: CloudWorld) -> None:
    """Hubs are found in whatever case Azure spells their kind; projects are none."""
    assert {fact.id for fact in await cloud.inventory.hubs()} == {cloud.names.hub, cloud.names.other_hub}


@pytest.mark.parametrize("kind", ["Default", "default", "FeatureStore"])
async def test_a_plain_workspace_is_found_with_the_hubs(cloud: CloudWorld, kind: str) -> None:
    """It is neither hub nor project, and nobody else would look at it."""
    plain = ResourceId.parse(f"{cloud.names.hub}-{kind}")
    cloud.put(workspace(plain, kind, {}))

    found = {fact.id: fact.kind for fact in await cloud.inventory.hubs()}
    assert found == {cloud.names.hub: Kind.HUB, cloud.names.other_hub: Kind.HUB, plain: Kind.WORKSPACE}


@pytest.mark.parametrize("where", ["elsewhere", "gone", "nowhere"])
async def test_a_project_whose_hub_cannot_be_seen_is_found_with_the_hubs(cloud: CloudWorld, where: str) -> None:
    """As a whole, by the index: its hub lies in another subscription, is not there any more, or was never named."""
    elsewhere = ResourceId.parse(str(cloud.names.hub).replace(cloud.names.subscription, str(uuid.uuid4())))
    named = {"elsewhere": str(elsewhere), "gone": f"{cloud.names.hub}-gone", "nowhere": ""}[where]
    lone = ResourceId.parse(f"{cloud.names.hub}-lone")
    cloud.put(workspace(elsewhere, "Hub", {}))
    cloud.put(workspace(lone, "project", {"hubResourceId": named, "storageAccount": str(cloud.names.storage)}))

    found = {fact.id: fact for fact in await cloud.inventory.hubs()}
    assert found.keys() == {cloud.names.hub, cloud.names.other_hub, lone}
    assert (found[lone].kind, found[lone].source) == (Kind.PROJECT, Source.INDEX)
    assert found[lone].get("properties", "storageAccount") == str(cloud.names.storage)
    if named:
        assert await ids(await cloud.inventory.family(ResourceId.parse(named))) == {lone}


async def test_an_index_that_refuses_is_a_gap(cloud: CloudWorld) -> None:
    """Without access to Resource Graph a family is a gap, and asking for hubs raises."""
    cloud.deny_graph()

    assert isinstance(await cloud.inventory.family(cloud.names.hub), Gap)
    assert isinstance(await cloud.inventory.resources([cloud.names.hub]), Gap)
    with pytest.raises(Forbidden):
        await cloud.inventory.hubs()


async def test_a_foundry_account_is_listed_with_the_hubs(cloud: CloudWorld) -> None:
    """An AI services account with projects of its own is a hub of another make; one without is not."""
    group, provider = cloud.names.hub.group_id, "Microsoft.CognitiveServices/accounts"
    for name, projects in (("foundry", True), ("plain", False)):
        cloud.put(
            {
                "id": f"{group}/providers/{provider}/{name}",
                "name": name,
                "type": provider,
                "kind": "AIServices",
                "location": "eastus2",
                "tags": None,
                "properties": {"allowProjectManagement": projects},
            }
        )

    accounts = [fact for fact in await cloud.inventory.hubs() if fact.kind is Kind.AI_ACCOUNT]
    assert [fact.id.name for fact in accounts] == ["foundry"]
