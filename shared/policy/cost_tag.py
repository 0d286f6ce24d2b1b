"""One tag of `policy/cost-tags.yaml`: its names and values, where it is required and where its value comes from."""

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.model.cost_tags import SOURCES, CostTag, Origin, Place, WrongValues
from shared.policy.tag_text import VALUE_WORDS, accepted, own_name
from shared.policy.value import Value, listed, refuse_repeats, shown
from shared.rules.tag_limits import LONGEST_STORAGE_NAME, LONGEST_VALUE

_OPTIONAL = (
    "spellings",
    "allowed",
    "pattern",
    "required",
    "sources",
    "mapping",
    "default",
    "project_may_differ",
    "wrong_values",
    "ask",
)
_WITH_KEY = (Origin.MAPPING, Origin.DEFAULT)
"""Sources with a key of the same name that says more."""


@dataclass(frozen=True)
class Stated:
    """A tag as its own lines state it, before other tags are looked at."""

    tag: CostTag
    mapping: Value | None
    """What it says of the tag it is mapped by; None where it is not mapped."""


def stated_tag(item: Value, taken: dict[str, Value]) -> Stated:
    """A tag of the list; `taken` holds the names and spellings of those before it, casefolded."""
    needed = _keys_of_sources(item)
    given = item.fields(required=("name", *needed), optional=[key for key in _OPTIONAL if key not in needed])
    spellings = given["spellings"].items("a list of other names") if "spellings" in given else ()
    tag = CostTag(
        own_name(given["name"], taken),
        tuple(own_name(spelling, taken) for spelling in spellings),
        **{key: read(given[key]) for key, read in _READ.items() if key in given},
    )
    if "default" in given:
        tag = replace(tag, default=accepted(given["default"], tag))
    _refuse_clashes(tag, given)
    return Stated(tag, given.get("mapping"))


def _keys_of_sources(item: Value) -> list[str]:
    """The keys that a tag must have because of its sources."""
    sources = item.data.get("sources") if isinstance(item.data, Mapping) else None
    items = sources.data if sources is not None and isinstance(sources.data, tuple) else ()
    return [origin.value for origin in _WITH_KEY if any(source.data == origin for source in items)]


def _refuse_clashes(tag: CostTag, given: Mapping[str, Value]) -> None:
    """Refuse keys of a tag that do not go together."""
    if "allowed" in given and "pattern" in given:
        given["pattern"].refuse("allowed or pattern", "both; keep one")
    for origin in _WITH_KEY:
        if origin in given and tag.sources and origin not in tag.sources:
            asked = ", ".join(tag.sources)
            given[origin].refuse(f"{origin} among the sources too", f"only {asked}; add it there or remove this key")
    if Place.DEPENDENT in tag.required and len(tag.name) > LONGEST_STORAGE_NAME:
        given["name"].refuse(
            f"at most {LONGEST_STORAGE_NAME} characters, for storage accounts take no more and it is required on them"
        )


def _allowed(value: Value) -> tuple[str, ...]:
    """The accepted values; none where one is refused, so that nothing is held against half of them."""
    values = value.items("a list of one or more values", least=1)
    texts = tuple(each.text(VALUE_WORDS, lambda text: len(text) <= LONGEST_VALUE and text.strip()) for each in values)
    refuse_repeats(values)
    return texts if all(texts) else ()


def _pattern(value: Value) -> str:
    """A regular expression that Python takes without an error or a warning."""
    text = value.text("a regular expression")
    try:
        with warnings.catch_warnings(action="error"):
            re.compile(text)
    except (re.PatternError, Warning, OverflowError, RecursionError) as error:
        value.refuse("a regular expression", f"{shown(text)}: {error}")
        return ""
    return text


def _required(value: Value) -> frozenset[Place]:
    places = value.items("a list of places, [] for none")
    refuse_repeats(places)
    return frozenset(place.one_of(Place) for place in places)


def _sources(value: Value) -> tuple[Origin, ...]:
    """Whom to ask, in this order; none where one is refused."""
    items = value.items(f"a list of one or more of {listed(SOURCES)}", least=1)
    named = [item.named(SOURCES) for item in items]
    refuse_repeats(items)
    for item, after in zip(items, named[1:], strict=False):
        if item.data == Origin.DEFAULT and after != Origin.DEFAULT:
            item.refuse("default as the last source, for it always has a value", f"it before {after or 'another'}")
    return tuple(map(Origin, named)) if all(named) else ()


def _asked(value: Value) -> str:
    """One person or group: where two are asked, neither answers."""
    return value.text(
        "one owner to ask, such as finance@contoso.example",
        lambda text: text.strip() and not re.search(r"[,;\n]|@.*@", text),
    )


_READ: Mapping[str, Callable[[Value], Any]] = {
    "allowed": _allowed,
    "pattern": _pattern,
    "required": _required,
    "sources": _sources,
    "project_may_differ": Value.flag,
    "wrong_values": lambda value: value.one_of(WrongValues),
    "ask": _asked,
}
"""How each key is read that stands for itself, by the model's name for it."""
