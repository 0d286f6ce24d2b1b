"""Instances in figures: how many are within what policy allows, how far behind and how old they are, and whose."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from shared.model.finding import Verdict
from shared.model.resource_id import ResourceId

BANDS: Final = ("0-30", "31-60", "61-90", "91-180", "over 180")
"""Whole days, the last one of each in it."""
MOST: Final = 10
"""Hubs and owners that are told by name."""
NOBODY: Final = "nobody named"
NO_HUB: Final = "no hub known"

_ENDS: Final = (31, 61, 91, 181)
_NONE: Final = (0,) * len(BANDS)


@dataclass(frozen=True)
class Standing:
    """Where one instance stands."""

    hub: ResourceId | None
    owner: str
    """Whom the nearest owner tag names; empty for nobody."""
    verdict: Verdict | None
    """Of HW-IMG-001; None where policy does not ask."""
    age: timedelta | None
    """Since its image was built; None where nobody can tell, as with the next."""
    behind: timedelta | None
    """Since it could first have had a newer one."""


@dataclass(frozen=True)
class Tally:
    """Some instances, counted."""

    instances: int = 0
    within: int = 0
    """Within what policy allows, or exempt from it."""
    exempt: int = 0
    """Of those within, for somebody has accepted that they are not."""
    failing: int = 0
    """Too old."""
    behind: tuple[int, ...] = _NONE
    """By how far behind they are, a number for each of `BANDS`."""
    age: tuple[int, ...] = _NONE
    """By how old their image is."""
    furthest: int | None = None
    """Whole days that the one most behind is; None where nobody can tell of any."""

    @classmethod
    def of(cls, one: Standing) -> "Tally":
        """A single instance."""
        return cls(
            instances=1,
            within=int(one.verdict in {Verdict.PASS, Verdict.EXEMPT}),
            exempt=int(one.verdict is Verdict.EXEMPT),
            failing=int(one.verdict is Verdict.FAIL),
            behind=_banded(one.behind),
            age=_banded(one.age),
            furthest=None if one.behind is None else one.behind.days,
        )

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        furthest = [days for days in (self.furthest, other.furthest) if days is not None]
        return Tally(
            self.instances + other.instances,
            self.within + other.within,
            self.exempt + other.exempt,
            self.failing + other.failing,
            tuple(mine + theirs for mine, theirs in zip(self.behind, other.behind, strict=True)),
            tuple(mine + theirs for mine, theirs in zip(self.age, other.age, strict=True)),
            max(furthest, default=None),
        )

    @property
    def undecided(self) -> int:
        """Of which nobody can tell, or policy does not ask."""
        return self.instances - self.within - self.failing

    @property
    def share(self) -> float | None:
        """Of the instances of which anybody can tell, how many are within; None where that is none."""
        told = self.within + self.failing
        return self.within / told if told else None


@dataclass(frozen=True)
class Counted:
    """The instances of one owner in one hub."""

    hub: ResourceId | None
    owner: str
    tally: Tally


@dataclass(frozen=True)
class Group:
    """The instances of one hub, or of one owner."""

    name: str
    tally: Tally


@dataclass(frozen=True)
class Summary:
    """A fleet in figures."""

    total: Tally
    clusters: int
    never_empty: int
    """Clusters that never come to zero nodes, as far as anybody can tell."""
    hubs: tuple[Group, ...]
    """The ten with most instances that are too old, the worst first."""
    owners: tuple[Group, ...]


def count(standings: Iterable[Standing]) -> tuple[Counted, ...]:
    """Instances by hub and owner."""
    found: dict[tuple[ResourceId | None, str], Tally] = {}
    for one in standings:
        key = one.hub, one.owner
        found[key] = found.get(key, Tally()) + Tally.of(one)
    return tuple(Counted(hub, owner, tally) for (hub, owner), tally in found.items())


def summarize(counted: Iterable[Counted], clusters: int, never_empty: int) -> Summary:
    """A fleet's figures from those of its hubs and owners."""
    known = list(counted)
    return Summary(
        total=sum((one.tally for one in known), Tally()),
        clusters=clusters,
        never_empty=never_empty,
        hubs=_groups((one.hub.key if one.hub else "", one.hub.name if one.hub else NO_HUB, one.tally) for one in known),
        owners=_groups((one.owner, one.owner or NOBODY, one.tally) for one in known),
    )


def band(span: timedelta) -> int:
    """Which of `BANDS` a number of days falls into."""
    return sum(span.days >= end for end in _ENDS)


def _banded(span: timedelta | None) -> tuple[int, ...]:
    return _NONE if span is None else tuple(int(at == band(span)) for at in range(len(BANDS)))


def _groups(found: Iterable[tuple[str, str, Tally]]) -> tuple[Group, ...]:
    """By what tells them apart; beside it stands how it is called."""
    groups: dict[str, Group] = {}
    for key, name, tally in found:
        groups[key] = Group(name, (groups[key].tally if key in groups else Tally()) + tally)
    worst = sorted(groups.values(), key=lambda one: (-one.tally.failing, -(one.tally.furthest or 0), one.name))
    return tuple(worst[:MOST])
