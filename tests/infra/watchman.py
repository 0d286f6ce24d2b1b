"""
Azure's part in an alert: it runs the queries of `infra/alerts.json` over what has come in, and keeps what has fired.

As its pages have it (https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-overview#alerts-and-state): a rule
sees its window and nothing else; each combination of its dimensions' values is an alert of its own; a stateful one
fires once, and is resolved when its condition was not met for some evaluations, whose number depends on how often it is
evaluated.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from local.azure.monitor.tables import LogTables
from tests.builders import NOW
from tests.logs import QUERIES, Rows, take, workspace
from tools.alerts import Alert, alerts, duration

REPOSITORY = Path(__file__).resolve().parents[2]
RULES = {alert.name: alert for alert in alerts(REPOSITORY)}

type Instance = tuple[str, ...]
"""The values of an alert's dimensions."""


@dataclass
class Watchman:
    """One alert rule over some tables, as time passes."""

    rule: Alert
    tables: LogTables = field(default_factory=workspace)
    now: datetime = NOW
    fired: list[Instance] = field(default_factory=list)
    """Each alert that fired, in order; one that fires again stands here again."""
    resolved: list[Instance] = field(default_factory=list)
    _quiet: dict[Instance, int] = field(default_factory=dict)
    """By alert that stands, for how many evaluations its condition was not met."""

    @classmethod
    def of(cls, name: str) -> "Watchman":
        """A watchman of the rule with a name, before anything has come in."""
        return cls(RULES[name])

    @property
    def standing(self) -> set[Instance]:
        """The alerts that have fired and were not resolved."""
        return set(self._quiet)

    def take(self, rows: Rows) -> None:
        """Rows arrive, whatever the time they bear."""
        take(self.tables, rows)

    def look(self, at: datetime | None = None) -> set[Instance]:
        """One evaluation, at the watchman's own time or another; the alerts that stand after it."""
        self.now = at or self.now
        met = self._met()
        for one in sorted(met - self.standing):
            self.fired.append(one)
        for one in met:
            self._quiet[one] = 0
        for one in sorted(self.standing - met):
            self._quiet[one] += 1
            if self.rule.autoMitigate and self._quiet[one] >= patience(self.rule):
                del self._quiet[one]
                self.resolved.append(one)
        return self.standing

    def wait(self, **units: float) -> set[Instance]:
        """Let time pass, and look at the end of it as often as it takes to resolve what is over."""
        step = duration(self.rule.frequency) or timedelta()
        self.now += timedelta(**units) - (patience(self.rule) - 1) * step
        for number in range(patience(self.rule)):
            self.look(self.now + (step if number else timedelta()))
        return self.standing

    def _met(self) -> set[Instance]:
        window = duration(self.rule.window) or timedelta()
        answer = self.tables.query(QUERIES[self.rule.query].text, self.now, (self.now - window, self.now))
        names = [name for name, _ in answer.columns]
        rows = (dict(zip(names, row, strict=True)) for row in answer.rows)
        counts = Counter(tuple(str(row[name]) for name in self.rule.dimensions) for row in rows)
        return {instance for instance, count in counts.items() if count > self.rule.threshold}


def patience(rule: Alert) -> int:
    """For how many evaluations a condition must not be met before its alert is resolved."""
    frequency = duration(rule.frequency) or timedelta()
    if frequency <= timedelta(minutes=15):
        return 3
    return 2 if frequency < timedelta(hours=11) else 1


def everybody(rows: Rows, now: datetime = NOW) -> dict[str, set[Instance]]:
    """What each of all rules tells over some rows; nothing of those that stay silent."""
    tables = workspace(rows)
    told = {name: Watchman(rule, tables, now).look() for name, rule in RULES.items()}
    return {name: standing for name, standing in told.items() if standing}
