"""What a vault tells Event Grid: new versions at once, and the end of the current version before and when it comes.

Near expiry is thirty days before (CONTRACTS 9). A version that is no longer the current one is not told of.
"""

import uuid
from functools import partial

from local.azure.arm_ids import name_of
from local.azure.clock import Clock, timestamp
from local.azure.events.delivery import EventGrid
from local.azure.events.event import ResourceEvent
from local.azure.keyvault.alarms import Alarms
from local.azure.keyvault.secrets import DAY_SECONDS, SecretBook, Version

NEAR_DAYS = 30


class VaultEvents:
    """Watches the secrets of all vaults and publishes their events."""

    def __init__(self, clock: Clock, events: EventGrid) -> None:
        self.secrets = SecretBook(clock, self._made)
        self._clock = clock
        self._events = events
        self._alarms = Alarms(clock)

    async def close(self) -> None:
        """Stops watching."""
        await self._alarms.close()

    def expiry_changed(self, vault_id: str, version: Version) -> None:
        """Watches for the end a version was given later than at its making."""
        if version.expires is None:
            return
        expires = version.expires
        for kind, moment in (("SecretNearExpiry", expires - NEAR_DAYS * DAY_SECONDS), ("SecretExpired", expires)):
            self._alarms.at(moment, partial(self._ended, vault_id, version, kind))

    def _made(self, vault_id: str, version: Version) -> None:
        self._publish(vault_id, version, "SecretNewVersionCreated")
        self.expiry_changed(vault_id, version)

    def _ended(self, vault_id: str, watched: Version, kind: str) -> None:
        current = self.secrets.current(vault_id, watched.name)
        same = current is not None and (current.version, current.expires) == (watched.version, watched.expires)
        if current is not None and same and current.enabled:
            self._publish(vault_id, current, kind)

    def _publish(self, vault_id: str, version: Version, kind: str) -> None:
        vault = name_of(vault_id)
        self._events.publish(
            ResourceEvent(
                id=str(uuid.uuid4()),
                type=f"Microsoft.KeyVault.{kind}",
                subject=version.name,
                time=timestamp(self._clock.now()),
                topic=vault_id,
                data={
                    "Id": f"https://{vault}.vault.azure.net/secrets/{version.name}/{version.version}",
                    "VaultName": vault,
                    "ObjectType": "Secret",
                    "ObjectName": version.name,
                    "Version": version.version,
                    "NBF": version.not_before,
                    "EXP": version.expires,
                },
                data_version="1",
            )
        )
