"""
Derive: the one next step of an account's rotation, or what it waits for, or what holds it up.

The laws it keeps, whatever it is told:

* a key that a known consumer keeps is never regenerated;
* no key is regenerated while somebody may keep it: a consumer that nobody can read, or a list that nobody can;
* consumers move to a new key only after a call with it was answered, or no call could tell;
* a key dies only after its grace, unused since, or where policy or somebody accepts that nobody can see its use.

Each decision carries the record to be kept before the step is made. A crash after that, or a lost answer, leaves a
record that says "may have been done", from where the same questions lead on: an idle key that is regenerated twice
harms nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.keys.account import AccountView, Risk, Terms, other
from shared.keys.age import births, due, limit, patience, told
from shared.keys.objection import HOW_TO_APPROVE, named, objection, unclear, untold
from shared.keys.step import Ask, Decision, Move, Prove, Regenerate, RotationStep
from shared.model.key_facts import Slot, slot_name
from shared.model.resource_id import ResourceId
from shared.model.rotation import Cause, Demand, Phase, Record


def derive(view: AccountView, record: Record, terms: Terms, now: datetime) -> Decision:
    """The next step for one account."""
    return _Derivation(view, _updated(view, record), terms, now).decide()


def _updated(view: AccountView, record: Record) -> Record:
    """The record with what is seen now; a consumer whose key is unknown keeps its place, one that is gone does not."""
    known = {one: slot for one, slot in record.holders.items() if one in view.held}
    return replace(record, holders={**known, **view.told}, trouble="")


@dataclass(frozen=True)
class _Derivation:
    view: AccountView
    record: Record
    terms: Terms
    now: datetime

    def decide(self) -> Decision:
        if self.view.keyless:
            return Decision(_ended(self.record, None))
        if not self.record.open and self.now < due(self.view.account, self.record, self.terms):
            return Decision(self.record)
        if self.terms.kept and not self._emergency:
            return self._held(self.terms.kept)
        if len(self._anchors) > 1:
            return self._held("its workspaces keep both keys: let each resync its keys, and all keep the first")
        return self._phase()

    def _phase(self) -> Decision:
        match self.record.phase:
            case Phase.RESTING:
                return self._begin()
            case Phase.GATHERING:
                return self._gather()
            case Phase.RENEWING:
                return self._renew()
            case Phase.MOVING:
                return self._move()
            case Phase.WAITING:
                return self._wait()
            case Phase.CLOSING:
                return self._close()
            case Phase.RESYNCING:
                return self._resync()

    @property
    def _fresh(self) -> Slot:
        return self.record.fresh or Slot.SECOND

    @property
    def _old(self) -> Slot:
        return other(self._fresh)

    @property
    def _emergency(self) -> bool:
        return self.record.demand is not None and self.record.demand.cause is Cause.EMERGENCY

    @property
    def _anchors(self) -> frozenset[Slot]:
        """The keys that workspaces keep, from which only a resync takes them."""
        return frozenset(slot for one, slot in self.view.told.items() if one in self.view.anchored)

    @property
    def _movers(self) -> frozenset[ResourceId]:
        """Who is to move: those with the old key, and those of ours whose key is dead, for a move can only mend it."""
        dead = {one for one in self.view.lost if one in self.record.holders}
        return (self.view.holding(self._old) | dead) - self.view.anchored

    def _begin(self) -> Decision:
        demand = self.record.demand or Demand(Cause.AGE, self._old_age(), "policy", self.now)
        if demand.cause in {Cause.AGE, Cause.EXPIRY} and not self.terms.approved:
            return self._held(f"{demand.reason}; nobody has approved the rotation of its keys: {HOW_TO_APPROVE}")
        if not self.terms.room and demand.cause is not Cause.EMERGENCY:
            return self._held("as many rotations as policy allows are under way; it begins when one of them has ended")
        if found := unclear(self.view):
            return self._held(found)
        if not self.view.told and Risk.UNKNOWN_USERS not in self.terms.accepted and not self._emergency:
            return self._held("nobody is known to keep a key of it: switch its keys off, or accept unknown_users")
        kept = set(self.view.told.values())
        begun = replace(self.record, demand=demand, begun=self.now, proof=None, approved="")
        if len(kept) > 1:
            return self._enter(begun, Phase.GATHERING, next(iter(self._anchors), self._younger()))
        return self._enter(begun, Phase.RENEWING, other(kept.pop()) if kept else self._older())

    def _old_age(self) -> str:
        age = self.now - min(births(self.view.account, self.record).values())
        return f"a key is {age.days} days old, and may become {limit(self.view.account, self.terms).days}"

    def _gather(self) -> Decision:
        """All to one key, so that the other is idle; nothing is regenerated before."""
        if self._old in self._anchors:
            return self._enter(self.record, Phase.GATHERING, self._old)
        if self._movers:
            return self._step(Move(self._fresh, _ordered(self._movers)))
        return (
            self._held(found) if (found := unclear(self.view)) else self._enter(self.record, Phase.RENEWING, self._old)
        )

    def _renew(self) -> Decision:
        """The idle key becomes new, and may already be; whoever keeps it meanwhile goes back to the old one first."""
        if self._is_new(self._fresh, self.record.begun):
            return self._enter(replace(self.record, proof=None), Phase.MOVING, self._fresh)
        if self._fresh in self._anchors:
            return self._enter(self.record, Phase.RENEWING, self._old)
        if early := self.view.holding(self._fresh):
            return self._step(Move(self._old, _ordered(early)))
        return self._kill(self._fresh, self.now - max(self.terms.silence, self.terms.grace))

    def _move(self) -> Decision:
        proof = self.record.proof
        if proof is None:
            return self._step(Prove(self._fresh))
        if proof.opened is False:
            trouble = f"the new {self._name(self._fresh)} is refused: {proof.told}"
            return Decision(replace(self.record, proof=None, trouble=trouble), until=self.now)
        if self._movers:
            return self._step(Move(self._fresh, _ordered(self._movers)))
        return (
            self._held(found) if (found := unclear(self.view)) else self._enter(self.record, Phase.WAITING, self._fresh)
        )

    def _wait(self) -> Decision:
        if self._movers:
            return self._enter(self.record, Phase.MOVING, self._fresh)
        ready = self._since + (timedelta() if self._emergency else patience(self.view.account, self.terms))
        if self.now < ready:
            return Decision(replace(self.record, trouble=unclear(self.view)), until=ready)
        if (stuck := self.view.holding(self._old)) and Risk.RESYNC_GAP not in self.terms.accepted:
            return self._held(
                f"{named(stuck)} keeps the {self._name(self._old)} and learns a new one only after that died: set its "
                "systemDatastoresAuthMode to Identity, or accept resync_gap"
            )
        spoken = self._objection(self._old, self._since)
        return self._unless(spoken) or self._enter(self.record, Phase.CLOSING, self._fresh)

    def _close(self) -> Decision:
        """The old key becomes new, and may already be."""
        if self._is_new(self._old, self.record.since):
            return self._enter(self.record, Phase.RESYNCING, self._fresh)
        if self._movers:
            return self._enter(self.record, Phase.MOVING, self._fresh)
        if self.view.holding(self._old) and Risk.RESYNC_GAP not in self.terms.accepted:
            return self._enter(self.record, Phase.WAITING, self._fresh)
        return self._kill(self._old, self._since)

    def _resync(self) -> Decision:
        """The last part: workspaces learn the key that is new now."""
        if behind := self.view.lost & self.view.anchored:
            return self._step(Move(Slot.FIRST, _ordered(behind)))
        if blind := self.view.anchored & self.view.untold.keys():
            return self._held(untold(self.view, blind))
        return Decision(_ended(self.record, self.now))

    @property
    def _since(self) -> datetime:
        return self.record.since or self.now

    def _kill(self, slot: Slot, since: datetime) -> Decision:
        """A new key in a slot, unless something speaks against it."""
        return self._unless(self._objection(slot, since)) or self._step(Regenerate(slot))

    def _objection(self, slot: Slot, since: datetime) -> str | Ask:
        return objection(self.view, self.record, self.terms, slot, since=since, now=self.now)

    def _unless(self, spoken: str | Ask) -> Decision | None:
        if isinstance(spoken, Ask):
            return self._step(spoken)
        return self._held(spoken) if spoken else None

    def _is_new(self, slot: Slot, since: datetime | None) -> bool:
        """Whether Azure itself says that a key was made since; only storage does."""
        at = told(self.view.account, slot)
        return since is not None and at is not None and at >= since

    def _younger(self) -> Slot:
        born = births(self.view.account, self.record)
        return max(born, key=lambda slot: (born[slot], len(self.view.holding(slot))))

    def _older(self) -> Slot:
        born = births(self.view.account, self.record)
        return min(born, key=lambda slot: born[slot])

    def _name(self, slot: Slot) -> str:
        return slot_name(slot, self.view.account.id)

    def _enter(self, record: Record, phase: Phase, fresh: Slot) -> Decision:
        """Begin a phase, and derive on from there."""
        return replace(self, record=replace(record, phase=phase, fresh=fresh, since=self.now)).decide()

    def _step(self, step: RotationStep) -> Decision:
        return Decision(self.record, step)

    def _held(self, trouble: str) -> Decision:
        return Decision(replace(self.record, trouble=trouble))


def _ended(record: Record, at: datetime | None) -> Record:
    """The rotation is over; what was learnt stays."""
    over = replace(record, phase=Phase.RESTING, demand=None, begun=None, since=None, approved="", trouble="")
    return over if at is None else replace(over, ended=at)


def _ordered(consumers: Iterable[ResourceId]) -> tuple[ResourceId, ...]:
    return tuple(sorted(consumers))
