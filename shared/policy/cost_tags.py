"""`policy/cost-tags.yaml`: the tags that finance splits the bill by, and what it accepts in them."""

import re
import warnings
from collections.abc import Mapping

from shared.model.cost_tags import CostTag, CostTags
from shared.policy.value import Value, refuse_repeats, shown

LONGEST_NAME = 512
LONGEST_VALUE = 256
"""Characters Azure allows in a tag's name and value (CONTRACTS §6)."""

_NAME = re.compile(r"[^<>%&\\?/\s](?:[^<>%&\\?/\n]*[^<>%&\\?/\s])?")
_NAME_WORDS = f"a tag name that Azure allows: at most {LONGEST_NAME} characters, none of < > % & \\ ? /"
_VALUE_WORDS = f"a tag value, at most {LONGEST_VALUE} characters"


def cost_tags(given: Mapping[str, Value]) -> CostTags:
    """The tags and the owner's, from the fields of the file."""
    taken: dict[str, Value] = {}
    tags = tuple(_cost_tag(item, taken) for item in given["tags"].items("a list of tags"))
    return CostTags(tags, tag_name(given["owner"]))


def tag_name(value: Value) -> str:
    """A tag's name as Azure would accept it."""
    return value.text(_NAME_WORDS, lambda text: len(text) <= LONGEST_NAME and _NAME.fullmatch(text))


def _cost_tag(item: Value, taken: dict[str, Value]) -> CostTag:
    given = item.fields(required=("name",), optional=("spellings", "allowed", "pattern"))
    if "allowed" in given and "pattern" in given:
        given["pattern"].refuse("allowed or pattern", "both; keep one")
    spellings = given["spellings"].items("a list of other names") if "spellings" in given else ()
    return CostTag(
        _own_name(given["name"], taken),
        tuple(_own_name(spelling, taken) for spelling in spellings),
        _allowed(given["allowed"]) if "allowed" in given else (),
        _pattern(given["pattern"]) if "pattern" in given else "",
    )


def _own_name(value: Value, taken: dict[str, Value]) -> str:
    """A name or spelling that no other tag has, as Azure compares them; `taken` holds those so far, casefolded."""
    name = tag_name(value)
    first = taken.setdefault(name.casefold(), value)
    if name and first is not value:
        value.refuse(f"a name of its own, for case does not count ({first.key} in line {first.line} has it)")
    return name


def _allowed(value: Value) -> tuple[str, ...]:
    values = value.items("a list of one or more values", least=1)
    texts = tuple(each.text(_VALUE_WORDS, lambda text: len(text) <= LONGEST_VALUE and text.strip()) for each in values)
    refuse_repeats(values)
    return texts


def _pattern(value: Value) -> str:
    """A regular expression that Python takes without an error or a warning."""
    text = value.text("a regular expression")
    try:
        with warnings.catch_warnings(action="error"):
            re.compile(text)
    except (re.PatternError, Warning, OverflowError, RecursionError) as error:
        value.refuse("a regular expression", f"{shown(text)}: {error}")
    return text
