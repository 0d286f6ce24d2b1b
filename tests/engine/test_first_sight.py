"""First sight: since when a connection with somebody else's key is known, and when that is forgotten."""

import asyncio
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.model.facts import Fact
from shared.model.resource_id import ResourceId
from shared.policy.policy import Effect
from shared.rules.outside_keys import OUTSIDE, is_outside
from tests.builders import (
    NOW,
    Document,
    connection,
    dependent,
    dependent_id,
    diagnostics,
    hub,
    policy,
    project,
    rid,
    workspace_id,
)
from tests.laws.estates import Generated, estates
from tests.rig import Rig

HUB, PROJECT = hub(), project()
PARTNER = connection("partner", authType="CustomKeys", category="CustomKeys", target="https://api.partner.example")
THEIRS = connection("theirs", of="project", authType="PAT", category="Git")
OURS = connection(authType="ApiKey", target="", metadata={"ResourceId": dependent_id("account")})
WORLD: tuple[Document, ...] = (HUB, PROJECT, PARTNER, THEIRS, OURS, dependent("account"), diagnostics())
LONG = timedelta(days=200)


@pytest.fixture
async def rig() -> Rig:
    """A hub and its project, each with a key of somebody else's, and the hub with one of an account, swept once."""
    made = Rig.of(*WORLD)
    await made.sweep(HUB)
    made.clock.at = NOW + LONG
    return made


async def known(rig: Rig) -> dict[str, datetime]:
    """Since when each connection is known, by name."""
    found = (await rig.store.load(rid(HUB))).known_since
    return {resource.name: at for resource, at in (found or {}).items()}


async def test_it_is_remembered_once(rig: Rig) -> None:
    """Since the first look, whatever comes after, in a sweep as by an event; nothing of what rotation covers."""
    await rig.sweep(HUB)
    await rig.event(PARTNER)

    assert await known(rig) == {"partner": NOW, "theirs": NOW}


async def test_an_event_is_a_sight(rig: Rig) -> None:
    """A connection that is made is known since then."""
    late = connection("late", authType="UsernamePassword")
    rig.cloud.put(late)
    await rig.event(late)

    assert await known(rig) == {"partner": NOW, "theirs": NOW, "late": NOW + LONG}


async def test_what_is_gone_is_forgotten(rig: Rig) -> None:
    """Be it that an event says so, that a sweep finds it gone, or that its workspace is gone with it."""
    for made in (PARTNER, PROJECT, THEIRS):
        rig.cloud.delete(rid(made))
    await rig.event(PARTNER, what="Delete")
    after_the_event = await known(rig)
    await rig.sweep(HUB)

    assert (after_the_event, await known(rig)) == ({"theirs": NOW}, {})


async def test_what_is_made_anew_starts_anew(rig: Rig) -> None:
    """The same name, another life: and what it stated before does not make it older."""
    rig.cloud.delete(rid(PARTNER))
    await rig.event(PARTNER, what="Delete")
    rig.cloud.put({**PARTNER, "properties": {**PARTNER["properties"], "metadata": {"KeyRenewedOn": "2024-01-01"}}})
    await rig.event(PARTNER)

    assert await known(rig) == {"partner": NOW + LONG, "theirs": NOW}
    assert [row["Verdict"] for row in rig.findings(Rule=OUTSIDE.id, RunId=rig.runs[-1]["RunId"])] == ["pass"]


@pytest.mark.parametrize(
    "properties",
    [{"authType": "AAD"}, {"authType": "ApiKey", "target": "", "metadata": {"ResourceId": dependent_id("account")}}],
    ids=["keyless", "an account's key"],
)
async def test_another_kind_of_key_ends_it(rig: Rig, properties: Document) -> None:
    """A connection that keeps no such key any more is known no more; with one again it starts anew."""
    before = dict(rig.document(PARTNER)["properties"])
    rig.document(PARTNER)["properties"].update(properties)
    await rig.event(PARTNER)
    between = await known(rig)
    rig.document(PARTNER)["properties"] = before
    await rig.event(PARTNER)

    assert (between, await known(rig)) == ({"theirs": NOW}, {"partner": NOW + LONG, "theirs": NOW})


async def test_a_hub_that_is_gone_forgets_all(rig: Rig) -> None:
    """It, and all that was in it."""
    for made in WORLD:
        rig.cloud.delete(rid(made))
    await rig.event(HUB, what="Delete")

    assert await known(rig) == {}


async def test_a_view_is_no_second_connection(rig: Rig) -> None:
    """What a hub shares shows in its projects, and is known once."""
    rig.document(PARTNER)["properties"]["isSharedToAll"] = True
    await rig.sweep(HUB)
    found = (await rig.store.load(rid(HUB))).known_since

    assert set(found or {}) == {rid(PARTNER), rid(THEIRS)}


async def test_it_is_remembered_also_where_nothing_is_judged() -> None:
    """Policy may want the rule only later, and then it must not begin with nothing."""
    rig = Rig.of(*WORLD, policy=policy(effects={OUTSIDE.id: Effect.OFF}), enforce=False)
    await rig.sweep(HUB)

    assert await known(rig) == {"partner": NOW, "theirs": NOW}


async def test_a_project_that_went_unseen_takes_its_connections_along() -> None:
    """Its deletion was told to nobody, and no finding stands open that would lead there."""
    rig = Rig.of(*WORLD, policy=policy(effect=Effect.OFF))
    await rig.sweep(HUB)
    rig.cloud.delete(rid(THEIRS))
    rig.cloud.delete(rid(PROJECT))
    await rig.sweep(HUB)

    assert await known(rig) == {"partner": NOW}


async def test_a_preview_remembers_nothing_and_judges_by_what_is_known(rig: Rig) -> None:
    """It finds what a run would find."""
    rig.cloud.put(connection("late", authType="SAS"))
    preview = await rig.reconciler.preview([rid(HUB)])
    said = {finding.resource.name: finding.verdict.value for finding in preview.findings if finding.rule == OUTSIDE.id}

    assert said == {"partner": "fail", "theirs": "fail", "late": "pass"}
    assert await known(rig) == {"partner": NOW, "theirs": NOW}


_TYPES = [
    "microsoft.machinelearningservices/workspaces",
    "microsoft.machinelearningservices/workspaces/connections",
]


@settings(max_examples=100, deadline=None)
@given(estates(), st.data())
def test_losing_sight_forgets_nothing(estate: Generated, data: st.DataObject) -> None:
    """Whatever cannot be read, and whatever still is there, is known as it was."""
    outside = {rid(one) for one in estate.documents if is_outside(Fact.of(one))}
    lost: list[ResourceId | str] = data.draw(st.lists(st.sampled_from([*estate.resources, *_TYPES]), max_size=4))
    down = data.draw(st.booleans())

    async def run() -> None:
        made = Rig.of(*estate.documents, policy=policy(cost_tags=estate.schema), enforce=False)
        await made.sweep(*estate.hubs)
        before = [(await made.store.load(one)).known_since for one in estate.hubs]
        assert {resource for each in before for resource in each or {}} == outside
        for subject in lost:
            (made.cloud.down if down else made.cloud.deny)(subject)
        made.clock.advance(days=1)
        await made.sweep(*estate.hubs)
        for resource in estate.resources:
            await made.event(resource)
        assert [(await made.store.load(one)).known_since for one in estate.hubs] == before

    asyncio.run(run())


def test_the_world_is_as_it_says() -> None:
    """Two of the connections keep somebody else's key, in two workspaces."""
    outside = [one["id"] for one in WORLD if is_outside(Fact.of(one))]
    assert outside == [
        f"{workspace_id('hub')}/connections/partner",
        f"{workspace_id('project')}/connections/theirs",
    ]
