"""Who holds which key, in memory: KeyReader over accounts with two living keys and consumers with a copy of one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from shared.model.errors import Forbidden, HubwardenError, Rejected, Throttled
from shared.model.facts import WORKSPACES, Fact
from shared.model.key_facts import Held, KeyFacts, Slot, account_of
from shared.model.resource_id import ResourceId

LISTS: Final = {
    "microsoft.cognitiveservices/accounts": "Microsoft.CognitiveServices/accounts/listKeys/action",
    "microsoft.keyvault/vaults/secrets": "Microsoft.KeyVault/vaults/secrets/getSecret/action",
    "microsoft.machinelearningservices/workspaces": "Microsoft.MachineLearningServices/workspaces/listKeys/action",
    "microsoft.machinelearningservices/workspaces/connections": (
        "Microsoft.MachineLearningServices/workspaces/connections/listsecrets/action"
    ),
    "microsoft.search/searchservices": "Microsoft.Search/searchServices/listAdminKeys/action",
    "microsoft.storage/storageaccounts": "Microsoft.Storage/storageAccounts/listKeys/action",
}
"""The permission that listing the keys of a type takes."""


@dataclass
class FakeKeys:
    """Accounts whose keys are numbers that nobody sees; what a consumer kept stays as it is when they change."""

    looks: int = 0
    """How often it was asked."""
    throttled: Throttled | None = None
    _living: dict[ResourceId, dict[Slot, int]] = field(default_factory=dict)
    _kept: dict[ResourceId, int] = field(default_factory=dict)
    _trouble: dict[ResourceId | str, HubwardenError] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=count)

    def open(self, account: ResourceId) -> None:
        """Someone creates an account, with a key in each slot; a search service has a query key, too."""
        self._living[account] = {slot: next(self._numbers) for slot in Slot}

    def close(self, account: ResourceId) -> None:
        """Someone deletes an account."""
        self._living.pop(account, None)

    def regenerate(self, account: ResourceId, slot: Slot) -> None:
        """Someone puts a new key into a slot; the old one opens nothing from then on."""
        self._living[account][slot] = next(self._numbers)

    def keep(self, consumer: ResourceId, account: ResourceId, slot: Slot | None) -> None:
        """Give a consumer the key that is in a slot now; None: one that this account never had."""
        if account not in self._living:
            self.open(account)
        self._kept[consumer] = next(self._numbers) if slot is None else self._living[account][slot]

    def forget(self, consumer: ResourceId) -> None:
        """A consumer keeps no key any more."""
        self._kept.pop(consumer, None)

    def deny(self, subject: ResourceId | str, permission: str = "") -> None:
        """Listing the keys of an account, a consumer or a type (lower case) answers 403."""
        named = permission or LISTS[subject if isinstance(subject, str) else subject.type]
        self.refuse(subject, Forbidden(f"403 AuthorizationFailed: listing keys needs {named}", named))

    def refuse(self, subject: ResourceId | str, error: HubwardenError) -> None:
        """Listing them raises this."""
        self._trouble[subject] = error

    def throttle(self, retry_after: float = 30.0) -> None:
        """Every list answers 429."""
        self.throttled = Throttled("429 TooManyRequests", retry_after)

    def heal(self) -> None:
        """End all trouble."""
        self.throttled = None
        self._trouble.clear()

    async def held(self, consumers: Sequence[Fact]) -> KeyFacts:
        """See `KeyReader.held`."""
        self.looks += 1
        named = [(fact, account) for fact in consumers if (account := account_of(fact)) is not None]
        if named and self.throttled is not None:
            raise self.throttled
        return KeyFacts({fact.id: self._held(fact, account) for fact, account in named if not self._keyless(fact)})

    def _keyless(self, consumer: Fact) -> bool:
        refused = consumer.id in self._trouble or consumer.id.type in self._trouble
        return consumer.kind in WORKSPACES and not refused and consumer.id not in self._kept

    def _held(self, consumer: Fact, account: ResourceId) -> Held:
        try:
            key, living = self._copy(consumer.id), self._keys(account)
        except Throttled:
            raise
        except HubwardenError as error:
            permission = error.permission if isinstance(error, Forbidden) else ""
            return Held(account, problem=str(error), permission=permission)
        return Held(account, next((slot for slot, living_key in living.items() if living_key == key), None))

    def _copy(self, consumer: ResourceId) -> int:
        self._check(consumer)
        if consumer not in self._kept:
            raise Rejected(f"Azure showed no key for {consumer.name}")
        return self._kept[consumer]

    def _keys(self, account: ResourceId) -> dict[Slot, int]:
        self._check(account)
        if account not in self._living:
            raise Rejected(f"404 ResourceNotFound: {account} was not found")
        return self._living[account]

    def _check(self, resource: ResourceId) -> None:
        for subject in (resource, resource.type):
            if (error := self._trouble.get(subject)) is not None:
                raise error
