"""
`python -m local costs`: a month's bill split by whom it belongs to, as the app would report it, by today's tags.

The app remembers what tags said on each day of the month; this command has only what it is shown, and takes it for the
whole month. The bill is read from an export, or from Azure; without either the stand-in makes one up.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

from rich.console import Console

from local.azure.documents import EstateError
from local.cost_files import bills_from
from local.cost_tables import reconciliation, tables
from local.made_up_bills import bills_for
from local.plan import load_estate, moment, refuse_unclear
from shared.adapters.policy_files import read
from shared.costs.allocation import Allocation, allocate
from shared.costs.attribution import Attribution, Period, attributions
from shared.costs.bill import Bill
from shared.costs.effective import EffectiveTags
from shared.costs.files import month_files
from shared.costs.month import Month
from shared.costs.summary import Summary, summarize
from shared.model.cost_tags import CostTags
from shared.model.errors import EstateInvalid, SettingsInvalid
from shared.model.estate import Estate
from shared.model.facts import Fact, Seen, kind_of
from shared.policy.load import load
from shared.policy.policy import Policy
from shared.rules.catalogue import RULES


@dataclass(frozen=True)
class Request:
    """What was asked on the command line."""

    month: str
    estate: Path | None
    subscription: str
    costs: Path | None
    """A cost export; without it Azure is asked, or for an estate in files the stand-in makes a bill up."""
    out: Path
    policy: Path
    now: str
    seed: int


@dataclass(frozen=True)
class _Found:
    """What there is to split, and by what."""

    bills: Sequence[Bill]
    attributions: Sequence[Attribution]
    source: str
    """Where the bills come from, for the reader."""


def run(request: Request, clock: Callable[[], datetime]) -> int:
    """Write the files and print the reconciliation; 0 when all adds up. Raises HubwardenError for all that is wrong."""
    refuse_unclear("costs", request.estate, request.subscription)
    now = moment(request.now) if request.now else clock()
    month = _month(request.month, now)
    policy = load(read(request.policy), RULES, now)
    console = Console(highlight=False)
    with console.status(f"reading {month} …"):
        found = _offline(request, month, policy, now) if request.estate else _live(request, month, policy, now)
    console.print(
        f"{sum(bill.rows.num_rows for bill in found.bills):,} charges of {month}, {found.source}", style="dim"
    )
    with console.status(f"splitting {month} …"):
        files, allocation, summary = _split(found, month, policy.cost_tags, now)
    _write(request.out, files)
    for section in summary.sections:
        console.print()
        for table in tables(section):
            console.print(table, "")
        console.print(f"[bold]{reconciliation(section, month)}[/]", soft_wrap=True)
    if not allocation.closed:
        console.print(f"{month} is not closed: its figures change until {summary.changes_until}.", style="yellow")
    for name in files:
        console.print(f"wrote {request.out / name}", style="dim", soft_wrap=True)
    return 0


def _month(text: str, now: datetime) -> Month:
    try:
        month = Month.parse(text)
    except ValueError as error:
        raise SettingsInvalid(f"--month: {error}") from None
    if month.first > now.date():
        raise SettingsInvalid(f"--month: {month} has not begun; the running month is {Month.of(now.date())}")
    return month


def _offline(request: Request, month: Month, policy: Policy, now: datetime) -> _Found:
    source = request.estate or Path()
    estate = with_containers(load_estate(source))
    tags = EffectiveTags(estate, policy.cost_tags)
    if request.costs is not None:
        bills, where = bills_from(request.costs, month), f"from {request.costs}"
    else:
        where = "made up by the Azure stand-in; --costs takes a real export"
        try:
            bills = bills_for(source, month, month.through(now), request.seed)
        except EstateError as error:
            raise EstateInvalid(str(error)) from None
    return _Found(bills, attributions(tags, estate), where)


def with_containers(estate: Estate) -> Estate:
    """
    The estate with the resource groups and subscriptions that its files leave out, as ones without tags.

    What Azure lists of resources holds neither; without this nobody could tell what a hub's tags should say.
    """
    named = {one for fact in estate for one in (fact.id.group_id, fact.id.subscription_id) if one is not None}
    missing = sorted(one for one in named if estate.find(one) is None)
    return estate.with_facts(Fact(one, kind_of(one), seen=Seen.ABSENT) for one in missing)


def _live(request: Request, month: Month, policy: Policy, now: datetime) -> _Found:
    return asyncio.run(_read(request, month, policy, now))


async def _read(request: Request, month: Month, policy: Policy, now: datetime) -> _Found:
    from local.live import bill_of, opened  # noqa: PLC0415 - the SDKs take longer to import than files to read

    found: dict[str, Attribution] = {}
    async with opened(request.subscription, policy, now) as live:
        for hub in live.hubs:
            view = await live.view(hub, now)
            seen = attributions(view.judged.tags, view.estate.judged())
            found |= {one.resource.key: one for one in seen}
    if request.costs is not None:
        return _Found(bills_from(request.costs, month), list(found.values()), f"from {request.costs}")
    bill = await bill_of(request.subscription, month, month.through(now))
    return _Found([bill], list(found.values()), f"from subscription {request.subscription}")


def _split(
    found: _Found, month: Month, schema: CostTags, now: datetime
) -> tuple[dict[str, bytes], Allocation, Summary]:
    begin = datetime.combine(month.first, time(), UTC)
    periods = [Period(one, begin) for one in found.attributions]
    allocation = allocate(month, found.bills, periods, schema, now)
    return month_files(allocation, found.bills, periods, schema), allocation, summarize(allocation, schema)


def _write(out: Path, files: dict[str, bytes]) -> None:
    """Each file at once and whole: a reader never sees half of one."""
    for name, content in files.items():
        path = out / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f".{path.name}.new")
            fresh.write_bytes(content)
            fresh.replace(path)
        except OSError as error:
            raise SettingsInvalid(f"--out: {path} cannot be written ({error.strerror})") from None
