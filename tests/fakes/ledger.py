"""Memory of key rotations without a table."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared.model.errors import Conflict, HubwardenError
from shared.model.resource_id import ResourceId
from shared.model.rotation import Record


@dataclass
class FakeLedger:
    """KeyLedger: one record an account, and a new version each time one is saved."""

    kept: dict[ResourceId, Record] = field(default_factory=dict)
    trouble: HubwardenError | None = None
    """Raised by everything while set."""
    _versions: int = 0

    async def all(self) -> Mapping[ResourceId, Record]:
        """See `KeyLedger.all`."""
        self._check()
        return dict(self.kept)

    async def get(self, account: ResourceId) -> Record | None:
        """See `KeyLedger.get`."""
        self._check()
        return self.kept.get(account)

    async def save(self, record: Record) -> Record:
        """See `KeyLedger.save`: what is there and says the same is no conflict."""
        self._check()
        kept = self.kept.get(record.account)
        if record.version != (kept.version if kept else ""):
            if kept is None or kept != record:
                raise Conflict(f"somebody else saved another record of {record.account} since this one was read")
            return kept
        self._versions += 1
        saved = replace(record, version=str(self._versions))
        self.kept[record.account] = saved
        return saved

    def _check(self) -> None:
        if self.trouble is not None:
            raise self.trouble
