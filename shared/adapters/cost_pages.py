"""
The pages of a cost query: columns by their names, and what becomes of a page's rows.

Which columns come, and in which order, depends on the question and on the kind of contract; names compare without
case. A page becomes Arrow as soon as it is read, for a month may have a million rows. Amounts are read as the decimals
that Azure wrote and rounded once, to the nearest billionth: exactly what `shared.costs.bill.nano` makes of them.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, Never

from shared.costs.bill import columns
from shared.model.errors import DependencyDown
from shared.model.facts import Json

if TYPE_CHECKING:  # it takes 57 MiB, which only a month's costs need
    import pyarrow as pa

COST: Final = "Cost"
USD: Final = "CostUSD"
DAY: Final = "UsageDate"
RESOURCE: Final = "ResourceId"
SERVICE: Final = "ServiceName"
CURRENCY: Final = "Currency"

_PLACES = 9
_MOST = 2**63 - 1


def loads(text: str) -> Any:  # noqa: ANN401 - whatever JSON it says
    """Read JSON with its fractions as decimals. Raises ValueError for what is no JSON, `NaN` and its like included."""
    return json.loads(text, parse_float=Decimal, parse_constant=_no_number)


@dataclass(frozen=True)
class Page:
    """One page. Its methods raise DependencyDown, naming page and column, for what is not as it must be."""

    where: str
    """Which page of which query, for people."""
    places: Mapping[str, int]
    """Where each column stands, by its casefolded name."""
    rows: Sequence[Sequence[Any]] = field(repr=False)
    link: str | None = field(repr=False)
    """Where the next page is."""

    @classmethod
    def empty(cls, where: str) -> "Page":
        """The page of an answer without a body, which is Azure's for nothing charged."""
        return cls(where, {}, (), None)

    @classmethod
    def of(cls, document: Json, where: str) -> "Page":
        """The page that an answer holds."""
        properties = document.get("properties")
        if not isinstance(properties, Mapping):
            raise DependencyDown(f"{where}: the answer has no properties")
        found, rows, link = (properties.get(name) for name in ("columns", "rows", "nextLink"))
        if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
            raise DependencyDown(f"{where}: the answer has no columns")
        if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == len(found) for row in rows):
            raise DependencyDown(f"{where}: a row is not as long as the {len(found)} columns")
        if not isinstance(link, str | NoneType):
            raise DependencyDown(f"{where}: nextLink is no text")
        places = {str(one.get("name")).casefold(): place for place, one in enumerate(found)}
        return cls(where, places, rows, link)

    def charges(self, first: date, last: date) -> "pa.Table":
        """The rows as those of a bill for these days."""
        import pyarrow as pa  # noqa: PLC0415 - see above

        schema = columns()
        if not self.rows:
            return schema.empty_table()
        series: tuple[Sequence[object], ...] = (
            [resource.lower() for resource in self._texts(RESOURCE)],
            self._days(first, last),
            self._texts(SERVICE),
            self._currencies(),
            self._amounts(COST),
            self._amounts(USD),
        )
        return pa.table([pa.array(one, kind) for one, kind in zip(series, schema.types, strict=True)], schema=schema)

    def sums(self) -> Counter[str]:
        """What the rows come to, in billionths, by currency."""
        totals = Counter[str]()
        if self.rows:
            for currency, amount in zip(self._currencies(), self._amounts(COST), strict=True):
                totals[currency] += amount
        return totals

    def _amounts(self, name: str) -> list[int]:
        values = self._column(name, int, Decimal)
        try:
            amounts = [int(Decimal(value).scaleb(_PLACES).to_integral_value()) for value in values]
        except ArithmeticError:
            self._refuse(name, "a number that is too large")
        if max(map(abs, amounts)) > _MOST:
            self._refuse(name, "a number that is too large")
        return amounts

    def _days(self, first: date, last: date) -> list[date]:
        values = self._column(DAY, int)
        days = {value: self._day(value) for value in set(values)}
        if not all(first <= day <= last for day in days.values()):
            self._refuse(DAY, f"a day that is not within {first} to {last}: Azure answered for another period")
        return [days[value] for value in values]

    def _day(self, value: int) -> date:
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self._refuse(DAY, "a number that is no day")

    def _texts(self, name: str) -> list[str]:
        """A column of text; null, which stands for what belongs to no resource, as empty."""
        return [value or "" for value in self._column(name, str, NoneType)]

    def _currencies(self) -> list[str]:
        values: list[str] = self._column(CURRENCY, str)
        if not all(values):
            self._refuse(CURRENCY, "an empty text")
        return values

    def _column(self, name: str, *kinds: type) -> list[Any]:
        place = self.places.get(name.casefold())
        if place is None:
            raise DependencyDown(f"{self.where}: column {name} is missing")
        values = [row[place] for row in self.rows]
        if unfit := {type(value) for value in values} - set(kinds):
            self._refuse(name, f"a value of type {unfit.pop().__name__}")
        return values

    def _refuse(self, name: str, what: str) -> Never:
        raise DependencyDown(f"{self.where}: column {name} holds {what}")


def _no_number(text: str) -> Never:
    raise ValueError(text)
