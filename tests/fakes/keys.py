"""Who holds which key, in memory, and how it is changed: KeyReader and KeyRotator over one ring of keys."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from shared.model.errors import Forbidden, HubwardenError, Rejected, Throttled, Unsure
from shared.model.facts import WORKSPACES, Fact, Kind
from shared.model.key_facts import CREDENTIAL_ID, Held, KeyFacts, Slot, account_of
from shared.model.resource_id import ResourceId
from shared.model.rotation import Proof
from shared.model.vault_secrets import credential_id
from tests.fakes.key_ring import KeyRing

_WORKSPACE: Final = "Microsoft.MachineLearningServices/workspaces"
LISTS: Final = {
    "microsoft.cognitiveservices/accounts": "Microsoft.CognitiveServices/accounts/listKeys/action",
    "microsoft.keyvault/vaults/secrets": "Microsoft.KeyVault/vaults/secrets/getSecret/action",
    "microsoft.machinelearningservices/workspaces": f"{_WORKSPACE}/listKeys/action",
    "microsoft.machinelearningservices/workspaces/connections": f"{_WORKSPACE}/connections/listsecrets/action",
    "microsoft.machinelearningservices/workspaces/onlineendpoints": f"{_WORKSPACE}/onlineEndpoints/listKeys/action",
    "microsoft.machinelearningservices/workspaces/serverlessendpoints": (
        f"{_WORKSPACE}/serverlessEndpoints/listKeys/action"
    ),
    "microsoft.search/searchservices": "Microsoft.Search/searchServices/listAdminKeys/action",
    "microsoft.storage/storageaccounts": "Microsoft.Storage/storageAccounts/listKeys/action",
}
"""The permission that listing the keys of a type takes."""

CHANGES: Final = {
    "microsoft.cognitiveservices/accounts": "Microsoft.CognitiveServices/accounts/regenerateKey/action",
    "microsoft.keyvault/vaults/secrets": "Microsoft.KeyVault/vaults/secrets/setSecret/action",
    "microsoft.machinelearningservices/workspaces": f"{_WORKSPACE}/resyncKeys/action",
    "microsoft.machinelearningservices/workspaces/connections": f"{_WORKSPACE}/connections/write",
    "microsoft.machinelearningservices/workspaces/onlineendpoints": (
        f"{_WORKSPACE}/onlineEndpoints/regenerateKeys/action"
    ),
    "microsoft.machinelearningservices/workspaces/serverlessendpoints": (
        f"{_WORKSPACE}/serverlessEndpoints/regenerateKeys/action"
    ),
    "microsoft.search/searchservices": "Microsoft.Search/searchServices/regenerateAdminKey/action",
    "microsoft.storage/storageaccounts": "Microsoft.Storage/storageAccounts/regenerateKey/action",
}
"""The permission that regenerating an account's key takes, or letting a consumer keep another."""


@dataclass
class FakeKeys(KeyRing):
    """Both ports, and what can go wrong with either."""

    looks: int = 0
    """How often it was asked who holds which key."""
    throttled: Throttled | None = None
    """Raised by whatever lists keys."""
    labels: dict[ResourceId, str] = field(default_factory=dict)
    """What the tag CredentialId of each vault secret that was moved says since."""
    proofs: dict[ResourceId, bool | None] = field(default_factory=dict)
    """What comes of a call with a key of these accounts; a living key opens any other, but for endpoints."""
    _trouble: dict[ResourceId | str, HubwardenError] = field(default_factory=dict)
    _hindered: dict[ResourceId, HubwardenError] = field(default_factory=dict)
    _lost: dict[ResourceId, bool] = field(default_factory=dict)
    _slow: set[ResourceId] = field(default_factory=set)
    _accepted: list[Callable[[], None]] = field(default_factory=list)

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

    def hinder(self, subject: ResourceId, error: HubwardenError | None = None) -> None:
        """Regenerating a key of an account, or moving a consumer, meets this, which changes nothing; else a 403."""
        named = CHANGES[subject.type]
        self._hindered[subject] = error or Forbidden(f"403 AuthorizationFailed: to change it needs {named}", named)

    def lose_answer(self, account: ResourceId, *, done: bool) -> None:
        """The answer to the next regeneration of an account's key is lost, after it was done or before."""
        self._lost[account] = done

    def accept_only(self, subject: ResourceId) -> None:
        """What is asked of an account or a workspace is accepted, and not carried out before `finish`."""
        self._slow.add(subject)

    def finish(self) -> None:
        """Everything that was accepted is carried out."""
        for effect in self._accepted:
            effect()
        self._accepted.clear()
        self._slow.clear()

    def heal(self) -> None:
        """End all trouble; what was only accepted stays so."""
        self.throttled = None
        for trouble in (self._trouble, self._hindered, self._lost, self.proofs):
            trouble.clear()

    async def held(self, consumers: Sequence[Fact]) -> KeyFacts:
        """See `KeyReader.held`."""
        self.looks += 1
        named = [(fact, account) for fact in consumers if (account := account_of(fact)) is not None]
        if named and self.throttled is not None:
            raise self.throttled
        return KeyFacts({fact.id: self._held(fact, account) for fact, account in named if not self._keyless(fact)})

    async def regenerate(self, account: Fact, slot: Slot) -> None:
        """See `KeyRotator.regenerate`."""
        if (error := self._hindered.get(account.id)) is not None:
            raise error
        if slot is Slot.QUERY:
            raise Rejected(f"{account.id.name}: a query key is nothing that can be regenerated here")
        self._keys(account.id)
        if account.id in self._slow:
            self._accepted.append(partial(self._regenerate, account.id, slot))
            raise Unsure(f"{account.id}: accepted, and not ended in time")
        done = self._lost.pop(account.id, None)
        if done is not False:
            self._regenerate(account.id, slot)
        if done is not None:
            raise Unsure(f"{account.id}: no answer; whether it was done nobody can tell")

    async def move(self, account: Fact, slot: Slot, consumers: Sequence[Fact]) -> Mapping[ResourceId, str]:
        """See `KeyRotator.move`. A workspace learns the first key, whichever was meant."""
        self._listed(account.id, slot)
        said = {consumer.id: self._moved(consumer, account.id, slot) for consumer in consumers}
        return {consumer: problem for consumer, problem in said.items() if problem}

    async def prove(self, account: Fact, slot: Slot, now: datetime) -> Proof:
        """See `KeyRotator.prove`."""
        if account.kind is Kind.ENDPOINT:
            return Proof(None, f"{account.id.name}: every call that its key opens does work, so none was made", now)
        self._listed(account.id, slot)
        opened = self.proofs.get(account.id, True)
        return Proof(opened, f"a call to {account.id.name} came to {opened}", now)

    def _keyless(self, consumer: Fact) -> bool:
        refused = consumer.id in self._trouble or consumer.id.type in self._trouble
        return consumer.kind in WORKSPACES and not refused and consumer.id not in self._kept

    def _held(self, consumer: Fact, account: ResourceId) -> Held:
        try:
            self._check(consumer.id)
            key = self._copy(consumer.id)
            self._check(account)
            living = self._keys(account)
        except Throttled:
            raise
        except HubwardenError as error:
            permission = error.permission if isinstance(error, Forbidden) else ""
            return Held(account, problem=str(error), permission=permission)
        return Held(account, next((slot for slot, living_key in living.items() if living_key == key), None))

    def _listed(self, account: ResourceId, slot: Slot) -> None:
        """List both keys of an account, or raise what that meets."""
        if self.throttled is not None:
            raise self.throttled
        self._check(account)
        if slot not in self._keys(account) or slot is Slot.QUERY:
            raise Rejected(f"{account.name}: a {slot} key is none of its two keys")

    def _moved(self, consumer: Fact, account: ResourceId, slot: Slot) -> str:
        match self._hindered.get(consumer.id):
            case Throttled() as error:
                raise error
            case HubwardenError() as error:
                return str(error)
        if not self._keeps(consumer.id, account):
            return f"{consumer.id.name}: it keeps no key of {account.name}, or is gone (404)"
        if consumer.kind is Kind.SECRET:
            self.labels[consumer.id] = credential_id(slot, account, consumer.tag(CREDENTIAL_ID) or "")
        learned = Slot.FIRST if consumer.kind in WORKSPACES else slot
        if consumer.id in self._slow:
            self._accepted.append(partial(self.keep, consumer.id, account, learned))
        else:
            self.keep(consumer.id, account, learned)
        return ""

    def _check(self, resource: ResourceId) -> None:
        for subject in (resource, resource.type):
            if (error := self._trouble.get(subject)) is not None:
                raise error
