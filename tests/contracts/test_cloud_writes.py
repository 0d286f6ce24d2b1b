"""What Actuator promises, held against the fake and against the adapter on the Azure stand-in."""

from typing import Any

import pytest

from shared.model.action import (
    Action,
    ChangeTags,
    DeleteDiagnosticSetting,
    DeleteRoleAssignment,
    DeleteTags,
    GrantRole,
    MergeTags,
    PatchAccount,
    PatchConnection,
    PatchWorkspace,
    PutDiagnosticSetting,
    ResyncKeys,
    ScaleCluster,
    SetIdleShutdown,
)
from shared.model.data_roles import DATA_ROLES, OPENAI_USER, DataRole
from shared.model.errors import Rejected
from shared.model.facts import Fact, Gap, Kind
from shared.model.resource_id import ResourceId
from tests.contracts.worlds import CloudWorld, step

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRINCIPAL = "0c1e5a0a-1111-4000-8000-00000000abcd"


async def test_merged_tags_leave_the_others(cloud: CloudWorld) -> None:
    """A merge adds and overwrites by name, whatever its case, and touches no other tag; twice is once."""
    merge = step(cloud.names.hub, MergeTags({"CostCenter": "1234", "owner": "bo@contoso.com"}))
    for _ in range(2):
        await cloud.actuator.apply(merge)

    fact = await cloud.inventory.get(cloud.names.hub)
    assert {name.casefold(): value for name, value in fact.tags.items()} == {
        "owner": "bo@contoso.com",
        "team": "ai",
        "costcenter": "1234",
    }


async def test_a_resource_without_tags_takes_some(cloud: CloudWorld) -> None:
    """Tags that Azure sends as null can be merged into."""
    await cloud.actuator.apply(step(cloud.names.project, MergeTags({"CostCenter": "1234"})))

    assert (await cloud.inventory.get(cloud.names.project)).tags == {"CostCenter": "1234"}


async def test_only_a_tag_with_that_value_is_deleted(cloud: CloudWorld) -> None:
    """The undo of a merge takes away what has our value and leaves what someone has changed since."""
    await cloud.actuator.apply(step(cloud.names.hub, DeleteTags({"TEAM": "ai", "Owner": "someone else"})))

    assert (await cloud.inventory.get(cloud.names.hub)).tags == {"Owner": "ana@contoso.com"}


async def test_a_tag_moves_to_another_name(cloud: CloudWorld) -> None:
    """What is set is set, what is removed is removed if it still has that value, and twice is once."""
    change = step(cloud.names.hub, ChangeTags({"Squad": "ai"}, {"TEAM": "ai", "Owner": "someone else"}))
    for _ in range(2):
        await cloud.actuator.apply(change)

    assert (await cloud.inventory.get(cloud.names.hub)).tags == {"Owner": "ana@contoso.com", "Squad": "ai"}


async def test_a_group_is_read_and_tagged(cloud: CloudWorld) -> None:
    """A resource group and a subscription are read like any resource, and a group takes tags."""
    group, subscription = cloud.names.hub.group_id, cloud.names.hub.subscription_id
    assert group is not None
    for container, kind in ((group, "resourceGroups"), (subscription, "subscriptions")):
        cloud.put(
            {"id": str(container), "name": container.name, "type": f"Microsoft.Resources/{kind}", "tags": {"a": "b"}}
        )
    await cloud.actuator.apply(step(group, MergeTags({"CostCenter": "1234"})))

    assert (await cloud.inventory.get(group)).tags == {"a": "b", "CostCenter": "1234"}
    fact = await cloud.inventory.get(subscription)
    assert (fact.kind, fact.tags) == (Kind.SUBSCRIPTION, {"a": "b"})


async def test_a_workspace_is_patched(cloud: CloudWorld) -> None:
    """A patched property changes, once Azure has carried that out; tags, kind and other properties stay."""
    await cloud.actuator.apply(step(cloud.names.hub, PatchWorkspace({"publicNetworkAccess": "Disabled"})))
    await cloud.settle()

    fact = await cloud.inventory.get(cloud.names.hub)
    assert fact.get("properties", "publicNetworkAccess") == "Disabled"
    assert (fact.kind, fact.tag("team")) == (Kind.HUB, "ai")
    assert ResourceId.find(fact.get("properties", "storageAccount")) == cloud.names.storage


async def test_a_connection_is_patched(cloud: CloudWorld) -> None:
    """The change arrives and all that was there stays, the auth type that names the kind of credentials included."""
    before = await cloud.inventory.get(cloud.names.connection)
    await cloud.actuator.apply(step(cloud.names.connection, PatchConnection({"isSharedToAll": False})))

    after = await cloud.inventory.get(cloud.names.connection)
    assert properties(after) == {**properties(before), "isSharedToAll": False}


async def test_a_connection_comes_with_an_identity_from_then_on(cloud: CloudWorld) -> None:
    """The auth type changes, there are no credentials any more, and the rest stays; twice is once."""
    before = await cloud.inventory.get(cloud.names.connection)
    for _ in range(2):
        await cloud.actuator.apply(step(cloud.names.connection, PatchConnection({"authType": "AAD"})))

    after = await cloud.inventory.get(cloud.names.connection)
    kept = {name: value for name, value in properties(before).items() if name != "credentials"}
    assert properties(after) == {**kept, "authType": "AAD"}
    assert after.text("systemData", "lastModifiedAt")


async def test_an_account_stops_taking_keys_and_takes_them_again(cloud: CloudWorld) -> None:
    """Of each kind; its tags and all else stay as they were."""
    for account, kind, name, off in (
        (cloud.names.account, "Microsoft.CognitiveServices/accounts", "disableLocalAuth", True),
        (cloud.names.search, "Microsoft.Search/searchServices", "disableLocalAuth", True),
        (cloud.names.storage, "Microsoft.Storage/storageAccounts", "allowSharedKeyAccess", False),
    ):
        before = await cloud.inventory.get(account)
        await cloud.actuator.apply(step(account, PatchAccount(kind, {name: off})))
        closed = await cloud.inventory.get(account)
        await cloud.actuator.apply(step(account, PatchAccount(kind, {name: not off})))
        opened = await cloud.inventory.get(account)

        assert properties(closed) == {**properties(before), name: off}
        assert properties(opened) == {**properties(before), name: not off}
        assert (closed.tags, opened.get("kind")) == (before.tags, before.get("kind"))


@pytest.mark.parametrize("role", DATA_ROLES, ids=lambda role: role.name)
async def test_a_role_is_given_and_taken(cloud: CloudWorld, role: DataRole) -> None:
    """Given, even twice, its holder has it once and Azure says since when; taken, even twice, it is gone."""
    account = cloud.names.account
    grant = GrantRole.to(PRINCIPAL, role.id, account)
    for _ in range(2):
        await cloud.actuator.apply(step(account, grant))

    [held] = await roles(cloud)
    assert role.given([held], PRINCIPAL) == [held]
    assert (held.id.name, held.text("properties", "principalType")) == (grant.name, "ServicePrincipal")
    assert held.text("properties", "createdOn")
    assert not held.text("properties", "condition")

    for _ in range(2):
        await cloud.actuator.apply(step(account, DeleteRoleAssignment(grant.name)))
    assert await roles(cloud) == []


async def test_a_role_that_somebody_gave_meanwhile_is_as_good(cloud: CloudWorld) -> None:
    """Azure answers 409 for the second of its kind; there is one, and it is theirs."""
    account = cloud.names.account
    theirs = GrantRole("5ddb4a16-0000-4000-8000-000000000001", OPENAI_USER.id, PRINCIPAL)
    await cloud.actuator.apply(step(account, theirs))
    await cloud.actuator.apply(step(account, GrantRole.to(PRINCIPAL, OPENAI_USER.id, account)))

    assert [held.id.name for held in await roles(cloud)] == [theirs.name]


async def test_a_cluster_is_scaled(cloud: CloudWorld) -> None:
    """The minimum changes, the maximum stays."""
    settings = {"minNodeCount": 0, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT2M"}
    await cloud.actuator.apply(step(cloud.names.cluster, ScaleCluster(settings)))

    fact = await cloud.inventory.get(cloud.names.cluster)
    assert fact.get("properties", "properties", "scaleSettings") == settings


async def test_idle_shutdown_is_set(cloud: CloudWorld) -> None:
    """A compute instance shows the duration that was set, and runs on."""
    await cloud.actuator.apply(step(cloud.names.instance, SetIdleShutdown("PT60M")))

    inner = (await cloud.inventory.get(cloud.names.instance)).get("properties", "properties")
    assert (inner["idleTimeBeforeShutdown"], inner["state"]) == ("PT60M", "Running")


async def test_a_diagnostic_setting_comes_and_goes(cloud: CloudWorld) -> None:
    """A setting that was put sends all logs where it was told; deleted, even twice, it is gone."""
    put = step(cloud.names.hub, PutDiagnosticSetting("hubwarden", str(cloud.names.logs)))
    for _ in range(2):
        await cloud.actuator.apply(put)

    settings = await cloud.inventory.children(cloud.names.hub, Kind.DIAGNOSTIC_SETTING)
    assert not isinstance(settings, Gap)
    [setting] = settings
    assert setting.kind is Kind.DIAGNOSTIC_SETTING
    assert setting.id.base == cloud.names.hub
    assert ResourceId.find(setting.get("properties", "workspaceId")) == cloud.names.logs
    assert [(log["categoryGroup"], log["enabled"]) for log in setting.get("properties", "logs")] == [("allLogs", True)]

    for _ in range(2):
        await cloud.actuator.apply(step(cloud.names.hub, DeleteDiagnosticSetting("hubwarden")))
    assert await cloud.inventory.children(cloud.names.hub, Kind.DIAGNOSTIC_SETTING) == ()


@pytest.mark.parametrize(
    "action",
    [
        MergeTags({"a": "b"}),
        PatchWorkspace({"publicNetworkAccess": "Disabled"}),
        PatchConnection({"isSharedToAll": False}),
        SetIdleShutdown("PT60M"),
        ResyncKeys(),
        PatchAccount("Microsoft.CognitiveServices/accounts", {"disableLocalAuth": True}),
    ],
)
async def test_a_write_to_what_is_gone_is_rejected(cloud: CloudWorld, action: Action) -> None:
    """A write whose target vanished is rejected: trying again would not bring it back."""
    gone = {PatchConnection: "connections/x", SetIdleShutdown: "computes/x"}.get(type(action), "")
    lost = cloud.names.account if isinstance(action, PatchAccount) else cloud.names.hub
    target = ResourceId.parse(f"{lost}-gone/{gone}")

    with pytest.raises(Rejected, match="404"):
        await cloud.actuator.apply(step(target, action))


async def test_too_many_tags_are_rejected_whole(cloud: CloudWorld) -> None:
    """A merge past fifty tags changes nothing."""
    many = {f"tag{number}": "x" for number in range(50)}

    with pytest.raises(Rejected, match="400"):
        await cloud.actuator.apply(step(cloud.names.hub, MergeTags(many)))
    assert set((await cloud.inventory.get(cloud.names.hub)).tags) == {"Owner", "team"}


async def roles(cloud: CloudWorld) -> list[Fact]:
    """The role assignments that bear on the AI services account."""
    found = await cloud.inventory.children(cloud.names.account, Kind.ROLE_ASSIGNMENT)
    assert not isinstance(found, Gap), found
    return list(found)


def properties(fact: Fact) -> dict[str, Any]:
    """A document's properties."""
    found: dict[str, Any] = fact.get("properties")
    return found
