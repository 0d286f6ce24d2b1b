"""Look: observe, judge and plan as one read-only step. A run starts with it; a preview is nothing else."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.engine.computes import current
from shared.engine.first_sight import KnownSince, first_sight
from shared.engine.judge import Judged, is_waived, judge
from shared.engine.observe import Question, observe, refresh
from shared.engine.plan import make_plan, stale_targets
from shared.engine.renewal import renewing
from shared.image_ports import Directory, ReleaseCalendar
from shared.images.machine import Machine
from shared.images.releases import Release, Releases, shown
from shared.key_ports import KeyReader
from shared.model.errors import DependencyDown, Forbidden, Throttled
from shared.model.estate import Estate
from shared.model.facts import CHILDREN, Fact, Kind
from shared.model.finding import Finding
from shared.model.key_facts import KeyFacts
from shared.model.plan import Plan, Step
from shared.model.resource_id import ResourceId
from shared.policy.policy import Policy
from shared.ports import FindingStore, HubState, Inventory, Lineage
from shared.rules.images import IMAGE_AGE
from shared.rules.rule import Known, Rule

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class View:
    """What a hub looks like now, and what would be done about it."""

    estate: Estate
    judged: Judged
    plan: Plan
    known: Known = field(default_factory=Known)
    """What was known besides the estate."""
    new_releases: frozenset[Release] = frozenset()
    """Images that the calendar did not have yet."""


@dataclass(frozen=True)
class Looker:
    """Eyes and a policy; no hands."""

    inventory: Inventory
    lineage: Lineage
    rules: Sequence[Rule]
    policy: Policy
    governed: frozenset[str] = frozenset()
    """The subscriptions that may be written to, casefolded; empty for all."""
    keys: KeyReader | None = None
    """Who compares keys; None for nobody, and then no rule about them is judged."""
    releases: ReleaseCalendar | None = None
    """Which images came when; None where nothing is ever remembered."""
    directory: Directory | None = None
    """Who knows people; None for nobody."""
    visible: frozenset[str] = frozenset()
    """The subscriptions that are looked after, casefolded; empty for all."""

    async def look(self, question: Question, state: HubState) -> View:
        """Observe, judge, plan; and again with direct reads for targets that only the index has shown."""
        open_on = frozenset(finding.resource for finding in state.open.values())
        asked = replace(
            question,
            known=open_on | frozenset(state.known_since or ()) | frozenset(state.computes),
            taken_down=frozenset(one for one, memory in state.computes.items() if memory.taken_down is not None),
            around=self._goes_by_workspace_tags,
            schema=self.policy.cost_tags,
            visible=self.visible,
        )
        estate = await observe(self.inventory, self.lineage, self.rules, asked)
        seen = await self._besides(question, state, estate)
        view = self._decide(question, state, estate, seen)
        stale = stale_targets(view.plan, {fact.id: fact.source for fact in view.estate})
        if not stale:
            return view
        return self._decide(question, state, await refresh(self.inventory, view.estate, stale), seen)

    async def preview(
        self, hubs: Sequence[ResourceId], store: FindingStore, now: datetime
    ) -> tuple[list[Finding], Plan]:
        """What a run over these hubs, each with its family, would find and do."""
        findings: list[Finding] = []
        steps: list[Step] = []
        for hub in hubs:
            view = await self.look(Question(hub, frozenset({hub}), now, whole=True), await store.load(hub))
            findings += view.judged.findings
            steps += view.plan.steps
        return findings, Plan.of(steps)

    @property
    def _goes_by_workspace_tags(self) -> bool:
        """Whether policy on a child can depend on the tags of its workspace, which an event does not show."""
        rules = (rule for rule in self.rules if rule.kinds & CHILDREN)
        return any(scope.match.tag for rule in rules for scope in self.policy.rules[rule.id].scopes)

    def judge(self, estate: Estate, now: datetime, owner: str, known: Known) -> Judged:
        """What the rules say of an estate, as policy has them."""
        return judge(estate, self.rules, self.policy, now, owner=owner, known=known)

    async def _besides(self, question: Question, state: HubState, estate: Estate) -> "_Besides":
        """What is known besides the documents. Where there is no compute nobody is asked about computes."""
        keys, computes = await self._keys(question, estate), _computes(estate)
        policy, now = self.policy, question.now
        waived = {fact.id for fact in computes if is_waived(IMAGE_AGE, fact, estate, policy, now)}
        remembered = current(state.computes, estate, now, waived)
        if not computes:
            return _Besides(Known(keys=keys, computes=remembered, deeds=question.deeds))
        calendar = Releases() if self.releases is None else await self.releases.known()
        known = Known(
            keys=keys,
            deeds=question.deeds,
            computes=remembered,
            releases=calendar.seeing(computes, question.now),
            renewing=renewing(computes, estate, policy, now),
            gone_people=await self._gone_people(computes) if question.whole else None,
        )
        return _Besides(known, frozenset(shown(computes) - calendar.first_seen.keys()))

    async def _gone_people(self, computes: Sequence[Fact]) -> frozenset[str] | None:
        """Whom computes name that nobody is any more; None where nobody could say."""
        people = {user for fact in computes if (user := Machine.of(fact).user)}
        if self.directory is None:
            return None
        if not people:
            return frozenset()
        try:
            return await self.directory.missing(sorted(people))
        except (DependencyDown, Forbidden, Throttled) as error:
            # Whatever else is to be judged must not wait for the directory: the next sweep asks again.
            log.warning("people.unknown people=%d: %s", len(people), error)
            return None

    async def _keys(self, question: Question, estate: Estate) -> KeyFacts | None:
        """Who holds which key, of what is judged; None where nobody asked, or Azure had no patience left."""
        if self.keys is None or not question.keys:
            return None
        try:
            return await self.keys.held(sorted(estate.judged(), key=lambda fact: fact.id))
        except Throttled as error:
            # Whatever else is to be judged must not wait for keys: they are looked at again tomorrow.
            log.warning("keys.throttled hub=%s: %s", question.hub, error)
            return None

    def _decide(self, question: Question, state: HubState, estate: Estate, besides: "_Besides") -> View:
        now = question.now
        known = replace(besides.known, first_seen=_first_seen(state, estate, now))
        judged = self.judge(estate, now, state.owner, known)
        writes = {question.hub: len(recent(state.writes, question.now)) + len(state.announced)}
        plan = make_plan(judged.wanted, self.policy.limits, writes, self.governed)
        return View(estate, judged, plan, known, besides.new_releases)


@dataclass(frozen=True)
class _Besides:
    """What is known besides the documents, and of it what nobody knew before."""

    known: Known
    new_releases: frozenset[Release] = frozenset()


def _computes(estate: Estate) -> list[Fact]:
    return [fact for fact in estate if fact.kind is Kind.COMPUTE and fact.present]


def _first_seen(state: HubState, estate: Estate, now: datetime) -> KnownSince | None:
    """Since when connections with somebody else's key are known; those that are new, since now."""
    known = state.known_since
    return None if known is None else {**known, **first_sight(known, estate, now).met}


def recent(writes: Sequence[datetime], now: datetime) -> tuple[datetime, ...]:
    """The writes of the last hour, which the hub's budget counts."""
    return tuple(at for at in writes if now - at < timedelta(hours=1))
