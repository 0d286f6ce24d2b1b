"""What rules share that take an instance from whoever works on it: what policy says of when, and what they read."""

from collections.abc import Iterable
from typing import Final

from shared.images.hours import DAYS, WEEKDAYS
from shared.images.identity import assignments_of
from shared.images.use import UNKNOWN_USE
from shared.model.estate import Estate
from shared.model.facts import Fact, Kind
from shared.model.resource_id import ResourceId
from shared.rules.rule import Parameter, Type

AT_REST: Final = frozenset({"Stopped", "Stopping", "Deleting"})
"""States of an instance that nobody can be working on."""

HOURS: Final = {
    "works_on": Parameter(Type.CHOICES, WEEKDAYS, "Days on which people work, `mon` to `sun`", choices=DAYS),
    "works_from": Parameter(Type.INTEGER, 7, "Full hour at which they begin", 0, 23),
    "works_to": Parameter(Type.INTEGER, 19, "Full hour at which they have ended, on the next day if below", 1, 24),
    "zone": Parameter(Type.ZONE, "", "Where those hours are told; to be set wherever this is enforced", stated=True),
}
"""What policy says of when people work, for each rule that takes their instance from them."""

USE: Final = {
    **HOURS,
    "idle_hours": Parameter(Type.INTEGER, 4, "Hours after a start in which it is left alone", 0, 720),
    "accepted": Parameter(
        Type.CHOICES,
        (),
        "What may be done although somebody may be at work",
        choices=(UNKNOWN_USE,),
    ),
}
"""What policy says of when an instance may be touched, for each rule that does."""


def roles(compute: Fact, estate: Estate) -> Iterable[tuple[ResourceId, Kind]]:
    """Who has which role on the workspace, where idle shutdown depends on it; in a sweep, as HW-CMP-008 reads it."""
    return assignments_of(compute) if estate.whole else ()
