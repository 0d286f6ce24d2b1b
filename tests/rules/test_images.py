"""Rules about OS images: age, at rest when its date has come, patching, zero nodes. It is Sunday, 1 March 2026."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.images.releases import Releases
from shared.model.compute_memory import ComputeMemory, Notice, Rung
from shared.model.finding import Severity, Verdict
from shared.rules.compute_network import SSH_CLOSED
from shared.rules.images import IMAGE_AGE, IMAGE_AT_REST, REACHES_ZERO
from shared.rules.patching import PATCHED
from shared.rules.recreation import IMAGE_TAKEN_DOWN
from shared.rules.rule import Judgement, Rule
from tests.builders import (
    NOW,
    Document,
    cluster,
    instance,
    old_image,
    recorded,
)
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


ADDRESS: dict[str, Any] = {"enableNodePublicIp": True}
SSH: dict[str, Any] = {"sshSettings": {"sshPublicAccess": "Enabled"}}
SHOWN = {"connectivityEndpoints": {"publicIpAddress": "13.92.83.21"}}
INSIDE = {"enableNodePublicIp": False, **SSH}


@pytest.mark.parametrize(
    ("inner", "early", "late", "escalated", "words"),
    [
        pytest.param({}, 0, 0, 1, "", id="nothing shows a door"),
        pytest.param(ADDRESS, 0, 1, 2, "has a public address", id="public address"),
        pytest.param(SHOWN, 0, 1, 2, "has a public address", id="address shown"),
        pytest.param(SSH, 0, 1, 2, "takes SSH from its network", id="SSH, who knows from where"),
        pytest.param(INSIDE, 0, 1, 2, "takes SSH from its network", id="SSH inside"),
        pytest.param({**ADDRESS, **SSH}, 1, 2, 3, "SSH at a public address", id="both"),
        pytest.param({**SHOWN, **SSH}, 1, 2, 3, "SSH at a public address", id="both, address shown"),
    ],
)
def test_what_makes_it_worse(inner: dict[str, Any], early: int, late: int, escalated: int, words: str) -> None:
    """
    A door to an old image counts a grade, and so does an escalation: at the most it is critical.

    SSH that anybody can try counts from the start; what most instances have only when a warning is due.
    """
    for behind, rung, grades in (
        (14, None, early),
        (44, None, early),
        (45, None, late),
        (45, Rung.ESCALATED, escalated),
    ):
        built = (NOW - timedelta(days=behind + 30)).strftime("%y.%m.%d")
        shown = old_image("25.06.30", latest=built)
        told = None if rung is None else ComputeMemory(Notice(rung, "25.06.30", YESTERDAY, YESTERDAY))
        said = asked(IMAGE_AGE, instance(osImageMetadata=shown, **inner), remembered=told)
        assert (said.verdict, said.worse) == (Verdict.FAIL, grades), (behind, rung)
        assert words in said.message
    assert IMAGE_AGE.severity.worse(2) is Severity.CRITICAL


def test_one_word_on_ssh() -> None:
    """What takes no local logins takes no SSH: neither the age of its image nor how it is reached says otherwise."""
    document = instance(osImageMetadata=old_image("25.12.31", latest="26.01.15"), **ADDRESS, **SSH)
    closed = {**document, "properties": {**document["properties"], "disableLocalAuth": True}}
    for one, grades, verdict_of_door in ((document, 1, Verdict.FAIL), (closed, 0, Verdict.PASS)):
        assert asked(IMAGE_AGE, one).worse == grades
        assert ("SSH" in asked(IMAGE_AGE, one).message) is (grades == 1)
        assert verdict(ask(SSH_CLOSED, one)) is verdict_of_door


@pytest.mark.parametrize(
    ("document", "told", "day"),
    [
        pytest.param(owned(state="Running"), warned(NOW + 15 * DAY), "2026-03-16", id="warned, the date"),
        pytest.param(owned(state="Running"), warned(NOW + DAY), "2026-03-04", id="warned, three days if stopped now"),
        pytest.param(owned(state="Running"), warned(YESTERDAY, Rung.STOPPED), "2026-03-04", id="its date, runs"),
        pytest.param(owned(state="Stopped"), warned(NOW + DAY), "2026-03-02", id="stands stopped for long"),
        pytest.param(owned(state="Stopped"), warned(YESTERDAY, Rung.ESCALATED), "2026-02-28", id="escalated"),
    ],
)
def test_when_it_may_be_taken_down_is_told(document: Document, told: ComputeMemory, day: str) -> None:
    """Where policy wants it made anew its owner is told from when on, before its disk is lost; elsewhere nothing."""
    words = f"From {day} on at the earliest, when it has stood stopped for 72 hours, it may be deleted"
    renewed = asked(IMAGE_AGE, document, remembered=told, renewing=3 * DAY)
    left = asked(IMAGE_AGE, document, remembered=told)

    assert (words in renewed.message, "may be deleted" in left.message) == (True, False)


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
