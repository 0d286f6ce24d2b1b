"""A fleet in figures: how many instances are within what policy allows, how far behind they are, and whose they are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from local.images.fleet import Compute, Fleet
from shared.model.finding import Verdict

BANDS = ("0-30", "31-60", "61-90", "over 90")
"""Days, the last one full."""
MOST = 10
"""Hubs, owners and the like that are told by name."""
NOBODY, NO_HUB = "nobody named", "no hub known"
_ENDS = (31, 61, 91)


@dataclass(frozen=True)
class Group:
    """The instances of one hub, or of one owner."""

    name: str
    instances: int
    within: int
    """Within what policy allows, or exempt from it."""
    failing: int
    """Too old; of the rest nobody can tell."""
    furthest: timedelta | None
    """Most behind of them."""


@dataclass(frozen=True)
class Summary:
    """The figures."""

    instances: int
    within: int
    exempt: int
    """Of those within, for somebody has accepted that they are not."""
    failing: int
    undecided: int
    """Of which nobody can tell, or policy does not ask."""
    clusters: int
    never_empty: int
    behind: tuple[int, ...]
    """Instances by how far behind they are, a number for each of `BANDS`."""
    age: tuple[int, ...]
    """By how old their image is."""
    hubs: tuple[Group, ...]
    """The ten with most instances that are too old, the worst first."""
    owners: tuple[Group, ...]

    @property
    def share(self) -> float | None:
        """Of the instances of which anybody can tell, how many are within; None where that is none."""
        told = self.within + self.failing
        return self.within / told if told else None


def summarize(fleet: Fleet) -> Summary:
    """The figures of a fleet."""
    instances = fleet.instances
    within, failing = (sum(one.within is told for one in instances) for told in (True, False))
    return Summary(
        instances=len(instances),
        within=within,
        exempt=sum(one.verdict is Verdict.EXEMPT for one in instances),
        failing=failing,
        undecided=len(instances) - within - failing,
        clusters=sum(one.machine.is_cluster for one in fleet.computes),
        never_empty=len(fleet.never_empty),
        behind=_spread(one.behind for one in instances),
        age=_spread(one.age for one in instances),
        hubs=_groups(instances, lambda one: (one.hub.key, one.hub.name) if one.hub else ("", NO_HUB)),
        owners=_groups(instances, lambda one: (one.owner, one.owner or NOBODY)),
    )


def band(span: timedelta) -> int:
    """Which of `BANDS` a number of days falls into."""
    return sum(span.days >= end for end in _ENDS)


def _spread(spans: Iterable[timedelta | None]) -> tuple[int, ...]:
    counts = [0] * len(BANDS)
    for span in spans:
        if span is not None:
            counts[band(span)] += 1
    return tuple(counts)


def _groups(instances: Sequence[Compute], whose: Callable[[Compute], tuple[str, str]]) -> tuple[Group, ...]:
    """By what tells them apart; beside it stands how it is called."""
    found: dict[tuple[str, str], list[Compute]] = {}
    for one in instances:
        found.setdefault(whose(one), []).append(one)
    groups = [_group(name, members) for (_, name), members in found.items()]
    groups.sort(key=lambda group: (-group.failing, -(group.furthest or timedelta()), group.name))
    return tuple(groups[:MOST])


def _group(name: str, members: Sequence[Compute]) -> Group:
    within, failing = (sum(one.within is told for one in members) for told in (True, False))
    furthest = max((one.behind for one in members if one.behind is not None), default=None)
    return Group(name, len(members), within, failing, furthest)
