"""
Budgets as people made them in Azure: an amount for a month, quarter or year, what is spent of it, and what it covers.

Read from `Microsoft.Consumption/budgets` at 2023-05-01. Amounts are billionths, as in `shared.costs.bill`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Self

from shared.costs.bill import nano
from shared.costs.budget_filter import passes
from shared.costs.month import Month
from shared.model.resource_id import ResourceId

MONTHS: Final[Mapping[str, int]] = {"monthly": 1, "quarterly": 3, "annually": 12}
"""How long a period lasts, by the time grain in lower case, for those that follow the calendar.

BillingMonth and its like begin with the subscription's billing period, whose first day no budget tells.
"""

_TYPE = "/providers/microsoft.consumption/budgets/"


@dataclass(frozen=True)
class Budget:
    """One budget. One that cannot be read is kept too, with its problem: it covers nothing, and nothing is expected."""

    id: str
    """As Azure wrote it, which is without a leading slash."""
    name: str
    amount: int = 0
    unit: str = ""
    """The currency of all its amounts. Azure names it with what was spent, so it may be empty."""
    time_grain: str = ""
    """Such as `Monthly`."""
    start: date = date.min
    end: date | None = None
    """The last day; None for a budget without one."""
    spent: int | None = None
    """In its current period; None where Azure does not say."""
    forecast: int | None = None
    """For the whole of that period; Azure states it only for a budget with a forecast alert."""
    filter: Mapping[str, Any] = field(default_factory=dict)
    """What of its scope it covers, as Azure wrote it; empty for all."""
    limits_cost: bool = True
    """Whether it is about money; a budget of another category limits usage."""
    problem: str = ""
    """Why it cannot be read."""

    @classmethod
    def of(cls, told: object) -> Self:
        """
        The budget that a document states.

        Never raises: the others of a list are not lost for one of them, nor is that one dropped in silence.
        """
        document = told if isinstance(told, Mapping) else {}
        identity, name = _text(document.get("id")), _text(document.get("name"))
        try:
            return cls(identity, name, **_read(document))
        except (TypeError, ValueError, ArithmeticError) as error:
            return cls(identity, name, problem=str(error))

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.start <= day and (self.end is None or day <= self.end)

    @property
    def scope(self) -> ResourceId | None:
        """The subscription or resource group it was made for; None where its id does not tell."""
        identity = f"/{self.id.lstrip('/')}"
        at = identity.casefold().rfind(_TYPE)
        return ResourceId.find(identity[:at]) if at > 0 else None


def expected(budget: Budget, today: date) -> int | None:
    """
    What will have been spent at the end of its current period.

    Azure's own forecast where it states one; else the spending so far, extended evenly. None when nothing was spent,
    when the budget is not in force, or when its period is not known.
    """
    if budget.forecast is not None:
        return budget.forecast
    period = _period(budget, today)
    if not budget.spent or period is None:
        return None
    first, last = period
    return budget.spent * ((last - first).days + 1) // ((today - first).days + 1)


def covers(budget: Budget, resource: ResourceId, tags: Mapping[str, str]) -> bool:
    """
    Whether a resource with these tags counts in a budget.

    A budget whose filter asks for more than that, such as a meter, is taken not to cover it.
    """
    scope = budget.scope
    if budget.problem or not budget.limits_cost or scope is None or not resource.within(scope):
        return False
    return passes(budget.filter, resource, tags) is True


def _period(budget: Budget, today: date) -> tuple[date, date] | None:
    """The first and the last day that count in the budget's current period."""
    months = MONTHS.get(budget.time_grain.casefold())
    if months is None or not budget.holds_on(today):
        return None
    began = Month(today.year, (today.month - 1) // months * months + 1)
    last = Month(today.year, began.month + months - 1).last
    return max(began.first, budget.start), last if budget.end is None else min(last, budget.end)


def _read(document: Mapping[str, Any]) -> dict[str, Any]:
    properties = _mapping(document, "properties")
    amount = _amount(properties, "amount")
    if amount is None:
        raise ValueError("it has no amount")
    time, spent, forecast = (_mapping(properties, name) for name in ("timePeriod", "currentSpend", "forecastSpend"))
    return {
        "amount": amount,
        "unit": _text(spent.get("unit")) or _text(forecast.get("unit")),
        "time_grain": _text(properties.get("timeGrain")),
        "start": _day(time, "startDate"),
        "end": _day(time, "endDate") if time.get("endDate") else None,
        "spent": _amount(spent, "amount"),
        "forecast": _amount(forecast, "amount"),
        "filter": _mapping(properties, "filter"),
        "limits_cost": (_text(properties.get("category")) or "Cost").casefold() == "cost",
    }


def _mapping(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under a name; empty where it is absent or null."""
    found = document.get(name)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise TypeError(f"its {name} is no object")
    return found


def _amount(document: Mapping[str, Any], name: str) -> int | None:
    found = document.get(name)
    if found is None:
        return None
    if not isinstance(found, int | float) or isinstance(found, bool):
        raise TypeError(f"its {name} is no number")
    return nano(found)


def _day(document: Mapping[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(_text(document.get(name))[:10])
    except ValueError:
        raise ValueError(f"its {name} is no date") from None


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""
