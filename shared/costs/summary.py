"""
A month's allocation in figures for people in finance: what a report prints, and nothing that is not added up here.

Amounts are whole cents, and every table comes to what was billed, or to the part of it that its name says. Currencies
are never added to each other: each has a section of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from shared.costs import words
from shared.costs.allocation import Allocation
from shared.costs.bill import cents
from shared.costs.breakdown import Breakdown, Group, Resource, Row, breakdown, groups, rows_by
from shared.costs.cents import to_cents
from shared.costs.month import Month
from shared.costs.reason import BEYOND
from shared.costs.rounding import to_nested_cents
from shared.model.cost_tags import CostTags, Origin

if TYPE_CHECKING:  # an app that is only indexed must not load it
    import pyarrow as pa


@dataclass(frozen=True)
class Unallocated:
    """Money without a cost centre, for one reason."""

    reason: str
    """In words, as a heading."""
    advice: str
    """What to do about it: whom to ask, for which tag."""
    cost: int
    resources: Breakdown[Resource]


@dataclass(frozen=True)
class ByTag:
    """The bill by one more of finance's tags."""

    tag: str
    values: Breakdown[Row]


@dataclass(frozen=True)
class Section:
    """All that was charged in one currency."""

    currency: str
    billed: int
    allocated: int
    """With `unallocated` it comes to `billed`, to the cent."""
    unallocated: int
    beyond: int
    """The part of it that no tag on a hub could reach: it belongs to no hub, or names no resource."""
    usd: int
    """What was billed, in cents of a dollar, as Azure converts it."""
    early: int
    """What dates from before the first look at its resource's tags, and counts under the first ones known."""
    coverage: Decimal | None
    """
    Which part of what can be allocated is, rounded down to a thousandth.

    None where a part means nothing: nothing was billed, or refunds outweigh charges on one side only.
    """
    coverage_of_bill: Decimal | None
    """The same of all that was billed."""
    cost_centers: Breakdown[Row]
    hubs: Breakdown[Row]
    """With each hub's cost by cost centre as its parts."""
    projects: Breakdown[Row]
    owners: Breakdown[Row]
    services: Breakdown[Row]
    sources: Breakdown[Row]
    """By where the cost centre comes from."""
    tags: tuple[ByTag, ...]
    reasons: tuple[Unallocated, ...]
    """The dearest first."""


@dataclass(frozen=True)
class Summary:
    """A month in figures."""

    month: Month
    closed: bool
    changes_until: date
    """The last day on which the figures of a month that is not closed may change."""
    through: date | None
    """The last day that the bills hold; None where nobody said."""
    sections: tuple[Section, ...]
    """By currency, the largest first as seen in dollars."""


def summarize(allocation: Allocation, schema: CostTags, through: date | None = None) -> Summary:
    """
    A month's allocation in figures.

    Raises ValueError when its lines do not come to what it says was billed, allocated and unallocated.
    """
    currencies = sorted({*allocation.billed, *allocation.lines["currency"].to_pylist()})
    sections = [_section(allocation, schema, currency) for currency in currencies]
    by_size = tuple(sorted(sections, key=lambda section: (-abs(section.usd), section.currency)))
    until = allocation.month.end + timedelta(days=schema.close_after_days - 1)
    return Summary(allocation.month, allocation.closed, until, through, by_size)


def in_currency(table: "pa.Table", currency: str) -> "pa.Table":
    """The lines in one currency."""
    import pyarrow.compute as pc  # noqa: PLC0415 - it takes 57 MiB, which only a month's costs need

    return table.filter(pc.equal(table["currency"], currency))


def _section(allocation: Allocation, schema: CostTags, currency: str) -> Section:
    lines = in_currency(allocation.lines, currency)
    by_reason = groups(lines, "reason")
    of_reason = {group.key[0]: group.cost for group in by_reason}
    billed, beyond = sum(of_reason.values()), sum(of_reason.get(reason, 0) for reason in BEYOND)
    allocated = of_reason.get("", 0)
    _check(allocation, currency, billed, allocated)
    first, second = to_cents([allocated, billed - allocated])
    reasons = _reasons(lines, schema)
    return Section(
        currency=currency,
        billed=first + second,
        allocated=first,
        unallocated=second,
        beyond=sum(one.cost for one in reasons if one.reason in {words.reason(reason) for reason in BEYOND}),
        usd=cents(sum(group.usd for group in by_reason)),
        early=cents(sum(group.cost for group in groups(lines.filter(lines["early"]), "currency"))),
        coverage=_part(allocated, billed - beyond),
        coverage_of_bill=_part(allocated, billed),
        cost_centers=breakdown(_cost_centers(lines), "No cost centre"),
        hubs=breakdown(_named(rows_by(groups(lines, "hub", "cost_center"))), "No single hub"),
        projects=breakdown(_projects(lines), "No project"),
        owners=breakdown(rows_by(groups(lines, "owner")), "No owner"),
        services=breakdown(rows_by(groups(lines, "service")), "No service"),
        sources=breakdown(_sources(lines), "no cost centre"),
        tags=_tags(in_currency(allocation.by_tag, currency), schema),
        reasons=reasons,
    )


def _check(allocation: Allocation, currency: str, billed: int, allocated: int) -> None:
    """Hold the lines to the sums beside them: a report that hides a difference is worse than none."""
    sums = (allocation.billed, allocation.allocated, allocation.unallocated)
    said = tuple(amounts.get(currency, 0) for amounts in sums)
    found = (billed, allocated, billed - allocated)
    if said != found:
        raise ValueError(
            f"{allocation.month}: the lines come to {found} billionths of {currency} billed, allocated and "
            f"unallocated, and the allocation says {said}; nothing was reported, this is a fault of the allocation"
        )


def _part(allocated: int, whole: int) -> Decimal | None:
    if whole == 0 or not 0 <= Decimal(allocated) / whole <= 1:
        return None
    return (Decimal(allocated) / whole).quantize(Decimal("0.001"), ROUND_FLOOR)


def allocation_path(group: Group) -> tuple[str, ...]:
    """The branch of the tree that every report rounds by on which a group of (reason, cost centre, …) hangs."""
    reason, cost_center, *_ = group.key
    return ("unallocated" if reason else "allocated", reason or cost_center)


def _cost_centers(lines: "pa.Table") -> list[Row]:
    found = groups(lines, "reason", "cost_center", "origin")
    amounts = to_nested_cents([group.cost for group in found], [allocation_path(group) for group in found])
    rows: dict[str, Row] = {}
    for group, cost in zip(found, amounts, strict=True):
        reason, cost_center, origin = group.key
        name = "" if reason else cost_center
        row = rows.get(name, Row(name, 0))
        split = cost if name and origin == Origin.SPLIT else 0
        rows[name] = Row(name, row.cost + cost, row.split + split)
    return list(rows.values())


def _projects(lines: "pa.Table") -> list[Row]:
    found = groups(lines, "project", "hub")
    named = words.names(group.key[1] for group in found)
    rows = rows_by(found)
    hubs = {row.name: ", ".join(named.get(part.name, "") for part in row.parts) for row in rows if row.name}
    return [replace(row, note=hubs.get(one.name, "")) for one, row in zip(rows, _named(rows), strict=True)]


def _named(rows: list[Row]) -> list[Row]:
    """Rows of resource ids under the names that people know."""
    names = words.names(row.name for row in rows)
    return [replace(row, name=names.get(row.name, "")) for row in rows]


def _sources(lines: "pa.Table") -> list[Row]:
    """By where the cost centre comes from; where there is none, its origin says only who was asked."""
    found = groups(lines, "reason", "origin")
    amounts = to_nested_cents([group.cost for group in found], [allocation_path(group)[:1] for group in found])
    costs: dict[str, int] = {}
    for group, cost in zip(found, amounts, strict=True):
        reason, origin = group.key
        name = "" if reason else words.source(origin)
        costs[name] = costs.get(name, 0) + cost
    return [Row(name, cost) for name, cost in costs.items()]


def _tags(by_tag: "pa.Table", schema: CostTags) -> tuple[ByTag, ...]:
    """The tags that have no table yet, in finance's order."""
    of_tag: dict[str, list[Group]] = {}
    for group in groups(by_tag, "tag", "value"):
        of_tag.setdefault(group.key[0], []).append(replace(group, key=group.key[1:]))
    shown = [tag for tag in of_tag if tag not in (schema.cost_center, schema.owner)]
    order: Mapping[str, int] = {tag.name: at for at, tag in enumerate(schema.tags)}
    shown.sort(key=lambda tag: (order.get(tag, len(order)), tag))
    return tuple(ByTag(tag, breakdown(rows_by(of_tag[tag]), f"No {tag}")) for tag in shown)


def _reasons(lines: "pa.Table", schema: CostTags) -> tuple[Unallocated, ...]:
    found = groups(lines, "reason", "cost_center", "resource_id", "service", "why")
    amounts = to_nested_cents([group.cost for group in found], [allocation_path(group) for group in found])
    rows: dict[str, list[Resource]] = {}
    for group, cost in zip(found, amounts, strict=True):
        if group.key[0]:
            rows.setdefault(group.key[0], []).append(_resource(group, cost))
    reasons = [_unallocated(reason, some, schema) for reason, some in rows.items()]
    return tuple(sorted(reasons, key=lambda one: (-one.cost, one.reason)))


def _unallocated(reason: str, rows: list[Resource], schema: CostTags) -> Unallocated:
    cost = sum(row.cost for row in rows)
    return Unallocated(words.reason(reason), words.advice(reason, schema), cost, breakdown(rows, ""))


def _resource(group: Group, cost: int) -> Resource:
    _, _, resource_id, service, why = group.key
    name = words.name(resource_id) or "No resource"
    return Resource(name, cost, note=words.group(resource_id), service=service, resource_id=resource_id, why=why)
