"""
A rotation pass: find every key and its consumers, and take a turn for each account that is due or under way.

The pass may come at any time and as often as one likes; a second one right after finds nothing to do but to wait. It
reads keys only of accounts that are due: all others are known by their age alone.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from shared.engine.compare import compare
from shared.engine.judge import judge
from shared.engine.key_discovery import Discovery, discover
from shared.engine.key_record import Place, counts, ended_alerts, standing_row
from shared.engine.key_requests import introduce
from shared.engine.key_terms import effect, terms
from shared.engine.key_turn import Subject, Turn
from shared.engine.record import Run, alerts, finding_row, run_row
from shared.key_ports import KeyReader, KeyRotation
from shared.keys.age import births, due
from shared.keys.progress import Standing, standing
from shared.model.errors import HubwardenError, Throttled
from shared.model.estate import Estate
from shared.model.facts import Fact, Seen, kind_of
from shared.model.finding import Tracked
from shared.model.plan import Plan
from shared.model.resource_id import ResourceId
from shared.model.rotation import Phase, Record
from shared.model.tables import FINDINGS, KEYS, RUNS
from shared.policy.policy import Effect, Policy
from shared.ports import HubUpdate, World
from shared.rules.rotation import KEYED
from shared.rules.rule import Rule

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

    async def run(self, holder: str, only: Collection[ResourceId] = ()) -> Mapping[ResourceId, Standing]:
        """
        One pass over all accounts, or over some; `holder` names this try. Gives where those stand that had a turn.

        What goes wrong with one account does not stop the others. Raises Throttled when Azure asked for patience, after
        all is recorded, and what the index and the ledger raise.
        """
        run = Run(self.app, self.world.clock.now(), (), self.mode, self.policy.version, self.version, rotation=True)
        found = await discover(self.world.inventory, self.rotation.inventory)
        known = await self.rotation.ledger.all()
        records = {**known, **await introduce(self.rotation.ledger, found.consumers.keys() - known.keys(), run.started)}
        one = _Pass(self, run, found, _Room(self.policy.limits.rotations_at_once, records.values()), holder)
        await one.take([records[account] for account in sorted(records) if one.wants(records[account], only)])
        log.info("rotation.ended run=%s accounts=%d phases=%s", run.id, len(records), counts(one.stands))
        if one.throttled is not None:
            raise one.throttled
        return one.stands


class _Room:
    """How many rotations may be under way: an account that has begun keeps its place."""

    def __init__(self, most: int, records: Iterable[Record]) -> None:
        self._most = most
        self._taken = {record.account for record in records if record.phase is not Phase.RESTING}

    def take(self, account: ResourceId) -> bool:
        """A place for an account, if there is one."""
        if account not in self._taken and len(self._taken) >= self._most:
            return False
        self._taken.add(account)
        return True

    def give_back(self, account: ResourceId) -> None:
        """An account that rests needs none."""
        self._taken.discard(account)


@dataclass
class _Pass:
    rotator: Rotator
    run: Run
    found: Discovery
    room: _Room
    holder: str
    stands: dict[ResourceId, Standing] = field(default_factory=dict)
    tracked: list[Tracked] = field(default_factory=list)
    throttled: Throttled | None = None

    def wants(self, record: Record, only: Collection[ResourceId]) -> bool:
        """Whether an account is to have a turn: one that is due, under way, asked for, or was shown to somebody."""
        account = self._indexed(record.account)
        if account.kind not in KEYED or effect(self.rotator.policy, account) is Effect.OFF:
            return False
        if only:
            return account.id in only
        if record.open:
            return True
        if account.id not in self.found.consumers:
            return False
        now, seen = self.run.started, record.sighting
        unsettled = seen is not None and min(births(account, record).values()) <= seen.at
        return unsettled or due(account, record, terms(self.rotator.policy, account, now, room=True)) <= now

    async def take(self, records: Sequence[Record]) -> None:
        """A turn for each, those under way first: what has begun shall end before something new begins."""
        ordered = sorted(records, key=lambda record: not record.open)
        limit = asyncio.Semaphore(AT_ONCE)

        async def turn(account: ResourceId) -> None:
            async with limit:
                await self._turn(account)

        await asyncio.gather(*(turn(record.account) for record in ordered))
        ended = self.rotator.world.clock.now()
        await self.rotator.world.log.write(RUNS, [run_row(self.run, self.tracked, Plan(), (), ended)])

    async def _turn(self, account: ResourceId) -> None:
        """One turn under the account's lease; whoever else has that is at it."""
        world = self.rotator.world
        now = world.clock.now()
        if self.throttled is not None or now - self.run.started > TAKES:
            return
        if not await world.lease.take(account, self.holder, now, now + LEASE):
            log.info("rotation.taken account=%s: somebody else is at it", account.name)
            return
        try:
            await self._look_after(account)
        except Throttled as error:
            self.throttled = error
        except HubwardenError as error:
            log.warning("rotation.stopped account=%s: %s", account.name, error)
        finally:
            await world.lease.release(account, self.holder)

    async def _look_after(self, account: ResourceId) -> None:
        rotator = self.rotator
        fact = await rotator.world.inventory.get(account)
        record = await rotator.rotation.ledger.get(account)
        if record is None or fact.seen is Seen.ABSENT:
            return
        subject = self._subject(fact)
        hubs = self.found.hubs_of(account)
        place = Place(self.run.id, fact, hubs[0] if len(hubs) == 1 else None)
        turn = Turn(subject, place, rotator.reader, rotator.rotation, rotator.world.clock)
        stands = None
        try:
            stands = await self._take(turn, record)
        finally:
            await self._tell(turn, record, stands)
            if stands is None or stands.record.phase is Phase.RESTING:
                self.room.give_back(account)

    async def _take(self, turn: Turn, record: Record) -> Standing:
        fact = turn.subject.account
        if fact.present:
            return await turn.take(record)
        permission = f" (needs {fact.permission})" if fact.permission else ""
        trouble = f"the account could not be read: {fact.reason}{permission}"
        return standing(fact, replace(record, trouble=trouble), turn.subject.terms)

    def _ours(self, resource: ResourceId) -> bool:
        """Whether it is in a subscription that may be written to."""
        return not self.rotator.governed or resource.subscription in self.rotator.governed

    def _subject(self, fact: Fact) -> Subject:
        rotator, now = self.rotator, self.rotator.world.clock.now()
        room = self.room.take(fact.id)
        consumers = self.found.consumers.get(fact.id, ())
        return Subject(
            account=fact,
            consumers=consumers,
            signed=self.found.signed.get(fact.id, frozenset()),
            unseen=self.found.unseen,
            terms=terms(rotator.policy, fact, now, room=room),
            writes=rotator.enforce and self._ours(fact.id) and effect(rotator.policy, fact) is Effect.ENFORCE,
            elsewhere=frozenset(one.id for one in consumers if not self._ours(one.id)),
        )

    async def _tell(self, turn: Turn, before: Record, stands: Standing | None) -> None:
        """Rows first, memory after, as everywhere; what was done is told even when the turn broke off."""
        world, place = self.rotator.world, turn.place
        now = world.clock.now()
        rows = [*turn.rows] if stands is None else [*turn.rows, standing_row(place, stands, now)]
        await world.log.write(KEYS, rows)
        if stands is None:
            return
        self.stands[place.account.id] = stands
        tracked, update = await self._judge(place, stands, now)
        self.tracked += tracked
        await world.log.write(FINDINGS, [finding_row(self.run.id, one, now) for one in tracked])
        news = [*alerts(self.run.id, tracked, (), now), *ended_alerts(place, before, stands.record, now)]
        await world.topic.publish(news)
        await world.store.save(place.account.id, update)

    async def _judge(self, place: Place, stands: Standing, now: datetime) -> tuple[Sequence[Tracked], HubUpdate]:
        """The rules about rotation on one account, and what became of their findings since the last pass."""
        account = place.account
        state = await self.rotator.world.store.load(account.id)
        hubs = self.found.hubs_of(account.id)
        around = [self.found.keepers[hub] for hub in hubs if hub in self.found.keepers]
        estate = Estate(
            {fact.id: fact for fact in (*around, account)},
            focus=frozenset({account.id}),
            shared_by={account.id: frozenset(hubs)},
        )
        rules, policy = self.rotator.rules, self.rotator.policy
        judged = judge(estate, rules, policy, now, owner=state.owner, rotations={account.id: stands})
        comparison = compare(state.open, judged.findings, estate, now, judged.unasked)
        return comparison.tracked, HubUpdate(
            opened=comparison.opened, resolved=comparison.resolved, writes=state.writes, owner=state.owner
        )

    def _indexed(self, account: ResourceId) -> Fact:
        return self.found.accounts.get(account) or Fact(account, kind_of(account))
