"""Judge: which rules speak of which facts, what policy says there, and who is named."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.engine.judge import Judged, judge
from shared.model.compute_memory import Notice, Rung
from shared.model.estate import Estate
from shared.model.facts import Fact, Gap, Kind, Seen, kind_of
from shared.model.finding import Severity, Verdict
from shared.policy.policy import Effect, Exemption, Match, Policy, Scope
from shared.rules.catalogue import RULES
from shared.rules.rule import Judgement, Known, Reads, Rule
from tests.builders import (
    GROUP,
    JANE,
    NOW,
    SUBSCRIPTION,
    Document,
    connection,
    dependent,
    dependent_id,
    hub,
    identified,
    instance,
    policy,
    project,
    rid,
    workspace_id,
)

HUB = rid(workspace_id("hub"))
IDLE = "HW-CMP-001"


def judged(*documents: Document | Fact, given: Policy | None = None, gaps: tuple[Gap, ...] = ()) -> Judged:
    """The judgement of all rules on some documents."""
    facts = [item if isinstance(item, Fact) else Fact.of(item) for item in documents]
    return judge(Estate.of(facts, gaps), RULES, given or policy(), NOW)


def verdicts(said: Judged, rule: str) -> list[Verdict]:
    """What one rule says."""
    return [finding.verdict for finding in said.findings if finding.rule == rule]


def unreadable(name: str) -> Fact:
    """A workspace that answers 403."""
    resource = rid(workspace_id(name))
    return Fact(resource, kind_of(resource), seen=Seen.UNREADABLE, reason="403", permission="x/read")


def test_unread_workspace() -> None:
    """What nobody could read may be a hub or a project, so the rules of both say unknown, with what is lacking."""
    said = judged(unreadable("hub"))
    assert {f.verdict for f in said.findings} == {Verdict.UNKNOWN}
    about = {"HW-NET-001", "HW-NET-002", "HW-PRJ-001", "HW-TAG-001", "HW-TAG-005", "HW-LOG-001", "HW-IMG-004"}
    assert {f.rule for f in said.findings} == about
    assert {"it needs x/read" in f.message for f in said.findings} == {True}


def test_gap() -> None:
    """A list that could not be read makes the rules about what it holds unknown, on the resource whose list it is."""
    said = judged(hub(), gaps=(Gap(HUB, Kind.COMPUTE, "503", "y/read"),))
    found = [(f.rule, f.resource) for f in said.findings if "computes of hub could not be read" in f.message]
    about = sorted(rule.id for rule in RULES if Kind.COMPUTE in rule.kinds and rule.reads is not Reads.PEOPLE)
    assert found == [(rule, HUB) for rule in about]


def test_gap_of_family() -> None:
    """A rule about hubs and projects says one thing of the hub, also when its projects could not be read."""
    said = judged(hub(tags={}), gaps=(Gap(HUB, Kind.PROJECT, "503"),))
    assert (verdicts(said, "HW-TAG-001"), verdicts(said, "HW-PRJ-001")) == ([Verdict.FAIL], [Verdict.UNKNOWN])


def test_gap_off() -> None:
    """A rule that is switched off does not mind a list it cannot read."""
    said = judged(hub(), gaps=(Gap(HUB, Kind.COMPUTE, "503"),), given=policy(effects={IDLE: Effect.OFF}))
    assert verdicts(said, IDLE) == []


def test_focus() -> None:
    """Only what the run is about is judged; the rest is context."""
    facts = [Fact.of(hub()), Fact.of(project())]
    estate = Estate({f.id: f for f in facts}, focus=frozenset({facts[1].id}))
    assert {f.resource.name for f in judge(estate, RULES, policy(), NOW).findings} == {"project"}


def test_order() -> None:
    """Findings come by resource and rule, however the facts came."""
    one, two = judged(hub(), project()), judged(project(), hub())
    assert [f.fingerprint for f in one.findings] == [f.fingerprint for f in two.findings]


LONELY = instance(idleTimeBeforeShutdown=None)
"""An instance that never stops; its hub is not beside it unless a test puts it there."""


@pytest.mark.parametrize(
    ("match", "covered"),
    [
        pytest.param(Match(name="ci-*"), True, id="name"),
        pytest.param(Match(name="CI-JANE"), True, id="name in capitals"),
        pytest.param(Match(name="hub"), True, id="workspace's name"),
        pytest.param(Match(name="hu"), False, id="part of a name"),
        pytest.param(Match(subscription=SUBSCRIPTION.upper()), True, id="subscription"),
        pytest.param(Match(resource_group="RG-AI"), True, id="group"),
        pytest.param(Match(resource_group="rg-ai", name="other-*"), False, id="all parts must match"),
        pytest.param(Match(subscription="other"), False, id="other subscription"),
    ],
)
@pytest.mark.parametrize("around", [(), (hub(),)], ids=["alone", "with its hub"])
def test_scope(match: Match, covered: bool, around: tuple[Document, ...]) -> None:  # noqa: FBT001 - the expected answer
    """A scope covers a child by its workspace's name too, whether or not the workspace was read."""
    said = judged(LONELY, *around, given=policy(scopes={IDLE: (Scope(match, effect=Effect.OFF),)}))
    assert verdicts(said, IDLE) == ([] if covered else [Verdict.FAIL])


@pytest.mark.parametrize(
    ("around", "expected"),
    [
        pytest.param((hub(),), [], id="covered"),
        pytest.param((hub(tags={"ENVIRONMENT": "prod"}),), [], id="in capitals"),
        pytest.param((hub(tags={"Environment": "dev"}),), [Verdict.FAIL], id="another value"),
        pytest.param((hub(tags=None),), [Verdict.FAIL], id="null"),
        pytest.param((), [Verdict.UNKNOWN], id="not read"),
        pytest.param((unreadable("hub"),), [Verdict.UNKNOWN], id="unreadable"),
    ],
)
def test_scope_by_tag(around: tuple[Document | Fact, ...], expected: list[Verdict]) -> None:
    """Where policy goes by the workspace's tags and nobody could read them, nothing is decided, nor written."""
    scopes = {IDLE: (Scope(Match(tag=("Environment", "prod")), effect=Effect.OFF),)}
    said = judged(LONELY, *around, given=policy(scopes=scopes))
    assert (verdicts(said, IDLE), len([w for w in said.wanted if w.rule.id == IDLE])) == (
        expected,
        expected.count(Verdict.FAIL),
    )


def test_narrowest_scope() -> None:
    """The most specific scope wins, of equals the later; what it does not say stays as it is elsewhere."""
    scopes = (
        Scope(Match(name="ci-*"), severity=Severity.CRITICAL),
        Scope(Match(name="*-jane"), severity=Severity.LOW),
        Scope(Match(subscription=SUBSCRIPTION, resource_group="rg-ai"), effect=Effect.OFF),
    )
    (finding,) = [f for f in judged(LONELY, given=policy(scopes={IDLE: scopes})).findings if f.rule == IDLE]
    assert (finding.verdict, finding.severity, finding.expected) == (Verdict.FAIL, Severity.LOW, "PT60M")


def test_scope_parameters() -> None:
    """A scope's parameters stand over the default ones."""
    scope = Scope(Match(name="hub"), parameters={"after": "PT15M"})
    (want,) = [w for w in judged(LONELY, given=policy(scopes={IDLE: (scope,)})).wanted if w.rule.id == IDLE]
    assert want.fix.after == {"idleTimeBeforeShutdown": "PT15M"}


def waiver(scope: str, *, rule: str = IDLE, **left: float) -> Exemption:
    """A waiver that ends in so long."""
    return Exemption(rule, rid(scope), "jane@contoso.example", "CHG-1", NOW + timedelta(**left))


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (LONELY["id"], Verdict.EXEMPT),
        (LONELY["id"].upper(), Verdict.EXEMPT),
        (workspace_id("hub"), Verdict.EXEMPT),
        (GROUP, Verdict.EXEMPT),
        (f"/subscriptions/{SUBSCRIPTION}", Verdict.EXEMPT),
        (workspace_id("hub2"), Verdict.FAIL),
        (workspace_id("hu"), Verdict.FAIL),
    ],
)
def test_exempt(scope: str, expected: Verdict) -> None:
    """A waiver covers its resource and everything under it, and nothing else."""
    said = judged(LONELY, given=policy(exemptions=(waiver(scope, days=1),)))
    assert verdicts(said, IDLE) == [expected]


def test_exempt_project_by_hub() -> None:
    """A waiver on a hub covers its projects, which do not lie under it by their ids."""
    given = policy(exemptions=(waiver(workspace_id("hub"), rule="HW-TAG-001", days=1),))
    assert verdicts(judged(project(tags={}), given=given), "HW-TAG-001") == [Verdict.EXEMPT]


@pytest.mark.parametrize(
    ("left", "expected"), [(60, Verdict.EXEMPT), (0, Verdict.FAIL), (-60, Verdict.FAIL)], ids=["before", "at", "after"]
)
def test_exempt_until(left: int, expected: Verdict) -> None:
    """A waiver stops working at its minute."""
    given = policy(exemptions=(waiver(LONELY["id"], seconds=left),))
    assert verdicts(judged(LONELY, given=given), IDLE) == [expected]


def test_exempt_only_failures() -> None:
    """What complies or is unknown needs no waiver: it stays what it is."""
    given = policy(exemptions=(waiver(workspace_id("hub"), days=1),))
    said = judged(instance(), given=given, gaps=(Gap(HUB, Kind.COMPUTE, "503"),))
    assert verdicts(said, IDLE) == [Verdict.UNKNOWN, Verdict.PASS]


@pytest.mark.parametrize(
    ("documents", "owner"),
    [
        pytest.param([project(tags={"owner": "joe"}), hub()], "joe", id="its own"),
        pytest.param([project(tags={}), hub()], "jane@contoso.example", id="its hub's"),
        pytest.param([project(tags={"Owner": ""}), hub()], "jane@contoso.example", id="not an empty one"),
        pytest.param([project(tags={})], "last known", id="the last known"),
    ],
)
def test_owner(documents: list[Document], owner: str) -> None:
    """A finding names the nearest owner, or the one last known where no tag was read."""
    said = judge(Estate.of(map(Fact.of, documents)), RULES, policy(), NOW, owner="last known")
    assert {f.owner for f in said.findings if f.resource.name == "project"} == {owner}


def test_owner_of_child() -> None:
    """A compute is its project's owner's."""
    said = judged(instance(of="project"), project(tags={"Owner": "joe"}), hub())
    assert {f.owner for f in said.findings if f.resource.name == "ci-jane"} == {"joe"}


def test_hub_of_finding() -> None:
    """A finding on a project's compute belongs to the project's hub."""
    said = judged(instance(of="project"), project(), hub())
    assert {f.hub for f in said.findings if f.resource.name == "ci-jane"} == {HUB}


KEYED = connection(authType="ApiKey", isSharedToAll=True, metadata={"ResourceId": dependent_id("account")})
FAMILY = (identified(hub()), identified(project(), "another"), dependent("account", customSubDomainName="x"))


def test_a_failure_may_ask_for_more_than_one_write() -> None:
    """Each is wanted by itself, for the same finding."""
    facts = [Fact.of(document) for document in (*FAMILY, KEYED)]
    listed = frozenset({(facts[2].id, Kind.ROLE_ASSIGNMENT)})
    said = judge(Estate({f.id: f for f in facts}, listed=listed), RULES, policy(), NOW)
    asked = [want for want in said.wanted if want.rule.id == "HW-KEY-006"]

    assert [want.fix.before["principal"] for want in asked] == ["principal-of-hub", "another"]
    assert len({want.finding.fingerprint for want in asked}) == 1
    assert verdicts(said, "HW-KEY-006") == [Verdict.FAIL]


def test_rules_about_a_family_are_asked_where_it_is_whole() -> None:
    """In an event's estate they say nothing, and end nothing by that."""
    estate = replace(Estate.of(map(Fact.of, (*FAMILY, KEYED))), whole=False)
    said = judge(estate, RULES, policy(), NOW)
    about_families = {rule.id for rule in RULES if rule.reads is Reads.FAMILY}

    assert about_families == {"HW-CMP-008", "HW-KEY-006", "HW-KEY-007"}
    assert about_families <= said.unasked
    assert not [f for f in said.findings if f.rule in about_families]


def test_rules_about_people_are_asked_where_somebody_looked() -> None:
    """Where nobody did they say nothing, and end nothing by that; that all are still there is an answer."""
    estate = Estate.of([Fact.of(instance())])
    silent, said, told = (
        judge(estate, RULES, policy(), NOW, known=Known(gone_people=gone))
        for gone in (None, frozenset[str](), frozenset({JANE}))
    )

    assert ("HW-CMP-005" in silent.unasked, verdicts(silent, "HW-CMP-005")) == (True, [])
    assert ("HW-CMP-005" in said.unasked, verdicts(said, "HW-CMP-005")) == (False, [Verdict.PASS])
    assert verdicts(told, "HW-CMP-005") == [Verdict.FAIL]


def telling(*said: Judgement) -> Rule:
    """A rule about computes that says these things, one after the other."""
    answers = iter(said)
    return replace(next(rule for rule in RULES if rule.id == IDLE), check=lambda _fact, _context: next(answers))


NOTICE = Notice(Rung.WARNED, "25.12.31", NOW)


@pytest.mark.parametrize(
    ("worse", "severity"), [(0, Severity.MEDIUM), (1, Severity.HIGH), (2, Severity.CRITICAL), (9, Severity.CRITICAL)]
)
def test_a_failure_may_be_worse_than_its_rule(worse: int, severity: Severity) -> None:
    """By so many grades, from what policy says of the rule."""
    rule = telling(Judgement(Verdict.FAIL, "It is bad.", worse=worse))
    (finding,) = judge(Estate.of([Fact.of(instance())]), [rule], policy(), NOW).findings

    assert finding.severity is severity


@pytest.mark.parametrize(
    ("verdict", "given", "told"),
    [
        pytest.param(Verdict.FAIL, policy(), True, id="fails"),
        pytest.param(Verdict.FAIL, policy(effect=Effect.AUDIT), True, id="fails, and nothing is written"),
        pytest.param(Verdict.PASS, policy(), False, id="passes"),
        pytest.param(Verdict.UNKNOWN, policy(), False, id="unknown"),
        pytest.param(Verdict.FAIL, policy(effect=Effect.OFF), False, id="off"),
        pytest.param(Verdict.FAIL, policy(exemptions=(waiver(workspace_id("hub"), days=1),)), False, id="exempt"),
    ],
)
def test_owners_are_told_of_what_fails(verdict: Verdict, given: Policy, told: bool) -> None:  # noqa: FBT001 - expected
    """And of nothing that somebody has accepted, that nobody knows, or that policy does not want judged."""
    rule = telling(Judgement(verdict, "So it is.", notice=NOTICE))
    said = judge(Estate.of([Fact.of(instance())]), [rule], given, NOW)

    assert said.notices == tuple((finding, NOTICE) for finding in said.findings if told)
    assert len(said.notices) == told
