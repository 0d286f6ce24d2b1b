"""Rules that take an instance from whoever works on it: stopped for its image, restarted for its patches. A Sunday."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.images.identity import CONTRIBUTOR
from shared.images.machine import Machine
from shared.model.action import Fix, RestartInstance, StopInstance
from shared.model.compute_memory import ComputeMemory, Notice, Rung
from shared.model.estate import Estate
from shared.model.facts import Fact, Gap, Kind
from shared.model.finding import Verdict
from shared.rules.images import IMAGE_AT_REST
from shared.rules.patching import PATCHED
from shared.rules.rule import Judgement, Rule
from tests.builders import (
    NOW,
    Document,
    identified,
    instance,
    old_image,
    recorded,
    rid,
    role_assignment,
    workspace_id,
)
from tests.images.sample import owned, warned
from tests.rules.asking import ask, verdict

CREATING = recorded("computes.json")["value"][2]
DAY = timedelta(days=1)
YESTERDAY = NOW - DAY


def asked(rule: Rule, document: Document, **known: Any) -> Judgement:  # noqa: ANN401 - of `ask`
    """What a rule says that has something to say."""
    said = ask(rule, document, **known)
    assert said is not None
    return said


def running(**inner: Any) -> Document:  # noqa: ANN401 - JSON
    """An instance on an old image that runs, and of which nobody can tell whether it is used."""
    return owned(**{"lastOperation": None, "idleTimeBeforeShutdown": None, **inner})


@pytest.mark.parametrize(
    ("document", "remembered", "expected"),
    [
        pytest.param(running(), None, None, id="never told"),
        pytest.param(running(), ComputeMemory(Notice(Rung.REMINDED, "25.12.31", NOW)), None, id="only reminded"),
        pytest.param(running(), warned(NOW + timedelta(minutes=1)), None, id="its date is to come"),
        pytest.param(running(), warned(NOW), Verdict.FAIL, id="its date has come"),
        pytest.param(running(), warned(YESTERDAY, Rung.ESCALATED), Verdict.FAIL, id="escalated"),
        pytest.param(running(), warned(YESTERDAY, image="25.06.30"), None, id="told of another image"),
        pytest.param(
            running(osImageMetadata=instance()["properties"]["properties"]["osImageMetadata"]),
            warned(YESTERDAY, image="26.02.20"),
            None,
            id="now the latest",
        ),
        pytest.param(running(state="Stopped"), warned(YESTERDAY), Verdict.PASS, id="stopped"),
        pytest.param(running(state="Stopping"), warned(YESTERDAY), Verdict.PASS, id="stopping"),
        pytest.param(running(state="JobRunning"), warned(YESTERDAY), Verdict.FAIL, id="a job runs"),
        pytest.param(running(state="Unusable"), warned(YESTERDAY), Verdict.UNKNOWN, id="unusable"),
        pytest.param(running(state=None), warned(YESTERDAY), Verdict.UNKNOWN, id="null state"),
    ],
)
def test_at_rest(document: Document, remembered: ComputeMemory | None, expected: Verdict | None) -> None:
    """An instance must not run on the image it was warned of once the date has come; before that nothing is said."""
    assert verdict(ask(IMAGE_AT_REST, document, remembered=remembered)) is expected


STARTED = {"operationName": "Start", "operationTime": "2026-03-01T05:00:00+00:00"}
USED = "Azure would have stopped it after PT60M without"


def stopped(document: Document, *around: Document, **known: Any) -> Fix:  # noqa: ANN401 - of `ask`
    """What would be done to an instance whose date has come, in Zurich on a Sunday."""
    said = ask(IMAGE_AT_REST, document, *around, remembered=warned(YESTERDAY), **{"zone": "Europe/Zurich", **known})
    assert said is not None
    assert said.fix is not None
    return said.fix


@pytest.mark.parametrize(
    ("document", "parameters", "wait"),
    [
        pytest.param(running(), {}, "it has no idle shutdown", id="nobody can tell"),
        pytest.param(running(), {"accepted": ("unknown_use",)}, "", id="and that is accepted"),
        pytest.param(running(), {"accepted": ("unknown_use",), "zone": ""}, "names no zone", id="no zone"),
        pytest.param(running(state="JobRunning"), {"accepted": ("unknown_use",)}, "JobRunning", id="a job runs"),
        pytest.param(running(state="SettingUp"), {"accepted": ("unknown_use",)}, "SettingUp", id="it is set up"),
        pytest.param(
            running(idleTimeBeforeShutdown="PT60M"), {"accepted": ("unknown_use",)}, USED, id="somebody works on it"
        ),
        pytest.param(
            running(idleTimeBeforeShutdown="PT60M", customServices=[{"name": "rstudio"}]),
            {},
            "a custom service",
            id="never idle",
        ),
        pytest.param(
            running(lastOperation={**STARTED, "operationTime": "2026-03-01T05:00:01+00:00"}),
            {"accepted": ("unknown_use",)},
            "until 2026-03-01 09:00 UTC",
            id="started four hours ago less a second",
        ),
        pytest.param(running(lastOperation=STARTED), {"accepted": ("unknown_use",)}, "", id="started four hours ago"),
    ],
)
def test_when_it_is_stopped(document: Document, parameters: dict[str, Any], wait: str) -> None:
    """It is stopped when it does nothing but run, out of hours, not just started, and nobody can be at work on it."""
    fix = stopped(document, **parameters)
    assert isinstance(fix.action, StopInstance)
    assert fix.action.seen == Machine.of(Fact.of(document)).as_seen
    assert (fix.undo, fix.refusal) == (None, "")
    assert (wait in fix.wait, bool(fix.wait)) == (True, bool(wait))
    assert ("without evidence of idleness" in fix.caveat) is not bool(fix.wait)


ON = workspace_id("hub")
ROLES = frozenset({(rid(ON), Kind.ROLE_ASSIGNMENT)})
CONTRIBUTES = role_assignment(CONTRIBUTOR.id, "p", on=ON)
MAYBE = role_assignment(CONTRIBUTOR.id, "p", on=ON, condition="@Resource[x] StringEquals 'y'")
REFUSED = Gap(rid(ON), Kind.ROLE_ASSIGNMENT, "403", "x/read")


@pytest.mark.parametrize(
    ("around", "known", "wait", "accepted"),
    [
        pytest.param((CONTRIBUTES,), {"listed": ROLES}, USED, USED, id="a contributor's: somebody works on it"),
        pytest.param((), {"listed": ROLES}, "its identity may not stop it", "", id="nobody's: it never stops"),
        pytest.param((MAYBE,), {"listed": ROLES}, "only under a condition", "", id="under a condition"),
        pytest.param((), {"gaps": [REFUSED]}, "403; it needs x/read", "", id="may not be read"),
        pytest.param((), {}, "a sweep must look first", "a sweep must look first", id="nobody looked, as at an event"),
    ],
)
def test_an_identity_is_judged_by_its_roles(
    around: tuple[Document, ...], known: dict[str, Any], wait: str, accepted: str
) -> None:
    """One that may stop its instance proves that somebody works on it; that is never accepted away, nor guessed."""
    document = identified(running(idleTimeBeforeShutdown="PT60M"), "p")
    held = stopped(document, *around, **known)
    let = stopped(document, *around, accepted=("unknown_use",), **known)

    assert (wait in held.wait, held.wait != "") == (True, True)
    assert (accepted in let.wait, bool(let.wait)) == (True, bool(accepted))
    assert bool(let.caveat) is not bool(accepted)


def test_only_sweeps_read_roles() -> None:
    """And only of an instance whose idle shutdown depends on them."""
    idle = running(idleTimeBeforeShutdown="PT60M")
    for rule in (IMAGE_AT_REST, PATCHED):
        for document, whole, lists in (
            (identified(idle, "p"), True, ROLES),
            (identified(idle, "p"), False, frozenset()),
            (idle, True, frozenset()),
            (identified(running(), "p"), True, frozenset()),
        ):
            fact = Fact.of(document)
            assert frozenset(rule.lists(fact, replace(Estate.of([fact]), whole=whole))) == lists


@pytest.mark.parametrize(
    ("hour", "zone", "wait"),
    [
        (6, "UTC", ""),
        (7, "UTC", "working hours in UTC, until 2026-03-02 19:00 UTC"),
        (18, "UTC", "working hours in UTC, until 2026-03-02 19:00 UTC"),
        (19, "UTC", ""),
        (6, "Europe/Zurich", "working hours in Europe/Zurich, until 2026-03-02 18:00 UTC"),
        (18, "Europe/Zurich", ""),
    ],
)
def test_not_in_working_hours(hour: int, zone: str, wait: str) -> None:
    """On a Monday it is left alone from 7 to 19, by the clocks of where its users are."""
    monday = NOW.replace(day=2, hour=hour, minute=0)
    remembered, accepted = warned(YESTERDAY), ("unknown_use",)
    said = asked(IMAGE_AT_REST, running(), remembered=remembered, now=monday, zone=zone, accepted=accepted)
    assert said.fix is not None
    assert (wait in said.fix.wait, bool(said.fix.wait)) == (True, bool(wait))


@pytest.mark.parametrize(
    ("parameters", "wait"),
    [
        ({"zone": "Asia/Riyadh"}, ""),
        ({"zone": "Asia/Riyadh", "works_on": ("sun", "mon", "tue", "wed", "thu")}, "until 2026-03-01 16:00 UTC"),
        ({"zone": "Asia/Riyadh", "works_on": ("sat",), "works_from": 20, "works_to": 15}, "until 2026-03-01 12:00 UTC"),
        ({"zone": "Asia/Riyadh", "works_on": ("sun",), "works_from": 20, "works_to": 15}, ""),
    ],
    ids=["Monday to Friday", "Sunday to Thursday", "the shift of Saturday night", "not begun yet"],
)
def test_a_week_of_another_place(parameters: dict[str, Any], wait: str) -> None:
    """On a Sunday at noon people are at work in Riyadh, where policy says so."""
    fix = stopped(running(), accepted=("unknown_use",), **parameters)
    assert (wait in fix.wait, bool(fix.wait)) == (True, bool(wait))


def patched(status: object = "Succeeded", state: str = "Running", **patching: Any) -> Document:  # noqa: ANN401 - JSON
    """An instance whose packages are patched."""
    shown = {"patchStatus": status, "latestPatchTime": "2026-02-20T03:00:00Z", "rebootPending": False, **patching}
    return running(state=state, osImageMetadata={**old_image(), "osPatchingStatus": shown})


ERRORS = [{"error": {"code": "AptLocked", "message": "a long text"}}, {"error": None}, None, {"error": {"code": None}}]


@pytest.mark.parametrize(
    ("document", "expected", "words"),
    [
        pytest.param(patched(), Verdict.PASS, "Succeeded", id="succeeded"),
        pytest.param(patched("InProgress"), Verdict.PASS, "InProgress", id="in progress"),
        pytest.param(patched("Failed"), Verdict.FAIL, "ended as Failed.", id="failed"),
        pytest.param(patched("Failed", osPatchingErrors=ERRORS), Verdict.FAIL, "Failed (AptLocked).", id="with a code"),
        pytest.param(
            patched("Failed", rebootPending=True), Verdict.FAIL, "ended as Failed", id="failed, restart pending"
        ),
        pytest.param(patched("CompletedWithWarnings"), Verdict.FAIL, "CompletedWithWarnings", id="warnings"),
        pytest.param(patched("Unknown"), Verdict.UNKNOWN, "not told", id="unknown"),
        pytest.param(patched(None), Verdict.UNKNOWN, "not told", id="null"),
        pytest.param(
            patched(rebootPending=True), Verdict.FAIL, "2026-02-20 wait for a restart, for 9 days", id="pending"
        ),
        pytest.param(
            patched(rebootPending=True, latestPatchTime="2026-02-22T09:00:01Z"),
            Verdict.PASS,
            "wait",
            id="for 7 days less 1 s",
        ),
        pytest.param(
            patched(rebootPending=True, latestPatchTime=None), Verdict.UNKNOWN, "since when", id="since nobody knows"
        ),
        pytest.param(patched(rebootPending=True, state="Stopped"), Verdict.PASS, "when it starts", id="stopped"),
    ],
)
def test_patching(document: Document, expected: Verdict, words: str) -> None:
    """Patches that failed, or waited a week for a restart, are told; a stopped instance takes them when it starts."""
    said = asked(PATCHED, document)
    assert (said.verdict, words in said.message) == (expected, True)


@pytest.mark.parametrize(
    ("document", "accepted", "wait"),
    [
        pytest.param(patched(rebootPending=True), ("unknown_use",), "", id="nobody works on it"),
        pytest.param(patched(rebootPending=True), (), "no idle shutdown", id="nobody can tell"),
        pytest.param(
            patched(rebootPending=True, scheduledRebootTime="2026-03-02T03:00:00Z"),
            ("unknown_use",),
            "by itself at 2026-03-02 03:00 UTC",
            id="Azure does it",
        ),
        pytest.param(
            patched(rebootPending=True, scheduledRebootTime="2026-02-28T03:00:00Z"),
            ("unknown_use",),
            "",
            id="Azure did not",
        ),
    ],
)
def test_when_it_is_restarted(document: Document, accepted: tuple[str, ...], wait: str) -> None:
    """A restart is as careful as a stop, and leaves to Azure what Azure has planned."""
    said = asked(PATCHED, document, accepted=accepted, zone="UTC")
    assert said.fix is not None
    assert said.fix.action == RestartInstance(Machine.of(Fact.of(document)).as_seen)
    assert (wait in said.fix.wait, bool(said.fix.wait)) == (True, bool(wait))
