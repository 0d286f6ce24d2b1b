"""Rules about OS images: age, at rest when its date has come, patching, zero nodes. It is Sunday, 1 March 2026."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.images.releases import Releases
from shared.model.action import RestartInstance, StopInstance
from shared.model.compute_memory import ComputeMemory, Notice, Rung
from shared.model.finding import Severity, Verdict
from shared.rules.images import IMAGE_AGE, IMAGE_AT_REST, REACHES_ZERO
from shared.rules.patching import PATCHED
from shared.rules.recreation import IMAGE_TAKEN_DOWN
from shared.rules.rule import Judgement, Rule
from tests.builders import NOW, Document, cluster, instance, old_image, recorded
from tests.images.sample import owned, warned
from tests.rules.asking import ask, verdict

CLUSTER, INSTANCE, CREATING = recorded("computes.json")["value"]
DAY = timedelta(days=1)
YESTERDAY = NOW - DAY


def image(current: object, latest: object, is_latest: object = False) -> Document:  # noqa: FBT002 - as Azure answers it
    """An instance with these image versions."""
    metadata = {"currentImageVersion": current, "latestImageVersion": latest, "isLatestOsImageVersion": is_latest}
    return instance(osImageMetadata=metadata)


def asked(rule: Rule, document: Document, **known: Any) -> Judgement:  # noqa: ANN401 - of `ask`
    """What a rule says that has something to say."""
    said = ask(rule, document, **known)
    assert said is not None
    return said


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(instance(), Verdict.PASS, id="latest"),
        pytest.param(image("24.06.10", "24.06.10", None), Verdict.PASS, id="old but the latest there is"),
        pytest.param(image("24.06.10", None, is_latest=True), Verdict.PASS, id="says that it is the latest"),
        pytest.param(image("25.12.31", "26.01.17"), Verdict.PASS, id="13 days"),
        pytest.param(image("25.12.31", "26.01.16"), Verdict.FAIL, id="14 days"),
        pytest.param(image("25.12.31", "26.01.15", None), Verdict.FAIL, id="does not say whether latest"),
        pytest.param(image("24.01.01", "26.02.28"), Verdict.PASS, id="two years old, a newer one just built"),
        pytest.param(image("26.02.20", "26.01.15"), Verdict.PASS, id="newer than the latest"),
        pytest.param(image(None, "26.02.01"), Verdict.UNKNOWN, id="null version"),
        pytest.param(image(None, None), Verdict.UNKNOWN, id="two null versions"),
        pytest.param(image("3.0.02755", "26.02.01"), Verdict.UNKNOWN, id="no date"),
        pytest.param(image("26.01.30", "3.0.02755"), Verdict.UNKNOWN, id="latest is no date"),
        pytest.param(image("26.13.41", "26.02.01"), Verdict.UNKNOWN, id="no such day"),
        pytest.param(image(260130, 260201), Verdict.UNKNOWN, id="numbers"),
        pytest.param(instance(osImageMetadata=None), Verdict.UNKNOWN, id="null metadata"),
        pytest.param(instance(osImageMetadata={}), Verdict.UNKNOWN, id="empty metadata"),
        pytest.param({**instance(), "properties": {"computeType": "ComputeInstance"}}, Verdict.UNKNOWN, id="no inner"),
        pytest.param(CREATING, Verdict.UNKNOWN, id="recorded, being created"),
        pytest.param(INSTANCE, Verdict.PASS, id="recorded"),
    ],
)
def test_age(document: Document, expected: Verdict) -> None:
    """An image is stale 14 days after the instance could have had a newer one; no write could give it that."""
    said = asked(IMAGE_AGE, document)
    assert (said.verdict, said.fix) == (expected, None)


def test_age_counts_from_when_it_could_have_had_a_newer_one() -> None:
    """An image that was seen in the region long before it must have been out makes others stale that much earlier."""
    seen = Releases({("eastus2", "26.02.01"): NOW - 14 * DAY})
    elsewhere = Releases({("westus", "26.02.01"): NOW - 14 * DAY})
    document = image("25.12.31", "26.02.01")
    assert verdict(ask(IMAGE_AGE, document, releases=seen)) is Verdict.FAIL
    assert verdict(ask(IMAGE_AGE, document, releases=elsewhere)) is Verdict.PASS


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"notify_days": 15}, Verdict.FAIL),
        ({"notify_days": 16}, Verdict.PASS),
        ({"lag_days": 31}, Verdict.FAIL),
        ({"lag_days": 32}, Verdict.PASS),
    ],
    ids=str,
)
def test_age_parameters(parameters: dict[str, Any], expected: Verdict) -> None:
    """Policy says from when on an image is stale, and how long an image takes to be everywhere."""
    assert verdict(ask(IMAGE_AGE, instance(osImageMetadata=old_image()), **parameters)) is expected


@pytest.mark.parametrize(
    ("latest", "told", "rung", "next_day"),
    [
        pytest.param("26.01.15", None, Rung.NOTIFIED, "2026-03-31", id="first notice"),
        pytest.param(
            "26.01.01", Notice(Rung.NOTIFIED, "25.12.31", NOW - 14 * DAY), Rung.REMINDED, "2026-03-17", id="reminder"
        ),
        pytest.param(
            "25.12.10", Notice(Rung.NOTIFIED, "25.06.30", NOW - 14 * DAY), Rung.WARNED, "2026-03-16", id="warning"
        ),
        pytest.param(
            "25.12.31", Notice(Rung.WARNED, "25.06.30", NOW - 15 * DAY, NOW), Rung.STOPPED, "2026-04-30", id="its date"
        ),
        pytest.param(
            "25.10.31",
            Notice(Rung.WARNED, "25.06.30", NOW - 15 * DAY, YESTERDAY),
            Rung.ESCALATED,
            "2026-02-28",
            id="escalation",
        ),
    ],
)
def test_what_its_owner_is_told(latest: str, told: Notice | None, rung: Rung, next_day: str) -> None:
    """The message says how old it is, since when a newer one is out, what comes next and on which date."""
    current = told.image if told else "25.12.31"
    remembered = None if told is None else ComputeMemory(told)
    said = asked(IMAGE_AGE, image(current, latest), remembered=remembered)
    assert said.notice is not None
    assert (said.notice.rung, said.notice.image, said.notice.at) == (rung, current, NOW)
    since = datetime.strptime(latest, "%y.%m.%d").replace(tzinfo=UTC) + 30 * DAY
    for words in ("days old", f"since {since:%Y-%m-%d}", f"the latest {latest}", next_day, "make it anew"):
        assert words in said.message
    assert (said.expected, said.actual) == (latest, current)


def test_nothing_new() -> None:
    """What was told today is not told again, and the verdict is the same; nobody is told of an image that passes."""
    told = ComputeMemory(Notice(Rung.NOTIFIED, "25.12.31", NOW))
    again = asked(IMAGE_AGE, image("25.12.31", "26.01.15"), remembered=told)
    assert (again.verdict, again.notice) == (Verdict.FAIL, None)
    fresh = asked(IMAGE_AGE, image("25.12.31", "26.02.01"), remembered=warned(YESTERDAY))
    assert (fresh.verdict, fresh.notice) == (Verdict.PASS, None)


@pytest.mark.parametrize(
    ("inner", "rung", "expected"),
    [
        pytest.param({}, Rung.WARNED, 0, id="nothing shows a door"),
        pytest.param({"enableNodePublicIp": True}, Rung.WARNED, 0, id="public address"),
        pytest.param({"sshSettings": {"sshPublicAccess": "Enabled"}}, Rung.WARNED, 0, id="SSH"),
        pytest.param(
            {"enableNodePublicIp": False, "sshSettings": {"sshPublicAccess": "Enabled"}},
            Rung.WARNED,
            0,
            id="SSH inside",
        ),
        pytest.param(
            {"enableNodePublicIp": True, "sshSettings": {"sshPublicAccess": "Enabled"}}, Rung.WARNED, 1, id="both"
        ),
        pytest.param({}, Rung.ESCALATED, 1, id="escalated"),
        pytest.param(
            {
                "connectivityEndpoints": {"publicIpAddress": "13.92.83.21"},
                "sshSettings": {"sshPublicAccess": "Enabled"},
            },
            Rung.ESCALATED,
            2,
            id="both, escalated",
        ),
    ],
)
def test_what_makes_it_worse(inner: dict[str, Any], rung: Rung, expected: int) -> None:
    """An open door to an old image counts a grade, and so does an escalation: at the most it is critical."""
    remembered = ComputeMemory(Notice(rung, "25.12.31", YESTERDAY, YESTERDAY))
    said = asked(IMAGE_AGE, instance(osImageMetadata=old_image(), **inner), remembered=remembered)
    assert (said.verdict, said.worse) == (Verdict.FAIL, expected)
    assert IMAGE_AGE.severity.worse(2) is Severity.CRITICAL


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


IDENTITY = {"identity": {"type": "SystemAssigned", "principalId": "p", "tenantId": "t"}}


@pytest.mark.parametrize(
    ("document", "parameters", "wait"),
    [
        pytest.param(running(), {}, "it has no idle shutdown", id="nobody can tell"),
        pytest.param(running(), {"accepted": ("unknown_use",)}, "", id="and that is accepted"),
        pytest.param(running(state="JobRunning"), {"accepted": ("unknown_use",)}, "JobRunning", id="a job runs"),
        pytest.param(running(state="SettingUp"), {"accepted": ("unknown_use",)}, "SettingUp", id="it is set up"),
        pytest.param(
            running(idleTimeBeforeShutdown="PT60M"),
            {"accepted": ("unknown_use",)},
            "Azure would have stopped it after PT60M without",
            id="somebody works on it",
        ),
        pytest.param(
            {**running(idleTimeBeforeShutdown="PT60M"), **IDENTITY},
            {},
            "with an identity",
            id="idle shutdown may not work",
        ),
        pytest.param(
            {**running(idleTimeBeforeShutdown="PT60M"), **IDENTITY}, {"accepted": ("unknown_use",)}, "", id="accepted"
        ),
        pytest.param(
            running(idleTimeBeforeShutdown="PT60M", customServices=[{"name": "rstudio"}]),
            {},
            "a custom service",
            id="never idle",
        ),
        pytest.param(
            running(lastOperation={"operationName": "Start", "operationTime": "2026-03-01T05:00:01+00:00"}),
            {"accepted": ("unknown_use",)},
            "until 2026-03-01 09:00 UTC",
            id="started four hours ago less a second",
        ),
        pytest.param(
            running(lastOperation={"operationName": "Start", "operationTime": "2026-03-01T05:00:00+00:00"}),
            {"accepted": ("unknown_use",)},
            "",
            id="started four hours ago",
        ),
    ],
)
def test_when_it_is_stopped(document: Document, parameters: dict[str, Any], wait: str) -> None:
    """It is stopped when it does nothing but run, out of hours, not just started, and nobody can be at work on it."""
    said = asked(IMAGE_AT_REST, document, remembered=warned(YESTERDAY), **parameters)
    assert said.fix is not None
    assert (said.fix.action, said.fix.undo, said.fix.refusal) == (StopInstance(), None, "")
    assert (wait in said.fix.wait, bool(said.fix.wait)) == (True, bool(wait))


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
    said = asked(PATCHED, document, accepted=accepted)
    assert said.fix is not None
    assert said.fix.action == RestartInstance()
    assert (wait in said.fix.wait, bool(said.fix.wait)) == (True, bool(wait))


def nodes(count: object) -> Document:
    """A cluster with so many nodes."""
    document = cluster()
    document["properties"]["properties"]["currentNodeCount"] = count
    return document


@pytest.mark.parametrize(
    ("document", "at_zero", "expected"),
    [
        pytest.param(nodes(0), None, Verdict.PASS, id="none now"),
        pytest.param(nodes(2), NOW - 30 * DAY, Verdict.PASS, id="none 30 days ago"),
        pytest.param(nodes(2), NOW - 30 * DAY - timedelta(seconds=1), Verdict.FAIL, id="none longer ago"),
        pytest.param(nodes(2), None, Verdict.UNKNOWN, id="nobody knows since when"),
        pytest.param(nodes(None), NOW - 40 * DAY, Verdict.UNKNOWN, id="being created"),
        pytest.param(CLUSTER, NOW, Verdict.UNKNOWN, id="recorded, without a count"),
    ],
)
def test_reaches_zero(document: Document, at_zero: datetime | None, expected: Verdict) -> None:
    """A cluster that is never without nodes keeps their images, however it may be set."""
    assert verdict(ask(REACHES_ZERO, document, remembered=ComputeMemory(at_zero=at_zero))) is expected


@pytest.mark.parametrize(
    ("rule", "document"),
    [
        (IMAGE_AGE, cluster()),
        (IMAGE_AGE, {**instance(), "properties": None}),
        (IMAGE_AT_REST, cluster()),
        (IMAGE_TAKEN_DOWN, cluster()),
        (IMAGE_AT_REST, instance()),
        (IMAGE_TAKEN_DOWN, instance()),
        (PATCHED, cluster()),
        (PATCHED, instance()),
        (PATCHED, CREATING),
        (REACHES_ZERO, instance()),
        (REACHES_ZERO, {**cluster(), "properties": {"computeType": "Kubernetes"}}),
    ],
    ids=lambda each: each.id if isinstance(each, Rule) else None,
)
def test_not_about(rule: Rule, document: Document) -> None:
    """A rule about instances has nothing to say of a cluster, nor one of patching where nothing is patched."""
    assert ask(rule, document) is None
