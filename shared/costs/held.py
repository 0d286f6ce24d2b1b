"""
What held in a month: for each resource the attributions of its days, without gap or overlap.

A change counts for the whole of its day: what a resource cost on a day belongs to whom its tags named at the day's end.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from shared.costs.attribution import Attribution, Period, Portion
from shared.costs.month import Month


@dataclass(frozen=True, slots=True)
class Span:
    """Some days of a month, and the attribution that they have in common."""

    attribution: Attribution
    """Its portions in an order that depends on nothing but themselves, by hub first."""
    start: date
    """Its first day."""
    end: date
    """The first day after it."""


@dataclass(frozen=True, slots=True)
class Held:
    """One resource's month."""

    spans: tuple[Span, ...]
    """From the month's first day to its last, in their order."""
    known: date
    """The day of the first look at it; days before it are under the first attribution known, for want of a better."""
    bears: frozenset[str]
    """What had a bill of its own in that time but belonged to it."""
    in_force: bool
    """Whether it was there in the month at all. What was gone before still has spans: charges may come late."""


def held(periods: Iterable[Period], month: Month) -> Mapping[str, Held]:
    """
    The month of every resource in those periods, by its key.

    The periods may come in any order and from several sources; of two that begin at the same moment the later in the
    sequence counts. The last one lasts: what came after it nobody has seen. Once it was known who pays, a look that
    could not decide it changes nothing, whichever hub's it was; nor does one change a tag that it could not decide.
    """
    found: dict[str, list[Period]] = {}
    for period in periods:
        found.setdefault(period.attribution.resource.key, []).append(period)
    return {key: _held(found[key], month) for key in sorted(found)}


def _held(periods: list[Period], month: Month) -> Held:
    at_day = {_day(moment): attribution for moment, attribution in _telling(periods)}
    spans = tuple(_spans(at_day, month))
    bears = frozenset(key for span in spans for key in span.attribution.bears)
    return Held(_merged(spans), min(at_day), bears, any(_overlaps(period, month) for period in periods))


def _telling(periods: Iterable[Period]) -> Iterator[tuple[datetime, Attribution]]:
    """In order of time what was known from then on: what one look could not decide is as the one before had it."""
    known: Attribution | None = None
    for period in sorted(periods, key=lambda one: (one.valid_from, one.attribution.decided)):
        seen = period.attribution
        if known is not None and known.decided and not seen.decided:
            continue
        known = seen if known is None else seen.filled_from(known)
        yield period.valid_from, known


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _overlaps(period: Period, month: Month) -> bool:
    first, end = (datetime.combine(day, time.min, UTC) for day in (month.first, month.end))
    return period.valid_from < end and (period.valid_to is None or period.valid_to > first)


def _spans(at_day: Mapping[date, Attribution], month: Month) -> Iterator[Span]:
    """The attributions cut to the month; the first of all reaches back to the month's beginning."""
    changes = list(at_day)[1:]
    for attribution, change, after in zip(at_day.values(), [month.first, *changes], [*changes, month.end], strict=True):
        start, end = max(change, month.first), min(after, month.end)
        if start < end:
            yield Span(_ordered(attribution), start, end)


def _ordered(attribution: Attribution) -> Attribution:
    if len(attribution.portions) == 1:
        return attribution
    return replace(attribution, portions=tuple(sorted(attribution.portions, key=_order)))


def _order(portion: Portion) -> tuple[Any, ...]:
    named = (portion.tags, portion.origins, portion.why)
    return (portion.hub, portion.weight, *(sorted(each.items()) for each in named))


def _merged(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Neighbours that split alike, as one; a private endpoint that came or went is no reason to cut."""
    merged: list[Span] = []
    for span in spans:
        if merged and _split(merged[-1]) == _split(span):
            merged[-1] = replace(merged[-1], end=span.end)
        else:
            merged.append(span)
    return tuple(merged)


def _split(span: Span) -> tuple[str, tuple[Portion, ...]]:
    return span.attribution.project, span.attribution.portions
