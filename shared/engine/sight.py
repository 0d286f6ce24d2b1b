"""
Sight: whether each governed subscription can be seen at all.

Resource Graph tells nothing of a subscription in which the app has no role: its hubs are then not there, and nobody
would miss them. So each sweep asks for the subscriptions themselves.
"""

import logging
from collections.abc import Sequence

from shared.engine import distress
from shared.engine.outcry import Outcry
from shared.model.errors import HubwardenError
from shared.model.facts import Fact, Seen
from shared.model.resource_id import ResourceId
from shared.ports import Inventory

log = logging.getLogger(__name__)


async def look_at(subscriptions: Sequence[str], inventory: Inventory, outcry: Outcry) -> None:
    """
    Tell of governed subscriptions that cannot be seen, or that all can be again; never raises, for a sweep must go on.

    What Azure did not answer says neither.
    """
    try:
        seen = [await inventory.get(ResourceId.parse(f"/subscriptions/{one}")) for one in subscriptions]
        lost = {fact.id: _why(fact) for fact in seen if fact.seen is Seen.ABSENT or fact.permission}
        if lost:
            await outcry.stands(distress.unseen(lost, outcry.app))
        elif all(fact.present for fact in seen):
            await outcry.over(distress.SUBSCRIPTIONS_SEEN, "Every governed subscription is seen.")
    except HubwardenError as error:
        log.error("sight.unknown: whether subscriptions are seen could not be told: %s", error)  # noqa: TRY400 - a line, no trace


def _why(fact: Fact) -> str:
    if fact.seen is Seen.ABSENT:
        return "Azure knows no such subscription, or the app has no role in it"
    return f"{fact.reason}; it needs {fact.permission}"
