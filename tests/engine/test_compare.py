"""Compare: what opened, what is still open, what ended; and what nobody can say."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.engine.compare import Comparison, compare
from shared.engine.record import finding_row
from shared.model.estate import Estate
from shared.model.facts import Fact, Gap, Kind, Seen, kind_of
from shared.model.finding import Change, Finding, OpenFinding, Severity, Verdict
from shared.model.resource_id import ResourceId
from tests.builders import NOW, connection, hub, project, rid, workspace_id
from tests.engine.steps import finding

SINCE = NOW - timedelta(days=3)
HUB, PROJECT = rid(workspace_id("hub")), rid(workspace_id("project"))
CONNECTION = rid(connection(of="project"))


def remembered(found: Finding) -> OpenFinding:
    """A finding as it was remembered three days ago."""
    whose = (found.hub, found.project, found.owner, found.cost_center)
    return OpenFinding(found.fingerprint, found.rule, found.resource, found.severity, SINCE, *whose)


def on(resource: ResourceId) -> OpenFinding:
    """A remembered finding on a resource."""
    return remembered(finding(resource=resource))


def compared(known: list[OpenFinding], found: list[Finding], estate: Estate | None = None) -> Comparison:
    """What a run makes of it."""
    return compare({old.fingerprint: old for old in known}, found, estate or Estate(), NOW)


@pytest.mark.parametrize(
    ("verdict", "known", "change", "since"),
    [
        (Verdict.FAIL, False, Change.OPENED, NOW),
        (Verdict.FAIL, True, Change.OPEN, SINCE),
        (Verdict.PASS, False, Change.NONE, None),
        (Verdict.PASS, True, Change.RESOLVED, SINCE),
        (Verdict.EXEMPT, False, Change.NONE, None),
        (Verdict.EXEMPT, True, Change.RESOLVED, SINCE),
        (Verdict.UNKNOWN, False, Change.NONE, None),
        (Verdict.UNKNOWN, True, Change.NONE, SINCE),
    ],
)
def test_change(verdict: Verdict, known: bool, change: Change, since: object) -> None:  # noqa: FBT001 - a case
    """A failure opens or stays open since it was first seen; unknown does neither, and ends nothing."""
    found = finding(verdict=verdict)
    comparison = compared([remembered(found)] if known else [], [found])
    (tracked,) = comparison.tracked
    assert (tracked.change, tracked.first_seen) == (change, since)
    assert [old.fingerprint for old in comparison.opened] == [found.fingerprint] * (change is Change.OPENED)
    assert list(comparison.resolved) == [found.fingerprint] * (change is Change.RESOLVED)


def test_remember() -> None:
    """What opened is remembered with its severity and its first moment."""
    found = finding()
    assert compared([], [found]).opened == (replace(remembered(found), first_seen=NOW),)


def test_regraded() -> None:
    """A finding whose severity policy changed is remembered anew, since the same moment."""
    old = remembered(finding())
    worse = finding(severity=Severity.CRITICAL)
    assert compared([old], [worse]).opened == (replace(old, severity=Severity.CRITICAL),)


NAMED: dict[str, Any] = {"hub": HUB, "project": PROJECT, "owner": "jane@contoso.example", "cost_center": "1000"}


def test_what_is_gone_is_still_somebodys() -> None:
    """The row of its end names hub, project and owner as they were last known, for the resource says nothing now."""
    found = replace(finding(resource=CONNECTION), **NAMED)
    (kept,) = compared([], [found]).opened
    (ended,) = compared([kept], [], Estate.of([absent(CONNECTION)])).tracked
    row = finding_row("run", ended, NOW)

    names = ("Change", "Hub", "Project", "Owner", "CostCenter")
    assert [row[name] for name in names] == ["resolved", HUB.key, PROJECT.key, "jane@contoso.example", "1000"]


def test_another_owner_is_remembered() -> None:
    """With what an earlier version did not keep; once, and not where a run does not know whom to name."""
    found = replace(finding(), hub=None, project=None, owner="", cost_center="")
    old = remembered(found)
    (kept,) = compared([old], [replace(found, **NAMED)]).opened
    (later,) = compared([kept], [replace(found, **{**NAMED, "owner": "joe@contoso.example"})]).opened

    assert kept == replace(old, **NAMED)
    assert later == replace(kept, owner="joe@contoso.example")
    assert compared([kept], [replace(found, **NAMED)]).opened == ()
    assert compared([kept], [replace(found, hub=None, project=None, owner="", cost_center="")]).opened == ()


def test_an_end_is_as_loud_as_what_it_ends() -> None:
    """Who was woken for a finding that was worse than its rule hears that it is over."""
    old = replace(remembered(finding()), severity=Severity.CRITICAL)
    (tracked,) = compared([old], [finding(verdict=Verdict.PASS)]).tracked
    assert (tracked.change, tracked.finding.severity) == (Change.RESOLVED, Severity.CRITICAL)


def absent(resource: ResourceId) -> Fact:
    """A fact that it is gone."""
    return Fact(resource, kind_of(resource), seen=Seen.ABSENT)


def unreadable(resource: ResourceId) -> Fact:
    """A fact that nobody may look."""
    return Fact(resource, kind_of(resource), seen=Seen.UNREADABLE)


LISTED, COMPUTES = frozenset({(PROJECT, Kind.CONNECTION)}), frozenset({(PROJECT, Kind.COMPUTE)})
REFUSED = Gap(PROJECT, Kind.CONNECTION, "503")


@pytest.mark.parametrize(
    ("estate", "over"),
    [
        pytest.param(Estate.of([Fact.of(connection(of="project"))]), True, id="no rule speaks of it any more"),
        pytest.param(Estate.of([absent(CONNECTION)]), True, id="gone"),
        pytest.param(Estate.of([absent(PROJECT)]), True, id="its workspace gone"),
        pytest.param(replace(Estate.of([Fact.of(project())]), listed=LISTED), True, id="its list holds it no more"),
        pytest.param(Estate.of([Fact.of(project())]), False, id="its list not read"),
        pytest.param(Estate.of([Fact.of(project())], [REFUSED]), False, id="its list refused"),
        pytest.param(replace(Estate.of([Fact.of(project())]), listed=COMPUTES), False, id="another list"),
        pytest.param(Estate.of([unreadable(CONNECTION)]), False, id="not readable"),
        pytest.param(Estate.of([unreadable(PROJECT)]), False, id="its workspace not readable"),
        pytest.param(Estate.of([Fact.of(hub())]), False, id="not looked at"),
        pytest.param(
            replace(Estate.of([Fact.of(connection(of="project"))]), focus=frozenset({HUB})), False, id="only context"
        ),
    ],
)
def test_not_repeated(estate: Estate, over: bool) -> None:  # noqa: FBT001 - the expected answer
    """An open finding that no rule repeats ends only when it is known to be over."""
    old = on(CONNECTION)
    assert compared([old], [], estate).resolved == (old.fingerprint,) * over


def test_ended_words() -> None:
    """A finding that ends with its resource is told as passed, since when it failed."""
    (tracked,) = compared([on(CONNECTION)], [], Estate.of([absent(CONNECTION)])).tracked
    assert (tracked.finding.verdict, tracked.finding.kind, tracked.first_seen) == (Verdict.PASS, Kind.CONNECTION, SINCE)
