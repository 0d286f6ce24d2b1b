"""
The ladder's world: the app's own engine and adapters over TLS, on a clock that jumps from day to day.

The app as a process goes by the machine's clock, and no setting makes it go faster. So what takes months is played with
the same parts in this process: wired as the app wires them, with a stand-in and an Azurite of its own.
"""

import json
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import yaml

from local.azure.microsoft_graph import READ_DIRECTORY
from local.azure.stand_in import AzureStandIn
from local.ladder.estate import SUBSCRIPTION
from local.soak.world import TOPIC, House
from local.stage import SENDS
from shared.adapters.policy_files import read
from shared.engine.reconcile import Reconciler
from shared.engine.scope import families, introduce
from shared.model.errors import RetryableError
from shared.model.message import Event, Sweep, parse
from shared.policy.load import load
from shared.policy.policy import Policy
from shared.ports import Row, World
from shared.rules.catalogue import RULES
from shared.settings import VERSION

REPOSITORY: Final = Path(__file__).resolve().parents[2]
TRIES: Final = 5
"""How often a message is brought, as host.json says."""
_ROLES: Final = ("enforcer", "instance-renewer")


def policy_with(shipped: Path, folder: Path, rules: Mapping[str, Mapping[str, Any]]) -> Path:
    """The shipped policy in a folder of its own, with some rules otherwise; gives that folder."""
    shutil.copytree(shipped, folder, dirs_exist_ok=True)
    baseline = folder / "baseline.yaml"
    policy = yaml.safe_load(baseline.read_text(encoding="utf-8"))
    for rule, said in rules.items():
        policy["rules"][rule] = {**policy["rules"].get(rule, {}), **deepcopy(dict(said))}
    baseline.write_text(yaml.safe_dump(policy, sort_keys=False), encoding="utf-8")
    return folder


@contextmanager
def logged(file: Path) -> Iterator[None]:
    """What the app says while the block runs goes to a file, as that of the app as a process does."""
    handler, root = logging.FileHandler(file, mode="w", encoding="utf-8"), logging.getLogger()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


@dataclass
class Ladder:
    """The app in front of a stand-in whose clock somebody moves."""

    azure: AzureStandIn
    world: World
    worker: Callable[[World], Reconciler]
    """The app, as a process sees the world."""
    policy: Policy
    _heard: int = 0
    """Events that were answered, or were not for the app."""

    @property
    def now(self) -> datetime:
        """What time it is there."""
        return self.azure.clock.now()

    def seen_by(self, process: Callable[[World], World]) -> "Ladder":
        """The same in front of a process of its own, to which the world may not be what it is."""
        return replace(self, world=process(self.world))

    async def until(self, moment: datetime) -> None:
        """Let time pass, and each timer fire at its own moment."""
        await self.azure.clock.elapse(max(0.0, (moment - self.now).total_seconds()))

    async def sweep(self) -> None:
        """Look at every hub, as the timer has the app do. Raises RetryableError where trying again did not help."""
        hubs = await self.world.inventory.hubs()
        await introduce(hubs, self.world.inventory, self.world.lineage, self.now)
        for hub in await families(hubs, self.world.lineage, self.now):
            await self._answer(Sweep(hub))

    async def hear(self) -> None:
        """
        Answer the events that Azure has raised since the last time, but for echoes. Raises as `sweep` does.

        Each comes once and in order; how Event Grid delivers is no matter here.
        """
        raised = list(self.azure.events.raised)
        for event in raised[self._heard :]:
            message = parse(json.dumps(event.written("EventGridSchema")))
            if isinstance(message, Event) and not message.echoes(self.azure.options.app_object_id):
                await self._answer(message)
        self._heard = len(raised)

    async def _answer(self, message: Event | Sweep) -> None:
        """What should be tried again is, as the queue would bring it again."""
        for left in reversed(range(TRIES)):
            try:
                await self.worker(self.world).handle(message, f"at {self.now:%Y-%m-%d %H:%M:%S.%f}")
            except RetryableError:
                if not left:
                    raise
            else:
                return

    def rows(self, query: str) -> list[Row]:
        """Rows of a KQL query over all that the app has sent to Log Analytics."""
        answer = self.azure.cloud.tables.query(query, self.now, None)
        names = [name for name, _ in answer.columns]
        return [dict(zip(names, row, strict=True)) for row in answer.rows]

    def alerts(self) -> list[dict[str, Any]]:
        """What the app has sent to its topic."""
        return self.azure.topics.events(TOPIC)


def ladder(built: House, policy: Path) -> Ladder:
    """
    The app with a policy, in front of a stand-in; its identity may do what the roles for it say, and no more.

    It may also look up people: nothing is deleted that may be nobody's.
    """
    files = (REPOSITORY / "infra" / f"{name}-role.json" for name in _ROLES)
    actions = [action for file in files for action in json.loads(file.read_text(encoding="utf-8"))["Actions"]]
    built.azure.directory.limit(built.azure.options.app_object_id, (*actions, *SENDS))
    built.azure.directory.grant(built.azure.options.app_object_id, (READ_DIRECTORY,))
    settings = built.settings(SUBSCRIPTION, policy)
    world = built.world(settings)
    loaded = load(read(policy), RULES, world.clock.now())

    def worker(seen: World) -> Reconciler:
        return Reconciler(seen, RULES, loaded, enforce=True, version=VERSION, governed=settings.subscriptions)

    return Ladder(built.azure, world, worker, loaded)
