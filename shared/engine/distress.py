"""
Distress: what the app says about itself when it cannot do its work. Silence would look like health.

Four findings, all critical, all on the Function App itself: a message nobody could answer, a policy nobody can judge
by, a month whose costs nobody could report, and a subscription that nobody can see. They have rule ids like any other,
so that ops query and alert on them the same way. `outcry` tells of them.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.engine.record import named
from shared.model.errors import BadEvent, BadResourceId, PolicyInvalid
from shared.model.facts import Kind
from shared.model.finding import Finding, Severity, Verdict
from shared.model.message import Event, Rotate, Sweep, parse
from shared.model.resource_id import ResourceId

UNANSWERED = "HW-APP-001"
"""Every message is answered."""

POLICY_VALID = "HW-APP-002"
"""Policy is valid."""

COSTS_REPORTED = "HW-APP-003"
"""The month's costs are reported."""

SUBSCRIPTIONS_SEEN = "HW-APP-004"
"""Every governed subscription is seen."""

_LONGEST = 128
"""Characters of an id that came over the poison queue."""

TRIES = 5
"""Deliveries before the platform gives a message up (host.json: maxDequeueCount)."""


def refusal(text: str, reason: str) -> str:
    """The message that takes a refused one to the poison queue, with the reason; claims and bodies stay behind."""
    return json.dumps({"hubwarden": "refused", "reason": reason, "about": _about(text)})


def unanswered(text: str, app: ResourceId) -> Finding:
    """The finding about a message from the poison queue, refused by us or given up by the platform."""
    reason = f"it failed {TRIES} times; its invocations say why"
    about: Any = _about(text)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict) and document.get("hubwarden") == "refused":
        reason, about = str(document.get("reason")), document.get("about")
    return _finding(
        UNANSWERED,
        app,
        f"A message was not answered: {reason}",
        expected="every message answered",
        actual=about,
    )


def policy_invalid(problem: PolicyInvalid, app: ResourceId) -> Finding:
    """The finding about a policy that was refused; nothing is judged until it is mended."""
    count = len(problem.problems)
    return _finding(
        POLICY_VALID,
        app,
        f"The policy has {count} problem{'s' if count > 1 else ''}, so nothing is judged. First: {problem.problems[0]}",
        expected="a valid policy",
        actual=list(problem.problems),
    )


def costs_unreported(month: str, reason: str, app: ResourceId) -> Finding:
    """The finding about a month whose costs could not be reported in full; the next day tries again."""
    message = f"The costs of {month} could not be reported: {reason}"
    return _finding(COSTS_REPORTED, app, message, expected="the month's costs reported", actual=reason)


def unseen(subscriptions: Mapping[ResourceId, str], app: ResourceId) -> Finding:
    """The finding about governed subscriptions that nobody here can see, with what Azure said of each."""
    names = ", ".join(one.subscription for one in subscriptions)
    told = {one.subscription: reason for one, reason in subscriptions.items()}
    message = f"Nothing is judged in {names}, for it cannot be seen: {next(iter(subscriptions.values()))}"
    return _finding(SUBSCRIPTIONS_SEEN, app, message, expected="every governed subscription seen", actual=told)


def mended(rule: str, app: ResourceId, words: str) -> Finding:
    """The end of a finding about the app."""
    return replace(_finding(rule, app, words, expected=None, actual=None), verdict=Verdict.PASS)


def causes(finding: Finding) -> tuple[str, ...]:
    """The id of the operation, or of whoever asked, that the message which nobody answered was about."""
    told = finding.actual.get("correlationId") if isinstance(finding.actual, dict) else None
    return named([told[:_LONGEST]]) if isinstance(told, str) else ()


def _finding(rule: str, app: ResourceId, message: str, *, expected: str | None, actual: Any) -> Finding:  # noqa: ANN401 - JSON
    return Finding(
        rule=rule,
        controls=(),
        resource=app,
        kind=Kind.OTHER,
        verdict=Verdict.FAIL,
        severity=Severity.CRITICAL,
        message=message,
        expected=expected,
        actual=actual,
    )


def _about(text: str) -> dict[str, Any]:
    """What can be said of a message without repeating it: its size, its hash, and its event where it is one."""
    about: dict[str, Any] = {"bytes": len(text.encode()), "sha256": hashlib.sha256(text.encode()).hexdigest()[:16]}
    try:
        message = parse(text)
    except (BadEvent, BadResourceId):
        return about
    if not isinstance(message, Sweep) and message.correlation_id:
        about["correlationId"] = message.correlation_id
    if isinstance(message, Event):
        return {**about, "event": message.id, "type": message.type, "resource": message.resource.text}
    if isinstance(message, Rotate):
        return {**about, "rotate": message.account.text, "wish": message.wish.value}
    return {**about, "sweep": message.hub.text}
