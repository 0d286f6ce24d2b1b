"""A live subscription for the plan command: read as whoever is signed in, remembering nothing, writing nothing."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.adapters.arm import Arm
from shared.adapters.arm_wire import PUBLIC_CLOUD
from shared.adapters.graph import Graph
from shared.adapters.identity import person_identity
from shared.adapters.inventory import AzureInventory
from shared.engine.look import Looker
from shared.engine.report import Preview
from shared.engine.scope import introduce
from shared.model.resource_id import ResourceId
from shared.policy.policy import Policy
from shared.ports import HubState, HubUpdate, Row
from shared.rules.catalogue import RULES
from shared.settings import VERSION


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


class Forgetful:
    """A FindingStore for one look: it knows nothing and keeps nothing."""

    async def load(self, hub: ResourceId) -> HubState:  # noqa: ARG002 - the port's
        """See `FindingStore.load`."""
        return HubState()

    async def announce(self, hub: ResourceId, rows: Mapping[str, Row]) -> None:
        """See `FindingStore.announce`."""

    async def save(self, hub: ResourceId, update: HubUpdate) -> None:
        """See `FindingStore.save`."""

    async def note_run(self, at: datetime) -> None:
        """See `FindingStore.note_run`."""

    async def last_run(self) -> datetime | None:
        """See `FindingStore.last_run`."""
        return None


async def preview_subscription(subscription: str, policy: Policy, now: datetime) -> Preview:
    """Look at every hub of a subscription. Raises HubwardenError when it may not be read."""
    credential = person_identity()
    endpoint = os.environ.get("HUBWARDEN_ARM_ENDPOINT", PUBLIC_CLOUD)
    arm = Arm(credential, endpoint, f"{os.environ.get('HUBWARDEN_ARM_AUDIENCE', PUBLIC_CLOUD)}/.default")
    try:
        inventory = AzureInventory(arm, Graph(arm, [ResourceId.parse(f"/subscriptions/{subscription}").subscription]))
        hubs = await inventory.hubs()
        lineage = Kinship()
        await introduce(hubs, lineage)
        looker = Looker(inventory, lineage, RULES, policy)
        findings, plan = await looker.preview([hub.id for hub in hubs], Forgetful(), now)
        return Preview(now, "read only", policy.version, VERSION, tuple(findings), plan)
    finally:
        await arm.close()
        await credential.close()
