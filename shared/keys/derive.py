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
from shared.keys.objection import objection
from shared.keys.progress import ended, looked
from shared.keys.step import Ask, Decision, Move, Prove, Regenerate, RotationStep
from shared.keys.trouble import apart, full, nobody, refused, stuck, unapproved, unclear, unreadable, untold
from shared.model.facts import Seen
from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId
from shared.model.rotation import Cause, Demand, Phase, Record


def derive(view: AccountView, record: Record, terms: Terms, now: datetime) -> Decision:
    """The next step for one account."""
    return _Derivation(view, looked(view, record, now), terms, now).decide()


@dataclass(frozen=True)
class _Derivation:
    view: AccountView
    record: Record
    terms: Terms
    now: datetime

    def decide(self) -> Decision:
        if self.view.account.seen is Seen.UNREADABLE:
            return self._held(unreadable(self.view.account))
        if self.view.account.seen is Seen.ABSENT or self.view.keyless:
            return Decision(ended(self.record))
        return self._overtaken() or self._put_off() or self._phase()

    def _overtaken(self) -> Decision | None:
        """What counts before anything that may hold: the old key has died, or somebody keeps it again."""
        match self.record.phase:
            case Phase.WAITING | Phase.CLOSING if self._is_new(self._old, self.record.since):
                return self._enter(self.record, Phase.RESYNCING, self._fresh)
            case Phase.WAITING | Phase.CLOSING if self._movers:
                return self._enter(replace(self.record, proof=None), Phase.MOVING, self._fresh)
            case Phase.RESYNCING:
                return self._resync()
            case _:
                return None

    def _put_off(self) -> Decision | None:
        if not self.record.open and self.now < due(self.view.account, self.record, self.terms):
            return Decision(self.record)
        if self.terms.kept and not self._emergency:
            return self._held(self.terms.kept)
        if len(self._anchors) > 1:
            return self._held(apart(self.view))
        return None

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
            case Phase.WAITING | Phase.CLOSING:
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
    def _dead(self) -> frozenset[ResourceId]:
        """Those of ours whose key is dead: a move can only mend it. A workspace is let learn its key at the end."""
        return frozenset(one for one in self.view.lost - self.view.anchored if one in self.record.holders)

    @property
    def _movers(self) -> frozenset[ResourceId]:
        """Who is to move: those with the old key, and the dead."""
        return self.view.holding(self._old) - self.view.anchored | self._dead

    def _begin(self) -> Decision:
        demand = self.record.demand or Demand(Cause.AGE, self._old_age(), "policy", self.now)
        if demand.cause in {Cause.AGE, Cause.EXPIRY} and not self.terms.approved:
            return self._held(unapproved(self.view, demand))
        if not self.terms.room and not self._emergency:
            return self._held(full())
        if found := unclear(self.view):
            return self._held(found)
        kept = set(self.view.told.values())
        if not kept and not self._may_break_unknown:
            return self._held(nobody(self.view))
        begun = replace(self.record, demand=demand, begun=self.now, proof=None)
        if len(kept) > 1:
            return self._enter(begun, Phase.GATHERING, next(iter(self._anchors), self._younger()))
        return self._enter(begun, Phase.RENEWING, other(kept.pop()) if kept else self._older())

    @property
    def _may_break_unknown(self) -> bool:
        return self._emergency or bool(self.record.approved) or Risk.UNKNOWN_USERS in self.terms.accepted

    def _old_age(self) -> str:
        age = self.now - min(births(self.view.account, self.record).values())
        return f"a key is {age.days} days old, and its limit is {limit(self.view.account, self.terms).days}"

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
        if self.now < (ready := self._ready(self._fresh)):
            return Decision(replace(self.record, trouble=unclear(self.view)), until=ready)
        spoken = self._objection(self._fresh, self.now - max(self.terms.silence, self.terms.grace))
        return self._unless(spoken) or self._at_first_sight() or self._step(Regenerate(self._fresh))

    def _at_first_sight(self) -> Decision | None:
        """Who kept a key before the account was seen nobody knows; so a ledger that was lost cuts no grace short."""
        ready = self.record.seen + self._patience
        return Decision(self.record, until=ready) if self.now < ready else None

    def _move(self) -> Decision:
        proof = self.record.proof
        if proof is None:
            return self._step(Prove(self._fresh))
        if proof.opened is False:
            trouble = refused(self.view, self._fresh, proof.told)
            return Decision(replace(self.record, proof=None, trouble=trouble), until=self.now)
        if self._movers:
            return self._step(Move(self._fresh, _ordered(self._movers)))
        return (
            self._held(found) if (found := unclear(self.view)) else self._enter(self.record, Phase.WAITING, self._fresh)
        )

    def _close(self) -> Decision:
        """
        The old key becomes new after its grace.

        All is asked again for one that may have died already: an emergency may have been called off, or somebody may
        keep it again. So `since` is when the wait began, in both phases.
        """
        if self.now < (ready := max(self._since + self._patience, self._ready(self._old))):
            return Decision(replace(self.record, trouble=unclear(self.view)), until=ready)
        if self._stuck:
            return self._held(stuck(self.view, self._old))
        spoken = self._objection(self._old, self._since)
        return self._unless(spoken) or Decision(replace(self.record, phase=Phase.CLOSING), Regenerate(self._old))

    @property
    def _stuck(self) -> bool:
        """Whether a workspace keeps the old key that must not die under it."""
        return bool(self.view.holding(self._old)) and Risk.RESYNC_GAP not in self.terms.accepted

    def _resync(self) -> Decision:
        """The last part: workspaces learn the key that is new now, and whoever keeps a dead one is mended."""
        if behind := self.view.lost & self.view.anchored:
            return self._step(Move(Slot.FIRST, _ordered(behind)))
        if self._dead:
            return self._step(Move(self._fresh, _ordered(self._dead)))
        if blind := self.view.anchored & self.view.untold.keys():
            return self._held(untold(self.view, blind))
        if self._hidden:
            return self._held(unclear(self.view))
        return self._end()

    @property
    def _hidden(self) -> bool:
        """Whether somebody who kept the old key to its end is out of sight: then a list is that nobody could read."""
        return any(slot is self._old and one not in self.view.held for one, slot in self.record.holders.items())

    def _end(self) -> Decision:
        """All is done; an emergency that came after the fresh key was made is about that key too, and begins anew."""
        over, demand = replace(ended(self.record), ended=self.now), self.record.demand
        if demand is None or not self._emergency or demand.at <= births(self.view.account, self.record)[self._fresh]:
            return Decision(over)
        return replace(self, record=replace(over, demand=demand)).decide()

    @property
    def _since(self) -> datetime:
        return self.record.since or self.now

    @property
    def _patience(self) -> timedelta:
        return timedelta() if self._emergency else patience(self.view.account, self.terms)

    def _ready(self, slot: Slot) -> datetime:
        """When nobody works on with the key in a slot, having read it from a consumer that kept it until lately."""
        kept = self.record.kept.get(slot)
        return self.now if kept is None else kept + self._patience

    def _objection(self, slot: Slot, since: datetime) -> str | datetime | Ask:
        return objection(self.view, self.record, self.terms, slot, since=since, now=self.now)

    def _unless(self, spoken: str | datetime | Ask) -> Decision | None:
        match spoken:
            case Ask():
                return self._step(spoken)
            case datetime():
                return Decision(self.record, until=spoken)
            case _:
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

    def _enter(self, record: Record, phase: Phase, fresh: Slot) -> Decision:
        """Begin a phase, and derive on from there."""
        return replace(self, record=replace(record, phase=phase, fresh=fresh, since=self.now)).decide()

    def _step(self, step: RotationStep) -> Decision:
        return Decision(self.record, step)

    def _held(self, trouble: str) -> Decision:
        return Decision(replace(self.record, trouble=trouble))


def _ordered(consumers: Iterable[ResourceId]) -> tuple[ResourceId, ...]:
    return tuple(sorted(consumers))
