"""Rules about computes: image, idle shutdown, minimum of a cluster. The clock stands at 1 March 2026."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.model.action import ScaleCluster, SetIdleShutdown
from shared.model.finding import Verdict
from shared.rules.compute import IDLE_SHUTDOWN, IMAGE_AGE, SCALES_TO_ZERO, released
from shared.rules.rule import Rule
from tests.builders import Document, cluster, instance, old_image, recorded
from tests.rules.asking import ask, verdict

CLUSTER, INSTANCE, CREATING = recorded("computes.json")["value"]


def image(current: object, latest: object, is_latest: object = False) -> Document:  # noqa: FBT002 - as Azure answers it
    """An instance with these image versions."""
    metadata = {"currentImageVersion": current, "latestImageVersion": latest, "isLatestOsImageVersion": is_latest}
    return instance(osImageMetadata=metadata)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(instance(), Verdict.PASS, id="latest"),
        pytest.param(image("24.06.10", "24.06.10", None), Verdict.PASS, id="old but the latest there is"),
        pytest.param(image("26.01.30", "26.02.01"), Verdict.PASS, id="30 days"),
        pytest.param(image("26.01.29", "26.02.01"), Verdict.FAIL, id="31 days"),
        pytest.param(image("25.12.31", "26.02.23"), Verdict.PASS, id="60 days, the latest 6"),
        pytest.param(image("25.12.31", "26.02.22"), Verdict.FAIL, id="60 days, the latest 7"),
        pytest.param(image("25.12.31", "26.02.01", None), Verdict.FAIL, id="does not say whether latest"),
        pytest.param(image(None, "26.02.01"), Verdict.UNKNOWN, id="null version"),
        pytest.param(image(None, None), Verdict.UNKNOWN, id="two null versions"),
        pytest.param(image("3.0.02755", "26.02.01"), Verdict.UNKNOWN, id="no date"),
        pytest.param(image("26.13.41", "26.02.01"), Verdict.UNKNOWN, id="no such day"),
        pytest.param(image(260130, 260201), Verdict.UNKNOWN, id="numbers"),
        pytest.param(instance(osImageMetadata=None), Verdict.UNKNOWN, id="null metadata"),
        pytest.param(instance(osImageMetadata={}), Verdict.UNKNOWN, id="empty metadata"),
        pytest.param(CREATING, Verdict.UNKNOWN, id="recorded, being created"),
        pytest.param(INSTANCE, Verdict.PASS, id="recorded"),
    ],
)
def test_image_age(document: Document, expected: Verdict) -> None:
    """An image is stale after 30 days when a newer one has been out for a week; nothing could write a new one."""
    said = ask(IMAGE_AGE, document)
    assert said is not None
    assert (said.verdict, said.fix) == (expected, None)


def test_image_says_what_to_do() -> None:
    """The owner is told how old the image is and that only a new instance mends it."""
    said = ask(IMAGE_AGE, instance(osImageMetadata=old_image()))
    assert said is not None
    assert ("60 days old" in said.message, "re-create" in said.message) == (True, True)
    assert (said.expected, said.actual) == ("26.02.01", "25.12.31")


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"max_age_days": 60}, Verdict.PASS),
        ({"max_age_days": 59}, Verdict.FAIL),
        ({"grace_days": 29}, Verdict.PASS),
        ({"grace_days": 0}, Verdict.FAIL),
    ],
    ids=str,
)
def test_image_parameters(parameters: dict[str, Any], expected: Verdict) -> None:
    """Policy says how old is too old, and how long after a release nobody is flagged."""
    assert verdict(ask(IMAGE_AGE, instance(osImageMetadata=old_image()), **parameters)) is expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("24.06.10", datetime(2024, 6, 10, tzinfo=UTC)),
        ("24.6.10", None),
        ("24.06.10.1", None),
        ("24.02.30", None),
        ("", None),
        (None, None),
    ],
)
def test_released(version: str | None, expected: datetime | None) -> None:
    """An image's version is the day it came out."""
    assert released(version) == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(instance(), Verdict.PASS, id="stops"),
        pytest.param(instance(idleTimeBeforeShutdown=None), Verdict.FAIL, id="null"),
        pytest.param(instance(idleTimeBeforeShutdown=""), Verdict.FAIL, id="empty"),
        pytest.param(INSTANCE, Verdict.FAIL, id="recorded: absent"),
        pytest.param(CREATING, Verdict.UNKNOWN, id="recorded, being created"),
    ],
)
def test_idle_shutdown(document: Document, expected: Verdict) -> None:
    """An instance that does not say when it stops does not stop; one being created cannot say yet."""
    assert verdict(ask(IDLE_SHUTDOWN, document)) is expected


def test_idle_shutdown_fix() -> None:
    """The fix sets the time that policy names; Azure offers no way back to none."""
    said = ask(IDLE_SHUTDOWN, instance(idleTimeBeforeShutdown=None), after="PT20M")
    assert said is not None
    assert said.fix is not None
    assert (said.fix.action, said.fix.before, said.fix.after, said.fix.undo) == (
        SetIdleShutdown("PT20M"),
        {"idleTimeBeforeShutdown": None},
        {"idleTimeBeforeShutdown": "PT20M"},
        None,
    )


def _settings(value: Any) -> Document:  # noqa: ANN401 - any JSON
    document = cluster()
    document["properties"]["properties"] = value
    return document


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(cluster(least=0), Verdict.PASS, id="zero"),
        pytest.param(cluster(least=1), Verdict.FAIL, id="one"),
        pytest.param(cluster(least=None), Verdict.UNKNOWN, id="null settings"),
        pytest.param(_settings(None), Verdict.UNKNOWN, id="null properties"),
        pytest.param(_settings({}), Verdict.UNKNOWN, id="absent settings"),
        pytest.param(_settings({"scaleSettings": {"minNodeCount": None}}), Verdict.UNKNOWN, id="null minimum"),
        pytest.param(_settings({"scaleSettings": "text"}), Verdict.UNKNOWN, id="text"),
        pytest.param(CLUSTER, Verdict.PASS, id="recorded"),
    ],
)
def test_scales_to_zero(document: Document, expected: Verdict) -> None:
    """A cluster keeps no nodes; one that does not show its settings is unknown."""
    assert verdict(ask(SCALES_TO_ZERO, document)) is expected


def test_scales_to_zero_fix() -> None:
    """The fix changes the minimum and keeps the other settings, which Azure would else reset; the undo restores all."""
    said = ask(SCALES_TO_ZERO, cluster(least=2))
    assert said is not None
    assert said.fix is not None
    before = {"maxNodeCount": 4, "minNodeCount": 2, "nodeIdleTimeBeforeScaleDown": "PT2M"}
    after = {**before, "minNodeCount": 0}
    assert (said.fix.action, said.fix.before, said.fix.after, said.fix.undo) == (
        ScaleCluster(after),
        before,
        after,
        ScaleCluster(before),
    )


@pytest.mark.parametrize(
    ("rule", "document"),
    [
        (IMAGE_AGE, cluster()),
        (IDLE_SHUTDOWN, cluster()),
        (SCALES_TO_ZERO, instance()),
        (IMAGE_AGE, {**instance(), "properties": None}),
        (SCALES_TO_ZERO, {**cluster(), "properties": {"computeType": "Kubernetes"}}),
    ],
    ids=["image of a cluster", "idle cluster", "minimum of an instance", "no properties", "another compute"],
)
def test_not_about(rule: Rule, document: Document) -> None:
    """A rule about instances has nothing to say of a cluster, nor the other way round."""
    assert ask(rule, document) is None
