"""
What Azure says a resource looks like: the excerpts of its type definitions in `infra/types`, one file a resource type.

An excerpt keeps what our Bicep reaches and no more; `make bicep-types` writes them anew. A property is a line: its
flags, then its type, which is `string`, `int`, `bool`, `object`, `any`, a name in `types`, one of those with `[]`, or
literals in quotes. Literals with `| string` are the known values of one that may get more.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path("infra/types")
PRIMITIVES: Final = frozenset({"string", "int", "bool", "object", "any", "array", "null"})
BODY: Final = "body"
"""The name of a resource's own shape among its types."""


@dataclass(frozen=True)
class Property:
    """One property of a shape."""

    type: str
    required: bool = False
    read_only: bool = False

    @classmethod
    def read(cls, said: str) -> "Property":
        """From its line."""
        flags, words = set(), said
        while words.startswith(("required ", "read-only ")):
            flag, _, words = words.partition(" ")
            flags.add(flag)
        return cls(words, "required" in flags, "read-only" in flags)

    def __str__(self) -> str:
        flags = ("required " if self.required else "", "read-only " if self.read_only else "")
        return f"{''.join(flags)}{self.type}"


@dataclass(frozen=True)
class Shape:
    """An object: its properties, and what any other name may hold."""

    properties: Mapping[str, Property]
    others: str = ""
    """The type of properties by any other name; empty where there may be none."""
    by: str = ""
    """The property that decides which variant it is; empty where there are none."""
    variants: Mapping[str, str] = field(default_factory=dict)
    """The names of the shapes, by what that property says."""


@dataclass(frozen=True)
class Definition:
    """One resource type."""

    type: str
    version: str
    scopes: frozenset[str]
    """Where it can be deployed, as files say it; empty where the source does not tell."""
    source: str
    types: Mapping[str, Shape]

    def shape(self, name: str) -> Shape | None:
        """A shape by its name; None for one that the excerpt left out."""
        return self.types.get(name)

    @cached_property
    def body(self) -> Shape:
        """The resource itself."""
        return self.types[BODY]


class Definitions:
    """Those at hand, by resource type; it remembers which shapes were asked for."""

    def __init__(self, found: Iterable[Definition]) -> None:
        """Know these."""
        self._found = {one.type.casefold(): one for one in found}
        self.asked: dict[str, set[str]] = {}

    def of(self, kind: str) -> Definition | None:
        """One resource type's definition; None where there is none."""
        found = self._found.get(kind.casefold())
        if found is not None:
            self.asked.setdefault(found.type, set()).add(BODY)
        return found

    def unasked(self) -> list[Definition]:
        """Those that nobody has asked for."""
        return [one for one in self._found.values() if one.type not in self.asked]

    def shape(self, definition: Definition, name: str) -> Shape | None:
        """A shape of a definition by its name."""
        self.asked.setdefault(definition.type, set()).add(name)
        return definition.shape(name)


def read(folder: Path) -> list[Definition]:
    """All excerpts in a folder."""
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def write(definition: Definition, kept: Iterable[str]) -> str:
    """The excerpt of a definition with those of its shapes, as JSON."""
    wanted = sorted(set(kept) & definition.types.keys(), key=lambda name: (name != BODY, name))
    document = {
        "type": f"{definition.type}@{definition.version}",
        "source": definition.source,
        "scopes": sorted(definition.scopes),
        "types": {name: _written(definition.types[name]) for name in wanted},
    }
    return f"{json.dumps(document, indent=2)}\n"


def _written(shape: Shape) -> dict[str, Any]:
    parts = {
        "properties": {name: str(one) for name, one in sorted(shape.properties.items())},
        "others": shape.others,
        "by": shape.by,
        "variants": dict(sorted(shape.variants.items())),
    }
    return {name: part for name, part in parts.items() if part}


def _read(path: Path) -> Definition:
    document = json.loads(path.read_text("utf-8"))
    kind, _, version = document["type"].partition("@")
    shapes = {name: _shape(said) for name, said in document["types"].items()}
    return Definition(kind, version, frozenset(document["scopes"]), document["source"], shapes)


def _shape(said: Mapping[str, Any]) -> Shape:
    properties = {name: Property.read(line) for name, line in said.get("properties", {}).items()}
    return Shape(properties, said.get("others", ""), said.get("by", ""), said.get("variants", {}))
