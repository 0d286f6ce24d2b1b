"""
What finance wants of tags: which there are, what they may say, where they come from, who pays for what is shared.

`policy/cost-tags.yaml` states it, `shared.policy.cost_tags` reads it, `shared.costs.effective` goes by it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from shared.model.facts import Fact


class Place(StrEnum):
    """What a resource is to finance; a tag is required in some of these places."""

    HUB = "hub"
    PROJECT = "project"
    ENDPOINT = "endpoint"
    DEPENDENT = "dependent"
    """What a hub leans on: storage, vault, registry, insights, AI services, search."""
    FOUNDRY_ACCOUNT = "foundry_account"
    """An AI services account with projects of its own that no hub uses."""
    RESOURCE_GROUP = "resource_group"
    """So that Marketplace spend, which has no tags of its own, inherits."""


class Origin(StrEnum):
    """Where a tag's value comes from. A policy lists the first seven in the order in which they are asked."""

    RESOURCE = "resource"
    """The resource's own tag."""
    PROJECT = "project"
    """The project an endpoint lives in."""
    HUB = "hub"
    """The hub, or all hubs that lean on the resource, if they agree."""
    RESOURCE_GROUP = "resource_group"
    SUBSCRIPTION = "subscription"
    MAPPING = "mapping"
    """The mapping file of owners."""
    DEFAULT = "default"
    POOL = "pool"
    """Its hubs differ, and policy names a value for what they share."""
    SPLIT = "split"
    """Its hubs differ, and policy splits what it costs among them."""
    NONE = "none"
    """No source has a value."""
    UNDECIDED = "undecided"
    """A source that would be asked first could not be read."""


SOURCES = tuple(Origin)[:7]
"""The origins that a policy can put in order."""


class SplitKey(StrEnum):
    """By what the cost of a shared resource is split among its hubs."""

    EQUAL = "equal"
    PROJECTS = "projects"
    """By their numbers of projects; equally where none has any."""
    DIRECT_COST = "direct_cost"
    """By what the resources cost that each has to itself, in the same month."""


class WrongValues(StrEnum):
    """What becomes of a value that finance does not accept where it stands."""

    KEEP = "keep"
    """It is a finding for its owner."""
    REPLACE = "replace"
    """It is overwritten once the right value is known."""


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
    required: frozenset[Place] = frozenset(Place)
    sources: tuple[Origin, ...] = (Origin.RESOURCE, Origin.PROJECT, Origin.HUB)
    """Whom to ask for the value, in this order."""
    mapped_by: str = ""
    """The tag whose value is looked up in the mapping file; empty without the source `mapping`."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """This tag's value by the value of that one."""
    default: str = ""
    """The value where no other source has one; empty without the source `default`."""
    project_may_differ: bool = True
    """Whether a project may carry another value than its hub."""
    wrong_values: WrongValues = WrongValues.KEEP
    ask: str = ""
    """Whom to ask about its values."""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Its name and the spellings, casefolded as Azure compares them."""
        return tuple(name.casefold() for name in (self.name, *self.spellings))

    def value_of(self, fact: Fact) -> str | None:
        """The tag's value on a resource, under its name or one of its spellings; None when it has none."""
        tags = fact.tags_by_key
        return next((tags[name] for name in self.names if name in tags), None)

    def accepts(self, value: str) -> bool:
        """Whether finance knows this value."""
        if self.allowed:
            return value in self.allowed
        return bool(value.strip()) and (not self.pattern or self._pattern.fullmatch(value) is not None)

    def nearest(self, value: str) -> str | None:
        """
        The accepted value that was meant: the same but for case and blanks around it; None when none or two are.

        A pattern cannot be asked which case it wants: the text as it is goes first, then all upper and all lower case.
        """
        text = value.strip()
        if self.allowed:
            near = {known for known in self.allowed if known.casefold() == text.casefold()}
        elif self.accepts(text):
            near = {text}
        else:
            near = {other for other in (text.upper(), text.lower()) if self.accepts(other)}
        return min(near) if len(near) == 1 else None

    def carried_by(self, fact: Fact) -> str | None:
        """The value a resource carries as finance would write it: one it accepts, else the one that was meant."""
        tags = fact.tags_by_key
        values = [tags[name] for name in self.names if name in tags]
        accepted = next((value for value in values if self.accepts(value)), None)
        return accepted or next((near for value in values if (near := self.nearest(value)) is not None), None)

    @cached_property
    def inherited_first(self) -> tuple[Origin, ...]:
        """Its sources where a resource may not differ from its hub: the hub is asked before the resource itself."""
        above = [at for at, origin in enumerate(self.sources) if origin in (Origin.PROJECT, Origin.HUB)]
        if not above or Origin.RESOURCE not in self.sources[: above[-1]]:
            return self.sources
        own, last = self.sources.index(Origin.RESOURCE), above[-1] + 1
        return (*self.sources[:own], *self.sources[own + 1 : last], Origin.RESOURCE, *self.sources[last:])

    @property
    def wants(self) -> str:
        """What a value must be, in words."""
        if self.allowed:
            return f"one of {', '.join(self.allowed)}"
        return f"a value that matches {self.pattern}" if self.pattern else "a value"


@dataclass(frozen=True)
class Shared:
    """Who pays for what several hubs lean on, where their values differ. Neither given: finance has not said."""

    split: SplitKey | None = None
    pool: Mapping[str, str] = field(default_factory=dict)
    """By tag: the value for all that is shared. A tag named here is not split."""


@dataclass(frozen=True)
class Creator:
    """The tags that say who created a resource and when; an empty name is not wanted."""

    by: str = ""
    on: str = ""

    @property
    def wanted(self) -> bool:
        """Whether policy wants either."""
        return bool(self.by or self.on)


@dataclass(frozen=True)
class CostTags:
    """All that finance wants, its tags in finance's order."""

    tags: tuple[CostTag, ...] = ()
    owner: str = "Owner"
    """The tag that names whom to ask about a resource."""
    cost_center: str = "CostCenter"
    """The tag that says who pays; what has no value for it is unallocated."""
    shared: Shared = field(default_factory=Shared)
    creator: Creator = field(default_factory=Creator)
    close_after_days: int = 5
    """Days after the end of a month until Azure's figures for it no longer change."""

    @cached_property
    def asked(self) -> frozenset[Origin]:
        """The sources that any tag comes from: what need not be asked need not be read."""
        return frozenset(origin for tag in self.tags for origin in tag.sources)

    @cached_property
    def by_name(self) -> Mapping[str, CostTag]:
        """The tags by their proper name."""
        return {tag.name: tag for tag in self.tags}
