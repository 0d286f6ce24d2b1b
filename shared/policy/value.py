"""
One value of a policy file, with the place where it stands; what reads a policy asks it to be of a shape.

A value that is not what was asked for adds a line to `problems` and yields a stand-in of the right type, so that
reading goes on and one look at the problems mends them all. Stand-ins never get out: `load` refuses the whole policy
when there is any problem. A value that was already refused stays silent.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import Enum, StrEnum
from typing import override


@dataclass(frozen=True)
class Problem:
    """What is wrong at a line of a file."""

    file: str
    line: int
    text: str

    @override
    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class Refused(Enum):
    """Marks a value that a problem was already written for."""

    REFUSED = "refused"


REFUSED = Refused.REFUSED

type Data = str | int | float | bool | tuple[Value, ...] | Mapping[str, Value] | Refused | None

_PLAIN_KEY = re.compile(r"[\w-]{1,60}")
_SHOWN = 60


def shown(text: str) -> str:
    """Text in quotes on one line, cut where it is long."""
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}…"


def listed(names: Iterable[str]) -> str:
    """`a, b or c`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def nearest(text: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant, in whatever case it was written; None when none comes close."""
    by_folded = {name.casefold(): name for name in names}
    found = get_close_matches(text.casefold(), by_folded, n=1)
    return by_folded[found[0]] if found else None


def _printable(character: str) -> str:
    """The character, or its escape where it would break the line or not show."""
    return character if character.isprintable() else repr(character)[1:-1]


def _within(number: int, least: int | None, most: int | None) -> bool:
    return (least is None or number >= least) and (most is None or number <= most)


@dataclass(frozen=True)
class Value:
    """A scalar, list or mapping at a line of a file."""

    file: str
    line: int
    """Where its key stands, or for the item of a list the item itself; the first is 1."""
    key: str
    """The way to it from the top, such as `rules.HW-NET-001.scopes[0].match`; list items count from 0."""
    data: Data = field(repr=False)
    problems: list[Problem] = field(repr=False, compare=False)
    """The one list that all values of a policy add to."""

    def refuse(self, expected: str, found: str | None = None, names: Iterable[str] = ()) -> None:
        """Say that this is not as expected, and which of `names` comes near; silent where that was said before."""
        if self.data is REFUSED:
            return
        near = nearest(self.data, names) if isinstance(self.data, str) else None
        hint = f"; did you mean '{near}'?" if near else ""
        self.problem(expected, f"{found or self._found}{hint}")

    def problem(self, expected: str, found: str, line: int | None = None) -> None:
        """Add a problem at this value, or at a line inside of it; always one line that can be printed."""
        key = f"{self.key}: " if self.key else ""
        text = f"{key}expected {expected}, found {found}"
        self.problems.append(Problem(self.file, line or self.line, "".join(map(_printable, text))))

    @property
    def _found(self) -> str:
        match self.data:
            case str(text):
                return shown(text)
            case bool(flag):
                return str(flag).lower()
            case int() | float():
                return str(self.data)
            case tuple(items):
                return "a list" if items else "an empty list"
            case Mapping():
                return "a mapping" if self.data else "an empty mapping"
            case _:
                return "nothing"

    def child(self, key: str, line: int) -> "Value":
        """The place for a value under a key of this mapping; refused until it has data."""
        plain = key if _PLAIN_KEY.fullmatch(key) else shown(key)
        return replace(self, line=line, key=f"{self.key}.{plain}" if self.key else plain, data=REFUSED)

    def item(self, index: int, line: int) -> "Value":
        """The place for an item of this list; refused until it has data."""
        return replace(self, line=line, key=f"{self.key}[{index}]", data=REFUSED)

    def text(
        self, expected: str = "text", accepts: Callable[[str], object] = str.strip, names: Iterable[str] = ()
    ) -> str:
        """Text that `accepts` finds true, by default any that is not blank; `names` are some that it would."""
        if isinstance(self.data, str) and accepts(self.data):
            return self.data
        quotes = "; put it in quotes if it is meant as text" if isinstance(self.data, int | float) else ""
        self.refuse(expected, self._found + quotes, names)
        return ""

    def parsed[T](self, expected: str, parse: Callable[[str], T | None], stand_in: T) -> T:
        """What `parse` makes of text; None from it means that the text is not as expected."""
        if isinstance(self.data, str) and (result := parse(self.data)) is not None:
            return result
        self.refuse(expected)
        return stand_in

    def whole_number(self, least: int | None = None, most: int | None = None) -> int:
        """A whole number, not below `least` and not above `most`."""
        if isinstance(self.data, int) and not isinstance(self.data, bool) and _within(self.data, least, most):
            return self.data
        bounds = "" if least is None else f", {least} or more" if most is None else f" from {least} to {most}"
        self.refuse(f"a whole number{bounds}")
        return 0

    def flag(self) -> bool:
        """True or false; `yes`, `on` and their like are text."""
        if isinstance(self.data, bool):
            return self.data
        quoted = self.data in ("true", "false")
        self.refuse("true or false", f"{self._found} in quotes; take them away" if quoted else None)
        return False

    def named(self, names: Collection[str], expected: str = "") -> str:
        """One of these names, exactly so; `expected` says what they are where there are too many to list."""
        if isinstance(self.data, str) and self.data in names:
            return self.data
        self.refuse(expected or listed(names), names=names)
        return ""

    def one_of[E: StrEnum](self, kinds: type[E]) -> E:
        """One of an enumeration's values, exactly as it is written there."""
        return kinds(self.named([str(kind) for kind in kinds]) or next(iter(kinds)))

    def items(self, expected: str, least: int = 0) -> tuple["Value", ...]:
        """The items of a list with at least so many."""
        if isinstance(self.data, tuple) and len(self.data) >= least:
            return self.data
        self.refuse(expected)
        return ()

    def entries(self, names: Collection[str], expected: str) -> Mapping[str, "Value"]:
        """The entries of a mapping whose keys are among `names`; any other key is refused as not what was expected."""
        if not isinstance(self.data, Mapping):
            self.refuse(f"a mapping (keys: {expected})")
            return {}
        for key, value in self.data.items():
            if key not in names:
                replace(value, data=key).refuse(expected, names=names)
        return {key: value for key, value in self.data.items() if key in names}

    def fields(self, required: Iterable[str] = (), optional: Iterable[str] = ()) -> Mapping[str, "Value"]:
        """The entries of a mapping with known keys; those required are always there, refused where they are missing."""
        names = (*required, *optional)
        given = self.entries(names, listed(names))
        missing = {name: self.child(name, self.line) for name in required if name not in given}
        if isinstance(self.data, Mapping):
            misspelt = {nearest(key, names) for key in self.data if key not in names}
            for name, place in missing.items():
                if name not in misspelt:
                    place.problem("this key", "none; add it")
        return {**given, **missing}


def refuse_repeats(values: Iterable[Value]) -> None:
    """Refuse each text that stands in a list a second time."""
    seen: set[str] = set()
    for value in values:
        if isinstance(value.data, str) and value.data in seen:
            value.refuse("each only once")
        elif isinstance(value.data, str):
            seen.add(value.data)
