"""
Notices: the events that tell owners of images that fall behind. Pure.

Each goes out before it is remembered, so that none is lost when the process dies in between, and the next run sends it
again. That run may find the instance changed, by our own writes too: so what makes two events one is not what they say,
but which instance, image and rung they are about, and what was told before.
"""

import json
from collections.abc import Sequence
from typing import Final

from shared.engine.image_rows import Fleet
from shared.engine.renewal import taken_down_from
from shared.images.machine import Machine
from shared.model.compute_memory import ComputeMemory, Notice, Rung
from shared.model.facts import Fact
from shared.ports import Alert

KIND: Final = "Hubwarden.ImageNotice"
"""The CloudEvent's type."""


def notices(fleet: Fleet, hub_owner: str) -> Sequence[Alert]:
    """One alert for each notice of a run, to whoever works on the instance, to an owner and to whom policy names."""
    found = ((fleet.memory.estate.facts[one], notice) for one, notice in sorted(fleet.memory.told.items()))
    alerts = []
    for fact, notice in found:
        about, stands = fleet.about(fact), fleet.place(fact)
        before = fleet.memory.before.get(fact.id, ComputeMemory())
        last = before.notice
        data = {
            **about,
            "To": _to(fleet, fact, notice.rung, hub_owner or about["Owner"]),
            "Notice": notice.rung.value,
            "TakenDownFrom": _taken_down_from(fleet, fact, notice),
            "BehindSince": f"{stands.since:%Y-%m-%d}" if stands and stands.since else "",
            "LastTold": last.at.isoformat() if last else "",
            "Due": f"{notice.due:%Y-%m-%d}" if notice.due else "",
        }
        alerts.append(Alert(KIND, fact.id.key, data, _key(Machine.of(fact), notice, before)))
    return alerts


def _taken_down_from(fleet: Fleet, fact: Fact, notice: Notice) -> str:
    """The first day on which it may be deleted and made anew; empty where policy does not want that."""
    day = taken_down_from(fact, notice.due, fleet.memory.estate, fleet.policy, fleet.memory.now)
    return f"{day:%Y-%m-%d}" if day else ""


def _to(fleet: Fleet, fact: Fact, rung: Rung, owner: str) -> list[str]:
    """
    Whom to tell: whoever works on it, unless they are known to be gone, and the owner.

    Whom policy has escalations go to is told of those, and of what would go to nobody.
    """
    user = Machine.of(fact).user
    near = [name for name in (user if user not in fleet.gone else "", owner) if name]
    above = fleet.above(fact) if rung is Rung.ESCALATED or not near else ()
    return list(dict.fromkeys([*near, *above]))


def _key(machine: Machine, notice: Notice, before: ComputeMemory) -> str:
    """What makes it the same notice: nothing of that changes until it is remembered as told."""
    since = (before.notice.at if before.notice else before.lifted, machine.created)
    return json.dumps([notice.image, notice.rung.value, *(at.isoformat() if at else "" for at in since)])
