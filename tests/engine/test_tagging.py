"""Tagging through the whole engine: what is shared, what contains hubs, what is no hub, and who created it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.engine.scope import families
from shared.model.cost_tags import CostTag, CostTags, Creator, Origin, Shared
from shared.model.message import Deed, Event, Sweep
from tests.builders import (
    COST_TAGS,
    NOW,
    TAGS,
    connection,
    dependent,
    dependent_id,
    group,
    hub,
    policy,
    project,
    rid,
)
from tests.rig import Rig

HUB = hub(storageAccount=dependent_id())


@pytest.mark.parametrize("by", ["its own properties", "a connection"])
async def test_shared_storage_on_the_first_sweep(by: str) -> None:
    """The sweep tells of all hubs before any is looked at, so the first one takes nothing shared for its own."""
    named = dependent_id() if by == "its own properties" else None
    leads = [connection(of=name, metadata={"ResourceId": dependent_id()}) for name in ("one", "two") if not named]
    one = hub("one", storageAccount=named)
    two = hub("two", tags={**TAGS, "CostCenter": "CC-0002"}, storageAccount=named)
    rig = Rig.of(one, two, shared := dependent(tags={}), *leads)
    await rig.sweep(one, two)
    assert "CostCenter" not in rig.document(shared)["tags"]


async def test_a_group_takes_no_cost_centre_from_one_of_its_hubs() -> None:
    """Before a sweep has told of all hubs in a group, nobody tags it; then only what all of them say."""
    one, two = hub("one"), hub("two", tags={"Environment": "prod"})
    rig = Rig.of(one, two, containing := group({}))
    await rig.event(one)
    assert rig.document(containing)["tags"] == {}
    await rig.sweep(one, two)
    assert rig.document(containing)["tags"] == {"Environment": "prod"}


async def test_a_hundred_hubs_in_a_group_do_not_read_each_other() -> None:
    """Only the first hub of a group looks at all the others, and at many of them at once."""
    hubs = [hub(f"h{number:03}") for number in range(100)]
    rig = Rig.of(*hubs, group({}), enforce=False)
    await rig.introduce()
    reads = []
    for one in hubs:
        before = rig.cloud.reads
        await rig.reconciler.handle(Sweep(rid(one)), "worker-1")
        reads.append(rig.cloud.reads - before)
    assert (reads[0] - reads[1] < 5, len(set(reads[1:]))) == (True, 1)
    assert len(rig.findings(Rule="HW-TAG-004", Verdict="fail")) == 1


async def test_a_foundry_account() -> None:
    """An account with projects of its own is swept and tagged like a hub, by what its group says."""
    account = {**dependent("account", tags={}), "kind": "AIServices", "properties": {"allowProjectManagement": True}}
    tags = CostTags((CostTag("CostCenter", sources=(Origin.RESOURCE, Origin.HUB, Origin.RESOURCE_GROUP)),))
    rig = Rig.of(account, group(), policy=policy(cost_tags=tags))
    found = await rig.cloud.hubs()
    await rig.sweep(*await families(found, rig.store, rig.clock.now()))
    assert rig.document(account)["tags"] == {"CostCenter": TAGS["CostCenter"]}
    rig.document(account)["tags"] = {}
    await rig.event(account)
    assert rig.document(account)["tags"] == {"CostCenter": TAGS["CostCenter"]}


async def test_who_created_a_project() -> None:
    """The event of a creation names who did it, and the tag keeps that; where policy wants none, nothing is kept."""
    born = {**project(), "systemData": {"createdAt": (NOW - timedelta(minutes=1)).isoformat(), "createdBy": "x"}}
    deed = Deed("sam@contoso.example", NOW)
    for wanted, expected in ((COST_TAGS, "sam@contoso.example"), (replace(COST_TAGS, creator=Creator()), None)):
        rig = Rig.of(HUB, born, policy=policy(cost_tags=wanted))
        event = Event("e", "Microsoft.Resources.ResourceWriteSuccess", rid(born), deed=deed)
        await rig.reconciler.handle(event, "worker-1")
        assert rig.document(born)["tags"].get("CreatedBy") == expected


FOR_ALL = "CC-9000"
BY_GROUP = CostTag(
    "CostCenter",
    sources=(Origin.RESOURCE, Origin.HUB, Origin.RESOURCE_GROUP, Origin.MAPPING, Origin.DEFAULT),
    mapped_by="Owner",
    mapping={"ana": "CC-0007"},
)
"""A cost centre that a hub may take from its group, or by its owner."""
OWNER = CostTag("Owner", required=frozenset())


async def test_a_pool_on_a_group_pays_for_no_hub_in_it() -> None:
    """A group carries the pool's value because its hubs differ; that is no answer for one that has none."""
    pooled = replace(BY_GROUP, sources=BY_GROUP.sources[:-1])
    schema = CostTags((pooled, OWNER), shared=Shared(pool={"CostCenter": FOR_ALL}))
    silent, other = hub("one", tags=None), hub("two", tags={"CostCenter": "CC-0001"})
    rig = Rig.of(silent, other, group(tags=None), policy=policy(cost_tags=schema))
    for _ in range(3):
        await rig.sweep(silent, other)

    assert rig.document(rid(group()))["tags"] == {"CostCenter": FOR_ALL}
    assert rig.document(silent)["tags"] is None


async def test_a_default_on_a_group_is_asked_last() -> None:
    """A group carries the default where nobody in it knew better; a hub that comes later goes by its owner."""
    schema = CostTags((replace(BY_GROUP, default=FOR_ALL), OWNER))
    late = hub("late", tags={"Owner": "ana"})
    rig = Rig.of(late, group(tags={"CostCenter": FOR_ALL}), policy=policy(cost_tags=schema))
    await rig.sweep(late)

    assert rig.document(late)["tags"] == {"Owner": "ana", "CostCenter": "CC-0007"}
