"""Names and values of tags where policy states them: what Azure takes of a name, and what finance of a value."""

import re
from collections.abc import Sequence

from shared.model.cost_tags import CostTag
from shared.policy.value import Value
from shared.rules.tag_limits import LONGEST_NAME, LONGEST_VALUE

VALUE_WORDS = f"a tag value, at most {LONGEST_VALUE} characters"

_NAME = re.compile(r"[^<>%&\\?/\s](?:[^<>%&\\?/\n]*[^<>%&\\?/\s])?")
_NAME_WORDS = f"a tag name that Azure allows: at most {LONGEST_NAME} characters, none of < > % & \\ ? /"
_WORDS_SHOWN = 300
"""Characters of what a tag accepts; a list of a thousand cost centers helps nobody on one line."""


def tag_name(value: Value) -> str:
    """A tag's name as Azure would accept it."""
    return value.text(_NAME_WORDS, lambda text: len(text) <= LONGEST_NAME and _NAME.fullmatch(text))


def own_name(value: Value, taken: dict[str, Value]) -> str:
    """A name that no other tag has, as Azure compares them; `taken` holds those so far, casefolded."""
    name = tag_name(value)
    first = taken.setdefault(name.casefold(), value)
    if name and first is not value:
        value.refuse(f"a name of its own, for case does not count ({first.key} in line {first.line} has it)")
    return name


def accepted(value: Value, tag: CostTag) -> str:
    """A value that a tag accepts and Azure can store."""
    if isinstance(value.data, str) and len(value.data) > LONGEST_VALUE:
        value.refuse(VALUE_WORDS)
        return ""
    wants = tag.wants if len(tag.wants) <= _WORDS_SHOWN else f"{tag.wants[:_WORDS_SHOWN]}…"
    return value.text(wants, tag.accepts, _near(value, tag))


def _near(value: Value, tag: CostTag) -> Sequence[str]:
    """Values that a text may have been meant as."""
    if tag.allowed or not isinstance(value.data, str) or (near := tag.nearest(value.data)) is None:
        return tag.allowed
    return (near,)
