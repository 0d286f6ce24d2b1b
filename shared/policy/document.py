"""
From the text of one YAML file of policy to values that know their line; refuses everything in YAML that could surprise.

YAML is read event by event and never composed or constructed: so an alias is not followed, a tag makes nothing, `off`
stays the text it is, a date stays text, and a duplicate key is seen instead of lost. docs/decisions/0003 says why.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from shared.policy.value import REFUSED, Data, Problem, Value, shown

LARGEST = 1_000_000
"""Bytes of one file; far above any real policy."""
DEEPEST = 12
"""Levels of nesting; a policy has six."""

FASTEST: type = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""libyaml's parser where PyYAML was built with it, as all its wheels are."""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAB_INDENT = re.compile(r"^ *\t", re.MULTILINE)

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?")


@dataclass(frozen=True)
class Source:
    """The text of one file, and the name by which its problems are told."""

    name: str
    text: str


def read(file: str, text: str, problems: list[Problem], parser: type = FASTEST) -> Value:
    """
    The one document in a file's text; `file` is the name that problems go by.

    What is wrong with the YAML itself is added to `problems`; where nothing can be read, the value is a refused one.
    """
    top = Value(file, 1, "", REFUSED, problems)
    if unreadable(top, text):
        return top
    if tab := _TAB_INDENT.search(text):
        top.problem("spaces as indentation", "a tab; put two spaces instead", line_of(text, tab))
        return top
    try:
        return _Reader(top, yaml.parse(text, Loader=parser)).document()
    except yaml.MarkedYAMLError as error:
        said = ", ".join(part for part in (error.context, error.problem) if part)
        top.problem("YAML", f"a mistake here or just above: {said}", _at(error))
    except _TooDeepError as error:
        top.problem(f"at most {DEEPEST} levels of nesting", "more", error.line)
    return top


class _TooDeepError(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def unreadable(top: Value, text: str) -> bool:
    """Whether a text is such that no parser should even see it; says so at `top`, the place of the whole file."""
    if len(text.encode(errors="surrogatepass")) > LARGEST:
        top.problem(f"at most {LARGEST} bytes", "more")
    elif forbidden := _FORBIDDEN.search(text):
        found = f"the character U+{ord(forbidden[0]):04X}; remove it"
        top.problem("printable text", found, line_of(text, forbidden))
    else:
        return False
    return True


def line_of(text: str, found: re.Match[str]) -> int:
    """The line of a text that a match begins in; the first is 1."""
    return text.count("\n", 0, found.start()) + 1


class _Reader:
    """Builds values from the events of one file."""

    def __init__(self, top: Value, events: Iterator[Event]) -> None:
        self._top = top
        self._events = events

    def document(self) -> Value:
        next(self._events)  # the start of the stream
        if not isinstance(next(self._events), DocumentStartEvent):
            self._top.problem("a policy that starts with version: 1", "an empty file")
            return self._top
        value = self._value(self._top, next(self._events), depth=0)
        next(self._events)  # the end of the document
        if isinstance(second := next(self._events), DocumentStartEvent):
            self._top.problem("one YAML document", "a second one; keep one", _at(second))
        return value

    def _value(self, place: Value, event: Event, depth: int) -> Value:
        """The value that starts with this event, at a place made for it; reads on to its end."""
        if depth > DEEPEST:
            raise _TooDeepError(_at(event))
        match event:
            case MappingStartEvent():
                data: Data = self._mapping(place, depth)
            case CollectionStartEvent():
                data = self._sequence(place, depth)
            case ScalarEvent():
                data = _scalar(event)
            case _:
                data = REFUSED
        if surprise := _surprise(event):
            place.problem("the value itself", surprise, _at(event))
            data = REFUSED
        return replace(place, data=data)

    def _sequence(self, place: Value, depth: int) -> tuple[Value, ...]:
        items: list[Value] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._value(place.item(len(items), _at(event)), event, depth + 1))
        return tuple(items)

    def _mapping(self, place: Value, depth: int) -> dict[str, Value]:
        entries: dict[str, Value] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            name = self._key(place, event, depth)
            value = self._value(place.child(name or "", _at(event)), next(self._events), depth + 1)
            if name in entries:
                value.problem("each key once", f"it again, first in line {entries[name].line}; keep one")
            elif name is not None:
                entries[name] = value
        return entries

    def _key(self, mapping: Value, event: Event, depth: int) -> str | None:
        """A key's text; None for a key that is refused, whatever its value."""
        key = self._value(replace(mapping, line=_at(event)), event, depth + 1)
        if not isinstance(event, ScalarEvent):
            key.refuse("a name as key")
        elif event.value == "<<" and not event.style:
            key.refuse("each key by its own name", "a merge key; write the entries out")
        elif key.data is not REFUSED:
            return event.value
        return None


def _surprise(event: Event) -> str:
    """What makes a value more than it shows; empty for a plain one."""
    if isinstance(event, AliasEvent):
        return f"the alias *{event.anchor}; write the value out, or put it in quotes if it is text"
    if isinstance(event, ScalarEvent | CollectionStartEvent):
        if event.anchor:
            return f"the anchor &{event.anchor}; remove it, and write the value out where it is used"
        if event.tag:
            return f"the YAML tag {shown(event.tag)}; remove it"
    return ""


def _scalar(event: ScalarEvent) -> Data:
    """Text, unless it is a plain null, true, false or decimal number: YAML 1.2's core, not 1.1's yes, off and dates."""
    text: str = event.value
    if event.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text


def _at(what: Event | yaml.MarkedYAMLError) -> int:
    mark = what.start_mark if isinstance(what, Event) else what.problem_mark
    return mark.line + 1 if mark else 1
