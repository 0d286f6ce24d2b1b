"""Living keys and the copies that consumers keep of them, in memory: what people do to them, and what that kills."""

from dataclasses import dataclass, field
from itertools import count

from shared.model.errors import Rejected
from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId


@dataclass
class KeyRing:
    """Accounts whose keys are numbers that nobody sees; what a consumer kept stays as it is when they change."""

    killed: list[tuple[ResourceId, Slot, ResourceId]] = field(default_factory=list)
    """Whose kept key died by a regeneration of ours: account, slot and consumer. Law 7 says that nobody's does."""
    regenerated: list[tuple[ResourceId, Slot]] = field(default_factory=list)
    """Every key that we made anew, in order."""
    _living: dict[ResourceId, dict[Slot, int]] = field(default_factory=dict)
    _kept: dict[ResourceId, int] = field(default_factory=dict)
    _homes: dict[ResourceId, ResourceId] = field(default_factory=dict)
    """Whose key each consumer says that it keeps."""
    _numbers: "count[int]" = field(default_factory=count)

    def open(self, account: ResourceId) -> None:
        """Someone creates an account, with a key in each slot; a search service has a query key, too."""
        self._living[account] = {slot: next(self._numbers) for slot in Slot}

    def close(self, account: ResourceId) -> None:
        """Someone deletes an account."""
        self._living.pop(account, None)

    def renew(self, account: ResourceId, slot: Slot) -> None:
        """Someone else puts a new key into a slot; the old one opens nothing from then on."""
        self._living[account][slot] = next(self._numbers)

    def keep(self, consumer: ResourceId, account: ResourceId, slot: Slot | None) -> None:
        """Give a consumer the key that is in a slot now; None: one that this account never had."""
        if account not in self._living:
            self.open(account)
        self._kept[consumer] = next(self._numbers) if slot is None else self._living[account][slot]
        self._homes[consumer] = account

    def forget(self, consumer: ResourceId) -> None:
        """A consumer keeps no key any more: it is gone, or uses its identity."""
        self._kept.pop(consumer, None)
        self._homes.pop(consumer, None)

    def opens(self, consumer: ResourceId) -> bool:
        """Whether what a consumer keeps is a living key of the account it names."""
        return self._kept.get(consumer) in self._living.get(self._homes[consumer], {}).values()

    def _keeps(self, consumer: ResourceId, account: ResourceId) -> bool:
        return self._homes.get(consumer) == account

    def _copy(self, consumer: ResourceId) -> int:
        if consumer not in self._kept:
            raise Rejected(f"Azure showed no key for {consumer.name}")
        return self._kept[consumer]

    def _keys(self, account: ResourceId) -> dict[Slot, int]:
        if account not in self._living:
            raise Rejected(f"404 ResourceNotFound: {account} was not found")
        return self._living[account]

    def _regenerate(self, account: ResourceId, slot: Slot) -> None:
        """We put a new key into a slot, and note whom that cuts off."""
        old = self._keys(account)[slot]
        self.killed += [(account, slot, consumer) for consumer, kept in self._kept.items() if kept == old]
        self.regenerated.append((account, slot))
        self.renew(account, slot)
