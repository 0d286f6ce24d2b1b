"""Rows for Log Analytics about computes: which image each runs, how far behind it is, and what its owner was told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from shared.engine.around import home_of
from shared.engine.computes import Memory
from shared.engine.judge import Judged
from shared.engine.record import Run
from shared.images.ladder import Place, Terms, place
from shared.images.machine import Machine
from shared.images.meters import billing
from shared.images.releases import Releases
from shared.images.way_out import way_out
from shared.model.facts import Fact, Kind
from shared.model.finding import Finding, Verdict
from shared.model.resource_id import ResourceId
from shared.policy.policy import Policy
from shared.ports import Row
from shared.rules.images import IMAGE_AGE

REMADE: Final = "remade"
"""Stands in the column `Notice` of an instance that was taken down and is seen anew."""

_WITHIN: Final = {Verdict.PASS: True, Verdict.EXEMPT: True, Verdict.FAIL: False}


@dataclass(frozen=True)
class Fleet:
    """The computes that a run looked at, and all that is told of them."""

    judged: Judged
    memory: Memory
    releases: Releases
    policy: Policy
    gone: frozenset[str] = frozenset()
    """Object ids of people of whom it is known that nobody has them any more."""

    def rows(self, run: Run, ended: datetime) -> list[Row]:
        """In a sweep one row for each compute that was judged; in any run one for each of which there is news."""
        news = {*self.memory.told, *self.memory.remade}
        judged = (fact for fact in self.memory.estate.judged() if fact.kind is Kind.COMPUTE and fact.present)
        told = sorted((fact for fact in judged if run.trigger == "sweep" or fact.id in news), key=lambda fact: fact.id)
        return [self.row(run, fact, ended) for fact in told]

    def row(self, run: Run, fact: Fact, ended: datetime) -> Row:
        """One compute; without the columns that nobody knows."""
        machine, told = Machine.of(fact), self.memory.told.get(fact.id)
        stands, notice = self.place(fact), self.memory.of(fact.id).notice
        news = REMADE if fact.id in self.memory.remade else ""
        values = {
            "TimeGenerated": ended.isoformat(),
            "RunId": run.id,
            **self.about(fact),
            "State": machine.state or fact.text("properties", "properties", "allocationState"),
            "Started": _iso(self.memory.of(fact.id).started),
            "Stopped": _iso(machine.stopped),
            "AgeDays": _days(stands.age) if stands else None,
            "BehindDays": _days(stands.behind) if stands else None,
            "WithinSla": _WITHIN.get(self._verdicts[fact.id]) if fact.id in self._verdicts else None,
            "Rung": notice.rung.value if notice else "",
            "Notice": told.rung.value if told else news,
            "Due": _iso(notice.due) if notice else None,
            "PatchStatus": str(machine.patching.get("patchStatus") or ""),
            "RebootPending": _truth(machine.patching.get("rebootPending")),
            "Billing": billing(machine),
            "CorrelationIds": list(run.causes),
        }
        return {name: value for name, value in values.items() if value is not None}

    def about(self, fact: Fact) -> Mapping[str, Any]:
        """What a row and an event of a compute have in common."""
        machine, found = Machine.of(fact), self._findings.get(fact.id)
        hub = found.hub if found else self.memory.estate.hub_id(fact)
        values = {
            "Compute": fact.id.key,
            "ComputeType": machine.type,
            "Hub": hub.key if hub else "",
            "Project": found.project.key if found and found.project else "",
            "Workspace": fact.id.parent.key if fact.id.parent else "",
            "Owner": found.owner if found else "",
            "CostCenter": found.cost_center if found else "",
            "User": machine.user,
            "Region": machine.region,
            "Size": machine.size,
            "Created": _iso(machine.created),
            "Image": machine.image,
            "LatestImage": machine.latest_image,
            "PublicIp": machine.public_ip,
            "Ssh": machine.ssh,
            "IdleShutdown": machine.idle_shutdown,
            "Schedules": machine.schedules,
            "WayOut": self._way(fact),
        }
        return {name: value for name, value in values.items() if value is not None}

    def _way(self, fact: Fact) -> Mapping[str, Any]:
        """The way to a new image; in full with a notice, for it would be the most of all rows if each had it."""
        way = way_out(fact, self.memory.of(fact.id).at_zero)
        if way is None:
            return {}
        return way.in_full() if fact.id in self.memory.told else way.told()

    def place(self, fact: Fact) -> Place | None:
        """Where the image of an instance stands; None for another compute, and where nobody can tell."""
        machine, last = Machine.of(fact), self.memory.of(fact.id).notice
        if not machine.is_instance:
            return None
        return place(machine, self.releases, self.terms(fact), last, self.memory.now)

    def terms(self, fact: Fact) -> Terms:
        """What policy says of the image of a compute."""
        return Terms.of(self._parameters(fact))

    def above(self, fact: Fact) -> Sequence[str]:
        """Whom policy has an escalation about a compute go to."""
        named: Sequence[str] = self._parameters(fact)["escalate_to"]
        return named

    def _parameters(self, fact: Fact) -> Mapping[str, Any]:
        return self.policy.rules[IMAGE_AGE.id].setting(fact, home_of(self.memory.estate, fact)).parameters

    @cached_property
    def _findings(self) -> Mapping[ResourceId, Finding]:
        """A finding on each compute, whichever: all name the same hub, project, owner and cost centre."""
        return {finding.resource: finding for finding in self.judged.findings if finding.kind is Kind.COMPUTE}

    @cached_property
    def _verdicts(self) -> Mapping[ResourceId, Verdict]:
        return {finding.resource: finding.verdict for finding in self.judged.findings if finding.rule == IMAGE_AGE.id}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _days(span: timedelta) -> float:
    return round(span / timedelta(days=1), 2)


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
