"""
A turn: one account's rotation, as far as it can go now. Whoever takes it holds the account's lease.

Look, derive, announce the step, keep the record, make the step, keep what came of it, look again: so that a process
that dies between any two of these leaves a record from which the next turn finds its way.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from shared.engine.key_journal import Journal
from shared.engine.key_record import move_rows
from shared.engine.key_room import Room
from shared.key_ports import KeyReader, KeyRotation
from shared.keys.account import AccountView, Terms
from shared.keys.age import due
from shared.keys.derive import derive
from shared.keys.progress import Standing, regenerated, standing
from shared.keys.step import Ask, Decision, Move, Prove, Regenerate, RotationStep
from shared.model.errors import Conflict, HubwardenError, Throttled, Unsure
from shared.model.facts import Fact
from shared.model.key_facts import Slot, slot_name
from shared.model.resource_id import ResourceId
from shared.model.rotation import Phase, Record, Use
from shared.ports import Clock

log = logging.getLogger(__name__)

MOST_STEPS: Final = 20
"""Steps of one turn; a rotation takes about six in two turns."""


@dataclass(frozen=True)
class Subject:
    """One account, as a pass found it."""

    account: Fact
    """Read directly, just now."""
    consumers: tuple[Fact, ...]
    signed: frozenset[ResourceId]
    unseen: tuple[str, ...]
    terms: Terms
    writes: bool
    """Whether anything may be written."""
    elsewhere: frozenset[ResourceId] = frozenset()
    """Consumers in subscriptions that are not governed: a hub may lean on a vault there, which is not written to."""


@dataclass
class Turn:
    """What one turn knows and has done."""

    subject: Subject
    record: Record
    """As the ledger has it."""
    journal: Journal
    room: Room
    reader: KeyReader
    rotation: KeyRotation
    clock: Clock
    until: datetime
    """When the lease ends: after that nothing is written."""
    last: Record | None = None
    """How the record is to be kept once all is told, for it ends the rotation and so brings nobody here again."""
    _uses: dict[Slot, Use] = field(default_factory=dict)
    _regenerated: bool = False
    _moved: Move | None = None
    _seen: AccountView | None = None

    async def take(self) -> Standing:
        """
        Go as far as it goes. Raises Throttled, and Conflict when somebody else saved the account's record meanwhile.

        What Azure refuses else becomes the trouble that holds the rotation up. Whoever calls this tells of it, and then
        keeps `last`.
        """
        if self._rests():
            return await self._end(Decision(replace(self.record, trouble="")))
        for _ in range(MOST_STEPS):
            decision = self._decide(await self._look())
            if isinstance(decision.step, Ask):
                self._uses[decision.step.slot] = await self._used(decision.step)
                continue
            if not self.subject.writes:
                return self._audited(decision)
            if decision.step is None or not self._may(decision.step):
                return await self._end(decision)
            await self._make(decision.record, decision.step)
            if self.record.trouble:
                break
        return standing(self.subject.account, self.record, self.subject.terms)

    async def keep(self, record: Record) -> None:
        """
        Keep the record in the ledger; nothing is written where nothing changed.

        Raises Conflict when somebody else saved another meanwhile.
        """
        if record != self.record:
            self.record = await self.rotation.ledger.save(record)

    def _rests(self) -> bool:
        """Whether there is nothing to look at: no key is listed for an account that is not due."""
        return not self.record.open and self.clock.now() < due(self.subject.account, self.record, self.subject.terms)

    def _decide(self, view: AccountView) -> Decision:
        """What comes next; a rotation that begins takes its place at once, before anybody else can ask for one."""
        terms = replace(self.subject.terms, room=self.room.has(self.record.account))
        decision = derive(view, self.record, terms, self.clock.now())
        if self.subject.writes and decision.record.phase is not Phase.RESTING:
            self.room.take(self.record.account)
        return decision

    async def _end(self, decision: Decision) -> Standing:
        """The end of a turn; what ends the rotation is kept only after it was told."""
        if self.record.phase is not Phase.RESTING and decision.record.phase is Phase.RESTING:
            self.last = decision.record
        elif self.subject.writes:
            await self.keep(decision.record)
        return standing(self.subject.account, decision.record, self.subject.terms, until=decision.until)

    def _may(self, step: RotationStep) -> bool:
        """
        Whether this turn may make a step: never both keys in one, for the next has looked at everybody anew.

        A move that shows no effect yet is not repeated at once: a resync takes its time.
        """
        again = isinstance(step, Move) and step == self._moved
        return not again and not (self._regenerated and isinstance(step, Regenerate))

    async def _look(self) -> AccountView:
        """
        Everybody's key as it is now; a consumer that is gone since the pass began tells so by itself.

        What a step cannot have changed is not looked at again, for each look is a list of keys a consumer.
        """
        if self._seen is None:
            self._seen = await self._anew()
        return replace(self._seen, uses=self._uses)

    async def _anew(self) -> AccountView:
        subject = self.subject
        facts = await self.reader.held(subject.consumers)
        return AccountView(
            account=subject.account,
            consumers={fact.id: fact for fact in subject.consumers},
            held=facts.held,
            unseen=subject.unseen,
            signed=subject.signed,
        )

    async def _make(self, record: Record, step: Regenerate | Prove | Move) -> None:
        """Make a step and keep what came of it. An answer that was lost is no trouble yet: the next turn looks."""
        await self._announce(record, step)
        try:
            made, problem = await self._do(step)
        except (HubwardenError, asyncio.CancelledError) as error:
            self.journal.told(self.record, step, self.clock.now(), result=_result(step, error), reason=str(error))
            if isinstance(error, Throttled | asyncio.CancelledError):
                raise
            if not isinstance(error, Unsure):
                await self.keep(replace(self.record, trouble=str(error)))
            return
        await self.keep(replace(made, trouble=problem))

    async def _announce(self, record: Record, step: Regenerate | Prove | Move) -> None:
        """
        Keep word of the step and the record that goes with it.

        Raises Conflict when the lease has ended meanwhile: whoever has it now may have moved consumers since we looked.
        """
        if not isinstance(step, Prove):
            await self.journal.announce(record, step, self.clock.now())
        try:
            await self.keep(record)
            if self.clock.now() >= self.until:
                raise Conflict(f"the lease of {self.record.account.name} has ended; the next pass goes on")
        except HubwardenError:
            self.journal.answered()
            raise

    async def _do(self, step: Regenerate | Prove | Move) -> tuple[Record, str]:
        """The record after a step, and what went wrong with some consumers."""
        account, rotator, record = self.subject.account, self.rotation.rotator, self.record
        log.info("rotation.%s account=%s slot=%s", type(step).__name__.casefold(), account.id.name, step.slot)
        match step:
            case Regenerate(slot):
                self._regenerated = True
                await rotator.regenerate(account, slot)
                self._seen = None if self._seen is None or self._seen.anchored else self._seen
                self.journal.told(record, step, self.clock.now(), result="done")
                return regenerated(record, slot, self.clock.now()), ""
            case Prove(slot):
                proof = await rotator.prove(account, slot, self.clock.now())
                result = "failed" if proof.opened is False else "done"
                self.journal.told(record, step, self.clock.now(), result=result, reason=proof.told)
                return replace(record, proof=proof), ""
            case Move(slot, consumers):
                self._moved, self._seen = step, None
                elsewhere = {one: _not_ours(one) for one in consumers if one in self.subject.elsewhere}
                wanted = set(consumers) - elsewhere.keys()
                facts = [fact for fact in self.subject.consumers if fact.id in wanted]
                problems = {**elsewhere, **await rotator.move(account, slot, facts)}
                self.journal.answered(move_rows(self.journal.place, record, step, problems, self.clock.now()))
                return record, _not_moved(problems)

    async def _used(self, ask: Ask) -> Use:
        try:
            return await self.rotation.uses.since(self.subject.account, ask.slot, ask.since)
        except HubwardenError as error:
            return Use(known=False, why=str(error))

    def _audited(self, decision: Decision) -> Standing:
        """Where nothing may be written: what would come next, under the record as it is."""
        shown = replace(self.record, holders=decision.record.holders, trouble=decision.record.trouble)
        would = "" if decision.step is None else self._words(decision.step)
        return standing(self.subject.account, shown, self.subject.terms, until=decision.until, would=would)

    def _words(self, step: RotationStep) -> str:
        name = slot_name(step.slot, self.subject.account.id)
        match step:
            case Regenerate():
                return f"regenerate its {name}"
            case Move():
                count = len(step.consumers)
                return f"move {count} consumer{'' if count == 1 else 's'} to its {name}"
            case _:
                return f"make a call with its {name}"


def _result(step: Regenerate | Prove | Move, error: BaseException) -> str:
    """Whether a step that broke off may have been done; of a move that was throttled, a part is."""
    half = isinstance(step, Move) and isinstance(error, Throttled)
    return "unsure" if half or isinstance(error, Unsure | asyncio.CancelledError) else "failed"


def _not_ours(consumer: ResourceId) -> str:
    return f"subscription {consumer.subscription} is not governed here"


def _not_moved(problems: Mapping[ResourceId, str]) -> str:
    if not problems:
        return ""
    first = min(problems)
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"{first.parent.name + '/' if first.parent else ''}{first.name} could not be moved: {problems[first]}{more}"
