"""Scope: from the resource an event names to the hubs that must be looked at."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.model.estate import leans_on
from shared.model.facts import SHAREABLE, WORKSPACE_TYPE, Fact, Kind, Seen, kind_of
from shared.model.resource_id import ResourceId
from shared.ports import Inventory, Lineage

FORGET_AFTER = timedelta(minutes=10)
"""How long a workspace that is not there is taken for not ours without asking again."""


async def hubs_for(
    resource: ResourceId, inventory: Inventory, lineage: Lineage, now: datetime
) -> frozenset[ResourceId]:
    """
    The hubs that a change to a resource concerns; empty when it is not ours to govern.

    A project tells its own hub, and a connection, compute or endpoint its workspace. A storage account cannot: for it
    and its like the lineage index knows, which every reconcile refreshes. A plain workspace is its own family.
    """
    workspace = _workspace(resource)
    if workspace is None and kind_of(resource) not in SHAREABLE:
        return frozenset()
    known = await lineage.hubs_of(workspace or resource, now)
    if known is not None or workspace is None:
        return known or frozenset()
    hub = _hub_of(await inventory.get(workspace))
    if hub is None:
        await lineage.not_ours(workspace, now + FORGET_AFTER)
        return frozenset()
    return frozenset({hub})


async def introduce(hubs: Sequence[Fact], lineage: Lineage) -> None:
    """
    Tell the lineage index what each hub names as its own, before any of them is looked at.

    Else the first hub to be swept would take a storage account that it shares for its alone, and tag it so.
    """
    for hub in hubs:
        await lineage.belongs(hub.id, (hub.id, *leans_on(hub)))


def _workspace(resource: ResourceId) -> ResourceId | None:
    step: ResourceId | None = resource
    while step is not None and step.type != WORKSPACE_TYPE:
        step = step.parent
    return step


def _hub_of(workspace: Fact) -> ResourceId | None:
    if workspace.seen is Seen.ABSENT:
        return None
    if workspace.kind is Kind.PROJECT:
        return ResourceId.find(workspace.get("properties", "hubResourceId")) or workspace.id
    return workspace.id
