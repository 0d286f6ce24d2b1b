"""Who uses which key, and when one may have been made, as logs in memory tell."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from shared.model.errors import HubwardenError
from shared.model.facts import Fact, Kind, kind_of
from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId
from shared.model.rotation import NO_LOGS, Use

MOST_CALLERS: Final = 5


@dataclass(frozen=True)
class _Call:
    at: datetime
    slot: Slot | None
    caller: str


@dataclass
class FakeUses:
    """KeyUses: what happens while an account's logs are kept is in them; storage only names keys there."""

    trouble: HubwardenError | None = None
    """Why logs of accounts cannot be read, while set."""
    activity_trouble: HubwardenError | None = None
    """Raised by the activity log while set."""
    _logs: dict[ResourceId, list[_Call]] = field(default_factory=dict)
    _made: dict[ResourceId, list[datetime]] = field(default_factory=dict)

    def keep_logs(self, account: ResourceId) -> None:
        """Someone lets all requests to an account be logged, from now on."""
        self._logs.setdefault(account, [])

    def use(self, account: ResourceId, slot: Slot | None, at: datetime, caller: str = "10.0.0.4 app/1.0") -> None:
        """Someone calls an account with the key in a slot; None: by identity."""
        if account in self._logs:
            self._logs[account].append(_Call(at, slot, caller))

    def make(self, account: ResourceId, at: datetime) -> None:
        """Someone puts a new key into a slot, or writes the account, which may have been its creation."""
        self._made.setdefault(account, []).append(at)

    async def since(self, account: Fact, slot: Slot, moment: datetime) -> Use:
        """See `KeyUses.since`: no use is known only where each would be logged, and some call of somebody was."""
        if kind_of(account.id) is not Kind.STORAGE:
            return NO_LOGS
        if self.trouble is not None:
            return Use(known=False, why=str(self.trouble))
        logged = self._logs.get(account.id)
        used = [call for call in logged or () if call.slot is slot and call.at >= moment]
        if used:
            busiest = Counter(call.caller for call in used).most_common(MOST_CALLERS)
            return Use(known=True, last=max(call.at for call in used), callers=tuple(caller for caller, _ in busiest))
        if logged is None:
            return Use(known=False, why="the logs of blob, file, queue, table are not kept")
        return Use(known=True) if logged else Use(known=False, why="its logs have shown no row")

    async def keys_made(self, account: Fact, since: datetime) -> datetime | None:
        """See `KeyUses.keys_made`."""
        if self.activity_trouble is not None:
            raise self.activity_trouble
        return max((at for at in self._made.get(account.id, ()) if at >= since), default=None)
