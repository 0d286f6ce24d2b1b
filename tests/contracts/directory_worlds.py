"""Two organisations whose people a test sets: the fake, and the stand-in's behind the adapter."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from local.azure.microsoft_graph import READ_DIRECTORY
from local.azure.stand_in import AzureStandIn
from shared.adapters.directory import PATH, MicrosoftGraph
from shared.image_ports import Directory
from shared.model.errors import DependencyDown, Forbidden, Throttled
from tests.contracts.worlds import AppCredential
from tests.fakes import FakeClock, FakeDirectory

GRAPH = f"/graph{PATH}"


class DirectoryWorld(Protocol):
    """Who is there, and whether anybody is told."""

    @property
    def directory(self) -> Directory:
        """The port."""

    def join(self, person: str) -> None:
        """Someone is there, by object id."""

    def leave(self, person: str) -> None:
        """Someone is there no more."""

    def later(self) -> None:
        """So much time goes by that nobody believes the last answer any more."""

    def deny(self) -> None:
        """Nobody may ask."""

    def throttle(self) -> None:
        """Whoever asks is told to come again in an hour."""

    def fail(self) -> None:
        """Whoever asks gets a 503, again and again."""


@dataclass
class FakeDirectoryWorld:
    """The fake."""

    directory: FakeDirectory = field(default_factory=FakeDirectory)

    def join(self, person: str) -> None:
        """See `DirectoryWorld`."""
        self.directory.there.add(person)

    def leave(self, person: str) -> None:
        """See `DirectoryWorld`."""
        self.directory.there.discard(person)

    def later(self) -> None:
        """See `DirectoryWorld`; the fake believes nothing for any time."""

    def deny(self) -> None:
        """See `DirectoryWorld`."""
        self.directory.trouble = Forbidden("403 Authorization_RequestDenied", READ_DIRECTORY)

    def throttle(self) -> None:
        """See `DirectoryWorld`."""
        self.directory.trouble = Throttled("429 TooManyRequests", 3600)

    def fail(self) -> None:
        """See `DirectoryWorld`."""
        self.directory.trouble = DependencyDown("503 ServiceUnavailable")


@dataclass
class StandInDirectoryWorld:
    """The adapter, speaking to the stand-in's Graph over TLS, in a time of its own."""

    azure: AzureStandIn
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        """Let the app ask."""
        self.azure.directory.grant(self.azure.options.app_object_id, [READ_DIRECTORY])
        self.directory = MicrosoftGraph(AppCredential(self.azure), f"{self.azure.url}/graph", self.clock)

    def join(self, person: str) -> None:
        """See `DirectoryWorld`."""
        self.azure.directory.join(person)

    def leave(self, person: str) -> None:
        """See `DirectoryWorld`."""
        self.azure.directory.leave(person)

    def later(self) -> None:
        """See `DirectoryWorld`."""
        self.clock.at += timedelta(hours=1)

    def deny(self) -> None:
        """See `DirectoryWorld`."""
        self.azure.directory.grant(self.azure.options.app_object_id, [])

    def throttle(self) -> None:
        """See `DirectoryWorld`."""
        self._plan(429, retryAfter=3600)

    def fail(self) -> None:
        """See `DirectoryWorld`."""
        self._plan(503, retryAfter=0)

    def questions(self) -> int:
        """How many questions Graph has been asked."""
        return sum(entry.path == GRAPH for entry in self.azure.ledger.requests)

    async def close(self) -> None:
        """Close all connections, and end all troubles for the next test in the same stand-in."""
        self.azure.cloud.faults.clear()
        await self.directory.close()

    def _plan(self, status: int, **more: int) -> None:
        rule = {"method": "POST", "path": GRAPH, "status": status, "times": 99}
        self.azure.cloud.faults.plan({"next": [rule | more]})
