"""
A rotation pass: find every key and its consumers, and take a turn for each account that is due or under way.

The pass may come at any time and as often as one likes; a second one right after finds nothing to do but to wait. It
reads keys only of accounts that are due: all others are known by their age alone.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from shared.costs.effective import EffectiveTags
from shared.engine.around import around
from shared.engine.compare import Comparison, compare
from shared.engine.judge import judge
from shared.engine.key_age import aged
from shared.engine.key_discovery import Discovery, discover
from shared.engine.key_journal import Journal, memory_of
from shared.engine.key_record import Place, causes_of, counts, ended_alerts, standing_row
from shared.engine.key_requests import introduce
from shared.engine.key_room import Room
from shared.engine.key_terms import effect, terms, workspace_of
from shared.engine.key_turn import Subject, Turn
from shared.engine.record import Run, alerts, finding_row, named, run_row
from shared.key_ports import KeyReader, KeyRotation
from shared.keys.account import Terms
from shared.keys.age import due
from shared.keys.progress import Standing, ended, settled, standing
from shared.keys.trouble import unreadable
from shared.log_context import begin_run, effort
from shared.model.errors import HubwardenError, Throttled
from shared.model.facts import Fact, Seen, kind_of
from shared.model.finding import Tracked
from shared.model.plan import Plan
from shared.model.resource_id import ResourceId
from shared.model.rotation import Phase, Record
from shared.model.tables import FINDINGS, KEYS, RUNS
from shared.policy.policy import Effect, Policy
from shared.ports import HubState, HubUpdate, Mark, World
from shared.rules.rotation import KEYED
from shared.rules.rule import Known, Rule

log = logging.getLogger(__name__)

AT_ONCE: Final = 8
"""Turns under way at once; Azure takes ten writes a second, and each list of keys counts as one (CONTRACTS §7)."""
LEASE: Final = timedelta(minutes=6)
"""Longer than an invocation may take (host.json: 5 minutes), so that a lease ends only after its holder did."""
TAKES: Final = timedelta(minutes=4)
"""After so long no turn is begun: the next pass goes on."""


@dataclass(frozen=True)
class Rotator:
    """What every pass shares."""

    world: World
    reader: KeyReader
    rotation: KeyRotation
    rules: Sequence[Rule]
    policy: Policy
    app: ResourceId
    version: str
    enforce: bool
    governed: frozenset[str] = frozenset()
    """The subscriptions that may be written to, casefolded; empty for all."""

    @property
    def mode(self) -> str:
        """The mode as rows say it."""
        return "enforce" if self.enforce else "audit"

    async def run(
        self, holder: str, only: Collection[ResourceId] = (), marks: tuple[Mark, ...] = ()
    ) -> Mapping[ResourceId, Standing]:
        """
        One pass over all accounts, or over some; `holder` names this try. Gives where those stand that had a turn.

        `marks` are the messages that the pass answers; none for the timer's.
        What goes wrong with one account does not stop the others. Raises Throttled when Azure asked for patience, after
        all is recorded, and what the index and the ledger raise.
        """
        run = Run(self.app, self.world.clock.now(), marks, self.mode, self.policy.version, self.version, rotation=True)
        begin_run(run.id)
        found = await discover(self.world.inventory, self.rotation.inventory)
        known = await self.rotation.ledger.all()
        records = {**known, **await introduce(self.rotation.ledger, found.consumers.keys() - known.keys(), run.started)}
        kept = [record for account, record in records.items() if account in found.consumers]
        records |= {record.account: record for record in await aged(self.rotation, kept, run.started)}
        one = _Pass(self, run, found, Room(self.policy.limits.rotations_at_once, records.values()), holder)
        await one.take(await one.wanted([records[account] for account in sorted(records)], only))
        ended = "rotation.ended run=%s accounts=%d phases=%s %s"
        log.info(ended, run.id, len(records), counts(one.stands), effort())
        if one.throttled is not None:
            raise one.throttled
        return one.stands


@dataclass
class _Pass:
    rotator: Rotator
    run: Run
    found: Discovery
    room: Room
    holder: str
    stands: dict[ResourceId, Standing] = field(default_factory=dict)
    tracked: list[Tracked] = field(default_factory=list)
    causes: set[str] = field(default_factory=set)
    """Of the accounts that had a turn."""
    throttled: Throttled | None = None

    async def wanted(self, records: Sequence[Record], only: Collection[ResourceId]) -> list[Record]:
        """Those that are to have a turn."""
        limit = asyncio.Semaphore(AT_ONCE)

        async def wants(record: Record) -> bool:
            async with limit:
                return await self._wants(record, only)

        answers = await asyncio.gather(*(wants(record) for record in records))
        return [record for record, wanted in zip(records, answers, strict=True) if wanted]

    async def _wants(self, record: Record, only: Collection[ResourceId]) -> bool:
        """
        Whether an account is to have a turn: one that is due, under way, asked for, or was shown to somebody.

        Also one of which something is left to tell, such as a finding that stands open and may have ended.
        """
        account = self._indexed(record.account)
        if account.kind not in KEYED:
            return False
        if only:
            return account.id in only
        off = self._effect(account) is Effect.OFF
        if (record.open and self.rotator.enforce) if off else self._is_due(account, record):
            return True
        return await self._unfinished(account.id)

    async def _unfinished(self, account: ResourceId) -> bool:
        """Whether something is left to tell: a finding that stands open, or a step that nobody told of."""
        state = await self.rotator.world.store.load(memory_of(account))
        return bool(state.open or state.announced)

    def _is_over(self, account: Fact) -> bool:
        """Whether there is nothing to rotate here: the account is gone, or policy leaves its keys alone."""
        off = account.present and self._effect(account) is Effect.OFF
        return off or account.seen is Seen.ABSENT

    def _is_due(self, account: Fact, record: Record) -> bool:
        if record.open:
            return True
        if account.id not in self.found.consumers:
            return False
        now = self.run.started
        wanted = due(account, record, self._terms(account, now)) <= now
        return wanted or not settled(account, record)

    async def take(self, records: Sequence[Record]) -> None:
        """A turn for each, those under way first: what has begun shall end before something new begins."""
        ordered = sorted(records, key=lambda record: not record.open)
        limit = asyncio.Semaphore(AT_ONCE)

        async def turn(account: ResourceId) -> None:
            async with limit:
                await self._turn(account)

        await asyncio.gather(*(turn(record.account) for record in ordered))
        now = self.rotator.world.clock.now()
        row = {**run_row(self.run, self.tracked, Plan(), (), now), "CorrelationIds": list(named(self.causes))}
        await self.rotator.world.log.write(RUNS, [row])

    async def _turn(self, account: ResourceId) -> None:
        """One turn, unless it is too late for one; what goes wrong in it stops no other."""
        if self.throttled is not None or self.rotator.world.clock.now() - self.run.started > TAKES:
            return
        try:
            await self._leased(account)
        except Throttled as error:
            self.throttled = error
        except HubwardenError as error:
            log.warning("rotation.stopped account=%s: %s", account.name, error)

    async def _leased(self, account: ResourceId) -> None:
        """One turn under the account's lease; whoever else has that is at it."""
        lease, now = self.rotator.world.lease, self.rotator.world.clock.now()
        if not await lease.take(memory_of(account), self.holder, now, now + LEASE):
            log.info("rotation.taken account=%s: somebody else is at it", account.name)
            return
        try:
            await self._look_after(account, now + LEASE)
        finally:
            try:
                await lease.release(memory_of(account), self.holder)
            except HubwardenError as error:
                log.warning("rotation.unreleased account=%s: the lease ends by itself: %s", account.name, error)

    async def _look_after(self, account: ResourceId, until: datetime) -> None:
        rotator = self.rotator
        fact = await rotator.world.inventory.get(account)
        record = await rotator.rotation.ledger.get(account)
        if record is None:
            return
        if self._is_over(fact) and ended(record) == record and not await self._unfinished(account):
            return
        tags = EffectiveTags(self.found.estate_of(fact), rotator.policy.cost_tags)
        place = Place(self.run.id, fact, around(fact, tags), causes_of(self.run, fact, record))
        self.causes.update(place.causes)
        journal, clock = Journal(place, rotator.world.store), rotator.world.clock
        turn = Turn(
            self._subject(fact), record, journal, self.room, rotator.reader, rotator.rotation, clock, until
        )  # fmt: skip
        stands = None
        try:
            stands = await self._take(turn)
        finally:
            await self._tell(turn, record, stands)
        if turn.last is not None:
            await turn.keep(turn.last)
        if turn.record.phase is Phase.RESTING:
            self.room.give_back(account)

    async def _take(self, turn: Turn) -> Standing:
        fact, record = turn.subject.account, turn.record
        if self._is_over(fact):
            over = ended(record)
            turn.last = over if self.rotator.enforce else None
            return standing(fact, over, turn.subject.terms)
        if fact.present:
            return await turn.take()
        return standing(fact, replace(record, trouble=unreadable(fact)), turn.subject.terms)

    def _effect(self, account: Fact) -> Effect:
        return effect(self.rotator.policy, account, workspace_of(account.id, self.found.keepers))

    def _terms(self, account: Fact, now: datetime) -> Terms:
        return terms(self.rotator.policy, account, workspace_of(account.id, self.found.keepers), now)

    def _ours(self, resource: ResourceId) -> bool:
        """Whether it is in a subscription that may be written to."""
        return not self.rotator.governed or resource.subscription in self.rotator.governed

    def _subject(self, fact: Fact) -> Subject:
        rotator, now = self.rotator, self.rotator.world.clock.now()
        consumers = self.found.consumers.get(fact.id, ())
        return Subject(
            account=fact,
            consumers=consumers,
            signed=self.found.signed.get(fact.id, frozenset()),
            unseen=self.found.unseen,
            terms=self._terms(fact, now),
            writes=rotator.enforce and self._ours(fact.id) and self._effect(fact) is Effect.ENFORCE,
            elsewhere=frozenset(one.id for one in consumers if not self._ours(one.id)),
        )

    async def _tell(self, turn: Turn, before: Record, stands: Standing | None) -> None:
        """Rows first, memory after, as everywhere; what was done is told even when the turn broke off."""
        world, place = self.rotator.world, turn.journal.place
        memory, now = memory_of(place.account.id), world.clock.now()
        state = await world.store.load(memory)
        update = HubUpdate(settled=[*state.announced], writes=state.writes, owner=state.owner)
        rows = turn.journal.all(state.announced)
        if stands is None:
            await world.log.write(KEYS, rows)
            await world.store.save(memory, update)
            return
        self.stands[place.account.id] = stands
        comparison = self._judge(place, stands, state, now)
        tracked = comparison.tracked
        self.tracked += tracked
        await world.log.write(KEYS, [*rows, standing_row(place, stands, now)])
        await world.log.write(FINDINGS, [finding_row(self.run.id, one, now, place.causes) for one in tracked])
        news = [*alerts(self.run.id, tracked, (), now, place.causes), *ended_alerts(place, before, stands.record, now)]
        await world.topic.publish(news)
        await world.store.save(memory, replace(update, opened=comparison.opened, resolved=comparison.resolved))

    def _judge(self, place: Place, stands: Standing, state: HubState, now: datetime) -> Comparison:
        """The rules about rotation on one account, and what became of their findings since the last pass."""
        estate, known = self.found.estate_of(place.account), Known(rotations={place.account.id: stands})
        rules, policy = self.rotator.rules, self.rotator.policy
        judged = judge(estate, rules, policy, now, owner=state.owner, known=known)
        return compare(state.open, judged.findings, estate, now, judged.unasked)

    def _indexed(self, account: ResourceId) -> Fact:
        return self.found.accounts.get(account) or Fact(account, kind_of(account))
