"""
Reconcile: observe → judge → plan → compare → apply → record, for one hub, by one worker at a time.

Every message leaves its mark on the hub first and tries for the lease then. Who gets it answers all marks, lets go, and
looks once more; who does not is done, for the mark will be seen: it was there before the holder let go. So a storm of
events costs a few runs, nothing waits, and contention never looks like failure.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.engine.apply import Applied, announced, apply, leave
from shared.engine.compare import Comparison, compare
from shared.engine.look import Looker, recent
from shared.engine.observe import Question
from shared.engine.record import Run, action_row, alerts, finding_row, run_row
from shared.engine.report import Preview
from shared.engine.scope import hubs_for
from shared.model.errors import DependencyDown
from shared.model.estate import Estate
from shared.model.facts import DEPENDENTS, WORKSPACES, Fact
from shared.model.message import Event, Sweep
from shared.model.plan import Plan
from shared.model.resource_id import ResourceId
from shared.model.tables import ACTIONS, FINDINGS, RUNS
from shared.policy.policy import Policy
from shared.ports import HubState, HubUpdate, Mark, World
from shared.rules.rule import Rule

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=6)
"""Longer than an invocation may take (host.json: 5 minutes), so that a lease ends only after its holder did."""

HEARTBEAT = timedelta(minutes=1)

SETTLE = 1.0
"""Seconds to wait in a storm before the next look, so that it costs a run a second and not a run an event."""

MOST_RUNS = 100
"""Runs one message may cost, fewer than an invocation has time for; a hub that still changes goes to the next try."""


@dataclass(frozen=True)
class Handled:
    """What became of a message."""

    runs: int = 0
    coalesced: bool = False
    """Somebody else holds the hub and will answer it."""
    ours: bool = True


class Reconciler:
    """The engine, with a policy and a world to work on."""

    def __init__(
        self,
        world: World,
        rules: Sequence[Rule],
        policy: Policy,
        *,
        enforce: bool,
        version: str,
        governed: Collection[str] = (),
    ) -> None:
        """
        Without `enforce` nothing is ever written to a governed resource, whatever policy says.

        `governed` names the subscriptions that may be written to at all; none named means all.
        """
        self._world = world
        self._looker = Looker(world.inventory, world.lineage, rules, policy, frozenset(governed))
        self._policy = policy
        self._enforce = enforce
        self._mode = "enforce" if enforce else "audit"
        self._version = version
        self._beaten: datetime | None = None

    async def handle(self, message: Event | Sweep, holder: str) -> Handled:
        """
        Answer a message: look at the hubs it concerns, unless somebody is at it.

        `holder` names this try, and no other. Raises RetryableError when the message should come again; nothing of it
        is lost then.
        """
        handled = [await self._answer(mark, holder) for mark in await self._marks(message)]
        if not handled:
            return Handled(ours=False)
        return Handled(sum(h.runs for h in handled), any(h.coalesced for h in handled))

    async def preview(self, hubs: Sequence[ResourceId]) -> Preview:
        """What a run over these hubs, each with its family, would find and do now. Writes and remembers nothing."""
        now = self._world.clock.now()
        findings, plan = await self._looker.preview(hubs, self._world.store, now)
        return Preview(now, self._mode, self._policy.version, self._version, tuple(findings), plan)

    async def _marks(self, message: Event | Sweep) -> list[Mark]:
        if isinstance(message, Sweep):
            return [Mark(message.hub, message.hub, event_id="sweep", whole=True)]
        world = self._world
        hubs = await hubs_for(message.resource, world.inventory, world.lineage, world.clock.now())
        cause = message.correlation_id
        return [Mark(hub, message.resource, message.id, correlation_id=cause) for hub in sorted(hubs)]

    async def _answer(self, mark: Mark, holder: str) -> Handled:
        lease, clock = self._world.lease, self._world.clock
        await lease.mark(mark)
        runs = 0
        while await lease.take(mark.hub, holder, clock.now(), clock.now() + LEASE):
            try:
                runs += await self._clear(mark.hub, MOST_RUNS - runs)
            finally:
                await lease.release(mark.hub, holder)
            if not await lease.marks(mark.hub):
                return Handled(runs)
            if runs >= MOST_RUNS:
                raise DependencyDown(f"{mark.hub} changed in each of {runs} runs; its marks stay for the next message")
        return Handled(runs, coalesced=runs == 0)

    async def _clear(self, hub: ResourceId, most: int) -> int:
        """Answer the marks on a hub; in a storm again, for what came meanwhile, and how often that took a run."""
        lease, runs = self._world.lease, 0
        while runs < most and (marks := await lease.marks(hub)):
            await self._run(hub, tuple(marks))
            await lease.answered(marks)
            runs += 1
            if len(marks) == 1:
                break
            await self._world.clock.pause(SETTLE)
        return runs

    async def _run(self, hub: ResourceId, marks: tuple[Mark, ...]) -> None:
        world = self._world
        run = Run(hub, world.clock.now(), marks, self._mode, self._policy.version, self._version)
        state = await world.store.load(hub)
        question = Question(hub, run.resources, run.started, whole=run.trigger == "sweep")
        view = await self._looker.look(question, state)
        comparison = compare(state.open, view.judged.findings, view.estate, world.clock.now())
        applied = await self._write(run, view.plan)
        await self._record(run, state, comparison, view.plan, applied)
        await world.store.save(hub, self._update(run, state, view.estate, comparison, applied))
        await world.lineage.belongs(hub, [fact.id for fact in view.estate if _belongs(fact, hub, view.estate)])
        await self._beat()
        log.info("run.ended run=%s hub=%s causes=%d plan=%s", run.id, hub.name, len(marks), view.plan.id)
        if applied.retry is not None:
            raise applied.retry

    async def _write(self, run: Run, plan: Plan) -> Applied:
        clock = self._world.clock
        if not self._enforce:
            return leave(plan, clock.now(), "mode is audit: nothing is written")
        if plan.ready:
            rows = {o.step.id: action_row(run.id, plan.id, o) for o in announced(plan.ready, clock.now())}
            await self._world.store.announce(run.hub, rows)
        return await apply(plan, self._world.actuator, clock)

    async def _record(self, run: Run, state: HubState, comparison: Comparison, plan: Plan, applied: Applied) -> None:
        """Rows first, memory after: if the rows cannot be sent, the next try finds all as it was and sends them."""
        ended = self._world.clock.now()
        actions = [*state.announced.values(), *(action_row(run.id, plan.id, o) for o in applied.outcomes)]
        await self._world.log.write(FINDINGS, [finding_row(run.id, t, ended) for t in comparison.tracked])
        await self._world.log.write(ACTIONS, actions)
        await self._world.log.write(RUNS, [run_row(run, comparison.tracked, plan, applied.outcomes, ended)])
        await self._world.topic.publish(alerts(run.id, comparison.tracked, applied.outcomes, ended))

    def _update(self, run: Run, state: HubState, estate: Estate, comparison: Comparison, applied: Applied) -> HubUpdate:
        hub = estate.find(run.hub)
        owner = hub.tag(self._policy.cost_tags.owner) if hub is not None and hub.present else state.owner
        return HubUpdate(
            opened=comparison.opened,
            resolved=comparison.resolved,
            settled=[*state.announced, *(outcome.step.id for outcome in applied.outcomes)],
            writes=(*recent(state.writes, run.started), *(outcome.at for outcome in applied.done)),
            owner=owner or "",
        )

    async def _beat(self) -> None:
        """Keep for health that runs end, but not more often than anyone would look."""
        now = self._world.clock.now()
        if self._beaten is None or now - self._beaten >= HEARTBEAT:
            await self._world.store.note_run(now)
            self._beaten = now


def _belongs(fact: Fact, hub: ResourceId, estate: Estate) -> bool:
    """Whether the lineage index should lead from a resource to the hub."""
    if fact.kind in WORKSPACES:
        return fact.present and estate.hub_id(fact) == hub
    return fact.present and fact.kind in DEPENDENTS and hub in estate.users_of(fact.id)
