"""The faults in force: a named plan, rules added to it, and how often each kind has struck.

Everything is reproducible by seed: chance decides over the n-th request of one method and path, not over time.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from local.azure.faults.fates import Ending, Passage, chance
from local.azure.faults.plans import PLANS, Mail, Plan, UnknownPlanError, Work
from local.azure.faults.rules import Latency, Rule, aim, latency, rule, share

RANDOM_PARTS = re.compile(r"(operations?status|operationresults)/[^/]+$", re.IGNORECASE)
"""The part of a path that differs from run to run: an operation's id."""
FIELDS = {"plan", "seed", "principal", "path", "latencyMs", "latency", "next", "always", "events", "operations"}
APP = "app"
ANYBODY = "*"


@dataclass(slots=True)
class Faults:
    """What goes wrong with requests, operations and events. `app` is the object id that named plans aim at."""

    app: str = ""
    seed: int = 0
    name: str = "none"
    in_force: Plan = field(default_factory=Plan)
    struck: Counter[str] = field(default_factory=Counter)
    _left: dict[int, int] = field(default_factory=dict)
    """How often the rule at this place may still strike."""
    _seen: Counter[tuple[str, ...]] = field(default_factory=Counter)

    @property
    def calm(self) -> bool:
        """Whether no request can meet a fault."""
        return not (self.in_force.rules or self.in_force.latencies)

    @property
    def selective(self) -> bool:
        """Whether it matters who asks."""
        aims = [one.aim for one in self.in_force.rules] + [one.aim for one in self.in_force.latencies]
        return any(one.principal for one in aims)

    def choose(self, name: str, seed: int, principal: str = APP, path: str = "") -> None:
        """Puts a named plan in force instead of all before. Raises ValueError for a name it does not know."""
        if name not in PLANS:
            raise UnknownPlanError(name)
        who = {APP: self.app, ANYBODY: ""}.get(principal, principal)
        self.clear()
        self.name, self.seed, self.in_force = name, seed, PLANS[name].aimed(who, path)

    def plan(self, document: Mapping[str, Any]) -> None:
        """Reads a plan from JSON (docs/azure-stand-in.md has the fields); raises ValueError for what it cannot read."""
        if unknown := set(document) - FIELDS:
            raise ValueError(f"Unknown fault {sorted(unknown)}; known are {sorted(FIELDS)}.")
        added = _plan(document)
        if "plan" in document:
            who, where = str(document.get("principal", APP)), str(document.get("path", ""))
            self.choose(str(document["plan"]), int(document.get("seed", self.seed)), who, where)
        elif "seed" in document:
            self.seed = int(document["seed"])
        self._add(document, added)

    def clear(self) -> None:
        """Ends every fault; what has struck stays counted."""
        self.name, self.in_force = "none", Plan()
        self._left.clear()
        self._seen.clear()

    def told(self) -> dict[str, Any]:
        """What is in force and what has struck, as JSON."""
        return {"plan": self.name, "seed": self.seed, **asdict(self.in_force), "struck": dict(self.struck)}

    def draw(self, method: str, path: str, principal: str, query: str = "") -> tuple[float, Rule | None]:
        """The seconds a request waits and the rule that strikes it, if one does."""
        shape = RANDOM_PARTS.sub(r"\1/*", path.casefold())
        number = self._count("request", method, shape, principal)
        waits = 0.0
        for place, one in enumerate(self.in_force.latencies):
            if one.aim.at(method, path, principal, query):
                waits += one.seconds(chance(self.seed, "latency", place, method, shape, number))
        for place, candidate in enumerate(self.in_force.rules):
            if self._left.get(place, 1) and candidate.aim.at(method, path, principal, query):
                luck = chance(self.seed, place, candidate.kind, method, shape, number)
                if luck < candidate.probability:
                    self._spend(place, candidate)
                    return waits, candidate
        return waits, None

    def operation(self, method: str, path: str, principal: str) -> Ending:
        """How the long-running operation of a request ends."""
        work = self.in_force.work
        if not (work.fail or work.hang) or not work.aim.at(method, path, principal):
            return Ending.SUCCEEDS
        number = self._count("operation", method, path.casefold())
        luck = chance(self.seed, "operation", method, path.casefold(), number)
        if luck >= work.fail + work.hang:
            return Ending.SUCCEEDS
        ending = Ending.FAILS if luck < work.fail else Ending.NEVER
        self.struck[f"operation {ending}"] += 1
        return ending

    def passage(self, subscription: str, kind: str, subject: str) -> Passage:
        """How an event travels to one subscription."""
        mail = self.in_force.mail
        if mail == Mail():
            return Passage()
        about = (subscription, kind, subject.casefold())
        number = self._count("event", *about)
        lost, doubled, late, how_late = (
            chance(self.seed, what, *about, number) for what in ("lose", "duplicate", "late", "seconds")
        )
        if lost < mail.lose:
            self.struck["event lost"] += 1
            return Passage(copies=0)
        self.struck["event duplicated"] += doubled < mail.duplicate
        self.struck["event late"] += late < mail.late
        return Passage(1 + (doubled < mail.duplicate), mail.late_seconds * how_late if late < mail.late else 0.0)

    def _count(self, *about: str) -> int:
        self._seen[about] += 1
        return self._seen[about]

    def _spend(self, place: int, struck: Rule) -> None:
        self.struck[struck.kind] += 1
        if place in self._left:
            self._left[place] -= 1

    def _add(self, document: Mapping[str, Any], added: Plan) -> None:
        before = self.in_force
        for place, new in enumerate(added.rules, len(before.rules)):
            if new.times is not None:
                self._left[place] = new.times
        fresh = {"latencyMs", "latency"} & set(document)
        self.in_force = replace(
            before,
            rules=before.rules + added.rules,
            latencies=added.latencies if fresh else before.latencies,
            mail=added.mail if "events" in document else before.mail,
            work=added.work if "operations" in document else before.work,
        )


def _plan(document: Mapping[str, Any]) -> Plan:
    rules = [rule(item) for item in document.get("next", [])]
    rules += [rule(item, times=None) for item in document.get("always", [])]
    latencies = [latency(document["latency"])] if "latency" in document else []
    if fixed := float(document.get("latencyMs", 0)):
        latencies.append(Latency(fixed / 1000))
    return Plan(
        tuple(rules), tuple(latencies), _mail(document.get("events", {})), _work(document.get("operations", {}))
    )


def _mail(item: Mapping[str, Any]) -> Mail:
    shares = {name: share(item, name) for name in ("lose", "duplicate", "late")}
    return Mail(**shares, late_seconds=float(item.get("lateSeconds", Mail().late_seconds)))


def _work(item: Mapping[str, Any]) -> Work:
    return Work(share(item, "fail"), share(item, "hang"), aim(item))
