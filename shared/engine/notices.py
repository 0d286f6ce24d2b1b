"""
Notices: the events that tell owners of images that fall behind. Pure.

Each goes out before it is remembered, so that none is lost when the process dies in between, and the next run sends it
again. It says nothing that only holds at the moment of telling, but what is remembered of the last one: so what comes
twice has the same id, but where a warning comes twice over midnight, for then it names another day.
"""

from collections.abc import Sequence
from typing import Final

from shared.engine.image_rows import Fleet
from shared.engine.renewal import taken_down_from
from shared.model.compute_memory import ComputeMemory, Notice
from shared.model.facts import Fact
from shared.ports import Alert

KIND: Final = "Hubwarden.ImageNotice"
"""The CloudEvent's type."""


def notices(fleet: Fleet, hub_owner: str) -> Sequence[Alert]:
    """One alert for each notice of a run, to whoever works on the instance and to the owner of its hub."""
    found = ((fleet.memory.estate.facts[one], notice) for one, notice in sorted(fleet.memory.told.items()))
    alerts = []
    for fact, notice in found:
        about, stands = fleet.about(fact), fleet.place(fact)
        last = fleet.memory.before.get(fact.id, ComputeMemory()).notice
        data = {
            **about,
            "To": [name for name in dict.fromkeys((about["User"], hub_owner)) if name],
            "Notice": notice.rung.value,
            "TakenDownFrom": _taken_down_from(fleet, fact, notice),
            "BehindSince": f"{stands.since:%Y-%m-%d}" if stands and stands.since else "",
            "LastTold": last.at.isoformat() if last else "",
            "Due": f"{notice.due:%Y-%m-%d}" if notice.due else "",
        }
        alerts.append(Alert(KIND, fact.id.key, data))
    return alerts


def _taken_down_from(fleet: Fleet, fact: Fact, notice: Notice) -> str:
    """The first day on which it may be deleted and made anew; empty where policy does not want that."""
    day = taken_down_from(fact, notice.due, fleet.memory.estate, fleet.policy, fleet.memory.now)
    return f"{day:%Y-%m-%d}" if day else ""
