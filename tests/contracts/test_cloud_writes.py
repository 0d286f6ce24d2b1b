"""What Actuator promises, held against the fake and against the adapter on the Azure stand-in."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from shared.model.action import (
    Action,
    ChangeTags,
    DeleteDiagnosticSetting,
    DeleteTags,
    MergeTags,
    PatchConnection,
    PatchWorkspace,
    PutDiagnosticSetting,
    ResyncKeys,
    ScaleCluster,
    SetIdleShutdown,
)
from shared.model.errors import Rejected
from shared.model.facts import Fact, Gap, Kind
from shared.model.resource_id import ResourceId
from tests.contracts.worlds import CloudWorld, step

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEADLINE = 5.0


async def until(cloud: CloudWorld, resource: ResourceId, holds: Callable[[Fact], bool]) -> Fact:
    """The resource once it is as wanted: a write that Azure accepted takes effect a little later."""
    async with asyncio.timeout(DEADLINE):
        while True:
            fact = await cloud.inventory.get(resource)
            if holds(fact):
                return fact
            await asyncio.sleep(0.01)


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
    """A patched property changes; tags, kind and other properties stay."""
    await cloud.actuator.apply(step(cloud.names.hub, PatchWorkspace({"publicNetworkAccess": "Disabled"})))
    fact = await until(cloud, cloud.names.hub, lambda f: f.get("properties", "publicNetworkAccess") == "Disabled")

    assert (fact.kind, fact.tag("team")) == (Kind.HUB, "ai")
    assert ResourceId.find(fact.get("properties", "storageAccount")) == cloud.names.storage


async def test_a_connection_is_patched(cloud: CloudWorld) -> None:
    """The change arrives and all that was there stays, the auth type that names the kind of credentials included."""
    before = await cloud.inventory.get(cloud.names.connection)
    await cloud.actuator.apply(step(cloud.names.connection, PatchConnection({"isSharedToAll": False})))

    after = await cloud.inventory.get(cloud.names.connection)
    assert properties(after) == {**properties(before), "isSharedToAll": False}


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
    ],
)
async def test_a_write_to_what_is_gone_is_rejected(cloud: CloudWorld, action: Action) -> None:
    """A write whose target vanished is rejected: trying again would not bring it back."""
    gone = {PatchConnection: "connections/x", SetIdleShutdown: "computes/x"}.get(type(action), "")
    target = ResourceId.parse(f"{cloud.names.hub}-gone/{gone}")

    with pytest.raises(Rejected, match="404"):
        await cloud.actuator.apply(step(target, action))


async def test_too_many_tags_are_rejected_whole(cloud: CloudWorld) -> None:
    """A merge past fifty tags changes nothing."""
    many = {f"tag{number}": "x" for number in range(50)}

    with pytest.raises(Rejected, match="400"):
        await cloud.actuator.apply(step(cloud.names.hub, MergeTags(many)))
    assert set((await cloud.inventory.get(cloud.names.hub)).tags) == {"Owner", "team"}


def properties(fact: Fact) -> dict[str, Any]:
    """A document's properties."""
    found: dict[str, Any] = fact.get("properties")
    return found
