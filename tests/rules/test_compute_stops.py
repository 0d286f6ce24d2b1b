"""Rules about what stops an instance by itself: schedules, idleness, and an identity that may."""

from typing import Any

import pytest

from shared.images.identity import CONTRIBUTOR, MAY_STOP
from shared.model.estate import Estate
from shared.model.facts import Fact, Gap, Kind
from shared.model.finding import Verdict
from shared.rules.compute_stops import IDLE_SHUTDOWN_WORKS, STOPS_BY_SCHEDULE
from shared.rules.rule import Judgement, Rule
from tests.builders import Document, cluster, identified, instance, recorded, rid, role_assignment, workspace_id
from tests.rules.asking import ask, verdict

CLUSTER, INSTANCE, CREATING = recorded("computes.json")["value"]
HUB = workspace_id("hub")
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
COMES_BY_ITSELF = "principal-of-hub"


def scheduled(*rows: Any, **inner: Any) -> Document:  # noqa: ANN401 - any JSON
    """An instance with these schedules and, unless a test says so, no idle shutdown."""
    return instance(**{"idleTimeBeforeShutdown": None, "schedules": {"computeStartStop": list(rows)}, **inner})


STOP = {"action": "Stop", "status": "Enabled", "provisioningStatus": "Completed"}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(scheduled(STOP), Verdict.PASS, id="stops"),
        pytest.param(scheduled({"action": "Stop"}), Verdict.PASS, id="says no more"),
        pytest.param(scheduled({**STOP, "action": "Start"}), Verdict.FAIL, id="only starts"),
        pytest.param(scheduled({**STOP, "status": "Disabled"}), Verdict.FAIL, id="switched off"),
        pytest.param(scheduled({**STOP, "provisioningStatus": "Failed"}), Verdict.FAIL, id="never set up"),
        pytest.param(scheduled(None, "text", {**STOP, "action": "Start"}, STOP), Verdict.PASS, id="one of several"),
        pytest.param(instance(), Verdict.PASS, id="stops when idle"),
        pytest.param(instance(customServices=[{"name": "rstudio"}]), Verdict.FAIL, id="is never idle"),
        pytest.param(instance(customServices=[]), Verdict.PASS, id="no applications"),
        pytest.param(scheduled(STOP, customServices=[{"name": "rstudio"}]), Verdict.PASS, id="never idle, but stops"),
        pytest.param(scheduled(), Verdict.FAIL, id="neither"),
        pytest.param(instance(idleTimeBeforeShutdown=None, schedules=None), Verdict.FAIL, id="null schedules"),
        pytest.param(INSTANCE, Verdict.FAIL, id="recorded"),
        pytest.param(CREATING, Verdict.UNKNOWN, id="recorded, being created"),
        pytest.param(CLUSTER, None, id="cluster"),
    ],
)
def test_schedule(document: Document, expected: Verdict | None) -> None:
    """A schedule that stops it or, where an instance can be idle, an idle shutdown."""
    assert verdict(ask(STOPS_BY_SCHEDULE, document)) is expected


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (scheduled(), "Nothing else does either"),
        (instance(customServices=[{"name": "rstudio"}]), "(PT30M) never comes"),
        (instance(), "policy wants a schedule even so"),
    ],
)
def test_policy_may_want_a_schedule_of_all(document: Document, words: str) -> None:
    """Each hears what becomes of it without; only with a schedule all pass."""
    judgement = ask(STOPS_BY_SCHEDULE, document, despite=("idle_shutdown",))

    assert judgement is not None
    assert (judgement.verdict, words in judgement.message) == (Verdict.FAIL, True)
    assert verdict(ask(STOPS_BY_SCHEDULE, scheduled(STOP), despite=("idle_shutdown",))) is Verdict.PASS


IDENTIFIED = identified(instance(), COMES_BY_ITSELF)


def assigned(*principals: str | None, kind: str = "UserAssigned", **more: Any) -> Document:  # noqa: ANN401 - JSON
    """An instance with user-assigned identities."""
    users = {f"/subscriptions/s/identity-{number}": {"principalId": one} for number, one in enumerate(principals)}
    return {**instance(), "identity": {"type": kind, "userAssignedIdentities": users, **more}}


def granted(role: str, principal: str = COMES_BY_ITSELF, **properties: Any) -> Document:  # noqa: ANN401 - JSON
    """A role that bears on the hub."""
    return role_assignment(role, principal, on=HUB, **properties)


def judged(document: Document, *roles: Document) -> Judgement | None:
    """What the rule says where the workspace's role assignments were read."""
    return ask(IDLE_SHUTDOWN_WORKS, document, *roles, listed=[(rid(HUB), Kind.ROLE_ASSIGNMENT)])


@pytest.mark.parametrize(
    ("document", "roles", "expected"),
    [
        pytest.param(instance(), [], None, id="no identity"),
        pytest.param({**instance(), "identity": {"type": "None"}}, [], None, id="an identity of type None"),
        pytest.param(identified(instance(idleTimeBeforeShutdown=None)), [], None, id="no idle shutdown"),
        pytest.param(identified(cluster()), [], None, id="cluster"),
        pytest.param(CREATING, [], None, id="recorded, being created"),
        pytest.param(IDENTIFIED, [], Verdict.FAIL, id="no role"),
        pytest.param(IDENTIFIED, [granted(READER)], Verdict.FAIL, id="another role"),
        pytest.param(IDENTIFIED, [granted(CONTRIBUTOR.id, "somebody")], Verdict.FAIL, id="somebody else's"),
        pytest.param(IDENTIFIED, [granted(CONTRIBUTOR.id)], Verdict.PASS, id="contributor"),
        pytest.param(IDENTIFIED, [granted(CONTRIBUTOR.id, COMES_BY_ITSELF.upper())], Verdict.PASS, id="in capitals"),
        pytest.param(IDENTIFIED, [granted(OWNER)], Verdict.PASS, id="owner"),
        pytest.param(
            IDENTIFIED, [granted(CONTRIBUTOR.id, condition="@Resource[x]")], Verdict.UNKNOWN, id="under a condition"
        ),
        *(
            pytest.param(IDENTIFIED, [granted(role)], Verdict.UNKNOWN, id=f"may stop it: {role[:8]}")
            for role in sorted({MAY_STOP.id, *MAY_STOP.included_in})
        ),
        pytest.param(assigned("one"), [granted(CONTRIBUTOR.id, "one")], Verdict.PASS, id="user-assigned"),
        pytest.param(assigned("one", "two"), [granted(CONTRIBUTOR.id, "one")], Verdict.FAIL, id="one of two"),
        pytest.param(assigned(), [], Verdict.UNKNOWN, id="none shown"),
        pytest.param(assigned(None), [], Verdict.UNKNOWN, id="no object id"),
        pytest.param(
            assigned("one", kind="SystemAssigned, UserAssigned"), [], Verdict.UNKNOWN, id="one of two without object id"
        ),
        pytest.param(
            assigned("one", kind="systemAssigned,userAssigned", principalId="own"),
            [granted(CONTRIBUTOR.id, "one"), granted(CONTRIBUTOR.id, "own")],
            Verdict.PASS,
            id="both",
        ),
    ],
)
def test_identity(document: Document, roles: list[Document], expected: Verdict | None) -> None:
    """Each identity must be a contributor of the workspace for sure; a role that may do is no failure, and no pass."""
    assert verdict(judged(document, *roles)) is expected


def test_nothing_is_granted() -> None:
    """Whoever works on the instance would have the role too: it is said, and nothing proposed."""
    judgement = judged(IDENTIFIED)

    assert judgement is not None
    assert (judgement.fix, judgement.actual) == (None, {"lacking": [COMES_BY_ITSELF]})
    assert "(PT30M) does nothing" in judgement.message


@pytest.mark.parametrize(
    ("gaps", "words"),
    [
        ((), "nobody looked at the role assignments"),
        ((Gap(rid(HUB), Kind.ROLE_ASSIGNMENT, "403", "x/read"),), "403; it needs x/read"),
    ],
    ids=["not looked at", "not readable"],
)
def test_assignments_that_were_not_read_decide_nothing(gaps: tuple[Gap, ...], words: str) -> None:
    """Unknown, with what would have let us."""
    judgement = ask(IDLE_SHUTDOWN_WORKS, IDENTIFIED, gaps=gaps)

    assert judgement is not None
    assert (judgement.verdict, words in judgement.message) == (Verdict.UNKNOWN, True)


def test_assignments_are_asked_for_where_they_matter() -> None:
    """Of a workspace with such an instance, once, and of no other."""
    documents = [
        IDENTIFIED,
        identified(instance("ci-joe")),
        instance("ci-ann", of="chat"),
        identified(cluster(of="lab")),
    ]
    facts = [Fact.of(document) for document in documents]
    asked = {each for fact in facts for each in IDLE_SHUTDOWN_WORKS.lists(fact, Estate.of(facts))}

    assert asked == {(rid(HUB), Kind.ROLE_ASSIGNMENT)}


@pytest.mark.parametrize("rule", [STOPS_BY_SCHEDULE, IDLE_SHUTDOWN_WORKS], ids=lambda rule: rule.id)
def test_no_properties(rule: Rule) -> None:
    """What shows nothing of itself is no instance that anybody knows of."""
    assert ask(rule, {**instance(), "properties": None}) is None
