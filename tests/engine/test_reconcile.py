"""Reconcile: from a message to a changed world, rows and a memory; looked at from outside."""

import pytest

from shared.engine.reconcile import Handled
from shared.policy.policy import Effect, Limits, Match, Scope
from tests.builders import (
    TAGS,
    cluster,
    connection,
    dependent,
    dependent_id,
    diagnostics,
    hub,
    instance,
    policy,
    project,
    rid,
    workspace_id,
)
from tests.rig import Rig

HUB = hub(storageAccount=dependent_id())
UNTAGGED = project(tags={"Team": "vision"})
SLEEPLESS = instance(idleTimeBeforeShutdown=None, schedules={"computeStartStop": [{"action": "Stop"}]})
APPROVED = [{"properties": {"privateLinkServiceConnectionState": {"status": "Approved"}}}]


async def test_fix() -> None:
    """A project made without cost tags gets its hub's, keeps its own, and both rows say so."""
    rig = Rig.of(HUB, UNTAGGED)
    assert await rig.event(UNTAGGED) == Handled(runs=1)
    assert rig.document(UNTAGGED)["tags"] == {"Team": "vision", **TAGS}
    assert len(rig.findings(Rule="HW-TAG-001", Verdict="fail", Change="opened")) == 1
    assert [row["Action"] for row in rig.actions(Result="done")] == ["merge-tags"]


async def test_second_event() -> None:
    """The event about our own write finds nothing to do and ends the finding."""
    rig = Rig.of(HUB, UNTAGGED)
    await rig.event(UNTAGGED)
    await rig.event(UNTAGGED)
    assert (len(rig.cloud.writes), await rig.open(HUB)) == (1, {})
    assert len(rig.findings(Rule="HW-TAG-001", Verdict="pass", Change="resolved")) == 1


async def test_audit() -> None:
    """In mode audit everything is found and nothing written."""
    rig = Rig.of(HUB, UNTAGGED, enforce=False)
    await rig.event(UNTAGGED)
    assert (rig.cloud.writes, list(await rig.open(HUB))) == ([], ["HW-TAG-001 project"])
    assert [(row["Result"], row["Reason"]) for row in rig.actions()] == [
        ("skipped", "mode is audit: nothing is written")
    ]


async def test_gated() -> None:
    """A fix that could cut someone off waits for approval."""
    rig = Rig.of(opened := hub(publicNetworkAccess="Enabled", privateEndpointConnections=APPROVED), diagnostics())
    await rig.event(opened)
    assert (rig.cloud.writes, rig.document(opened)["properties"]["publicNetworkAccess"]) == ([], "Enabled")
    assert [row["Status"] for row in rig.actions(Rule="HW-NET-001")] == ["needs-approval"]


async def test_auto_approve() -> None:
    """Policy may approve gated fixes for good, with its reason in the row."""
    opened = hub(publicNetworkAccess="Enabled", privateEndpointConnections=APPROVED)
    rig = Rig.of(opened, diagnostics(), policy=policy(auto_approve="CHG-7"))
    await rig.event(opened)
    assert rig.document(opened)["properties"]["publicNetworkAccess"] == "Disabled"
    assert [row["Reason"] for row in rig.actions(Result="done")] == ["approved by policy: CHG-7"]


async def test_alert() -> None:
    """A loud finding alerts once when it opens, and once when it ends."""
    rig = Rig.of(HUB, diagnostics(), keyed := connection(authType="ApiKey"))
    await rig.event(keyed)
    await rig.event(keyed)
    rig.document(keyed)["properties"]["authType"] = "AAD"
    await rig.event(keyed)
    assert [alert.kind for alert in rig.topic.alerts] == ["Hubwarden.FindingOpened", "Hubwarden.FindingResolved"]


async def test_not_ours() -> None:
    """What no hub owns costs no run, no row and no memory."""
    rig = Rig.of(stray := dependent(tags={}))
    assert await rig.event(stray) == Handled(ours=False)
    assert (rig.log.tables, rig.cloud.writes) == ({}, [])


async def test_gone_before_we_look() -> None:
    """An event about a resource that is already gone ends what stood open on it and in it, and writes nothing."""
    doomed, inside = project(tags={}, region="westus"), instance(of="project", idleTimeBeforeShutdown=None)
    rig = Rig.of(HUB, doomed, inside, enforce=False)
    await rig.event(doomed)
    await rig.event(inside)
    assert {name.split()[0] for name in await rig.open(HUB)} == {"HW-CMP-001", "HW-CMP-006", "HW-PRJ-001", "HW-TAG-001"}
    rig.cloud.delete(rid(doomed))
    await rig.event(doomed)
    assert (await rig.open(HUB), rig.cloud.writes) == ({}, [])


@pytest.mark.parametrize("lagging", [False, True], ids=["index in step", "index lagging"])
async def test_gone_and_nobody_told(lagging: bool) -> None:  # noqa: FBT001 - a case
    """Should the event of a delete be lost, the next sweep ends the findings."""
    rig = Rig.of(HUB, doomed := project(region="westus"), instance(of="project", idleTimeBeforeShutdown=None))
    rig.enforce = False
    await rig.sweep(HUB)
    assert [name for name in await rig.open(HUB) if name.endswith(("project", "jane"))] != []
    if lagging:
        rig.cloud.freeze_index()
    rig.cloud.delete(rid(doomed))
    await rig.sweep(HUB)
    rig.cloud.refresh_index()
    await rig.sweep(HUB)
    assert [name for name in await rig.open(HUB) if name.endswith(("project", "jane"))] == []


async def test_hub_gone() -> None:
    """A hub that is deleted takes its findings with it, also those on what it leant on."""
    rig = Rig.of(HUB, dependent(tags={}), SLEEPLESS, enforce=False)
    await rig.sweep(HUB)
    assert {name.split()[0] for name in await rig.open(HUB)} == {"HW-LOG-001", "HW-TAG-002", "HW-CMP-001"}
    rig.cloud.delete(rid(HUB))
    await rig.event(HUB)
    assert await rig.open(HUB) == {}


async def test_index_behind() -> None:
    """Resource Graph may show an untagged project that has long been tagged: before a write it is read directly."""
    rig = Rig.of(HUB, diagnostics(), UNTAGGED)
    rig.cloud.freeze_index()
    rig.document(UNTAGGED)["tags"] = dict(TAGS)
    await rig.sweep(HUB)
    assert (rig.cloud.writes, await rig.open(HUB)) == ([], {})


async def test_sweep_twice() -> None:
    """A sweep mends all there is to mend; a second one writes nothing and ends what was mended."""
    documents = (dependent(tags={}), UNTAGGED, SLEEPLESS, cluster(least=2), connection(of="project"))
    rig = Rig.of(HUB, *documents)
    await rig.sweep(HUB)
    assert sorted(step.rule for step in rig.cloud.writes) == [
        "HW-CMP-001",
        "HW-CMP-002",
        "HW-LOG-001",
        "HW-TAG-001",
        "HW-TAG-002",
    ]
    await rig.sweep(HUB)
    assert (len(rig.cloud.writes), await rig.open(HUB)) == (5, {})


async def test_shared_storage() -> None:
    """Storage of two hubs with different cost centres gets no cost centre, whichever hub is swept."""
    one = hub("one", storageAccount=dependent_id())
    two = hub("two", tags={**TAGS, "CostCenter": "CC-0002"}, storageAccount=dependent_id())
    rig = Rig.of(one, two, shared := dependent(tags={"Environment": "prod", "Owner": TAGS["Owner"]}), enforce=False)
    await rig.sweep(one, two)
    rig.enforce = True
    await rig.sweep(one, two, one)
    assert "CostCenter" not in rig.document(shared)["tags"]
    assert [name for name in await rig.open(one) if name.startswith("HW-TAG-002")] == ["HW-TAG-002 stai"]


async def test_dependent_event() -> None:
    """An event about storage reaches the hub that leans on it, once a run has seen that it does."""
    rig = Rig.of(HUB, storage := dependent())
    await rig.sweep(HUB)
    rig.document(storage)["tags"] = {}
    assert await rig.event(storage) == Handled(runs=1)
    assert rig.document(storage)["tags"] == TAGS


@pytest.mark.parametrize(("value", "writes"), [("prod", 0), ("dev", 1)], ids=["off there", "enforced there"])
async def test_scope_by_workspace_tag(value: str, writes: int) -> None:
    """An event about a compute is judged by the policy of its workspace, which is read for its tags."""
    scopes = {"HW-CMP-001": (Scope(Match(tag=("Environment", value)), effect=Effect.OFF),)}
    rig = Rig.of(HUB, SLEEPLESS, policy=policy(scopes=scopes))
    await rig.event(SLEEPLESS)
    assert (len(rig.cloud.writes), len(rig.findings(Change="opened")), await rig.open(HUB)) == (writes, writes, {})


async def test_budget() -> None:
    """Above the hub's hourly budget everything is held, and the hour passes."""
    names = ("a", "b", "c")
    rig = Rig.of(HUB, *(project(name, tags={}) for name in names), policy=policy(limits=Limits(50, 2)))
    for name in names:
        await rig.event(rid(workspace_id(name)))
    assert [len(rig.document(rid(workspace_id(name)))["tags"]) for name in names] == [3, 3, 0]
    rig.clock.advance(hours=1)
    await rig.event(rid(workspace_id("c")))
    assert len(rig.cloud.writes) == 3


async def test_memory_of_owner() -> None:
    """A compute's finding names the hub's owner, who was last seen when the hub was read."""
    rig = Rig.of(HUB, diagnostics(), SLEEPLESS, enforce=False)
    await rig.event(HUB)
    await rig.event(SLEEPLESS)
    assert {row["Owner"] for row in rig.findings(Kind="compute")} == {"jane@contoso.example"}


async def test_first_seen() -> None:
    """A finding that stays keeps the moment it was first seen."""
    rig = Rig.of(HUB, UNTAGGED, enforce=False)
    await rig.event(UNTAGGED)
    since = rig.clock.now()
    rig.clock.advance(days=2)
    await rig.event(UNTAGGED)
    assert {row["FirstSeen"] for row in rig.findings(Rule="HW-TAG-001")} == {since.isoformat()}


async def test_preview() -> None:
    """A preview tells what a sweep would do, and neither writes nor remembers."""
    rig = Rig.of(HUB, diagnostics(), UNTAGGED)
    preview = await rig.reconciler.preview([rid(HUB)])
    assert [(step.rule, step.status.value) for step in preview.plan.steps] == [("HW-TAG-001", "ready")]
    assert (rig.cloud.writes, await rig.open(HUB), rig.log.tables) == ([], {}, {})


async def test_heartbeat() -> None:
    """That runs end is kept for health."""
    rig = Rig.of(HUB, diagnostics())
    await rig.sweep(HUB)
    rig.clock.advance(minutes=5)
    await rig.sweep(HUB)
    assert await rig.store.last_run() == rig.clock.now()


async def test_a_fix_is_read_back() -> None:
    """What was written is read again, and the finding it mended ends in the run that opened it."""
    rig = Rig.of(HUB, untagged := project(tags={}))
    await rig.event(untagged)
    assert [row["Change"] for row in rig.findings(Rule="HW-TAG-001")] == ["opened", "resolved"]
    assert await rig.open(HUB) == {}


async def test_a_fix_that_azure_only_accepted_stays_open() -> None:
    """Until the operation has ended and its event brings somebody to look."""
    rig = Rig.of(HUB, SLEEPLESS)
    rig.cloud.accept_only(rid(SLEEPLESS))
    await rig.event(SLEEPLESS)
    assert list(await rig.open(HUB)) == ["HW-CMP-001 ci-jane"]
    rig.cloud.finish()
    await rig.event(SLEEPLESS)
    assert (len(rig.cloud.writes), await rig.open(HUB)) == (1, {})


async def test_a_long_running_fix_is_not_read_back_at_once() -> None:
    """It would show the old value; the event at the operation's end brings somebody to look."""
    opened = hub(publicNetworkAccess="Enabled", privateEndpointConnections=APPROVED)
    rig = Rig.of(opened, diagnostics(), policy=policy(auto_approve="CHG-7"))
    await rig.event(opened)
    assert list(await rig.open(HUB)) == ["HW-NET-001 hub"]
    await rig.event(opened)
    assert (len(rig.cloud.writes), await rig.open(HUB)) == (1, {})
