"""A live subscription for the commands: read as whoever is signed in, remembering and writing nothing."""

import logging
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, override

from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from shared.adapters.arm import Arm
from shared.adapters.arm_wire import PUBLIC_CLOUD
from shared.adapters.cost_management import CostManagement
from shared.adapters.graph import Graph
from shared.adapters.identity import person_identity
from shared.adapters.inventory import AzureInventory
from shared.adapters.key_reader import AzureKeyReader
from shared.adapters.vault_secrets import VaultSecrets
from shared.costs.bill import Bill
from shared.costs.month import Month
from shared.engine.look import Looker, View
from shared.engine.observe import Question
from shared.engine.report import Preview
from shared.engine.scope import families, hubs_for, introduce
from shared.key_ports import KeyReader
from shared.model.compute_memory import ComputeMemory
from shared.model.errors import SettingsInvalid
from shared.model.resource_id import ResourceId
from shared.policy.policy import Policy
from shared.ports import HubState, HubUpdate, Row
from shared.rules.catalogue import RULES
from shared.settings import VERSION


class SignedIn(AbstractAsyncContextManager["SignedIn"]):
    """Whoever is signed in; where that is nobody, in our words and not in those of every way to sign in there is."""

    def __init__(self) -> None:
        logging.getLogger("azure.identity").setLevel(logging.ERROR)  # it warns of each way that did not work
        self._credential = person_identity()

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        **options: Any,  # noqa: ANN401 - the protocol's
    ) -> AccessToken:
        """See `AsyncTokenCredential`. Raises SettingsInvalid when nobody is signed in."""
        try:
            return await self._credential.get_token(*scopes, claims=claims, tenant_id=tenant_id, **options)
        except ClientAuthenticationError:
            raise SettingsInvalid("nobody is signed in to Azure here; sign in with az login, then try again") from None

    async def close(self) -> None:
        """Close its connections."""
        await self._credential.close()

    @override
    async def __aexit__(self, *_: object) -> None:
        await self.close()


@dataclass(frozen=True)
class Azure:
    """What the adapters of a command speak through, as whoever is signed in."""

    credential: SignedIn
    arm: Arm
    endpoint: str
    """Of ARM."""
    scope: str
    """Of ARM's tokens."""
    closers: AsyncExitStack

    def inventory(self, subscriptions: Sequence[str]) -> AzureInventory:
        """The app's own eyes on some subscriptions. Raises BadResourceId for what cannot be one."""
        named = [ResourceId.parse(f"/subscriptions/{one}").subscription for one in subscriptions]
        return AzureInventory(self.arm, Graph(self.arm, named))

    def key_reader(self) -> AzureKeyReader:
        """The app's own look at keys, those in vaults too."""
        vaults = VaultSecrets(self.credential, data_plane=os.environ.get("HUBWARDEN_DATA_PLANE", ""))
        self.closers.push_async_callback(vaults.close)
        return AzureKeyReader(self.arm, vaults)


@asynccontextmanager
async def signed_in() -> AsyncIterator[Azure]:
    """Azure, or what HUBWARDEN_ARM_ENDPOINT names in its place, for as long as the block runs."""
    endpoint = os.environ.get("HUBWARDEN_ARM_ENDPOINT", PUBLIC_CLOUD)
    scope = f"{os.environ.get('HUBWARDEN_ARM_AUDIENCE', PUBLIC_CLOUD)}/.default"
    async with AsyncExitStack() as closers:
        credential = await closers.enter_async_context(SignedIn())
        arm = Arm(credential, endpoint, scope)
        closers.push_async_callback(arm.close)
        yield Azure(credential, arm, endpoint, scope, closers)


class Kinship:
    """A Lineage for one look: which hubs lean on what, from the hubs' own documents."""

    def __init__(self) -> None:
        self._hubs: dict[ResourceId, frozenset[ResourceId]] = {}

    async def hubs_of(self, resource: ResourceId, now: datetime) -> frozenset[ResourceId] | None:  # noqa: ARG002 - the port's
        """See `Lineage.hubs_of`."""
        return self._hubs.get(resource)

    async def belongs(self, hub: ResourceId, members: Sequence[ResourceId]) -> None:
        """See `Lineage.belongs`."""
        for member in members:
            self._hubs[member] = self._hubs.get(member, frozenset()) | {hub}

    async def not_ours(self, resource: ResourceId, until: datetime) -> None:
        """See `Lineage.not_ours`; one look has no later."""


_NOTHING = HubState(known_since=None)
"""What is remembered of a hub where nothing ever is."""


class Forgetful:
    """A FindingStore for one look: it knows nothing and keeps nothing."""

    async def load(self, hub: ResourceId) -> HubState:  # noqa: ARG002 - the port's
        """See `FindingStore.load`."""
        return _NOTHING

    async def announce(
        self, hub: ResourceId, rows: Mapping[str, Row], computes: Mapping[ResourceId, ComputeMemory] | None = None
    ) -> None:
        """See `FindingStore.announce`."""

    async def save(self, hub: ResourceId, update: HubUpdate) -> None:
        """See `FindingStore.save`."""

    async def note_run(self, at: datetime) -> None:
        """See `FindingStore.note_run`."""

    async def last_run(self) -> datetime | None:
        """See `FindingStore.last_run`."""
        return None

    async def note_month(self, month: str) -> None:
        """See `FindingStore.note_month`."""

    async def last_month(self) -> str:
        """See `FindingStore.last_month`."""
        return ""


@dataclass(frozen=True)
class Subscription:
    """A subscription to look at, through the app's own eyes."""

    looker: Looker
    hubs: Sequence[ResourceId]
    keys: KeyReader
    """Asked only by who wants to know; each list of keys shows in the Activity Log."""

    async def view(self, hub: ResourceId, now: datetime, *, keys: bool = False) -> View:
        """A hub with all its family; with `keys` also what is in its vaults, for it may hold some."""
        return await self.looker.look(Question(hub, frozenset({hub}), now, whole=True, keys=keys), _NOTHING)

    async def hubs_of(self, resource: ResourceId, now: datetime) -> Sequence[ResourceId]:
        """The hubs that a resource belongs to, or that are known to lean on it before any was looked at."""
        return sorted(await hubs_for(resource, self.looker.inventory, self.looker.lineage, now))


@asynccontextmanager
async def opened(subscription: str, policy: Policy, now: datetime) -> AsyncIterator[Subscription]:
    """A subscription and the hubs in it. Raises HubwardenError when it may not be read."""
    async with signed_in() as cloud:
        inventory, lineage = cloud.inventory([subscription]), Kinship()
        hubs = await inventory.hubs()
        await introduce(hubs, inventory, lineage, now)
        wanted = await families(hubs, lineage, now)
        visible = frozenset({ResourceId.parse(f"/subscriptions/{subscription}").subscription})
        looker = Looker(inventory, lineage, RULES, policy, visible=visible)
        yield Subscription(looker, wanted, cloud.key_reader())


async def bill_of(subscription: str, month: Month, through: date) -> Bill:
    """A subscription's bill for a month. Raises HubwardenError when it may not be read, or does not add up."""
    async with signed_in() as cloud:
        costs = CostManagement(cloud.credential, cloud.arm, cloud.endpoint, cloud.scope)
        cloud.closers.push_async_callback(costs.close)
        return await costs.bill(subscription, month, through)


async def preview_subscription(subscription: str, policy: Policy, now: datetime) -> Preview:
    """Look at every hub of a subscription. Raises HubwardenError when it may not be read."""
    async with opened(subscription, policy, now) as live:
        findings, plan = await live.looker.preview(live.hubs, Forgetful(), now)
        return Preview(now, "read only", policy.version, VERSION, tuple(findings), plan)
