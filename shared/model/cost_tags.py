"""Which cost tags finance wants, and where: the part of policy that rules about tags need to know."""

import re
from dataclasses import dataclass
from functools import cached_property

from shared.model.facts import Fact


@dataclass(frozen=True)
class CostTag:
    """One tag finance splits the bill by."""

    name: str
    spellings: tuple[str, ...] = ()
    """Other names that people use for it; a value under one of them counts, and is carried over to `name`."""
    allowed: tuple[str, ...] = ()
    """The values finance accepts, exactly so; empty accepts what `pattern` does."""
    pattern: str = ""
    """A regular expression that the whole value must match; empty accepts any value."""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def value_of(self, fact: Fact) -> str | None:
        """The tag's value on a resource, under its name or one of its spellings; None when it has none."""
        return next((v for name in (self.name, *self.spellings) if (v := fact.tag(name)) is not None), None)

    def accepts(self, value: str) -> bool:
        """Whether finance knows this value."""
        if self.allowed:
            return value in self.allowed
        return bool(value.strip()) and (not self.pattern or self._pattern.fullmatch(value) is not None)

    @property
    def wants(self) -> str:
        """What a value must be, in words."""
        if self.allowed:
            return f"one of {', '.join(self.allowed)}"
        return f"a value that matches {self.pattern}" if self.pattern else "a value"


@dataclass(frozen=True)
class CostTags:
    """All of them, in finance's order."""

    tags: tuple[CostTag, ...] = ()
    owner: str = "Owner"
    """The tag that names whom to ask about a hub or project."""

    def of(self, fact: Fact) -> dict[str, str]:
        """The cost tags a resource carries with a value that finance accepts, by the tag's proper name."""
        values = ((tag.name, tag.value_of(fact), tag) for tag in self.tags)
        return {name: value for name, value, tag in values if value is not None and tag.accepts(value)}
