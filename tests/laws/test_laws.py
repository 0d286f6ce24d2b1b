"""
The laws of DESIGN.md, each one test over generated estates, run through the whole engine on a world in memory.

The policy enforces every rule and approves every gated fix, so that whatever could be written would be.
"""

import asyncio
import copy
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.model.resource_id import ResourceId
from shared.policy.policy import Exemption, Limits, Policy
from shared.rules.catalogue import RULES
from tests.builders import COST_TAGS, NOW, policy
from tests.fakes import GRAPH
from tests.laws.estates import Generated, estates
from tests.rig import Rig

_PROPER = {name: tag.names[0] for tag in COST_TAGS.tags for name in tag.names[1:]}
"""The proper name, casefolded, of each other name that finance knows of a tag."""

law = settings(max_examples=100, deadline=None)

_MACHINE_LEARNING = "microsoft.machinelearningservices/workspaces"
_TYPES = [
    GRAPH,
    f"{_MACHINE_LEARNING}/connections",
    f"{_MACHINE_LEARNING}/computes",
    "microsoft.insights/diagnosticsettings",
    "microsoft.authorization/roleassignments",
]


def enforcing(estate: Generated, **given_policy: Any) -> Policy:  # noqa: ANN401 - a policy's parts
    """A policy that leaves nothing to approve, with what finance wants in this estate."""
    return policy(**{"auto_approve": "CHG-1", "cost_tags": estate.schema, **given_policy})


def rig(estate: Generated, *, enforce: bool = True, **given_policy: Any) -> Rig:  # noqa: ANN401 - a policy's parts
    """A rig over an estate whose policy leaves nothing to approve."""
    return Rig.of(*estate.documents, enforce=enforce, policy=enforcing(estate, **given_policy))


async def open_findings(made: Rig, estate: Generated) -> list[tuple[ResourceId, list[str]]]:
    """What stands open on each hub."""
    return [(hub, sorted((await made.store.load(hub)).open)) for hub in estate.hubs]


async def learn(made: Rig, estate: Generated) -> None:
    """A sweep in mode audit: the memory knows the estate, and Azure is untouched."""
    enforce, made.enforce = made.enforce, False
    await made.sweep(*estate.hubs)
    made.enforce = enforce


@law
@given(estates())
def test_law_1(estate: Generated) -> None:
    """A second run writes nothing."""

    async def run() -> None:
        made = rig(estate)
        await made.sweep(*estate.hubs)
        written, world = len(made.cloud.writes), copy.deepcopy(made.cloud.world)
        await made.sweep(*estate.hubs)
        assert (len(made.cloud.writes), made.cloud.world) == (written, world)

    asyncio.run(run())


@law
@given(estates())
def test_law_2(estate: Generated) -> None:
    """Audit mode writes nothing to governed resources."""

    async def run() -> None:
        made = rig(estate, enforce=False)
        world = copy.deepcopy(made.cloud.world)
        await made.sweep(*estate.hubs)
        for resource in estate.resources:
            await made.event(resource)
        assert (made.cloud.writes, made.cloud.world) == ([], world)

    asyncio.run(run())


@law
@given(estates())
def test_law_3(estate: Generated) -> None:
    """A tag that is not ours survives; so does every value that somebody set, be it under the tag's proper name."""

    async def run() -> None:
        made = rig(estate)
        await made.sweep(*estate.hubs)
        for resource in estate.resources:
            await made.event(resource)
        for document in estate.documents:
            before, after = (
                document.get("tags") or {},
                made.document(ResourceId.parse(document["id"])).get("tags") or {},
            )
            moved = {name: value for name, value in before.items() if name not in after}
            assert before.items() - moved.items() <= after.items()
            proper = {name.casefold(): value for name, value in after.items()}
            assert {_PROPER[name.casefold()]: value for name, value in moved.items()}.items() <= proper.items()
            assert after.keys() - before.keys() <= {tag.name for tag in COST_TAGS.tags}

    asyncio.run(run())


@law
@given(estates(), st.data())
def test_law_4(estate: Generated, data: st.DataObject) -> None:
    """Losing read access opens no finding, resolves none, and causes no step."""
    subjects: st.SearchStrategy[ResourceId | str] = st.sampled_from([*estate.resources, *_TYPES])
    lost = data.draw(st.lists(st.tuples(subjects, st.booleans()), min_size=1, max_size=4))
    events = data.draw(st.lists(st.sampled_from(estate.resources), max_size=3))

    async def run() -> None:
        made = rig(estate, enforce=False)
        await made.sweep(*estate.hubs)
        for resource in estate.resources:
            await made.event(resource)
        before, known = await open_findings(made, estate), _wanted(made)
        made.log.tables.clear()
        for subject, forbidden in lost:
            (made.cloud.deny if forbidden else made.cloud.down)(subject)
        await made.sweep(*estate.hubs)
        for resource in events:
            await made.event(resource)
        assert await open_findings(made, estate) == before
        assert _wanted(made) <= known

    asyncio.run(run())


def _wanted(made: Rig) -> set[tuple[str, str]]:
    """Which rules want something written where."""
    return {(row["Rule"], row["Resource"]) for row in made.actions()}


@law
@given(estates(), st.data())
def test_law_5(estate: Generated, data: st.DataObject) -> None:
    """
    Order and repetition of events do not change the end state.

    The estate has been swept once: until then nobody knows which hubs share what they lean on.
    """
    order = data.draw(st.permutations(estate.resources))
    repeats = data.draw(st.lists(st.sampled_from(estate.resources), max_size=5))

    async def end(events: list[ResourceId]) -> tuple[object, object]:
        made = rig(estate)
        await learn(made, estate)
        for resource in events:
            await made.event(resource)
        answered = 0
        while answered < len(made.cloud.writes):
            await made.event(made.cloud.writes[answered].target)
            answered += 1
        return made.cloud.world, await open_findings(made, estate)

    assert asyncio.run(end([*order, *repeats])) == asyncio.run(end(estate.resources))


@law
@given(estates())
def test_law_6(estate: Generated) -> None:
    """Our own write's echo plans nothing."""

    async def run() -> None:
        made = rig(estate)
        await made.sweep(*estate.hubs)
        echoes = [step.target for step in made.cloud.writes]
        made.log.tables.clear()
        for target in echoes:
            await made.event(target)
        assert (made.actions(Status="ready"), len(made.cloud.writes)) == ([], len(echoes))

    asyncio.run(run())


@law
@given(estates(), st.data())
def test_law_8(estate: Generated, data: st.DataObject) -> None:
    """An expired exemption stops working at its minute."""
    minutes = data.draw(st.integers(1, 60 * 24 * 180))
    scope = data.draw(st.sampled_from(estate.resources))
    end = NOW + timedelta(minutes=minutes)
    waivers = tuple(Exemption(rule.id, scope, "jane@contoso.example", "CHG-1", end) for rule in RULES)

    async def run() -> None:
        waived, bare = (rig(estate, enforce=False, exemptions=given) for given in (waivers, ()))
        for made in (waived, bare):
            made.clock.at = end - timedelta(microseconds=1)
            await made.sweep(*estate.hubs)
        assert {row["Resource"] for row in waived.findings(Verdict="fail")}.isdisjoint({scope.key})
        assert len(waived.findings(Verdict="exempt")) + len(waived.findings(Verdict="fail")) == len(
            bare.findings(Verdict="fail")
        )
        for made in (waived, bare):
            made.clock.at = end
            await made.sweep(*estate.hubs)
        assert await _open_rules(waived, estate) == await _open_rules(bare, estate)

    asyncio.run(run())


async def _open_rules(made: Rig, estate: Generated) -> list[list[str]]:
    return [fingerprints for _, fingerprints in await open_findings(made, estate)]


@law
@given(estates(), st.integers(0, 6), st.integers(0, 6))
def test_law_9(estate: Generated, per_run: int, per_hour: int) -> None:
    """Above the change limit everything is held, nothing is half done."""

    async def run() -> None:
        made = rig(estate, limits=Limits(per_run, per_hour))
        for resource in estate.resources:
            await made.event(resource)
        await made.sweep(*estate.hubs)
        for header in made.runs:
            rows = made.actions(RunId=header["RunId"])
            done = [row for row in rows if row["Result"] == "done"]
            held = [row for row in rows if "limit" in row["Reason"]]
            assert (len(done) == 0 or len(held) == 0, len(done) <= per_run) == (True, True)
        for hub in estate.hubs:
            assert len(made.actions(Hub=hub.key, Result="done")) <= per_hour

    asyncio.run(run())


def test_policy_is_strict() -> None:
    """The policy of these laws leaves nothing out: every rule is enforced, every gated fix approved."""
    made: Policy = rig(Generated((), ())).policy
    assert {(p.default.effect.value, p.default.auto_approve) for p in made.rules.values()} == {("enforce", "CHG-1")}
