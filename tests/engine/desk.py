"""Finance's desk, at which the tests of the monthly reports sit."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from shared.costs.bill import Charge, nano
from shared.costs.month import Month
from shared.engine.month_end import MonthEnd
from shared.model.resource_id import ResourceId
from shared.rules.catalogue import RULES
from tests.builders import SUBSCRIPTION, Document
from tests.rig import Rig

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
APP = ResourceId.parse(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ops/providers/Microsoft.Web/sites/func")


def charge(document: Document, cost: float, day: date = date(2026, 11, 3), currency: str = "USD") -> Charge:
    """What a resource is charged on a day."""
    return document["id"].casefold(), day, "Virtual Machines", currency, nano(cost), nano(cost)


@dataclass
class Desk:
    """Finance's desk: an estate that was swept in September, and the bills that come."""

    rig: Rig
    subscriptions: tuple[str, ...] = (SUBSCRIPTION,)
    charges: list[Charge] = field(default_factory=list)

    @classmethod
    async def of(cls, *documents: Document) -> "Desk":
        """A desk over an estate."""
        rig = Rig.of(*documents, enforce=False)
        rig.clock.at = datetime(2026, 9, 1, tzinfo=UTC)
        await rig.sweep(*(one for one in documents if one.get("kind") == "Hub"))
        rig.clock.at = datetime(2026, 11, 20, 5, tzinfo=UTC)
        rig.log.tables.clear()
        rig.topic.alerts.clear()
        return cls(rig)

    @property
    def month_end(self) -> MonthEnd:
        """A fresh process."""
        rig = self.rig
        return MonthEnd(rig.world, RULES, rig.policy, self.subscriptions, APP, "audit", "0.1.0")

    def charge(self, month: Month, *charges: Charge) -> None:
        """The bill of a month."""
        self.rig.costs.charge(SUBSCRIPTION, month, *charges)

    async def findings(self) -> dict[str, str]:
        """What stands open, by rule and resource, with its severity."""
        known = (await self.rig.store.load(APP)).open.values()
        return {f"{one.rule} {one.resource.name}": one.severity.value for one in known}

    def verdicts(self, rule: str) -> dict[str, str]:
        """What a rule said last, by resource."""
        return {row["Resource"].rpartition("/")[2]: row["Verdict"] for row in self.rig.findings(Rule=rule)}
