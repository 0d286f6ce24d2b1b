"""
Reconcile: observe → judge → plan → compare → apply → record, for one hub, by one worker at a time.

Every message leaves its mark on the hub first and tries for the lease then. Who gets it answers all marks, lets go, and
looks once more; who does not is done, for the mark will be seen: it was there before the holder let go. So a storm of
events costs a few runs, nothing waits, and contention never looks like failure.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.engine.judge import answerable
from shared.engine.look import Looker
from shared.engine.report import Preview
from shared.engine.runner import Runner
from shared.engine.scope import hubs_for
from shared.model.errors import DependencyDown
from shared.model.facts import Kind, kind_of
from shared.model.message import NEW_VERSION, Event, Sweep
from shared.model.resource_id import ResourceId
from shared.policy.policy import Policy
from shared.ports import Mark, World
from shared.rules.rule import Rule

LEASE = timedelta(minutes=6)
"""Longer than an invocation may take (host.json: 5 minutes), so that a lease ends only after its holder did."""

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

        `governed` names the subscriptions that are looked after and may be written to at all; none named means all.
        """
        self._world = world
        rules = answerable(
            rules,
            keys=world.keys is not None,
            rotation=world.rotation is not None,
            people=world.directory is not None,
        )
        self._looker = Looker(
            world.inventory,
            world.lineage,
            rules,
            policy,
            frozenset(governed),
            world.keys,
            world.releases,
            world.directory,
            frozenset(governed),
        )
        self._runner = Runner(world, self._looker, enforce, version)

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
        now, runner = self._world.clock.now(), self._runner
        findings, plan = await self._looker.preview(hubs, self._world.store, now)
        return Preview(now, runner.mode, self._looker.policy.version, runner.version, tuple(findings), plan)

    async def _marks(self, message: Event | Sweep) -> list[Mark]:
        if isinstance(message, Sweep):
            cause = "keys" if message.keys else "sweep"
            return [Mark(message.hub, message.hub, cause, whole=True, keys=message.keys)]
        world = self._world
        hubs = await hubs_for(message.resource, world.inventory, world.lineage, world.clock.now())
        cause = message.correlation_id
        deed = message.deed if self._looker.policy.cost_tags.creator.wanted else None
        keys = world.keys is not None and _gave_a_key(message)
        return [
            Mark(hub, message.resource, message.id, keys=keys, correlation_id=cause, deed=deed) for hub in sorted(hubs)
        ]

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
            await self._runner.run(hub, tuple(marks))
            await lease.answered(marks)
            runs += 1
            if len(marks) == 1:
                break
            await self._world.clock.pause(SETTLE)
        return runs


def _gave_a_key(event: Event) -> bool:
    """Whether a connection or a secret may have another key now; whoever only uses a connection raises events too."""
    was_written = event.type == NEW_VERSION or event.type.startswith("Microsoft.Resources.ResourceWrite")
    return was_written and kind_of(event.resource) in {Kind.CONNECTION, Kind.SECRET}
