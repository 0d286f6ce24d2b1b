"""
What the rules about keys need from the world; as `shared.ports`, which makes it part of the World.

It may raise the errors of `shared.model.errors`, and none of an SDK's own.
"""

from collections.abc import Sequence
from typing import Protocol

from shared.model.facts import Fact
from shared.model.key_facts import KeyFacts


class KeyReader(Protocol):
    """Compares keys, and hands none over."""

    async def held(self, consumers: Sequence[Fact]) -> KeyFacts:
        """
        Which slot of its account (`account_of`) each connection and workspace keeps; others are left out.

        Whatever Azure does not let us see is told in `Held.problem`. Raises Throttled when Azure still says 429 after
        the waits it asked for: it counts each list of keys as a write.
        """
        ...
