"""Judge: every rule on every fact it is about, as policy says. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from shared.costs.effective import EffectiveTags
from shared.engine.around import Around, around, home_of, hub_of
from shared.model.action import Fix
from shared.model.compute_memory import Notice
from shared.model.estate import Estate
from shared.model.facts import WORKSPACES, Fact, Kind, Seen, kind_of
from shared.model.finding import Finding, Severity, Verdict
from shared.model.resource_id import ResourceId
from shared.policy.policy import Effect, Policy, Setting
from shared.rules.rule import Context, Judgement, Known, Reads, Rule, because, unknown


@dataclass(frozen=True)
class Wanted:
    """A fix that a failing finding asks for, and what policy says of it."""

    finding: Finding
    fix: Fix
    rule: Rule
    setting: Setting

    def apart(self) -> Iterator["Wanted"]:
        """This, and what the same finding asks for besides."""
        for fix in (self.fix, *self.fix.also):
            yield replace(self, fix=fix)


@dataclass(frozen=True)
class Judged:
    """All findings of a run, and the fixes they ask for."""

    findings: tuple[Finding, ...]
    wanted: tuple[Wanted, ...]
    tags: EffectiveTags
    """What the tags of these resources should say, as the rules were told."""
    unasked: frozenset[str]
    """Rules that had nothing to go by; what they found before is as it was."""
    notices: tuple[tuple[Finding, Notice], ...] = ()
    """What owners are to be told now, each with the failing finding it is about; nobody is told of an exempt one."""


def answerable(rules: Sequence[Rule], *, keys: bool, rotation: bool, people: bool) -> list[Rule]:
    """The rules that can ever be judged here: of those about keys, their rotation and people only what is looked at."""
    asked = {Reads.KEYS: keys, Reads.ROTATION: rotation, Reads.PEOPLE: people}
    return [rule for rule in rules if asked.get(rule.reads, True)]


def judge(
    estate: Estate,
    rules: Sequence[Rule],
    policy: Policy,
    now: datetime,
    *,
    owner: str = "",
    known: Known | None = None,
) -> Judged:
    """
    The findings of all rules on an estate, in a stable order.

    `owner` is whom to name where no tag that was read names one. What is absent is not judged: `compare` sees that its
    findings end.
    What is `known` besides decides which rules are judged: with a bill's figures those about that, with rotations those
    about them, and else the others; those about keys only where who holds which is known, those about people only where
    it is known who is gone, and those about a whole family only where the estate is `whole`.
    """
    tags = EffectiveTags(estate, policy.cost_tags)
    context = _Judge(estate, policy, now, owner, tags, known or Known())
    asked = [rule for rule in rules if context.can_ask(rule)]
    said = [*context.facts(asked), *(one for rule in asked for one in context.gaps(rule))]
    said.sort(key=lambda one: (one.finding.resource.key, one.finding.rule))
    return Judged(
        findings=tuple(one.finding for one in said),
        wanted=tuple(each for one in said if one.wanted is not None for each in one.wanted.apart()),
        tags=context.tags,
        unasked=frozenset(rule.id for rule in rules if rule not in asked),
        notices=tuple((one.finding, one.notice) for one in said if one.notice is not None),
    )


class _Said(NamedTuple):
    """A finding, and what comes of it where it fails."""

    finding: Finding
    wanted: Wanted | None = None
    notice: Notice | None = None


@dataclass(frozen=True)
class _Judge:
    """What stays the same over one judging."""

    estate: Estate
    policy: Policy
    now: datetime
    owner: str
    tags: EffectiveTags
    known: Known
    found: dict[ResourceId, Around] = field(default_factory=dict)
    """What is around each resource; twenty rules ask."""
    contexts: dict[str, Context] = field(default_factory=dict)
    """What each rule was told last, by its id."""

    def can_ask(self, rule: Rule) -> bool:
        """Whether what the rule goes by was read."""
        if self.known.figures is not None:
            return rule.reads is Reads.BILL
        if self.known.rotations is not None:
            return rule.reads is Reads.ROTATION
        if rule.reads is Reads.FAMILY:
            return self.estate.whole
        if rule.reads is Reads.PEOPLE:
            return self.known.gone_people is not None
        return rule.reads is Reads.ESTATE or (rule.reads is Reads.KEYS and self.known.keys is not None)

    def facts(self, rules: Sequence[Rule]) -> Iterator[_Said]:
        """Fact by fact, for what is around one and what is seen in its document serve all rules."""
        about = {kind: [rule for rule in rules if kind in rule.kinds] for kind in Kind}
        about[Kind.WORKSPACE] = [rule for rule in rules if rule.kinds & WORKSPACES]
        for fact in self.estate.judged():
            near = self._around(fact)
            for rule in about[fact.kind]:
                if _is_about(rule, fact) and (said := self._fact(rule, fact, near)):
                    yield said

    def gaps(self, rule: Rule) -> Iterator[_Said]:
        """Lists that could not be read: unknown, on the resource whose list it is, unless that is judged itself."""
        for gap in self.estate.gaps:
            fact = self.estate.find(gap.parent) or Fact(gap.parent, kind_of(gap.parent))
            near = self._around(fact)
            setting = self._setting(rule, fact, near)
            if gap.kind in rule.kinds and not _is_about(rule, fact) and setting.effect is not Effect.OFF:
                why = because(gap.reason, gap.permission)
                said = unknown(f"The {gap.kind}s of {gap.parent.name} could not be read: {why}")
                yield _Said(self._finding(rule, fact, said, setting.severity, near))

    def _fact(self, rule: Rule, fact: Fact, near: Around) -> _Said | None:
        setting = self._setting(rule, fact, near)
        if setting.effect is Effect.OFF and not self.policy.rules[rule.id].may_be_off(near.home):
            return None
        said = self._ask(rule, fact, setting, near)
        if said is None:
            return None
        finding = self._finding(rule, fact, said, setting.severity.worse(said.worse), near)
        if finding.verdict is not Verdict.FAIL:
            return _Said(finding)
        return _Said(finding, Wanted(finding, said.fix, rule, setting) if said.fix else None, said.notice)

    def _setting(self, rule: Rule, fact: Fact, near: Around) -> Setting:
        return self.policy.rules[rule.id].setting(fact, near.home)

    def _ask(self, rule: Rule, fact: Fact, setting: Setting, near: Around) -> Judgement | None:
        if fact.seen is Seen.UNREADABLE:
            return unknown(f"It could not be read: {because(fact.reason, fact.permission)}")
        if self._is_unclear(rule, near.home):
            return unknown("Policy goes by the tags of its workspace, and those could not be read.")
        return rule.check(fact, self._context(rule, setting, near))

    def _is_unclear(self, rule: Rule, home: Fact | None) -> bool:
        """Whether nobody knows what policy says of a rule, or whether it wants the one at all whose word it takes."""
        if home is None or home.present:
            return False
        of_rules = self.policy.rules
        return of_rules[rule.id].is_unclear(home) or bool(rule.follows and of_rules[rule.follows].may_be_off(home))

    def _context(self, rule: Rule, setting: Setting, near: Around) -> Context:
        """What a rule may know; where the last fact it judged had the same parameters and owner, the same again."""
        last = self.contexts.get(rule.id)
        if last is not None and last.parameters is setting.parameters and last.owner == near.owner:
            return last
        self.contexts[rule.id] = context = Context(
            estate=self.estate,
            now=self.now,
            parameters=setting.parameters,
            tags=self.tags,
            known=self.known,
            owner=near.owner,
        )
        return context

    def _finding(self, rule: Rule, fact: Fact, said: Judgement, severity: Severity, near: Around) -> Finding:
        hub = near.hub
        waiver = self.policy.exemption(rule.id, fact, hub, self.now) if said.verdict is Verdict.FAIL else None
        return Finding(
            rule=rule.id,
            controls=rule.controls,
            resource=fact.id,
            kind=fact.kind,
            verdict=said.verdict if waiver is None else Verdict.EXEMPT,
            severity=severity,
            message=said.message,
            expected=said.expected,
            actual=said.actual,
            hub=hub,
            project=near.project,
            owner=near.owner,
            cost_center=near.cost_center,
            exemption="" if waiver is None else waiver.words,
        )

    def _around(self, fact: Fact) -> Around:
        if fact.id not in self.found:
            self.found[fact.id] = around(fact, self.tags, self.owner)
        return self.found[fact.id]


def is_waived(rule: Rule, fact: Fact, estate: Estate, policy: Policy, now: datetime) -> bool:
    """Whether a rule is known to be switched off on a resource, or to be waived there."""
    if policy.exemption(rule.id, fact, hub_of(estate, fact), now) is not None:
        return True
    home, of_rule = home_of(estate, fact), policy.rules[rule.id]
    return of_rule.setting(fact, home).effect is Effect.OFF and not of_rule.may_be_off(home)


def _is_about(rule: Rule, fact: Fact) -> bool:
    """Whether a rule has a say; an unread workspace may be a hub or a project, so both kinds of rules must own up."""
    if fact.seen is Seen.UNREADABLE and fact.kind is Kind.WORKSPACE:
        return bool(rule.kinds & WORKSPACES)
    return fact.kind in rule.kinds and fact.seen is not Seen.ABSENT
