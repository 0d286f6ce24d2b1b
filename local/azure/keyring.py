"""The two keys every key-holding resource has: made from a seed, aged on the stand-in's clock, dead once regenerated.

ARM's listKeys and regenerateKey handlers ask for them, the data plane judges by them. No value is ever in a repr.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hmac import compare_digest
from typing import Literal

from local.azure.arm_ids import canonical, resource_type
from local.azure.clock import Clock

type Slot = Literal[1, 2]


def _hex(material: bytes) -> str:
    return material.hex()[:32]


def _base64(material: bytes) -> str:
    return base64.b64encode(material).decode()


FORMS: Mapping[str, Callable[[bytes], str]] = {
    "microsoft.storage/storageaccounts": _base64,
    "microsoft.operationalinsights/workspaces": _base64,
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key and when it was made."""

    value: str = field(repr=False)
    created: datetime


@dataclass(frozen=True, slots=True)
class Keys:
    """Both keys of a resource as they are now."""

    first: Key
    second: Key

    def of(self, slot: Slot) -> Key:
        """The key in one slot."""
        return self.first if slot == 1 else self.second


class Standing(StrEnum):
    """What a presented key turned out to be."""

    LIVE = "live"
    REGENERATED = "regenerated"
    UNKNOWN = "unknown"


class KeyRing:
    """Keys by resource. A key nobody asked for yet counts as made when the stand-in started."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock = clock
        self._seed = seed
        self._started = clock.now()
        self._live: dict[str, Keys] = {}
        self._dead: dict[str, set[str]] = {}
        self._minted: dict[tuple[str, Slot], int] = {}

    def live(self, resource_id: str) -> Keys:
        """Both live keys of a resource; the same seed and id always begin with the same two."""
        own = canonical(resource_id)
        if own not in self._live:
            self._live[own] = Keys(self._mint(own, 1, self._started), self._mint(own, 2, self._started))
        return self._live[own]

    def regenerate(self, resource_id: str, slot: Slot, value: str = "") -> Keys:
        """Puts a new key into one slot, `value` if the owner chose one; the old one dies at once, the other stays."""
        own = canonical(resource_id)
        before = self.live(own)
        dead = self._dead.setdefault(own, set())
        dead.add(before.of(slot).value)
        dead.discard(value)
        now = self._clock.now()
        fresh = Key(value, now) if value else self._mint(own, slot, now)
        self._live[own] = Keys(fresh, before.second) if slot == 1 else Keys(before.first, fresh)
        return self._live[own]

    def renew(self, resource_id: str) -> Keys:
        """Both keys of a resource made just now; whatever opened one of the same id before is dead."""
        for slot in (1, 2):
            self.regenerate(resource_id, slot)
        return self.live(resource_id)

    def standing(self, resource_id: str, presented: str) -> Standing:
        """Whether a key opens a resource, once did, or never has."""
        given = presented.encode()
        return self.standing_of(resource_id, lambda value: compare_digest(value.encode(), given))

    def standing_of(self, resource_id: str, opens: Callable[[str], bool]) -> Standing:
        """The same for what is not the key itself but was made with one, such as a signature."""
        own = canonical(resource_id)
        keys = self.live(own)
        if any(opens(key.value) for key in (keys.first, keys.second)):
            return Standing.LIVE
        return Standing.REGENERATED if any(map(opens, self._dead.get(own, ()))) else Standing.UNKNOWN

    def live_values(self) -> Iterator[tuple[str, str]]:
        """The id and value of every key that lives and was ever asked for."""
        for own, keys in self._live.items():
            yield from ((own, key.value) for key in (keys.first, keys.second))

    def dead_values(self) -> Iterator[tuple[str, str]]:
        """The id and value of every key that was regenerated."""
        for own, values in self._dead.items():
            yield from ((own, value) for value in values)

    def _mint(self, own: str, slot: Slot, moment: datetime) -> Key:
        generation = self._minted[own, slot] = self._minted.get((own, slot), 0) + 1
        material = hashlib.blake2b(f"{self._seed}|{own}|{slot}|{generation}".encode()).digest()
        return Key(FORMS.get(resource_type(own), _hex)(material), moment)
