"""Advanced filters of an event subscription: conditions on the event's own fields and on `data.…`.

Operators and limits as documented: text compares without letter case; a missing key matches only the operators that say
"not", and IsNullOrUndefined.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MOST_FILTERS = 25
MOST_VALUES = 25
LONGEST_VALUE = 512

type Test = Callable[[Any, Any], bool]

TEXT: Mapping[str, Test] = {
    "In": lambda given, wanted: given == wanted,
    "BeginsWith": lambda given, wanted: given.startswith(wanted),
    "EndsWith": lambda given, wanted: given.endswith(wanted),
    "Contains": lambda given, wanted: wanted in given,
}
NUMBER: Mapping[str, Test] = {
    "In": lambda given, wanted: given == wanted,
    "LessThan": lambda given, wanted: given < wanted,
    "LessThanOrEquals": lambda given, wanted: given <= wanted,
    "GreaterThan": lambda given, wanted: given > wanted,
    "GreaterThanOrEquals": lambda given, wanted: given >= wanted,
}
NEGATABLE = ("StringIn", "StringBeginsWith", "StringEndsWith", "StringContains", "NumberIn")
SAME_IN_BOTH_SCHEMAS = {"source": "topic", "type": "eventtype", "time": "eventtime"}


class FilterError(ValueError):
    """A filter that Event Grid would not take; says which and why."""


@dataclass(frozen=True, slots=True)
class AdvancedFilter:
    """One condition; an event passes when any of `values` meets it, or with `negated` when none does."""

    operator: str
    key: str
    values: tuple[Any, ...] = ()
    negated: bool = False

    def passes(self, event: Mapping[str, Any]) -> bool:
        """Whether an event, written in either schema, meets the condition."""
        given = _look_up(event, self.key)
        if self.operator == "IsNull":
            return (given is None) is not self.negated
        return any(self._meets(given, wanted) for wanted in self.values) is not self.negated

    def _meets(self, given: object, wanted: object) -> bool:
        if self.operator.startswith("String"):
            both = isinstance(given, str) and isinstance(wanted, str)
            return both and TEXT[self.operator.removeprefix("String")](str(given).casefold(), str(wanted).casefold())
        if self.operator == "BoolEquals":
            return isinstance(given, bool) and given is wanted
        number = isinstance(given, int | float) and not isinstance(given, bool)
        return number and NUMBER[self.operator.removeprefix("Number")](given, wanted)


def advanced_filters(items: list[Any]) -> tuple[AdvancedFilter, ...]:
    """The filters of `filter.advancedFilters`; raises FilterError."""
    if len(items) > MOST_FILTERS:
        raise FilterError(f"An event subscription takes at most {MOST_FILTERS} advanced filters, not {len(items)}.")
    filters = tuple(_filter(item) for item in items)
    if (values := sum(len(one.values) for one in filters)) > MOST_VALUES:
        raise FilterError(f"Advanced filters take at most {MOST_VALUES} values together, not {values}.")
    return filters


def _filter(item: Mapping[str, Any]) -> AdvancedFilter:
    kind, key = str(item.get("operatorType", "")), str(item.get("key", ""))
    if not key:
        raise FilterError(f"The advanced filter {kind!r} has no 'key'.")
    if kind in ("IsNullOrUndefined", "IsNotNull"):
        return AdvancedFilter("IsNull", key, negated=kind == "IsNotNull")
    operator, negated = _operator(kind)
    values = tuple(item["values"]) if "values" in item else (item.get("value"),)
    if any(isinstance(value, str) and len(value) > LONGEST_VALUE for value in values):
        raise FilterError(f"A value of the filter on {key!r} is longer than {LONGEST_VALUE} characters.")
    return AdvancedFilter(operator, key, values, negated)


def _operator(kind: str) -> tuple[str, bool]:
    plain = kind.replace("Not", "", 1)
    negated = plain != kind and plain in NEGATABLE
    operator = plain if negated else kind
    of_text = operator.startswith("String") and operator.removeprefix("String") in TEXT
    of_number = operator.startswith("Number") and operator.removeprefix("Number") in NUMBER
    if not (of_text or of_number or operator == "BoolEquals"):
        raise FilterError(f"There is no advanced filter {kind!r} here.")
    return operator, negated


def _look_up(event: Mapping[str, Any], key: str) -> object:
    first, *rest = key.split(".")
    node: Any = {_common(name): value for name, value in event.items()}.get(_common(first))
    for name in rest:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def _common(name: str) -> str:
    own = name.casefold()
    return SAME_IN_BOTH_SCHEMAS.get(own, own)
