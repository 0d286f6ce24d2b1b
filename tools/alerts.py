"""
`infra/alerts.json`: what alerts when, as data that Bicep deploys, and whether Azure would take it.

What Azure allows comes from its own answers and pages: windows and frequencies from the error that names them
(https://github.com/Azure/azure-rest-api-specs/issues/21258), the rest from
https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule and its page of service limits.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from local.queries import Query
from tools.kusto_parser import Parsed

FILE: Final = "infra/alerts.json"
RUNBOOKS: Final = "docs/runbooks"

_MINUTES: Final = (5, 10, 15, 30, 45, 60, 120, 180, 240, 300, 360, 1440, 2880)
WINDOWS: Final = frozenset(timedelta(minutes=minutes) for minutes in _MINUTES)
MOST_OFTEN_STATEFUL: Final = timedelta(hours=12)
"""A rule that resolves its alerts is evaluated at least so often."""
MOST_DIMENSIONS: Final = 6
MOST_ROWS: Final = 300
"""Alerts that a rule which resolves them may fire in one evaluation."""

OPERATORS: Final = frozenset(
    {"distinct", "extend", "join", "mv-expand", "order", "project", "sort", "summarize", "where"}
)
"""
What our alerts may use. Log search alerts take no `search`, `union` and `evaluate` with its plugins (`bag_unpack`,
`pivot`, `narrow`); `take` and `limit` are unwise there, and all others nobody here has tried.
"""
RESERVED: Final = "AggregatedValue"

_DURATION: Final = re.compile(r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?")
_AGO: Final = re.compile(r"\bago\(\s*(?P<amount>\d+)(?P<unit>[dhm])\s*\)")
_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes"}
_NAME: Final = re.compile(r"[a-z]+(?:-[a-z]+)*")


class AlertsInvalid(Exception):
    """The file of alerts cannot be read as such; the message says what and where."""


@dataclass(frozen=True)
class Alert:
    """One alert rule: it fires while its query has more rows than the threshold, for each value of its dimensions."""

    name: str
    title: str
    query: str
    """The name of a query in `infra/queries`."""
    severity: int
    """0 is the worst, 4 the least."""
    frequency: str
    """How often it is evaluated, as ISO 8601 has durations."""
    window: str
    """How far back it sees, whatever its query says."""
    threshold: int
    dimensions: list[str]
    """Columns of the query: each combination of their values is an alert of its own."""
    autoMitigate: bool  # noqa: N815 - Azure's own name for it
    """Whether the alert is resolved when its query has no such rows any more."""
    runbook: str
    """The name of a page in `docs/runbooks`."""
    why: str
    """The reason for severity, window and frequency."""


def alerts(root: Path) -> list[Alert]:
    """All alerts, in their order. Raises AlertsInvalid for what is no such file."""
    try:
        found = json.loads((root / FILE).read_text("utf-8"))
        return [_alert(number, one) for number, one in enumerate(found, 1)]
    except (OSError, ValueError, TypeError) as error:
        raise AlertsInvalid(f"{FILE}: {error}") from None


def _alert(number: int, one: Any) -> Alert:  # noqa: ANN401 - any JSON
    wanted = {field.name for field in fields(Alert)}
    given = one.keys() if isinstance(one, dict) else set()
    if odd := sorted(given ^ wanted):
        raise AlertsInvalid(f"{FILE}: alert {number} has, or lacks, {', '.join(odd)}")
    return Alert(**one)


def duration(text: str) -> timedelta | None:
    """An ISO 8601 duration of days, hours and minutes; None for what is none."""
    found = _DURATION.fullmatch(text)
    parts = {unit: int(amount) for unit, amount in found.groupdict().items() if amount} if found else {}
    return timedelta(**parts) if parts else None


def reach(query: str) -> timedelta:
    """How far back a query looks by its own `ago`; nothing for one that has none."""
    spans = (timedelta(**{_UNITS[found["unit"]]: int(found["amount"])}) for found in _AGO.finditer(query))
    return max(spans, default=timedelta())


def problems(
    root: Path, found: Iterable[Alert], queries: Mapping[str, Query], parsed: Mapping[str, Parsed]
) -> list[str]:
    """All that Azure would refuse, or read otherwise than it is meant, one line each."""
    found = list(found)
    names = [alert.name for alert in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    lines = [f"{name}: stands twice" for name in twice]
    for alert in found:
        lines += [f"{alert.name}: {problem}" for problem in _problems(root, alert, queries, parsed)]
    return [f"{FILE}: {line}" for line in lines]


def _problems(root: Path, alert: Alert, queries: Mapping[str, Query], parsed: Mapping[str, Parsed]) -> Iterator[str]:
    if not _NAME.fullmatch(alert.name):
        yield "its name is more than small letters and hyphens"
    if alert.severity not in range(5):
        yield f"severity {alert.severity} is none of 0 to 4"
    if not (root / RUNBOOKS / f"{alert.runbook}.md").is_file():
        yield f"its runbook {RUNBOOKS}/{alert.runbook}.md is not there; write it"
    yield from _timing(alert)
    if alert.query not in queries:
        yield f"no query is called {alert.query}; name one in infra/queries"
        return
    yield from _fit(alert, queries[alert.query].text, parsed[alert.query])


def _timing(alert: Alert) -> Iterator[str]:
    window, frequency = duration(alert.window), duration(alert.frequency)
    if window is None or window not in WINDOWS:
        yield f"Azure takes no window of {alert.window}; it takes {', '.join(map(str, _MINUTES))} minutes"
    elif frequency is None or frequency not in WINDOWS:
        yield f"Azure takes no frequency of {alert.frequency}; it takes {', '.join(map(str, _MINUTES))} minutes"
    elif frequency > window:
        yield f"it is evaluated every {alert.frequency}, and sees only {alert.window}: it would miss rows"
    elif alert.autoMitigate and frequency > MOST_OFTEN_STATEFUL:
        yield f"it resolves its alerts, so Azure wants it evaluated every twelve hours, not every {alert.frequency}"


def _fit(alert: Alert, query: str, parsed: Parsed) -> Iterator[str]:
    window = duration(alert.window)
    if window is not None and reach(query) > window:
        yield f"its query looks back {reach(query)}, and Azure cuts that at the window of {alert.window}"
    if len(alert.dimensions) > MOST_DIMENSIONS:
        yield f"it has {len(alert.dimensions)} dimensions, and Azure takes {MOST_DIMENSIONS}"
    for name in alert.dimensions:
        kind = parsed.columns.get(name)
        if parsed.columns and kind not in {"string", "int", "long", "real"}:
            yield f"the dimension {name} is {kind or 'no column of its query'}, and must be text or a number"
    for operator in parsed.operators:
        if operator.name not in OPERATORS:
            yield f"its query uses {operator.name}, which is none of {', '.join(sorted(OPERATORS))}"
    for function in parsed.functions:
        if function.name == "ago" and not function.literal:
            yield "its query has ago() of more than a literal, which log search alerts do not take"
    if RESERVED in query:
        yield f"its query uses {RESERVED}, which is Azure's own word"
