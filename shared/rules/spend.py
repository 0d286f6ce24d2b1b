"""
Rules about a month's bill: how much of it is allocated, which dear hubs have no cost centre, and whether budgets hold.

They are judged when the month's costs are read, once a day, and never in the run of a hub: `reads` says so.
"""

from collections.abc import Iterator
from datetime import date

from shared.costs.bill import NANO, decimal
from shared.costs.budget import Budget, covers, expected
from shared.costs.figures import MonthFigures, Spend
from shared.model.facts import Fact, Gap, Kind
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.rules.rule import Context, Judgement, Parameter, Reads, Rule, Type, failed, passed, unknown


def _coverage(subscription: Fact, context: Context) -> Judgement | None:
    figures = context.known.figures
    if figures is None:
        return None
    spend = figures.subscriptions.get(subscription.id.subscription, Spend())
    target, covered = context.parameters["percent"], spend.permille
    if covered is None:
        return passed(f"Nothing was spent on hubs in {figures.month}.", None)
    percent = covered / 10
    actual = {"percent": percent, "unallocated_usd": _usd(spend.unallocated_usd)}
    if covered >= 10 * target:
        return passed(f"{percent} % of what was spent on hubs in {figures.month} has a cost centre.", actual)
    message = (
        f"{percent} % of what was spent on hubs in {figures.month} has a cost centre, and the target is {target} %."
    )
    return failed(message, expected={"percent": target}, actual=actual)


def _dear(hub: Fact, context: Context) -> Judgement | None:
    if context.known.figures is None:
        return None
    spend = context.known.figures.hubs.get(hub.id.key, Spend())
    without, most = spend.usd - spend.allocated_usd, context.parameters["usd"]
    actual = {"spent_usd": _usd(spend.usd), "without_cost_center_usd": _usd(without)}
    if without <= most * NANO:
        return passed("What the hub spent has a cost centre, but for a little.", actual)
    message = f"{decimal(without):,} USD of what the hub spent in {context.known.figures.month} have no cost centre."
    return failed(message, expected={"without_cost_center_usd": most}, actual=actual)


def _has_budget(hub: Fact, context: Context) -> Judgement | None:
    if context.known.figures is None:
        return None
    found = list(_budgets(hub, context.known.figures))
    names = sorted(budget.name for budget in found if isinstance(budget, Budget) and not budget.problem)
    if names:
        return passed(f"The hub is under a budget: {', '.join(names)}.", names)
    if found:
        return unknown(f"Not all budgets of its subscription and group could be read: {_why_unread(found[0])}")
    return failed(
        "The hub is under no budget, neither its resource group's nor its subscription's.",
        expected="a budget that covers it",
        actual=[],
    )


def _within_budget(hub: Fact, context: Context) -> Judgement | None:
    if context.known.figures is None:
        return None
    found = _budgets(hub, context.known.figures)
    budgets = [budget for budget in found if isinstance(budget, Budget) and not budget.problem]
    over = [said for budget in budgets if (said := _over(budget, context.known.figures.today))]
    if not budgets:
        return None
    names = [budget.name for budget in budgets]
    if over:
        return failed(f"{'. '.join(over)}.", expected={b.name: _amount(b.amount, b) for b in budgets}, actual=over)
    return passed(f"Its budgets will hold: {', '.join(names)}.", names)


def _budgets(hub: Fact, figures: MonthFigures) -> Iterator[Budget | Gap]:
    """The budgets that cover a hub, of its resource group and its subscription, and what could not be read of them."""
    for scope in (hub.id.group_id, hub.id.subscription_id):
        found = figures.budgets.get(scope.key, ()) if scope is not None else ()
        if isinstance(found, Gap):
            yield found
            continue
        for budget in found:
            if budget.problem or (budget.holds_on(figures.today) and covers(budget, hub.id, hub.tags)):
                yield budget


def _why_unread(unread: Budget | Gap) -> str:
    return unread.reason if isinstance(unread, Gap) else f"{unread.name}: {unread.problem}"


def _over(budget: Budget, today: date) -> str:
    """What is to be said of a budget that is spent, or will be; empty for one that holds."""
    if budget.spent is not None and budget.spent > budget.amount:
        return f"Budget {budget.name} is spent: {_amount(budget.spent, budget)} of {_amount(budget.amount, budget)}"
    coming = expected(budget, today)
    if coming is None or coming <= budget.amount:
        return ""
    whose = "Azure's forecast" if budget.forecast is not None else "the spending so far, extended evenly"
    return (
        f"Budget {budget.name} will not hold: {whose} comes to {_amount(coming, budget)} "
        f"of {_amount(budget.amount, budget)}"
    )


def _amount(amount: int, budget: Budget) -> str:
    return f"{decimal(amount):,} {budget.unit}".strip()


def _usd(amount: int) -> float:
    return float(decimal(amount))


COVERAGE = Rule(
    id="HW-CST-001",
    title="Subscription's spend on hubs is allocated to the target",
    why="What has no cost centre is paid by whoever shouts least; below the target finance cannot close the month.",
    kinds=frozenset({Kind.SUBSCRIPTION}),
    severity=Severity.HIGH,
    safety=Safety.REPORT,
    controls=("N-65", "N-66", "N-67", "N-68"),
    check=_coverage,
    parameters={
        "percent": Parameter(
            Type.INTEGER, 90, "Share of the spend on hubs that must have a cost centre", least=0, most=100
        )
    },
    reads=Reads.BILL,
)

DEAR_HUBS = Rule(
    id="HW-CST-002",
    title="Hub that spends much has a cost centre",
    why="One dear hub without a cost centre weighs more than a hundred small ones.",
    kinds=frozenset({Kind.HUB}),
    severity=Severity.HIGH,
    safety=Safety.REPORT,
    controls=("TG-01", "N-67"),
    check=_dear,
    parameters={"usd": Parameter(Type.INTEGER, 500, "US dollars a month that may be without a cost centre", 0)},
    reads=Reads.BILL,
)

BUDGET = Rule(
    id="HW-BUD-001",
    title="Hub is under a budget",
    why="Without a budget nobody hears of a runaway cluster before the bill comes.",
    kinds=frozenset({Kind.HUB}),
    severity=Severity.LOW,
    safety=Safety.REPORT,
    controls=("TG-08",),
    check=_has_budget,
    reads=Reads.BILL,
)

FORECAST = Rule(
    id="HW-BUD-002",
    title="Hub's budget holds to the end of its period",
    why="A forecast leaves time to act; the end of the month does not.",
    kinds=frozenset({Kind.HUB}),
    severity=Severity.MEDIUM,
    safety=Safety.REPORT,
    controls=("TG-08",),
    check=_within_budget,
    reads=Reads.BILL,
)
