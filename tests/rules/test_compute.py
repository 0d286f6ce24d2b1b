"""Rules about computes: idle shutdown, minimum of a cluster. The clock stands at 1 March 2026."""

from typing import Any

import pytest

from shared.model.action import ScaleCluster, SetIdleShutdown
from shared.model.finding import Verdict
from shared.rules.compute import IDLE_SHUTDOWN, SCALES_TO_ZERO
from shared.rules.rule import Rule
from tests.builders import Document, cluster, instance, recorded
from tests.rules.asking import ask, verdict

CLUSTER, INSTANCE, CREATING = recorded("computes.json")["value"]


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
        (IDLE_SHUTDOWN, cluster()),
        (SCALES_TO_ZERO, instance()),
        (SCALES_TO_ZERO, {**cluster(), "properties": {"computeType": "Kubernetes"}}),
    ],
    ids=["idle cluster", "minimum of an instance", "another compute"],
)
def test_not_about(rule: Rule, document: Document) -> None:
    """A rule about instances has nothing to say of a cluster, nor the other way round."""
    assert ask(rule, document) is None
