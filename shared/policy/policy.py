"""
What a valid policy is. `shared.policy.load` makes one from the YAML files; nothing else does.

Four questions are put to it: what is the effect of a rule on a resource, is the resource exempt, how much may a run
write, which tags does finance want.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from shared.model.cost_tags import CostTags
from shared.model.facts import Fact
from shared.model.finding import Severity
from shared.model.resource_id import ResourceId


class Effect(StrEnum):
    """What policy says of a rule."""

    OFF = "off"
    AUDIT = "audit"
    ENFORCE = "enforce"


@dataclass(frozen=True)
class Setting:
    """What applies to one rule on one resource."""

    effect: Effect
    severity: Severity
    parameters: Mapping[str, Any]
    auto_approve: str = ""
    """The reason why a gated fix of this rule needs no approval; empty when it does."""


@dataclass(frozen=True)
class Match:
    """Which resources a scope is about; every part that is given must match."""

    subscription: str = ""
    resource_group: str = ""
    tag: tuple[str, str] | None = None
    name: str = ""
    """A glob over the resource's name, or its workspace's: `hub-prod-*`."""

    @property
    def specificity(self) -> int:
        """How narrow it is: a name beats a tag, a tag a resource group, that a subscription; parts add up."""
        return 8 * bool(self.name) + 4 * bool(self.tag) + 2 * bool(self.resource_group) + bool(self.subscription)

    def covers(self, fact: Fact, workspace: Fact | None) -> bool:
        """Whether a resource falls under it; a child of a workspace also by its workspace's name and tags."""
        around = (fact,) if workspace is None else (fact, workspace)
        return (
            self.subscription.casefold() in ("", fact.id.subscription)
            and self.resource_group.casefold() in ("", fact.id.resource_group.casefold())
            and (not self.name or any(fnmatchcase(f.id.name.casefold(), self.name.casefold()) for f in around))
            and (self.tag is None or any(f.tag(self.tag[0]) == self.tag[1] for f in around))
        )


@dataclass(frozen=True)
class Scope:
    """A match and what it changes; None leaves what applies elsewhere."""

    match: Match
    effect: Effect | None = None
    severity: Severity | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    auto_approve: str | None = None


@dataclass(frozen=True)
class RulePolicy:
    """What policy says of one rule: a default for everywhere, and scopes in order of the file."""

    default: Setting
    scopes: tuple[Scope, ...] = ()

    def setting(self, fact: Fact, workspace: Fact | None) -> Setting:
        """What applies to a resource: the most specific scope that covers it, of equals the later in the file."""
        covering = [s for s in self.scopes if s.match.covers(fact, workspace)] if self.scopes else ()
        if not covering:
            return self.default
        return self._in(max(enumerate(covering), key=lambda numbered: (numbered[1].match.specificity, numbered[0]))[1])

    @property
    def settings(self) -> tuple[Setting, ...]:
        """What it is in one place or another: everywhere else, and in each scope."""
        return (self.default, *(self._in(scope) for scope in self.scopes))

    @property
    def effects(self) -> frozenset[Effect]:
        """What it is in one place or another."""
        return frozenset({self.default.effect, *(scope.effect for scope in self.scopes if scope.effect is not None)})

    @property
    def is_always_written(self) -> bool:
        """Whether a gated fix of it is written wherever it is due, and waits for nobody."""
        approved = self.default.auto_approve and all(scope.auto_approve != "" for scope in self.scopes)
        return bool(approved) and self.effects == {Effect.ENFORCE}

    def _in(self, scope: Scope) -> Setting:
        return Setting(
            scope.effect or self.default.effect,
            scope.severity or self.default.severity,
            {**self.default.parameters, **scope.parameters},
            self.default.auto_approve if scope.auto_approve is None else scope.auto_approve,
        )

    def may_be_off(self, workspace: Fact | None) -> bool:
        """Whether nobody knows if it is switched on in a workspace at all; see `is_unclear`."""
        return Effect.OFF in self.effects and len(self.effects) > 1 and self.is_unclear(workspace)

    def is_unclear(self, workspace: Fact | None) -> bool:
        """Whether nobody knows what applies in a workspace: a scope goes by tags, and its own were not read."""
        return workspace is not None and not workspace.present and any(scope.match.tag for scope in self.scopes)


@dataclass(frozen=True)
class Exemption:
    """A waiver of one rule on one scope, which ends."""

    rule: str
    scope: ResourceId
    """The resource, and everything under it."""
    owner: str
    reason: str
    expires_on: datetime
    """The minute it stops working, UTC."""

    def covers(self, rule: str, fact: Fact, hub: ResourceId | None, now: datetime) -> bool:
        """Whether it waives a rule on a resource now; one on a hub also covers the hub's projects."""
        if rule != self.rule or now >= self.expires_on:
            return False
        return fact.id.within(self.scope) or (hub is not None and hub == self.scope)

    @property
    def words(self) -> str:
        """Whose it is, why, and until when."""
        return f"exempt until {self.expires_on:%Y-%m-%d %H:%M} UTC by {self.owner}: {self.reason}"


@dataclass(frozen=True)
class Limits:
    """How much may be written before everything is held instead."""

    writes_per_run: int = 50
    writes_per_hub_per_hour: int = 100
    rotations_at_once: int = 20
    """Accounts whose keys may be under rotation at the same time."""


@dataclass(frozen=True)
class Policy:
    """A whole policy, valid by construction."""

    rules: Mapping[str, RulePolicy]
    limits: Limits = field(default_factory=Limits)
    cost_tags: CostTags = field(default_factory=CostTags)
    exemptions: tuple[Exemption, ...] = ()
    version: str = ""
    """A hash of the files it was read from."""

    def enforces(self, rule: str) -> bool:
        """Whether a rule's fix may be written anywhere."""
        return Effect.ENFORCE in self.rules[rule].effects

    def exemption(self, rule: str, fact: Fact, hub: ResourceId | None, now: datetime) -> Exemption | None:
        """The waiver that applies to a rule on a resource now, if any."""
        for exemption in self.exemptions:
            if exemption.covers(rule, fact, hub, now):
                return exemption
        return None
