"""Look: observe, judge and plan as one read-only step. A run starts with it; a preview is nothing else."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.engine.first_sight import KnownSince, first_sight
from shared.engine.judge import Judged, judge
from shared.engine.observe import Question, observe, refresh
from shared.engine.plan import make_plan, stale_targets
from shared.key_ports import KeyReader
from shared.model.errors import Throttled
from shared.model.estate import Estate
from shared.model.facts import CHILDREN
from shared.model.finding import Finding
from shared.model.key_facts import KeyFacts
from shared.model.plan import Plan, Step
from shared.model.resource_id import ResourceId
from shared.policy.policy import Policy
from shared.ports import FindingStore, HubState, Inventory, Lineage
from shared.rules.rule import Known, Rule

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class View:
    """What a hub looks like now, and what would be done about it."""

    estate: Estate
    judged: Judged
    plan: Plan


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

    async def look(self, question: Question, state: HubState) -> View:
        """Observe, judge, plan; and again with direct reads for targets that only the index has shown."""
        known = frozenset(finding.resource for finding in state.open.values()) | frozenset(state.known_since or ())
        asked = replace(question, known=known, around=self._goes_by_workspace_tags, schema=self.policy.cost_tags)
        estate = await observe(self.inventory, self.lineage, self.rules, asked)
        keys = await self._keys(question, estate)
        view = self._decide(question, state, estate, keys)
        stale = stale_targets(view.plan, {fact.id: fact.source for fact in view.estate})
        if not stale:
            return view
        return self._decide(question, state, await refresh(self.inventory, view.estate, stale), keys)

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

    def judge(self, estate: Estate, now: datetime, owner: str) -> Judged:
        """What the rules say of an estate, as policy has them."""
        return judge(estate, self.rules, self.policy, now, owner=owner)

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

    def _decide(self, question: Question, state: HubState, estate: Estate, keys: KeyFacts | None) -> View:
        now = question.now
        known = Known(keys=keys, first_seen=_first_seen(state, estate, now), deeds=question.deeds)
        judged = judge(estate, self.rules, self.policy, now, owner=state.owner, known=known)
        writes = {question.hub: len(recent(state.writes, question.now)) + len(state.announced)}
        return View(estate, judged, make_plan(judged.wanted, self.policy.limits, writes, self.governed))


def _first_seen(state: HubState, estate: Estate, now: datetime) -> KnownSince | None:
    """Since when connections with somebody else's key are known; those that are new, since now."""
    known = state.known_since
    return None if known is None else {**known, **first_sight(known, estate, now).met}


def recent(writes: Sequence[datetime], now: datetime) -> tuple[datetime, ...]:
    """The writes of the last hour, which the hub's budget counts."""
    return tuple(at for at in writes if now - at < timedelta(hours=1))
