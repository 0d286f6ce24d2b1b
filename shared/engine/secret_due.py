"""
Secret due: the event by which the owner of somebody else's key can have it renewed by a rotator of his own. Pure.

It goes out when a finding that such a key soon ends, or grows old, opens: so once, and again only when one opens anew.
It says which connection, and nothing that could open anything: of a target, which may carry a key, only the host.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from shared.model.estate import Estate
from shared.model.facts import Fact
from shared.model.finding import Change, Finding, Tracked, Verdict
from shared.model.resource_id import ResourceId
from shared.ports import Alert
from shared.rules.keys import RENEWED
from shared.rules.outside_keys import OUTSIDE, is_outside

KIND: Final = "Hubwarden.SecretDue"
"""The CloudEvent's type."""

_URL: Final = re.compile(
    r"[a-z][a-z0-9+.-]*://(?:[^@/?#\\]*@)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?::[0-9]{1,5})?(?:[/?#][^@]*)?",
    re.ASCII | re.IGNORECASE,
)
"""A URL that leaves no doubt about its host: an `@` further on may mean that a password with a slash stands before."""


def secrets_due(run_id: str, tracked: Iterable[Tracked], estate: Estate, ended: datetime) -> list[Alert]:
    """One alert for each connection with somebody else's key on which HW-KEY-005 or HW-KEY-008 opened in a run."""
    said: dict[ResourceId, list[Tracked]] = {}
    for one in tracked:
        if one.finding.rule in {RENEWED.id, OUTSIDE.id}:
            said.setdefault(one.finding.resource, []).append(one)
    opened = {key: told for key, told in said.items() if any(one.change is Change.OPENED for one in told)}
    outside = ((fact, opened[key]) for key in sorted(opened) if (fact := estate.find(key)) and is_outside(fact))
    return [Alert(KIND, fact.id.key, _data(run_id, fact, told, ended)) for fact, told in outside]


def _data(run_id: str, connection: Fact, told: list[Tracked], ended: datetime) -> Mapping[str, Any]:
    failing = [one.finding for one in told if one.finding.verdict is Verdict.FAIL]
    finding, age = failing[0], _of_age(one.finding for one in told)
    ends = connection.moment("properties", "expiryTime")
    expires = f"{ends:%Y-%m-%d}" if ends is not None else ""
    return {
        "TimeGenerated": ended.isoformat(),
        "RunId": run_id,
        "Connection": connection.id.key,
        "Category": connection.text("properties", "category"),
        "Target": host_of(connection.text("properties", "target")),
        "AuthType": connection.text("properties", "authType"),
        "Hub": finding.hub.key if finding.hub else "",
        "Owner": finding.owner,
        "ExpiresOn": expires,
        "AgeDays": age.get("AgeDays"),
        "DueOn": min(day for day in (expires, age.get("DueOn", "")) if day),
        "Because": " ".join(one.message for one in failing),
    }


def _of_age(findings: Iterable[Finding]) -> Mapping[str, Any]:
    """What the rule about age found, be it well or not; nothing where it was not judged, or could not tell."""
    found = (one.actual for one in findings if one.rule == OUTSIDE.id)
    return next((actual for actual in found if isinstance(actual, Mapping)), {})


def host_of(target: str) -> str:
    """The host that a connection's target names; empty for what is no plain URL, for that may hold anything."""
    found = _URL.fullmatch(target)
    return found[1].casefold() if found else ""
