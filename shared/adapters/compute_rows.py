"""
What is remembered of a compute, as a row of its hub's partition: `compute|<hash of its id>`.

The definition of an instance that was taken down is cut into properties that fit (`Definition0`, …), and is never
shortened: what is missing there, nobody can make again.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from azure.data.tables import TableEntity

from shared.adapters.state_table import LONGEST_PART, digest, parts, plain_moment, whole
from shared.model.compute_memory import ComputeMemory, Notice, Rung, TakenDown
from shared.model.errors import BadResourceId, Rejected
from shared.model.facts import Json
from shared.model.resource_id import ResourceId

COMPUTE: Final = "compute|"
"""What the row keys begin with."""
LONGEST_DEFINITION: Final = 15 * LONGEST_PART
"""Characters of a definition as JSON: 900 KB the way a table counts, two bytes each, of the 1 MB that a row holds."""

_DEFINITION: Final = "Definition"


def compute_row(compute: ResourceId) -> str:
    """The row key."""
    return f"{COMPUTE}{digest(compute)}"


def compute_entity(partition: str, compute: ResourceId, memory: ComputeMemory) -> dict[str, Any]:
    """The row. Raises Rejected for a definition that is too long to be kept whole."""
    notice, taken = memory.notice, memory.taken_down
    known = {
        "PartitionKey": partition,
        "RowKey": compute_row(compute),
        "Compute": str(compute),
        "Told": notice and str(notice.rung),
        "ToldOf": notice and notice.image,
        "ToldAt": notice and _utc(notice.at),
        "Due": notice and _utc(notice.due),
        "AtZero": _utc(memory.at_zero),
        "Lifted": _utc(memory.lifted),
        "Started": _utc(memory.started),
        "TakenDownFrom": taken and taken.image,
        "TakenDownAt": taken and _utc(taken.at),
        **(parts(_DEFINITION, definition(compute, taken.document)) if taken else {}),
    }
    return {name: value for name, value in known.items() if value is not None}


def definition(compute: ResourceId, document: Json) -> str:
    """The text that is kept of a definition; escaped, so that no character counts for two. Raises Rejected."""
    text = json.dumps(document, separators=(",", ":"))
    if len(text) > LONGEST_DEFINITION:
        raise Rejected(
            f"{compute}: its definition has {len(text)} characters, and no more than {LONGEST_DEFINITION} can be"
            " remembered; whoever wants it made anew has to do it by hand"
        )
    return text


def compute_memory(entity: TableEntity) -> tuple[ResourceId, ComputeMemory]:
    """
    What a row says, and of which compute.

    Raises Rejected for one that cannot be read: it may be all that is left of somebody's instance.
    """
    try:
        return ResourceId.parse(entity["Compute"]), ComputeMemory(
            notice=_notice(entity),
            at_zero=_moment(entity, "AtZero"),
            taken_down=_taken_down(entity),
            lifted=_moment(entity, "Lifted"),
            started=_moment(entity, "Started"),
        )
    except (KeyError, TypeError, ValueError, AttributeError, BadResourceId) as error:
        named = entity.get("Compute") or entity["RowKey"]
        raise Rejected(
            f"what is remembered of {named} cannot be read ({type(error).__name__}); "
            "put the version that wrote it back, or delete the row to forget it"
        ) from None


def _notice(entity: TableEntity) -> Notice | None:
    if "Told" not in entity:
        return None
    told_at = plain_moment(entity["ToldAt"])
    return Notice(Rung(entity["Told"]), entity["ToldOf"], told_at, _moment(entity, "Due"))


def _taken_down(entity: TableEntity) -> TakenDown | None:
    if "TakenDownAt" not in entity:
        return None
    document = json.loads(whole(_DEFINITION, entity))
    return TakenDown(document, entity["TakenDownFrom"], plain_moment(entity["TakenDownAt"]))


def _moment(entity: Mapping[str, Any], name: str) -> datetime | None:
    return plain_moment(entity[name]) if name in entity else None


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
