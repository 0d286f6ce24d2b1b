"""Secrets by vault and name, each with its versions, newest last; deleted ones are kept until they are purged.

Times are whole seconds since 1970, as Key Vault tells them. Values are never in a repr.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from local.azure.arm_ids import canonical
from local.azure.clock import Clock

RECOVERABLE_DAYS = 90
DAY_SECONDS = 86_400


class SecretRefusedError(Exception):
    """What Key Vault refuses about secrets: HTTP status, `error.code`, inner code and message."""

    def __init__(self, status: int, code: str, message: str, inner: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.inner = inner


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a secret."""

    name: str
    version: str
    value: str = field(repr=False)
    created: int
    updated: int
    content_type: str | None = None
    tags: dict[str, str] = field(default_factory=dict[str, str])
    enabled: bool = True
    not_before: int | None = None
    expires: int | None = None


@dataclass(frozen=True, slots=True)
class Deleted:
    """A secret with all its versions, since when it is deleted and until when it can be recovered."""

    versions: tuple[Version, ...]
    deleted: int
    purged: int


@dataclass(slots=True)
class Vault:
    """What one vault holds, by case-folded name."""

    secrets: dict[str, tuple[Version, ...]] = field(default_factory=dict[str, tuple[Version, ...]])
    deleted: dict[str, Deleted] = field(default_factory=dict[str, Deleted])


@dataclass(slots=True)
class SecretBook:
    """All vaults' secrets. `on_version` is told of each new version, by the vault's id."""

    clock: Clock
    on_version: Callable[[str, Version], None]
    _vaults: dict[str, Vault] = field(default_factory=dict[str, Vault])

    def set(self, vault_id: str, name: str, given: Version) -> Version:
        """Adds a version; raises SecretRefusedError 409 while the name is held by a deleted secret."""
        vault, key = self._vault(vault_id), name.casefold()
        if key in vault.deleted:
            raise SecretRefusedError(
                409,
                "Conflict",
                f"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; in "
                "this state, the secret can only be recovered or purged.",
                "ObjectIsDeletedButRecoverable",
            )
        version = replace(given, name=name, version=uuid.uuid4().hex, created=self._now(), updated=self._now())
        vault.secrets[key] = (*vault.secrets.get(key, ()), version)
        self.on_version(vault_id, version)
        return version

    def get(self, vault_id: str, name: str, version: str = "") -> Version:
        """One version, the current one unless told; raises SecretRefusedError 404."""
        for known in reversed(self.versions(vault_id, name)):
            if version in ("", known.version):
                return known
        raise _not_found(name)

    def current(self, vault_id: str, name: str) -> Version | None:
        """The newest version, or None when there is no such secret."""
        versions = self._vault(vault_id).secrets.get(name.casefold())
        return versions[-1] if versions else None

    def versions(self, vault_id: str, name: str) -> tuple[Version, ...]:
        """All versions, oldest first; raises SecretRefusedError 404."""
        versions = self._vault(vault_id).secrets.get(name.casefold())
        if versions is None:
            raise _not_found(name)
        return versions

    def all(self, vault_id: str) -> list[Version]:
        """The newest version of every secret, by name."""
        return [versions[-1] for _, versions in sorted(self._vault(vault_id).secrets.items())]

    def update(self, vault_id: str, changed: Version) -> Version:
        """Replaces one version's attributes and tags; its value stays."""
        after = replace(changed, updated=self._now())
        versions = self.versions(vault_id, changed.name)
        key = changed.name.casefold()
        self._vault(vault_id).secrets[key] = tuple(after if one.version == after.version else one for one in versions)
        return after

    def delete(self, vault_id: str, name: str) -> Deleted:
        """Deletes a secret with all its versions, recoverably."""
        versions, now = self.versions(vault_id, name), self._now()
        vault = self._vault(vault_id)
        del vault.secrets[name.casefold()]
        gone = vault.deleted[name.casefold()] = Deleted(versions, now, now + RECOVERABLE_DAYS * DAY_SECONDS)
        return gone

    def deleted(self, vault_id: str, name: str) -> Deleted:
        """A deleted secret; raises SecretRefusedError 404."""
        gone = self._vault(vault_id).deleted.get(name.casefold())
        if gone is None:
            raise _not_found(name, "Deleted Secret")
        return gone

    def all_deleted(self, vault_id: str) -> list[Deleted]:
        """Every deleted secret, by name."""
        return [gone for _, gone in sorted(self._vault(vault_id).deleted.items())]

    def recover(self, vault_id: str, name: str) -> Version:
        """Brings a deleted secret back with all its versions."""
        gone = self.deleted(vault_id, name)
        vault = self._vault(vault_id)
        del vault.deleted[name.casefold()]
        vault.secrets[name.casefold()] = gone.versions
        return gone.versions[-1]

    def purge(self, vault_id: str, name: str) -> None:
        """Forgets a deleted secret for good."""
        self.deleted(vault_id, name)
        del self._vault(vault_id).deleted[name.casefold()]

    def forget(self, vault_id: str) -> None:
        """Drops all secrets of a vault that was purged."""
        self._vaults.pop(canonical(vault_id), None)

    def _vault(self, vault_id: str) -> Vault:
        vault = self._vaults.setdefault(canonical(vault_id), Vault())
        now = self._now()
        for name in [name for name, gone in vault.deleted.items() if gone.purged <= now]:
            del vault.deleted[name]
        return vault

    def _now(self) -> int:
        return int(self.clock.seconds())


def _not_found(name: str, kind: str = "A secret") -> SecretRefusedError:
    return SecretRefusedError(
        404,
        "SecretNotFound",
        f"{kind} with (name/id) {name} was not found in this key vault. If you recently deleted this secret you may be "
        "able to recover it using the correct recovery command.",
    )
