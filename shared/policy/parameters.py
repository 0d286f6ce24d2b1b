"""A rule's parameters as policy sets them, each checked against the rule's own word for what it may be."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared.model.resource_id import ResourceId
from shared.policy.value import Value, listed, refuse_repeats
from shared.rules.rule import Parameter, Rule, Type

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=30)
"""Between these is every duration that a rule has a use for."""

_DURATION = re.compile(r"P(?=.)(?:([0-9]{1,4})D)?(?:T(?=.)(?:([0-9]{1,4})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,8})S)?)?")


def parameters(value: Value | None, rule: Rule) -> dict[str, Any]:
    """The parameters that policy sets; refuses one that the rule does not have."""
    if value is None:
        return {}
    if not rule.parameters:
        value.refuse(f"no parameters, for {rule.id} has none", "some; remove them")
        return {}
    given = value.entries(rule.parameters, listed(rule.parameters))
    return {name: _parameter(entry, rule.parameters[name]) for name, entry in given.items()}


def defaults(rule: Rule) -> Mapping[str, Any]:
    """What the rule takes where policy sets nothing."""
    return {name: parameter.default for name, parameter in rule.parameters.items()}


def _parameter(value: Value, spec: Parameter) -> object:
    match spec.type:
        case Type.INTEGER:
            return value.whole_number(spec.least)
        case Type.DURATION:
            return value.text("an ISO 8601 duration from PT1M to P30D, such as PT30M", _is_duration)
        case Type.RESOURCE:
            return value.text("an ARM resource id", lambda text: text == spec.default or ResourceId.find(text))
        case Type.CHOICES:
            return _choices(value, spec.choices)


def _choices(value: Value, choices: tuple[str, ...]) -> tuple[str, ...]:
    items = value.items(f"a list of one or more of {listed(choices)}", least=1)
    chosen = tuple(item.named(choices) for item in items)
    refuse_repeats(items)
    return chosen


def _is_duration(text: str) -> bool:
    if not (found := _DURATION.fullmatch(text)):
        return False
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return SHORTEST <= timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds) <= LONGEST
