"""
A turn: one account's rotation, as far as it can go now. Whoever takes it holds the account's lease.

Look, derive, keep the record, make the step, keep what came of it, look again: so that a process that dies between any
two of these leaves a record from which the next turn finds its way.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from shared.engine.key_record import Place, step_rows
from shared.key_ports import KeyReader, KeyRotation
from shared.keys.account import AccountView, Terms
from shared.keys.derive import derive
from shared.keys.progress import Standing, regenerated, standing
from shared.keys.step import Ask, Decision, Move, Prove, Regenerate, RotationStep
from shared.model.errors import HubwardenError, Throttled, Unsure
from shared.model.facts import Fact
from shared.model.key_facts import Slot, slot_name
from shared.model.resource_id import ResourceId
from shared.model.rotation import Record, Use
from shared.ports import Clock, Row

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
    place: Place
    reader: KeyReader
    rotation: KeyRotation
    clock: Clock
    rows: list[Row] = field(default_factory=list)
    _uses: dict[Slot, Use] = field(default_factory=dict)
    _regenerated: bool = False
    _moved: Move | None = None
    _seen: AccountView | None = None

    async def take(self, record: Record) -> Standing:
        """
        Go as far as it goes. Raises Throttled, and Conflict when somebody else saved the account's record meanwhile.

        What Azure refuses else becomes the trouble that holds the rotation up.
        """
        until: datetime | None = None
        for _ in range(MOST_STEPS):
            decision = derive(await self._look(), record, self.subject.terms, self.clock.now())
            if not self.subject.writes and not isinstance(decision.step, Ask):
                return self._audited(record, decision)
            record = await self._keep(record, decision.record)
            until = decision.until
            if decision.step is None or not self._may(decision.step):
                break
            record = await self._make(record, decision.step)
            if record.trouble:
                break
        return standing(self.subject.account, record, self.subject.terms, until=until)

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

    async def _make(self, record: Record, step: RotationStep) -> Record:
        if isinstance(step, Ask):
            self._uses[step.slot] = await self._used(step)
            return record
        try:
            made, problem = await self._do(record, step)
        except (HubwardenError, asyncio.CancelledError) as error:
            result = "unsure" if isinstance(error, Unsure | asyncio.CancelledError) else "failed"
            self._tell(record, step, result, str(error))
            if isinstance(error, Throttled | asyncio.CancelledError):
                raise
            return await self._keep(record, replace(record, trouble=str(error)))
        return await self._keep(record, replace(made, trouble=problem))

    async def _do(self, record: Record, step: Regenerate | Prove | Move) -> tuple[Record, str]:
        """The record after a step, and what went wrong with some consumers."""
        account, rotator = self.subject.account, self.rotation.rotator
        log.info("rotation.%s account=%s slot=%s", type(step).__name__.casefold(), account.id.name, step.slot)
        match step:
            case Regenerate(slot):
                self._regenerated = True
                await rotator.regenerate(account, slot)
                self._seen = None if self._seen is None or self._seen.anchored else self._seen
                self._tell(record, step, "done")
                return regenerated(record, slot, self.clock.now()), ""
            case Prove(slot):
                proof = await rotator.prove(account, slot, self.clock.now())
                self._tell(record, step, "failed" if proof.opened is False else "done", proof.told)
                return replace(record, proof=proof), ""
            case Move(slot, consumers):
                self._moved, self._seen = step, None
                elsewhere = {one: _not_ours(one) for one in consumers if one in self.subject.elsewhere}
                wanted = set(consumers) - elsewhere.keys()
                facts = [fact for fact in self.subject.consumers if fact.id in wanted]
                problems = {**elsewhere, **await rotator.move(account, slot, facts)}
                self._tell_moved(record, step, problems)
                return record, _not_moved(problems)

    async def _used(self, ask: Ask) -> Use:
        try:
            return await self.rotation.uses.since(self.subject.account, ask.slot, ask.since)
        except HubwardenError as error:
            return Use(known=False, why=str(error))

    async def _keep(self, before: Record, after: Record) -> Record:
        """The record as the ledger has it now; nothing is written where nothing changed."""
        return before if after == before else await self.rotation.ledger.save(after)

    def _audited(self, record: Record, decision: Decision) -> Standing:
        """Where nothing may be written: what would come next, under the record as it is."""
        shown = replace(record, holders=decision.record.holders, trouble=decision.record.trouble)
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

    def _tell(self, record: Record, step: Regenerate | Prove | Move, result: str, reason: str = "") -> None:
        self.rows += step_rows(self.place, record, step, result=result, reason=reason, at=self.clock.now())

    def _tell_moved(self, record: Record, step: Move, problems: Mapping[ResourceId, str]) -> None:
        for one in step.consumers:
            problem = problems.get(one, "")
            self._tell(record, Move(step.slot, (one,)), "failed" if problem else "done", problem)


def _not_ours(consumer: ResourceId) -> str:
    return f"subscription {consumer.subscription} is not governed here"


def _not_moved(problems: Mapping[ResourceId, str]) -> str:
    if not problems:
        return ""
    first = min(problems)
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"{first.parent.name + '/' if first.parent else ''}{first.name} could not be moved: {problems[first]}{more}"
