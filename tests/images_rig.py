"""The engine with a fleet of instances around it: images that come, and fall behind while days pass."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, override

from shared.adapters.alert_topic import event_id
from shared.engine.notices import KIND
from shared.engine.reconcile import LEASE, Reconciler
from shared.model.action import DeleteInstance, StopInstance
from shared.model.compute_memory import ComputeMemory
from shared.model.message import Event, Sweep
from shared.model.plan import Step
from shared.model.resource_id import ResourceId
from shared.policy.policy import Effect, Policy
from shared.ports import Alert, World
from shared.rules.catalogue import RULES
from tests.builders import NOW, Document, diagnostics, hub, policy, rid
from tests.fakes import FakeCloud, FakeDirectory, FakeStore
from tests.fakes.process import Crash, Process
from tests.images.sample import JANE, owned
from tests.rig import Rig

FIRST: Final = "25.11.30"
"""The image that all have at first, and the latest then."""
RELEASES: Final = ((4, "26.02.16"), (12, "26.03.02"), (41, "26.04.03"), (52, "26.04.15"), (95, "26.05.28"))
"""The days on which a newer image comes to the region, as unevenly as Azure's do."""
REGION: Final = "eastus2"
HUB: Final = hub()
COMPUTES: Final = "microsoft.machinelearningservices/workspaces/computes"
EVENING: Final = timedelta(hours=12)
"""From the first sweep of a day, at nine in the morning, to the second."""

_OTHERS: Final = {rule.id: Effect.AUDIT for rule in RULES if not rule.id.startswith("HW-IMG-")}


def touching(**settings: Any) -> Policy:  # noqa: ANN401 - as `policy`
    """A policy under which instances are stopped, and made anew, without asking anybody; no other rule writes."""
    effects = {**_OTHERS, **settings.pop("effects", {})}
    given = {
        "effects": effects,
        "parameters": {"HW-IMG-002": {"accepted": ("unknown_use",), "zone": "UTC"}, "HW-IMG-003": {"zone": "UTC"}},
        "auto_approve": "CHG-9",
    }
    return policy(**{**given, **settings})


def stopping(**settings: Any) -> Policy:  # noqa: ANN401 - as `policy`
    """A policy under which they are stopped, and nothing more."""
    return touching(effects={"HW-IMG-003": Effect.AUDIT}, **settings)


def aged(name: str = "ci-jane", *, image: str = FIRST, made: float = 60, **inner: Any) -> Document:  # noqa: ANN401 - JSON
    """Somebody's instance, made so many days before the tests begin; the image it has was the latest when they do."""
    shown = {"currentImageVersion": image, "latestImageVersion": FIRST, "isLatestOsImageVersion": image == FIRST}
    closed = {"connectivityEndpoints": {}, "enableNodePublicIp": False}
    document = owned(name, **{**closed, "osImageMetadata": shown, **inner})
    document["properties"]["createdOn"] = (NOW - timedelta(days=made)).isoformat()
    return document


def stopped(name: str = "ci-jane", **inner: Any) -> Document:  # noqa: ANN401 - JSON
    """One that stands stopped."""
    return aged(name, **{"state": "Stopped", **inner})


def forgotten(name: str = "ci-jane", **inner: Any) -> Document:  # noqa: ANN401 - JSON
    """One that runs, and nothing would ever stop it."""
    return aged(name, **{"state": "Running", "idleTimeBeforeShutdown": None, **inner})


def exposed(name: str = "ci-jane", **inner: Any) -> Document:  # noqa: ANN401 - JSON
    """One that anybody can reach by SSH."""
    return aged(name, **{"enableNodePublicIp": True, "sshSettings": {"sshPublicAccess": "Enabled"}, **inner})


class WatchedCloud(FakeCloud):
    """A cloud that sees to it that nothing is deleted which nobody remembers, and that counts what is made."""

    store: FakeStore
    deleted: set[ResourceId]
    """Instances that we deleted and that are not there again."""
    made: list[ResourceId]
    """Instances that came to be by our writes."""
    meanwhile: Callable[[], object] | None
    """What somebody does just before our next write."""

    def watch(self, store: FakeStore) -> None:
        """Begin."""
        self.store, self.deleted, self.made, self.meanwhile = store, set(), [], None

    @override
    async def apply(self, step: Step) -> None:
        if isinstance(step.action, DeleteInstance):
            kept = (await self.store.load(rid(HUB))).computes.get(step.target, ComputeMemory()).taken_down
            if kept is None or kept.document != step.action.document:
                raise AssertionError(f"nobody remembers what {step.target.name} is, and it is to be deleted")
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            happens()
        with self._watching():
            await super().apply(step)

    @override
    def finish(self) -> None:
        with self._watching():
            super().finish()

    @contextmanager
    def _watching(self) -> Iterator[None]:
        before = set(self.world)
        yield
        self.deleted = {one for one in self.deleted | (before - set(self.world)) if one not in self.world}
        self.made += sorted(set(self.world) - before)


@dataclass
class ImagesRig(Rig):
    """A rig in which days pass, images come, and the events of what Azure has done arrive."""

    policy: Policy = field(default_factory=touching)
    directory: FakeDirectory | None = field(default_factory=lambda: FakeDirectory({JANE}))
    _heard: int = 0
    """Writes whose events have come."""

    def __post_init__(self) -> None:
        """Instances go by the clock."""
        self.watched = WatchedCloud(self.cloud.world.values())
        self.watched.watch(self.store)
        self.cloud = self.watched
        self.cloud.clock = self.clock

    @classmethod
    def with_fleet(cls, *computes: Document, **settings: Any) -> "ImagesRig":  # noqa: ANN401 - the fields above
        """A hub with these computes, and nothing else that anybody could complain of."""
        return cls.of(HUB, diagnostics(), *computes, **settings)

    @property
    def day(self) -> int:
        """How many days have passed."""
        return (self.clock.now() - NOW).days

    def release(self) -> None:
        """The image of the day comes, if there is one."""
        for day, version in RELEASES:
            if day == self.day and self.cloud.images[REGION] != version:
                self.cloud.release(REGION, version)

    async def live(self, days: int, *, about: Sequence[Document] = ()) -> None:
        """Days pass: a sweep each morning and each evening, and an event about one of these at noon."""
        for _ in range(days):
            self.release()
            await self.sweep(HUB)
            self.clock.advance(hours=3)
            if about:
                await self.event(about[self.day % len(about)])
            self.clock.advance(hours=EVENING / timedelta(hours=1) - 3)
            await self.sweep(HUB)
            self.clock.advance(hours=12)

    async def skip_to(self, day: int) -> None:
        """Days pass in which nobody looks; the images come all the same."""
        while self.day < day:
            self.release()
            self.clock.advance(days=1)
        self.release()

    async def ends(self) -> list[Event]:
        """Azure ends what it took; the events of that."""
        self.cloud.finish()
        heard, self._heard = self._heard, len(self.cloud.writes)
        verbs = {DeleteInstance: "Delete", StopInstance: "Action"}
        return [
            Event(
                f"end-{n}", f"Microsoft.Resources.Resource{verbs.get(type(step.action), 'Write')}Success", step.target
            )
            for n, step in enumerate(self.cloud.writes[heard:], heard)
        ]

    async def settle(self, *, slow: bool = False, most: int = 8) -> None:
        """Azure ends what it took, and its events are answered, until no more come; `slow` where it only accepts."""
        for _ in range(most):
            events = await self.ends()
            if not events:
                return
            if slow:
                self.cloud.accept_only(COMPUTES)
            self.clock.advance(minutes=5)
            for event in events:
                await self.reconciler.handle(event, "worker-1")
        raise AssertionError(f"after {most} rounds there is still no end")

    async def dies(self, message: Event | Sweep, at: int) -> bool:
        """A process that answers a message is killed at a boundary; then its lease is over. Whether there was one."""
        process = Process(at)
        try:
            await self.worker(process.around(self.world)).handle(message, f"killed-at-{at}")
        except Crash:
            self.clock.advance(seconds=LEASE.total_seconds())
            return True
        return False

    def worker(self, world: World) -> Reconciler:
        """A fresh worker in a world that may be out of order."""
        return Reconciler(world, RULES, self.policy, enforce=self.enforce, version="0.1.0")

    async def memory(self, about: Document | ResourceId) -> ComputeMemory:
        """What is remembered of a compute."""
        known = (await self.store.load(rid(HUB))).computes
        return known.get(about if isinstance(about, ResourceId) else rid(about), ComputeMemory())

    @property
    def notices(self) -> list[Alert]:
        """The events for owners."""
        return [alert for alert in self.topic.alerts if alert.kind == KIND]

    def told(self) -> dict[str, list[str]]:
        """What was told of each compute, once for each event, in the order in which it came."""
        said: dict[str, dict[str, str]] = {}
        for alert in self.notices:
            said.setdefault(alert.data["Compute"].rpartition("/")[2], {})[event_id(alert)] = alert.data["Notice"]
        return {name: list(events.values()) for name, events in said.items()}

    def stops(self) -> list[tuple[str, datetime]]:
        """What was stopped when."""
        done = self.actions(Action=StopInstance.verb, Result="done")
        return [(row["Resource"].rpartition("/")[2], datetime.fromisoformat(row["TimeGenerated"])) for row in done]
