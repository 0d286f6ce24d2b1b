"""A rule's parameters as policy sets them, each checked against the rule's own word for what it may be."""

import re
from collections.abc import Mapping
from datetime import timedelta
from itertools import combinations, pairwise
from typing import Any

from shared.images.hours import is_zone, zones
from shared.model.resource_id import ResourceId
from shared.policy.value import Value, listed, refuse_repeats
from shared.rules.rule import Parameter, Rule, Type

_DURATION = re.compile(r"P(?=.)(?:([0-9]{1,4})D)?(?:T(?=.)(?:([0-9]{1,4})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,8})S)?)?")


def parameters(value: Value | None, rule: Rule, base: Mapping[str, Any] | None) -> dict[str, Any]:
    """
    The parameters that policy sets on top of others; refuses one that the rule does not have.

    The others are None where they were refused themselves: then nobody can say whether these go with them.
    """
    if value is None:
        return {}
    if not rule.parameters:
        value.refuse(f"no parameters, for {rule.id} has none", "some; remove them")
        return {}
    given, problems = value.entries(rule.parameters, listed(rule.parameters)), len(value.problems)
    read = {name: _parameter(entry, rule.parameters[name]) for name, entry in given.items()}
    if base is not None and len(value.problems) == problems:
        _refuse_falling(value, rule, {**base, **read})
        _refuse_same(value, rule, {**base, **read})
    return read


def _refuse_falling(value: Value, rule: Rule, numbers: Mapping[str, Any]) -> None:
    """Refuse numbers of which one is not more than the one before, though it must be."""
    for lower, higher in pairwise(rule.rising):
        if numbers[higher] <= numbers[lower]:
            found = f"{lower} {numbers[lower]} and {higher} {numbers[higher]}"
            value.problem(f"{higher} above {lower}", found)
            return


def _refuse_same(value: Value, rule: Rule, given: Mapping[str, Any]) -> None:
    """Refuse two that say the same, though they must not."""
    for first, second in combinations(rule.differing, 2):
        if given[first] == given[second]:
            value.problem(f"{second} other than {first}", f"{given[first]} for both")


def unstated(rule: Rule, given: Mapping[str, Any]) -> list[str]:
    """What policy must say where it enforces the rule, and does not."""
    return [name for name, spec in rule.parameters.items() if spec.stated and given[name] == spec.default]


def defaults(rule: Rule) -> Mapping[str, Any]:
    """What the rule takes where policy sets nothing."""
    return {name: parameter.default for name, parameter in rule.parameters.items()}


def _parameter(value: Value, spec: Parameter) -> object:
    match spec.type:
        case Type.INTEGER:
            return value.whole_number(spec.least, spec.most)
        case Type.DURATION:
            wanted = f"an ISO 8601 duration from {_iso(spec.shortest)} to {_iso(spec.longest)}, such as PT30M"
            return value.text(wanted, lambda text: spec.shortest <= _duration(text) <= spec.longest)
        case Type.RESOURCE:
            return value.text("an ARM resource id", lambda text: text == spec.default or ResourceId.find(text))
        case Type.CHOICES:
            return _choices(value, spec.choices)
        case Type.TEXTS:
            return tuple(item.text("a text") for item in value.items("a list of texts"))
        case Type.ZONE:
            return _zone(value)


def _choices(value: Value, choices: tuple[str, ...]) -> tuple[str, ...]:
    items = value.items(f"a list of one or more of {listed(choices)}", least=1)
    chosen = tuple(item.named(choices) for item in items)
    refuse_repeats(items)
    return chosen


def _zone(value: Value) -> str:
    known = isinstance(value.data, str) and is_zone(value.data)
    return value.text("an IANA time zone such as Europe/Zurich", is_zone, () if known else zones())


def _duration(text: str) -> timedelta:
    """What an ISO 8601 duration lasts; less than nothing for text that is none."""
    if not (found := _DURATION.fullmatch(text)):
        return timedelta.min
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _iso(duration: timedelta) -> str:
    return f"P{duration.days}D" if duration.days else f"PT{duration.seconds // 60}M"
