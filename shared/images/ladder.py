"""
What the owner of an instance is told of its image, and when: the ladder from a first notice to an escalation.

Pure. What was told is remembered by the notice; nothing is reckoned from how often anybody looked. So a night without
the app, a clock that was wrong and a policy that changed yield one notice at most, and never a stop without a warning
whose date has passed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, Self

from shared.images.machine import Machine
from shared.images.releases import Releases, built
from shared.model.compute_memory import Notice, Rung

_PARAMETERS: Final = itemgetter("notify_days", "remind_days", "warn_days", "stop_days", "escalate_days", "lag_days")
_BEFORE_WARNING: Final = frozenset({Rung.NOTIFIED, Rung.REMINDED})


@dataclass(frozen=True)
class Terms:
    """What policy says of all images, as time since an instance could first have had a newer one."""

    notify: timedelta = timedelta(days=14)
    """Then its owner is told, and its rule fails."""
    remind: timedelta = timedelta(days=14)
    """So often again, until the warning."""
    warn: timedelta = timedelta(days=45)
    """Then its owner is told on which date it may be stopped."""
    stop: timedelta = timedelta(days=60)
    """Then it may be, if the warning came in time."""
    escalate: timedelta = timedelta(days=90)
    """Then whoever answers for the hub is told."""
    lag: timedelta = timedelta(days=30)
    """How long after it was built an image has come to every region at the latest."""

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Self:
        """The terms in the parameters of the rule HW-IMG-001."""
        return cls.in_days(*_PARAMETERS(parameters))

    @classmethod
    @lru_cache(maxsize=1024)
    def in_days(cls, *days: int) -> Self:
        """The same in whole days, in their order; each compute of a fleet asks for one of a few."""
        return cls(*(timedelta(days=each) for each in days))

    @property
    def mercy(self) -> timedelta:
        """How long it is from a warning to the date in it, however late the warning came."""
        return self.stop - self.warn


@dataclass(frozen=True)
class Place:
    """Where one image stands at a moment."""

    image: str
    age: timedelta
    """Since it was built."""
    behind: timedelta
    """Since it could first have been a newer one; zero for the newest."""
    since: datetime | None = None
    """When that was; None for the newest."""
    rung: Rung | None = None
    """What was last told of this image, or is to be told now; None for nothing."""
    due: datetime | None = None
    """From the warning on: when the instance may be stopped."""
    notice: Notice | None = None
    """What is to be told now; None for nothing new."""


def place(machine: Machine, releases: Releases, terms: Terms, last: Notice | None, now: datetime) -> Place | None:
    """Where an instance's image stands, with the notice that is due now; None where nobody can tell."""
    made = built(machine.image)
    if made is None:
        return None
    age = max(timedelta(), now - made)
    if is_newest(machine, releases):
        return Place(machine.image, age, timedelta())
    since = releases.behind_since(machine, terms.lag)
    if since is None:
        return None
    behind = max(timedelta(), now - since)
    told = last if last is not None and last.image == machine.image else None
    new = notice(machine.image, behind, terms, told, now)
    stands = new or told
    return Place(
        machine.image,
        age,
        behind,
        since,
        rung=None if stands is None else stands.rung,
        due=None if stands is None else stands.due,
        notice=new,
    )


def is_newest(machine: Machine, releases: Releases) -> bool:
    """Whether Azure says that its image is the latest, or no other is known that is newer than it."""
    if machine.has_latest_image:
        return True
    mine, latest = built(machine.image), built(machine.latest_image)
    if mine is None or latest is None or latest > mine:
        return False
    newest = releases.newest(machine.region)
    return newest is None or newest <= mine


def notice(image: str, behind: timedelta, terms: Terms, last: Notice | None, now: datetime) -> Notice | None:
    """
    What the owner of an instance is to be told now of an image that lies so far behind, given what was told last.

    None for nothing new. What was told of another image does not count; nor is anything told at a moment before the
    last notice, for then a clock was wrong. Of several rungs that are due only the highest is told, but before the date
    in a warning nothing above the warning.
    """
    if behind < terms.notify:
        return None
    if last is not None and last.image == image:
        return None if now < last.at else _next(last, behind, terms, now)
    if behind < terms.warn:
        return Notice(Rung.NOTIFIED, image, now)
    return _warning(image, terms, now)


def _next(last: Notice, behind: timedelta, terms: Terms, now: datetime) -> Notice | None:
    if last.rung in _BEFORE_WARNING or last.due is None:
        if behind >= terms.warn:
            return _warning(last.image, terms, now)
        return Notice(Rung.REMINDED, last.image, now) if now - last.at >= terms.remind else None
    if now < last.due or last.rung is Rung.ESCALATED:
        return None
    if behind >= terms.escalate:
        return Notice(Rung.ESCALATED, last.image, now, last.due)
    return Notice(Rung.STOPPED, last.image, now, last.due) if last.rung is Rung.WARNED else None


def _warning(image: str, terms: Terms, now: datetime) -> Notice:
    return Notice(Rung.WARNED, image, now, now + terms.mercy)


def may_be_taken_down(machine: Machine, due: datetime, rest: timedelta, now: datetime) -> datetime:
    """From when on at the earliest: after the date in its warning, and once it has stood stopped for long enough."""
    return max(due, (machine.stopped or now) + rest)


def coming(stands: Place, terms: Terms) -> tuple[Rung, datetime] | None:
    """
    The next rung that an image comes to, and the earliest date of it; None where none is left, or nothing is newer.

    Reminders are left out: they only repeat what was told.
    """
    if stands.since is None:
        return None
    match stands.rung:
        case None:
            return Rung.NOTIFIED, stands.since + terms.notify
        case Rung.NOTIFIED | Rung.REMINDED:
            return Rung.WARNED, stands.since + terms.warn
        case Rung.WARNED if stands.due is not None:
            return Rung.STOPPED, stands.due
        case Rung.STOPPED if stands.due is not None:
            return Rung.ESCALATED, max(stands.since + terms.escalate, stands.due)
        case _:
            return None
