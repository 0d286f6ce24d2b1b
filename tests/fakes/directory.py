"""The organisation's people without Microsoft Graph."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from shared.model.errors import HubwardenError

_OBJECT_ID = re.compile(r"(?!0{8}-)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass
class FakeDirectory:
    """Directory: those who are `there`, by object id in lower case; nobody else has one."""

    there: set[str] = field(default_factory=set)
    trouble: HubwardenError | None = None
    """Raised by every question about somebody while set."""

    async def missing(self, people: Collection[str]) -> frozenset[str]:
        """See `Directory.missing`."""
        named = {person for person in people if _OBJECT_ID.fullmatch(person.casefold())}
        if named and self.trouble is not None:
            raise self.trouble
        return frozenset(person for person in named if person.casefold() not in self.there)
