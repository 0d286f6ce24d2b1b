"""Runner: one pass over one hub, from looking to remembering. Whoever calls it holds the hub's lease."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.costs.attribution import attributions
from shared.engine.apply import Applied, announced, apply, leave
from shared.engine.around import Around, around
from shared.engine.compare import Comparison, compare
from shared.engine.computes import Computes, Memory, deleted, keeping
from shared.engine.first_sight import first_sight
from shared.engine.fleet_week import hub_week
from shared.engine.image_rows import Fleet
from shared.engine.key_record import count_row
from shared.engine.key_requests import introduce
from shared.engine.look import Looker, View, recent
from shared.engine.notices import notices
from shared.engine.observe import Question, refresh
from shared.engine.record import Run, action_row, alerts, finding_row, run_row, tag_rows
from shared.engine.secret_due import secrets_due
from shared.log_context import begin_run, effort
from shared.model.action import LONG_RUNNING
from shared.model.estate import Estate
from shared.model.facts import SHAREABLE, WORKSPACES, Fact, Seen
from shared.model.finding import Change
from shared.model.key_facts import account_of
from shared.model.plan import Plan
from shared.model.resource_id import ResourceId
from shared.model.tables import ACTIONS, FINDINGS, IMAGES, KEYS, RUNS, TAGS
from shared.ports import HubState, HubUpdate, Mark, World
from shared.rules.rule import Known

log = logging.getLogger(__name__)

HEARTBEAT = timedelta(minutes=1)


@dataclass
class Runner:
    """What every run shares."""

    world: World
    looker: Looker
    enforce: bool
    version: str
    _beaten: datetime | None = None

    @property
    def mode(self) -> str:
        """The mode as rows and previews say it."""
        return "enforce" if self.enforce else "audit"

    async def run(self, hub: ResourceId, marks: tuple[Mark, ...]) -> None:
        """
        Observe, judge, plan, compare, apply, verify, record, remember.

        Raises RetryableError when something should be tried again: after all that could be done is done and recorded.
        """
        world, policy = self.world, self.looker.policy
        run = Run(hub, world.clock.now(), marks, self.mode, policy.version, self.version)
        begin_run(run.id)
        state = await world.store.load(hub)
        whole, keys = run.trigger == "sweep", run.keys
        question = Question(hub, run.resources, run.started, whole=whole, keys=keys, deeds=run.deeds)
        view = await self.looker.look(question, state)
        judged = view.judged
        first = compare(state.open, judged.findings, view.estate, world.clock.now(), judged.unasked)
        kept = keeping(view.known.computes, view.plan.ready, view.estate, world.clock.now()) if self.enforce else {}
        applied = await self._write(run, view.plan, kept)
        comparison = await self._verify(view, state, first, applied)
        fleet = self._fleet(view, state.computes, kept, applied)
        done = _Done(view, comparison, applied, fleet, self._around(run, state, view))
        await self._record(run, state, done)
        await world.store.save(hub, self._update(run, state, done))
        await self._note_tags(hub, view)
        if world.releases is not None and view.new_releases:
            await world.releases.note(sorted(view.new_releases), run.started)
        if whole and world.fleet is not None:
            await world.fleet.note(hub_week(hub, fleet))
        if keys and world.rotation is not None:
            await introduce(world.rotation.ledger, _keyed_by(view.estate), world.clock.now())
        await world.lineage.belongs(hub, [fact.id for fact in view.estate if _belongs(fact, hub, view.estate)])
        await self._beat()
        log.info("run.ended run=%s hub=%s causes=%d plan=%s %s", run.id, hub.name, len(marks), view.plan.id, effort())
        if applied.retry is not None:
            raise applied.retry

    async def _write(self, run: Run, plan: Plan, kept: Computes) -> Applied:
        """Announce the writes, with what must not be lost of instances that some of them delete, and make them."""
        clock = self.world.clock
        if not self.enforce:
            return leave(plan, clock.now(), "mode is audit: nothing is written")
        if plan.ready:
            rows = {o.step.id: action_row(run.id, plan.id, o, run.causes) for o in announced(plan.ready, clock.now())}
            await self.world.store.announce(run.hub, rows, kept)
        return await apply(plan, self.world.actuator, clock)

    async def _verify(self, view: View, state: HubState, first: Comparison, applied: Applied) -> Comparison:
        """
        Read back what was written, and end the findings it mended; their echo will not bring anybody here again.

        What Azure has only accepted stays open: the event at the operation's end brings somebody to look.
        """
        written = frozenset(o.step.target for o in applied.done if not isinstance(o.step.action, LONG_RUNNING))
        if not written:
            return first
        estate = replace(await refresh(self.world.inventory, view.estate, sorted(written)), focus=written)
        known = Known(computes=view.known.computes, releases=view.known.releases, gone_people=view.known.gone_people)
        judged = self.looker.judge(estate, self.world.clock.now(), state.owner, known)
        standing, now = first.standing(state.open), self.world.clock.now()
        second = compare(standing, judged.findings, estate, now, judged.unasked)
        ended = tuple(tracked for tracked in second.tracked if tracked.change is Change.RESOLVED)
        return first.then(ended)

    async def _record(self, run: Run, state: HubState, done: "_Done") -> None:
        """Rows first, memory after: if the rows cannot be sent, the next try finds all as it was and sends them."""
        ended, log_rows = self.world.clock.now(), self.world.log.write
        view, tracked, outcomes = done.view, done.comparison.tracked, done.applied.outcomes
        actions = [*state.announced.values(), *(action_row(run.id, view.plan.id, o, run.causes) for o in outcomes)]
        await log_rows(FINDINGS, [finding_row(run.id, t, ended, run.causes) for t in tracked])
        await log_rows(ACTIONS, actions)
        await log_rows(TAGS, tag_rows(run, view.judged.tags, view.estate, ended))
        await log_rows(IMAGES, done.fleet.rows(run, ended))
        if run.keys and view.estate.whole:
            await log_rows(KEYS, [count_row(run, view.estate, done.around, ended)])
        await log_rows(RUNS, [run_row(run, tracked, view.plan, outcomes, ended, near=done.around)])
        due = secrets_due(run.id, tracked, view.estate, ended)
        told = notices(done.fleet, done.around.owner)
        await self.world.topic.publish([*alerts(run.id, tracked, outcomes, ended, run.causes), *due, *told])

    async def _note_tags(self, hub: ResourceId, view: View) -> None:
        """Remember whom the costs of what was looked at belong to, for the bill comes at the end of the month."""
        seen = attributions(view.judged.tags, view.estate.judged())
        gone = [fact.id for fact in view.estate if fact.seen is Seen.ABSENT]
        await self.world.history.note(hub, seen, gone, self.world.clock.now())

    def _fleet(self, view: View, before: Computes, kept: Computes, applied: Applied) -> Fleet:
        """What is told and remembered of computes; what was kept of a deletion that nothing came of is not."""
        known, told = view.known.computes, {finding.resource: notice for finding, notice in view.judged.notices}
        down = {one: kept[one] for one in deleted(applied.outcomes)}
        differs = frozenset(kept) | {one for one in known if known[one] != before[one]}
        memory = Memory({**known, **down}, view.estate, self.world.clock.now(), told, differs)
        gone = view.known.gone_people or frozenset()
        return Fleet(view.judged, memory, view.known.releases, self.looker.policy, gone)

    def _around(self, run: Run, state: HubState, view: View) -> Around:
        """What is around the hub: whom its owner tag names, or named when it was last read, and who pays for it."""
        hub = view.estate.find(run.hub)
        if hub is None or not hub.present:
            return Around(owner=state.owner)
        return around(hub, view.judged.tags)

    def _update(self, run: Run, state: HubState, done: "_Done") -> HubUpdate:
        sight = first_sight(state.known_since or {}, done.view.estate, run.started)
        outcomes = done.applied.outcomes
        return HubUpdate(
            opened=done.comparison.opened,
            resolved=done.comparison.resolved,
            settled=[*state.announced, *(outcome.step.id for outcome in outcomes)],
            writes=(*recent(state.writes, run.started), *(outcome.at for outcome in done.applied.done)),
            owner=done.around.owner,
            known_since=sight.met,
            forgotten=sight.gone,
            computes=done.fleet.memory.changed,
        )

    async def _beat(self) -> None:
        """Keep for health that runs end, but not more often than anyone would look."""
        now = self.world.clock.now()
        if self._beaten is None or now - self._beaten >= HEARTBEAT:
            await self.world.store.note_run(now)
            self._beaten = now


@dataclass(frozen=True)
class _Done:
    """All that a run has to tell and to remember."""

    view: View
    comparison: Comparison
    applied: Applied
    fleet: Fleet
    around: Around
    """Of the hub."""


def _keyed_by(estate: Estate) -> set[ResourceId]:
    """The accounts whose keys are kept here: the clock of each begins when somebody first keeps one."""
    return {account for fact in estate.judged() if (account := account_of(fact)) is not None}


def _belongs(fact: Fact, hub: ResourceId, estate: Estate) -> bool:
    """Whether the lineage index should lead from a resource to the hub."""
    if fact.kind in WORKSPACES:
        return fact.present and estate.hub_id(fact) == hub
    return fact.present and fact.kind in SHAREABLE and hub in estate.users_of(fact.id)
