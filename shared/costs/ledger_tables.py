"""
The tables of `shared.costs.ledger` that come from the estate and not from a bill.

Texts are numbered before they go in: a month may have a hundred thousand ids of two hundred characters, and to group a
million rows by them would take more memory than the rows do. All numbers are the same for the same estate, in whatever
order it came.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shared.costs.claims import Label, claims, label, nobodys, stamp
from shared.costs.held import Held, Span
from shared.costs.month import Month
from shared.costs.reason import Reason
from shared.costs.shares import WHOLE
from shared.model.cost_tags import CostTags

if TYPE_CHECKING:  # an app that is only indexed must not load it
    import pyarrow as pa

_NOBODY = (Reason.NO_RESOURCE, Reason.NOT_GOVERNED)
"""They stand where a bearer would, under the first numbers and with one span each: nobody's charges go the same way."""

_IDS = {"text": "string", "resource": "int32", "bearer": "int32"}
_DAYS = {"span": "int32", "bearer": "int32", "first": "date32", "after": "date32", "known": "date32"}
_PORTIONS = {"portion": "int32", "span": "int32", "share": "int64", "label": "int32", "stamp": "int32"}
_STAMPS = {"stamp": "int32", "tag": "string", "value": "string"}

type _Stamp = tuple[str, ...]


@dataclass(frozen=True)
class Tables:
    """What is known of who bears what, for the database."""

    month: Month
    schema: CostTags
    known: Mapping[str, Held]
    """Every resource's month, by its key."""
    borne: Mapping[str, str]
    """By each id on a bill, lower case: the key of what bears it, empty for nobody."""

    @cached_property
    def resources(self) -> list[str]:
        """The ids on the bills, lower case, each at its number."""
        return sorted(self.borne)

    @cached_property
    def bearers(self) -> list[str]:
        """The keys of all that bear something, in order."""
        return sorted({key for key in self.borne.values() if key})

    @cached_property
    def spans(self) -> list[Span]:
        """Their spans, in order."""
        return [span for key in self.bearers for span in self.known[key].spans]

    def ids(self, billed: Iterable[str]) -> "pa.Table":
        """The ids as they are billed, with the numbers of resource and bearer."""
        resources = {text: number for number, text in enumerate(self.resources)}
        bearers = {key: number for number, key in enumerate((*_NOBODY, *self.bearers))}
        by_id = {
            low: bearers[self.borne[low] or (Reason.NOT_GOVERNED if low else Reason.NO_RESOURCE)] for low in resources
        }
        return table_of(_IDS, ((text, resources[text.lower()], by_id[text.lower()]) for text in billed))

    def days(self) -> "pa.Table":
        """Which days are in which span of a bearer, and from which day on it is known."""
        whole = (self.month.first, self.month.end, date.min)
        rows = [(at, at, *whole) for at in range(len(_NOBODY))]
        for number, key in enumerate(self.bearers, len(_NOBODY)):
            for span in self.known[key].spans:
                rows.append((len(rows), number, span.start, span.end, self.known[key].known))
        return table_of(_DAYS, rows)

    def split(self, direct: Mapping[str, int] | None) -> "Split":
        """How each span is split, and what is said of the parts; `direct` as `claims` takes it."""
        labels: dict[Label, int] = {}
        stamps: dict[_Stamp, int] = {}
        rows = [
            (number, share, labels.setdefault(whose, len(labels)), stamps.setdefault(tags, len(stamps)))
            for number, share, whose, tags in self._portions(direct)
        ]
        return Split(self.schema, [(at, *row) for at, row in enumerate(rows)], list(labels), list(stamps))

    def _portions(self, direct: Mapping[str, int] | None) -> Iterator[tuple[int, int, Label, _Stamp]]:
        """Of each span: its number, the shares of its portions, and what is said of them."""
        for number, reason in enumerate(_NOBODY):
            yield number, WHOLE, nobodys(reason), ("",) * len(self.schema.tags)
        for number, span in enumerate(self.spans, len(_NOBODY)):
            for claim in claims(span.attribution, direct):
                whose = label(claim.portion, span.attribution, self.schema)
                yield number, claim.share, whose, stamp(claim.portion, self.schema)


@dataclass(frozen=True)
class Split:
    """The portions of all spans, by number, and the texts behind the numbers."""

    schema: CostTags
    rows: Sequence[tuple[int, int, int, int, int]]
    labels: Sequence[Label]
    """Each at its number."""
    stamps: Sequence[_Stamp]
    """Likewise."""

    def tables(self) -> dict[str, "pa.Table"]:
        """Portions and stamps, for the database; lines take their labels outside of it."""
        names = [tag.name for tag in self.schema.tags]
        values = ((number, *pair) for number, one in enumerate(self.stamps) for pair in zip(names, one, strict=True))
        return {"portions": table_of(_PORTIONS, self.rows), "stamps": table_of(_STAMPS, values)}


def span_of(number: int, spans: Sequence[Span]) -> Span | None:
    """The span that goes by a number in the database; None for what nobody bears."""
    return spans[number - len(_NOBODY)] if number >= len(_NOBODY) else None


def table_of(types: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> "pa.Table":
    """Rows as a table, its columns of those types by their Arrow names."""
    import pyarrow as pa  # noqa: PLC0415 - an app that is only indexed must not load it

    series = list(zip(*rows, strict=True)) or [()] * len(types)
    arrays = [pa.array(values, pa.type_for_alias(name)) for values, name in zip(series, types.values(), strict=True)]
    return pa.table(arrays, names=list(types))
