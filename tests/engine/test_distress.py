"""Distress: what the app says of itself, and what it never repeats."""

import json

import pytest

from shared.engine.distress import POLICY_VALID, UNANSWERED, policy_invalid, refusal, unanswered
from shared.model.errors import PolicyInvalid
from shared.model.finding import Severity, Verdict
from shared.model.message import sweep_message
from tests.builders import GROUP, rid, workspace_id
from tests.model.events import resource_event

APP = rid(f"{GROUP}/providers/Microsoft.Web/sites/func-hubwarden")
EVENT = json.dumps(resource_event(workspace_id("hub")))


def test_refused_event() -> None:
    """A refused event becomes a critical finding on the app with the reason, and what it was about."""
    found = unanswered(refusal(EVENT, "subscription x is not governed here"), APP)
    assert (found.rule, found.resource, found.verdict, found.severity) == (
        UNANSWERED,
        APP,
        Verdict.FAIL,
        Severity.CRITICAL,
    )
    assert "subscription x is not governed here" in found.message
    assert (found.actual["event"], found.actual["resource"]) == ("event-1", workspace_id("hub"))


def test_poisoned_event() -> None:
    """An event the platform gave up says how often it was tried."""
    found = unanswered(EVENT, APP)
    assert ("failed 5 times" in found.message, found.actual["event"]) == (True, "event-1")


def test_poisoned_sweep() -> None:
    """A sweep the platform gave up names its hub."""
    assert unanswered(sweep_message(rid(workspace_id("hub"))), APP).actual["sweep"] == workspace_id("hub")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "[" * 100_000, "9" * 5_000, '{"data": "secret-1"}'], ids=lambda t: t[:10]
)
def test_no_event(text: str) -> None:
    """Of a message that is no event only size and hash are told, wherever it came from."""
    for told in (unanswered(text, APP), unanswered(refusal(text, "no event"), APP)):
        assert told.actual.keys() == {"bytes", "sha256"}


def test_nothing_repeated() -> None:
    """Claims and bodies never reach the finding."""
    told = json.dumps([unanswered(EVENT, APP).actual, refusal(EVENT, "x")]).lower()
    assert ("jane" in told, "203.0.113.7" in told) == (False, False)


@pytest.mark.parametrize(("problems", "words"), [(("a",), "1 problem,"), (("a", "b"), "2 problems,")])
def test_policy(problems: tuple[str, ...], words: str) -> None:
    """A refused policy is a critical finding that says the first problem and holds them all."""
    found = policy_invalid(PolicyInvalid(problems), APP)
    assert (found.rule, found.severity, found.actual) == (POLICY_VALID, Severity.CRITICAL, list(problems))
    assert (words in found.message, found.message.endswith("First: a")) == (True, True)
