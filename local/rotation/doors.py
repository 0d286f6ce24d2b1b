"""The ways out of `rotate`: to Azure, and to whoever sits at the terminal. Each is opened only when it is used."""

import sys
from datetime import datetime
from typing import Protocol

from local.rotation.look import Look, look
from shared.model.message import Rotate, Wish
from shared.model.resource_id import ResourceId
from shared.policy.policy import Policy


class Doors(Protocol):
    """What the command needs of the world."""

    async def look(
        self, account: str, subscriptions: tuple[str, ...], table: str, policy: Policy, now: datetime
    ) -> Look:
        """Look at an account; `table` is the ledger's table service, empty for none. Raises HubwardenError."""
        ...

    async def send(self, queue: str, account: ResourceId, wish: Wish, reason: str) -> Rotate:
        """Put a word on the queue, in the name of whoever is signed in; gives what was sent. Raises HubwardenError."""
        ...

    def seated(self) -> bool:
        """Whether somebody sits there to be asked."""
        ...

    def ask(self, question: str) -> str:
        """What they answer; empty for none."""
        ...


class Live:
    """Azure itself, as whoever is signed in, and the terminal that this process has."""

    async def look(
        self, account: str, subscriptions: tuple[str, ...], table: str, policy: Policy, now: datetime
    ) -> Look:
        """See `Doors.look`."""
        from local.rotation.live import sources  # noqa: PLC0415 - the SDKs take longer to import than a wrong word to tell

        async with sources(subscriptions, table) as found:
            return await look(found, account, policy, now)

    async def send(self, queue: str, account: ResourceId, wish: Wish, reason: str) -> Rotate:
        """See `Doors.send`."""
        from local.live import SignedIn  # noqa: PLC0415 - see above
        from local.rotation.send import send  # noqa: PLC0415 - see above

        async with SignedIn() as credential:
            return await send(queue, credential, account, wish, reason)

    def seated(self) -> bool:
        """See `Doors.seated`."""
        return sys.stdin.isatty()

    def ask(self, question: str) -> str:
        """See `Doors.ask`."""
        print(question, end="", file=sys.stderr, flush=True)
        return sys.stdin.readline()
