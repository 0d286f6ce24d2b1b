"""Who keeps a copy of a key on the small world."""

from dataclasses import dataclass
from typing import Final

from shared.model.facts import WORKSPACES, Fact, Kind
from shared.model.key_facts import Held, Slot
from shared.model.resource_id import ResourceId
from tests.builders import hub

LISTSECRETS: Final = "Microsoft.MachineLearningServices/workspaces/connections/listsecrets/action"
LISTKEYS: Final = "Microsoft.MachineLearningServices/workspaces/listKeys/action"
"""What it takes to read a consumer's copy."""


@dataclass
class Keeper:
    """Somebody who keeps a copy of a key."""

    id: ResourceId
    kind: Kind
    secret: int
    readable: bool = True
    listed: bool = True
    """Whether the list that it is in can be read."""
    writable: bool = True
    by_identity: bool = False
    """A workspace that has a copy of the key and does not use it."""
    resyncing: bool = False
    """Azure has accepted a resync, and carries it out over a while."""

    @property
    def anchored(self) -> bool:
        """A workspace, which learns the first key by a resync and no other."""
        return self.kind in WORKSPACES

    @property
    def document(self) -> Fact:
        """What Azure shows of it besides its key."""
        if not self.anchored:
            return Fact(self.id, self.kind)
        return Fact.of(hub(self.id.name, systemDatastoresAuthMode="Identity" if self.by_identity else "AccessKey"))

    def held(self, account: ResourceId, slot: Slot | None) -> Held:
        """What we are told of its copy, which is in that slot."""
        if self.readable:
            return Held(account, slot)
        return Held(account, problem="Azure answered 403", permission=LISTKEYS if self.anchored else LISTSECRETS)
