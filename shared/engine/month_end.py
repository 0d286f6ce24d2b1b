"""
Month end: read a month's bills, split them by whom the costs belong to, and tell finance, ops and owners.

Everything is computed before anything is told: with one subscription's bill missing or a page of it lost, there is no
report at all rather than half of one. Told again it says the same: files with the same content are not written anew.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from shared.costs.allocation import Allocation, allocate
from shared.costs.attribution import Period
from shared.costs.budget import Budget
from shared.costs.figures import MonthFigures, figures
from shared.costs.files import month_files
from shared.costs.month import Month
from shared.engine.compare import Comparison, compare
from shared.engine.judge import judge
from shared.engine.record import Run, alerts, cost_rows, finding_row, run_row
from shared.log_context import begin_run, effort
from shared.model.errors import Throttled
from shared.model.estate import Estate
from shared.model.facts import Fact, Gap, Kind
from shared.model.plan import Plan
from shared.model.resource_id import ResourceId
from shared.model.tables import COSTS, FINDINGS, RUNS
from shared.policy.policy import Policy
from shared.ports import HubUpdate, World
from shared.rules.rule import Known, Rule

log = logging.getLogger(__name__)

MOST_BEHIND = 3
"""Months that are caught up at most, after the reports did not run for a while."""


@dataclass(frozen=True)
class MonthEnd:
    """The engine of the monthly reports."""

    world: World
    rules: Sequence[Rule]
    policy: Policy
    subscriptions: Sequence[str]
    app: ResourceId
    mode: str
    version: str

    async def due(self) -> list[Month]:
        """
        The months to report now, the oldest first: each that was not yet reported as closed, and the running one.

        What was closed while an older month failed comes again with it. A month that never succeeds drops out once
        `MOST_BEHIND` later ones have ended.
        """
        now = self.world.clock.now()
        running, last = Month.of(now.date()), await self.world.store.last_month()
        due = [running]
        while len(due) <= MOST_BEHIND and str(due[0].previous) > last:
            due.insert(0, due[0].previous)
            if not last:  # never reported before: the month before this one is all that anybody can still close
                break
        return due

    async def report(self, month: Month) -> Allocation:
        """
        Report one month.

        Raises Throttled, DependencyDown, BillIncomplete or Forbidden when a bill cannot be read: then nothing was told.
        """
        world, policy = self.world, self.policy
        run = Run(self.app, world.clock.now(), (), self.mode, policy.version, self.version, str(month))
        begin_run(run.id)
        through = month.through(run.started)
        bills = [await world.costs.bill(subscription, month, through) for subscription in self.subscriptions]
        periods = await self._periods(month)
        allocation = allocate(month, bills, periods, policy.cost_tags, run.started)
        hubs = await world.inventory.hubs()
        counted = None
        if month == self._judged(run.started):
            counted = figures(allocation, run.started.date(), await self._budgets(hubs))
        if world.reports is not None:
            await world.reports.publish(month_files(allocation, bills, periods, policy.cost_tags))
        await self._record(run, allocation, hubs, counted)
        if allocation.closed:
            await self._note(month)
        told = "month.reported run=%s month=%s closed=%s bills=%d %s"
        log.info(told, run.id, month, allocation.closed, len(bills), effort())
        return allocation

    async def _note(self, month: Month) -> None:
        """One month is kept, and all before it count as told: so a month waits until those before it are told too."""
        if month == (await self.due())[0]:
            await self.world.store.note_month(str(month))

    def _judged(self, now: datetime) -> Month:
        """The month that findings are about: the one before until it is closed, for a new one has hardly begun."""
        running = Month.of(now.date())
        before = running.previous
        return running if before.closed(now, self.policy.cost_tags.close_after_days) else before

    async def _periods(self, month: Month) -> Sequence[Period]:
        """What the month's costs may belong to: also what had gone a month before, for some charges come late."""
        return await self.world.history.periods(datetime.combine(month.previous.first, time(), UTC))

    async def _budgets(self, hubs: Sequence[Fact]) -> list[tuple[str, tuple[Budget, ...] | Gap]]:
        """The budgets of every subscription and resource group that holds a hub; no rule asks for those of others."""
        held = [hub.id for hub in hubs if hub.kind is Kind.HUB]
        scopes = {scope for hub in held for scope in (hub.group_id, hub.subscription_id) if scope is not None}
        ordered = sorted(scopes)
        found = await asyncio.gather(*(self._budgets_of(scope) for scope in ordered))
        return [(scope.key, budgets) for scope, budgets in zip(ordered, found, strict=True)]

    async def _budgets_of(self, scope: ResourceId) -> tuple[Budget, ...] | Gap:
        """Budgets are a side matter: where Azure asks for patience they are unknown, and the month is told."""
        try:
            return await self.world.costs.budgets(scope)
        except Throttled as error:
            return Gap(scope, Kind.BUDGET, str(error))

    async def _record(
        self, run: Run, allocation: Allocation, hubs: Sequence[Fact], counted: MonthFigures | None
    ) -> None:
        """Rows first, memory after: if the rows cannot be sent, the next try finds all as it was and sends them."""
        world, ended = self.world, self.world.clock.now()
        comparison = Comparison((), (), ()) if counted is None else await self._judge(run, hubs, counted)
        tracked = comparison.tracked
        await world.log.write(COSTS, cost_rows(run.id, allocation, ended))
        await world.log.write(FINDINGS, [finding_row(run.id, one, ended) for one in tracked])
        await world.log.write(RUNS, [run_row(run, tracked, Plan(), (), ended)])
        await world.topic.publish(alerts(run.id, tracked, (), ended))
        await world.store.save(self.app, HubUpdate(opened=comparison.opened, resolved=comparison.resolved))

    async def _judge(self, run: Run, hubs: Sequence[Fact], counted: MonthFigures) -> Comparison:
        """The rules about a bill, and what became of their findings since the day before."""
        state = await self.world.store.load(self.app)
        estate = await self._estate(hubs, [finding.resource for finding in state.open.values()])
        judged = judge(estate, self.rules, self.policy, run.started, known=Known(figures=counted))
        return compare(state.open, judged.findings, estate, run.started, judged.unasked)

    async def _estate(self, hubs: Sequence[Fact], open_on: Sequence[ResourceId]) -> Estate:
        """All hubs and subscriptions, and what a finding still stands open on."""
        subscriptions = [ResourceId.parse(f"/subscriptions/{one}") for one in self.subscriptions]
        estate = Estate.of([*hubs, *(Fact(one, Kind.SUBSCRIPTION) for one in subscriptions)])
        missing = sorted({one for one in open_on if estate.find(one) is None})
        return estate.with_facts([await self.world.inventory.get(one) for one in missing])
