"""
What Hubwarden itself costs a month, worked out from what was measured and from Azure's list prices.

What nobody knows is an input that counts nothing until it is given; what is known only as a most counts as that.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.prices import Price

DAYS: Final = 365 / 12
"""Days of a month."""
GB: Final = 10**9
"""Bytes of a gigabyte as Log Analytics bills it."""
_ALERTS: Final = Path(__file__).resolve().parent.parent / "infra" / "alerts.json"


@dataclass(frozen=True)
class Measured:
    """What one run takes, as `python -m bench --only sweep` and tests/local/test_running_costs.py measure it."""

    hub_seconds: float = 1.2
    """A sweep of a hub without projects, 60 ms a request to ARM."""
    project_seconds: float = 0.15
    """What each of its projects adds."""
    event_seconds: float = 1.0
    """An event; at most, for a fix within it is aimed at that."""
    timer_seconds: float = 300.0
    """
    The timer of a sweep, of a bill or of the images' page: the most that host.json lets one take. No measurement
    stands for every estate.
    """
    hub_bytes: int = 40_500
    """JSON of the rows that a sweep writes of a hub without projects."""
    project_bytes: int = 15_610
    """What each of its projects adds."""
    event_bytes: int = 5_110
    """JSON of the rows of an event: the mean of events about a connection, a compute and a project, with ids."""
    sweep_tables: int = 30
    """Requests to tables of a sweep of a hub with ten projects; without, 20."""
    event_tables: int = 29
    """Those of an event; taken as those of a sweep but for its count of images, which they do not reach."""
    execution_bytes: int = 6_146
    """
    Telemetry of an execution: the host's lines, its request, and the line that each run ends with, as `local.telemetry`
    weighs them. Lines of what is amiss come on top: in the demo, where quotas run out, they make it 7,190 in the mean.
    """


@dataclass(frozen=True)
class Load:
    """What Hubwarden is asked to do, as the templates' defaults have it unless told otherwise."""

    hubs: int
    projects: int = 10
    """Of each hub."""
    events: float = 0.0
    """Events a day that pass the filter, of all hubs."""
    standing: int = 0
    """Critical and high findings that stand open all month; each is a series of its alert rule."""
    telemetry_kb: float | None = None
    """Kilobytes that Application Insights takes of each execution, by one's own workspace; None as reckoned."""
    sweeps: int = 4
    """Sweeps a day."""
    memory_mb: int = 2048
    """Memory of an instance."""
    kept_days: int = 90
    """Days that rows and telemetry are kept; 31 of them, or 90, are in the price of ingestion."""


@dataclass(frozen=True)
class Part:
    """One line of the bill."""

    name: str
    """What it is for."""
    price: str
    """By what price it goes."""
    units: float
    """How many of the price's units."""
    usd: float
    """US dollars a month, after what is free."""


@dataclass(frozen=True)
class RunningCosts:
    """A month's bill."""

    load: Load
    prices: Mapping[str, Price]
    measured: Measured = Measured()

    @property
    def sweeps(self) -> float:
        """Sweeps of a hub."""
        return self.load.hubs * self.load.sweeps * DAYS

    @property
    def events(self) -> float:
        """Events answered."""
        return self.load.events * DAYS

    @property
    def executions(self) -> float:
        """Sweeps, events and timers: the sweep's own, a day one each of bills, images and keys, four of rotation."""
        return self.sweeps + self.events + (self.load.sweeps + 7) * DAYS

    @property
    def gb_seconds(self) -> float:
        """As if no two ran at once on one instance; those that do share its time, so it is the most."""
        load, measured = self.load, self.measured
        sweep = billed(measured.hub_seconds + load.projects * measured.project_seconds)
        timers = (load.sweeps + 2) * billed(measured.timer_seconds) + 5 * billed(0)
        seconds = self.sweeps * sweep + self.events * billed(measured.event_seconds) + timers * DAYS
        return seconds * load.memory_mb / 1024

    @property
    def gigabytes(self) -> float:
        """What Log Analytics takes of rows, by the size of their JSON, which is more than it bills."""
        measured = self.measured
        sweep = measured.hub_bytes + self.load.projects * measured.project_bytes
        return (self.sweeps * sweep + self.events * measured.event_bytes) / GB

    @property
    def telemetry(self) -> float:
        """Gigabytes that it takes of telemetry, reckoned in the same way."""
        told = self.load.telemetry_kb
        return self.executions * (self.measured.execution_bytes if told is None else told * 1000) / GB

    def parts(self) -> Iterator[Part]:
        """Every line."""
        # Tables of Application Insights are kept for 90 days at no charge.
        kept, long = (max(0.0, self.load.kept_days - free) / DAYS for free in (31, 90))
        yield self._part("Execution time", "execution-time", self.gb_seconds)
        yield self._part("Executions", "executions", self.executions)
        yield self._part("Rows and telemetry to Log Analytics", "ingestion", self.gigabytes + self.telemetry)
        stored = self.gigabytes * kept + self.telemetry * long
        yield self._part(f"Both kept {self.load.kept_days} days", "retention", stored)
        # A message is put, taken and deleted; two queues are asked every two seconds by a host that never sleeps.
        yield self._part("Queue, with polling without end", "queue", (self.sweeps + self.events) * 3 + DAYS * 86_400)
        tables = self.sweeps * self.measured.sweep_tables + self.events * self.measured.event_tables
        yield self._part("The app's memory in tables", "table", tables)
        yield self._part("Events in and out", "events", self.events * 2)
        for minutes, count in alert_rules().items():
            often = f"{minutes} min" + (" or more" if minutes == max(_STEPS) else "")
            yield self._part(f"Alert rules, every {often}", f"alert-{minutes}", count)
        yield self._part("Standing loud findings", f"series-{_minutes(_LOUD)}", self.load.standing)

    @property
    def total(self) -> float:
        """US dollars a month."""
        return sum(part.usd for part in self.parts())

    def _part(self, name: str, price: str, units: float) -> Part:
        return Part(name, price, units, self.prices[price].of(units))


def billed(seconds: float) -> float:
    """Seconds that Flex Consumption bills for: at least one, rounded up to a tenth."""
    return max(1.0, math.ceil(round(seconds * 10, 6)) / 10)


_STEPS: Final = (5, 10, 15)
_MINUTES: Final = {"PT5M": 5, "PT10M": 10}
_LOUD: Final = "loud-findings"
"""The rule whose every standing alert is a series."""


_ON_REQUEST: Final = frozenset({"dead-letters-found"})
"""Rules that only a parameter makes (`infra/modules/alerts.bicep`)."""


def alert_rules() -> Mapping[int, int]:
    """How many rules of infra/alerts.json are billed by which frequency; a rarer one is billed as every 15 minutes."""
    found = list(_billed_by().values())
    return {minutes: found.count(minutes) for minutes in _STEPS if minutes in found}


def _minutes(rule: str) -> int:
    return _billed_by()[rule]


def _billed_by() -> Mapping[str, int]:
    made = (alert for alert in json.loads(_ALERTS.read_text("utf-8")) if alert["name"] not in _ON_REQUEST)
    return {alert["name"]: _MINUTES.get(alert["frequency"], 15) for alert in made}
