"""
Discovery: every consumer of every key, over all hubs, projects and Foundry accounts of all governed subscriptions.

Also over the vaults that these lean on, for a secret may hold a key. What is in other vaults nobody knows.
A rotation that looked at one hub would cut off the others. So each pass looks at all of them anew, and what it could
not look at is told: there may be consumers in it.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.engine.key_terms import workspace_of
from shared.key_ports import KeyInventory
from shared.model.estate import Estate, leans_on
from shared.model.facts import Fact, Gap, Kind, kind_of
from shared.model.key_facts import account_of, host_of, is_view
from shared.model.resource_id import ResourceId
from shared.ports import Inventory

_SIGNED: Final = frozenset({"SAS"})
"""Auth types of a connection that keeps something made with a key, and not the key itself."""


@dataclass(frozen=True)
class Discovery:
    """Accounts and who keeps their keys, as one look found them."""

    accounts: Mapping[ResourceId, Fact] = field(default_factory=dict)
    """As Resource Graph shows them."""
    keepers: Mapping[ResourceId, Fact] = field(default_factory=dict)
    """What has connections: workspaces, Foundry accounts and their projects."""
    consumers: Mapping[ResourceId, tuple[Fact, ...]] = field(default_factory=dict)
    """By account: connections, workspaces and secrets that may keep a key of it."""
    signed: Mapping[ResourceId, frozenset[ResourceId]] = field(default_factory=dict)
    """By storage account: connections that come with a shared access signature."""
    unseen: tuple[str, ...] = ()
    """Lists that could not be read, each with its reason."""
    vaults: Mapping[ResourceId, frozenset[ResourceId]] = field(default_factory=dict)
    """By key vault: the workspaces that lean on it."""

    def hubs_of(self, account: ResourceId) -> list[ResourceId]:
        """The hubs, or Foundry accounts, whose family keeps keys of an account, also in the vaults it leans on."""
        keepers = {keeper for fact in self.consumers.get(account, ()) for keeper in self._keepers(fact.id)}
        return sorted(hub for hub in {self._hub(keeper) for keeper in keepers} if hub is not None)

    def estate_of(self, account: Fact) -> Estate:
        """An account among the hubs whose family keeps its keys, and the workspace that it lives in."""
        hubs = self.hubs_of(account.id)
        near = (*map(self.keepers.get, hubs), workspace_of(account.id, self.keepers))
        return Estate(
            {fact.id: fact for fact in (*near, account) if fact is not None},
            focus=frozenset({account.id}),
            shared_by={account.id: frozenset(hubs)},
        )

    def _keepers(self, consumer: ResourceId) -> frozenset[ResourceId]:
        place = consumer.parent or consumer
        return self.vaults.get(place, frozenset({place}))

    def _hub(self, keeper: ResourceId) -> ResourceId | None:
        fact = self.keepers.get(keeper)
        if fact is None:
            return None
        return ResourceId.find(fact.get("properties", "hubResourceId")) if fact.kind is Kind.PROJECT else keeper


async def discover(inventory: Inventory, index: KeyInventory) -> Discovery:
    """Look at everything. Raises what the index raises: without it nobody knows where to look."""
    accounts, keepers = await asyncio.gather(index.accounts(), index.keepers())
    vaults = _vaults(keepers)
    lists = [*((keeper.id, Kind.CONNECTION) for keeper in keepers), *((vault, Kind.SECRET) for vault in sorted(vaults))]
    answers = await asyncio.gather(*(_listed(inventory, parent, kind) for parent, kind in lists))
    facts = [*keepers, *(fact for answer in answers for fact in answer if isinstance(fact, Fact))]
    gaps = [gap for answer in answers for gap in answer if isinstance(gap, Gap)]
    known = {fact.id: fact for fact in accounts}
    return Discovery(
        known,
        {fact.id: fact for fact in keepers},
        _by_account(facts),
        _signed(facts, known),
        tuple(_unseen(gap) for gap in gaps),
        vaults,
    )


async def _listed(inventory: Inventory, parent: ResourceId, kind: Kind) -> list[Fact | Gap]:
    """What a keeper or a vault has in it; nothing where it is gone, for what is gone keeps nothing."""
    found = await inventory.children(parent, kind)
    return [found] if isinstance(found, Gap) else list(found)


def _vaults(keepers: Iterable[Fact]) -> dict[ResourceId, frozenset[ResourceId]]:
    """Each vault once, whoever shares it: a project names that of its hub."""
    found: dict[ResourceId, set[ResourceId]] = {}
    for keeper in keepers:
        for resource in leans_on(keeper):
            if kind_of(resource) is Kind.KEY_VAULT:
                found.setdefault(resource, set()).add(keeper.id)
    return {vault: frozenset(by) for vault, by in found.items()}


def _by_account(facts: Iterable[Fact]) -> dict[ResourceId, tuple[Fact, ...]]:
    found: dict[ResourceId, dict[ResourceId, Fact]] = {}
    for fact in facts:
        if (account := account_of(fact)) is not None:
            found.setdefault(account, {})[fact.id] = fact
    return {account: tuple(consumers[one] for one in sorted(consumers)) for account, consumers in found.items()}


def _signed(facts: Iterable[Fact], accounts: Mapping[ResourceId, Fact]) -> dict[ResourceId, frozenset[ResourceId]]:
    by_name = {one.name.casefold(): one for one, fact in accounts.items() if fact.kind is Kind.STORAGE}
    found: dict[ResourceId, set[ResourceId]] = {}
    for fact in facts:
        if fact.kind is Kind.CONNECTION and fact.text("properties", "authType") in _SIGNED and not is_view(fact):
            named = ResourceId.find(fact.get("properties", "metadata", "ResourceId"))
            account = named or by_name.get(host_of(fact).partition(".")[0])
            if account is not None:
                found.setdefault(account, set()).add(fact.id)
    return {account: frozenset(connections) for account, connections in found.items()}


def _unseen(gap: Gap) -> str:
    needs = f" (needs {gap.permission})" if gap.permission else ""
    return f"the {gap.kind}s of {gap.parent.name} could not be read: {gap.reason}{needs}"
