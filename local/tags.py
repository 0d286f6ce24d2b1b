"""
`python -m local tags`: what finance's tags should say of a resource, where each value comes from, and why.

The answer is the app's own: the same search that its rules and its bills go by.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local.plan import load_estate, refuse_unclear
from local.tables import MOST_ROWS
from local.wording import called
from shared.adapters.policy_files import read
from shared.costs.attribution import Attribution, attributions
from shared.costs.effective import Effective, EffectiveTags
from shared.model.facts import Fact
from shared.model.resource_id import ResourceId
from shared.policy.load import load
from shared.policy.policy import Policy
from shared.rules.catalogue import RULES


@dataclass(frozen=True)
class Request:
    """What was asked on the command line."""

    resource: str
    """An ARM id, or a name that only one resource has; empty for all."""
    estate: Path | None
    subscription: str
    policy: Path
    form: str


@dataclass(frozen=True)
class Told:
    """What is to be said of one resource."""

    effective: Effective
    attribution: Attribution


def run(request: Request, clock: Callable[[], datetime]) -> int:
    """Print the tags; 0 when it could be told. Raises HubwardenError for all that is wrong."""
    refuse_unclear("tags", request.estate, request.subscription)
    now = clock()
    policy = load(read(request.policy), RULES, now)
    if request.estate is not None:
        estate = load_estate(request.estate)
        found = list(told(EffectiveTags(estate, policy.cost_tags), estate))
    else:
        found = asyncio.run(_live(request, policy, now))
    _print(choose(found, request.resource), request)
    return 0


def told(tags: EffectiveTags, facts: Iterable[Fact]) -> Iterator[Told]:
    """What is to be said of each resource that carries tags, in the order of their ids."""
    ordered = sorted(facts, key=lambda fact: fact.id)
    known = {one.resource: one for one in attributions(tags, ordered)}
    for fact in ordered:
        if (effective := tags.of(fact)) is not None:
            yield Told(effective, known[fact.id])


def choose(found: Sequence[Told], wanted: str) -> list[Told]:
    """Those with an id or a name. Raises EstateInvalid for one that is not there, or a name that several have."""
    if not wanted:
        return list(found)
    known = {one.effective.fact.id: one for one in found}
    return [known[called(known, wanted, "resource", " that carries tags")]]


async def _live(request: Request, policy: Policy, now: datetime) -> list[Told]:
    from local.live import opened  # noqa: PLC0415 - the SDKs take longer to import than an offline answer

    found: dict[ResourceId, Told] = {}
    async with opened(request.subscription, policy, now) as live:
        resource = ResourceId.find(request.resource)
        hubs = await live.hubs_of(resource, now) if resource is not None else ()
        for hub in hubs or live.hubs:
            view = await live.view(hub, now)
            found |= {one.effective.fact.id: one for one in told(view.judged.tags, view.estate.judged())}
    return list(found.values())


def as_document(one: Told) -> dict[str, Any]:
    """What is said of a resource, as JSON."""
    effective = one.effective
    return {
        "resource": effective.fact.id.text,
        "kind": effective.fact.kind.value,
        "place": effective.place.value,
        "hubs": [hub.text for hub in effective.hubs],
        "project": effective.project.text if effective.project else None,
        "tags": {
            name: {
                "should": value.value,
                "says": effective.fact.tag(name),
                "source": value.origin.value,
                "because": value.because,
            }
            for name, value in effective.tags.items()
        },
        "portions": [
            {"hub": portion.hub, "weight": portion.weight, "tags": dict(portion.tags)}
            for portion in one.attribution.portions
        ],
    }


def _print(found: Sequence[Told], request: Request) -> None:
    if request.form == "json":
        print(json.dumps([as_document(one) for one in found], indent=2))
        return
    console = Console(highlight=False)
    if request.resource:
        for one in found:
            _print_one(one, console)
    else:
        console.print(_overview(found))


def _print_one(one: Told, console: Console) -> None:
    effective = one.effective
    console.print(f"[bold]{escape(effective.fact.id.name)}[/], {effective.fact.kind}", style="")
    console.print(escape(effective.fact.id.text), style="dim", soft_wrap=True)
    hubs = ", ".join(hub.name for hub in effective.hubs) or "none"
    project = f"; project {effective.project.name}" if effective.project else ""
    console.print(f"hub {escape(hubs)}{escape(project)}\n")
    table = Table(show_edge=False, pad_edge=False)
    for column in ("Tag", "Should say", "Says", "Source", "Because"):
        table.add_column(column, overflow="fold")
    for name, value in effective.tags.items():
        says = effective.fact.tag(name)
        right = "green" if value.value is not None and says == value.value else "yellow"
        cells = (escape(name), escape(value.value or "-"), f"[{right}]{escape('-' if says is None else says)}[/]")
        table.add_row(*cells, value.origin.replace("_", " "), escape(value.because))
    console.print(table)
    _print_portions(one, console)


def _print_portions(one: Told, console: Console) -> None:
    portions = one.attribution.portions
    if not one.attribution.decided:
        console.print("\nWhat it costs belongs to whom it belonged before, until this is decided.")
    if len(portions) > 1:
        console.print("\nWhat it costs is split:")
        whole = sum(portion.weight for portion in portions)
        for portion in portions:
            tags = ", ".join(f"{name} {value}" for name, value in portion.tags.items())
            console.print(escape(f"  {portion.weight} of {whole} to {portion.hub.rpartition('/')[2]}: {tags}"))


def _overview(found: Sequence[Told]) -> Table:
    names = list(found[0].effective.tags) if found else []
    table = Table(show_edge=False, pad_edge=False)
    for column in ("Resource", "Kind", *names):
        table.add_column(escape(column), overflow="fold")
    for one in found[:MOST_ROWS]:
        cells = [
            f"{escape(value.value or '-')} [dim]{value.origin.replace('_', ' ')}[/]"
            for value in one.effective.tags.values()
        ]
        table.add_row(escape(one.effective.fact.id.name), one.effective.fact.kind.value, *cells)
    if len(found) > MOST_ROWS:
        table.caption = (
            f"and {len(found) - MOST_ROWS} more; --format json shows all, a name or an id one with its reasons"
        )
        table.caption_justify = "left"
    return table
