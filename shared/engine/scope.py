"""Scope: from the resource an event names to the hubs that must be looked at."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.costs.effective import is_foundry
from shared.model.estate import leans_on
from shared.model.facts import SHAREABLE, WORKSPACE_TYPE, WORKSPACES, Fact, Gap, Kind, Seen, kind_of
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
    and its like the lineage index knows, which every reconcile refreshes; a secret goes by its vault. A plain workspace
    is its own family.
    """
    workspace = _workspace(resource)
    about = workspace or _vault(resource) or resource
    if workspace is None and kind_of(about) not in SHAREABLE:
        return frozenset()
    known = await lineage.hubs_of(about, now)
    if known is not None or (workspace is None and kind_of(about) is not Kind.AI_ACCOUNT):
        return _families(about, known or frozenset())
    hub = _hub_of(await inventory.get(about))
    if hub is None:
        await lineage.not_ours(about, now + FORGET_AFTER)
        return frozenset()
    return frozenset({hub})


async def families(hubs: Sequence[Fact], lineage: Lineage, now: datetime) -> list[ResourceId]:
    """
    Whom to sweep: hubs, also those that nobody can see and a project names, plain workspaces, and Foundry accounts.

    Not an account that a hub is known to use, for a hub looks at its own. Events about a project concern the hub that
    it names, wherever that lies, and so do sweeps: all that is remembered of a project lies with that hub, and stays
    there when it can be seen again.
    """
    found: dict[ResourceId, None] = {}
    for fact in hubs:
        head = _hub_of(fact) or fact.id
        known = await lineage.hubs_of(head, now) if fact.kind is Kind.AI_ACCOUNT else None
        if head in _families(head, known or frozenset({head})):
            found[head] = None
    return list(found)


async def introduce(hubs: Sequence[Fact], inventory: Inventory, lineage: Lineage, now: datetime) -> None:
    """
    Tell the lineage index what each hub leans on, before any of them is looked at.

    Else the first hub to be swept would take a storage account that it shares for its alone, and tag it so. A hub names
    its storage itself; what its connections lead to is read for a hub that the index does not know yet. So it is with a
    plain workspace, and with a project whose hub nobody can see: it speaks for that hub.
    """
    await asyncio.gather(*(_introduce(hub, inventory, lineage, now) for hub in hubs))


async def _introduce(hub: Fact, inventory: Inventory, lineage: Lineage, now: datetime) -> None:
    known = hub.kind not in WORKSPACES or await lineage.hubs_of(hub.id, now)
    connections = () if known else await inventory.children(hub.id, Kind.CONNECTION)
    read = () if isinstance(connections, Gap) else connections
    named = {resource for fact in (hub, *read) for resource in leans_on(fact)}
    await lineage.belongs(_hub_of(hub) or hub.id, (hub.id, *sorted(named)))


def _families(about: ResourceId, hubs: frozenset[ResourceId]) -> frozenset[ResourceId]:
    """
    Who looks after what several hubs may have in common.

    A Foundry account is a family by itself only while no hub uses it; a group is looked after by one hub in it.
    """
    others = hubs - {about}
    if others and kind_of(about) is Kind.AI_ACCOUNT:
        return others
    if others and kind_of(about) is Kind.RESOURCE_GROUP:
        return frozenset({min(others)})
    return hubs


def _workspace(resource: ResourceId) -> ResourceId | None:
    step: ResourceId | None = resource
    while step is not None and step.type != WORKSPACE_TYPE:
        step = step.parent
    return step


def _vault(resource: ResourceId) -> ResourceId | None:
    return resource.parent if kind_of(resource) is Kind.SECRET else None


def _hub_of(workspace: Fact) -> ResourceId | None:
    """The hub of a workspace, or a Foundry account itself; None for what is gone, or is another kind of AI service."""
    if workspace.seen is Seen.ABSENT or (workspace.kind is Kind.AI_ACCOUNT and not is_foundry(workspace)):
        return None
    if workspace.kind is Kind.PROJECT:
        return ResourceId.find(workspace.get("properties", "hubResourceId")) or workspace.id
    return workspace.id
