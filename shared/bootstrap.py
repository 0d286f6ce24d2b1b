"""
The app: one per process, opened at its first invocation, and what the functions call.

Opening reads settings and policy and makes one client for each service. Settings or a policy that cannot be used do not
stop the app from starting, for then nothing could say so: health answers, and a critical finding tells ops.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from shared.adapters import policy_files
from shared.adapters.correlation import correlation
from shared.engine import distress
from shared.engine.fleet_report import report_fleet
from shared.engine.health import Counts, Health, examine
from shared.engine.key_desk import KeyDesk
from shared.engine.key_pass import Rotator
from shared.engine.month_end import MonthEnd
from shared.engine.month_reports import report_due
from shared.engine.outcry import Outcry
from shared.engine.reconcile import Reconciler
from shared.engine.report import as_document
from shared.engine.scope import families, introduce
from shared.engine.sight import look_at
from shared.model.errors import (
    BadEvent,
    HubwardenError,
    PermanentError,
    PolicyInvalid,
    SettingsInvalid,
)
from shared.model.message import Event, Message, Rotate, governed, parse, sweep_message
from shared.model.resource_id import ResourceId
from shared.policy.load import load
from shared.policy.policy import Policy
from shared.ports import World
from shared.rules.catalogue import RULES
from shared.settings import VERSION, Mode, Settings

log = logging.getLogger(__name__)

HEALTH_KEEPS = timedelta(minutes=1)


@dataclass(frozen=True)
class _Open:
    """All that an opened app holds."""

    settings: Settings
    world: World
    reconciler: Reconciler | None
    month_end: MonthEnd | None
    desk: KeyDesk | None
    policy: Policy | None
    refused: PolicyInvalid | None
    outcry: Outcry
    closers: AsyncExitStack


@dataclass
class App:
    """What the functions call: messages in, answers out."""

    environment: Mapping[str, str]
    directory: Path
    counts: Counts = field(default_factory=Counts)
    _open: _Open | None = None
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    _guard: asyncio.Task[None] | None = None
    _health: Health | None = None

    def receives(self, text: str) -> bool:
        """
        Whether an event is to go on the queue: of a governed subscription, and not the echo of our own write.

        Raises BadEvent or BadResourceId for what is no event.
        """
        self.counts.received += 1
        settings = Settings.read(self.environment, self.directory)
        try:
            message = _event(text)
        except PermanentError:
            self.counts.refused += 1
            raise
        if self._elsewhere(message, settings):
            return False
        if message.echoes(settings.principal_id):
            self.counts.echoed += 1
            log.info("event.echo event=%s resource=%s", message.id, message.resource)
            return False
        self.counts.queued += 1
        return True

    async def answer(self, text: str, holder: str) -> None:
        """Answer one message from the queue. Raises RetryableError or PermanentError; see `functions.edge`."""
        opened = await self.open()
        message = parse(text)
        if self._elsewhere(message, opened.settings):
            return
        if isinstance(message, Event | Rotate):
            correlation.set(message.correlation_id)
        if isinstance(message, Rotate):
            await _asked(opened).answer(message, holder)
            self.counts.answered += 1
            return
        if opened.reconciler is None:
            log.error("policy.invalid: nothing is judged until it is mended; GET /api/health says what is wrong")
            return
        if isinstance(message, Event) and message.echoes(opened.settings.principal_id):
            self.counts.echoed += 1
            return
        if isinstance(message, Event) and opened.desk is not None:
            await opened.desk.notice(message)
        handled = await opened.reconciler.handle(message, holder)
        self.counts.answered += 1
        self.counts.runs += handled.runs
        self.counts.coalesced += handled.coalesced

    def _elsewhere(self, message: Message, settings: Settings) -> bool:
        """Whether a message is of a subscription that is not governed; such a one is counted. Raises BadEvent."""
        if governed(message, settings.subscriptions):
            return False
        self.counts.elsewhere += 1
        said = "message.elsewhere resource=%s: its subscription is not governed, and nothing is done"
        log.info(said, message.about)
        return True

    async def report_unanswered(self, text: str) -> None:
        """Turn a poisoned message into a critical finding."""
        opened = await self.open()
        await opened.outcry.of_message(text)
        self.counts.poisoned += 1

    async def sweep_messages(self, *, past_due: bool, keys: bool = False) -> list[str]:
        """One message for each hub; with a policy that was refused none, and the finding about it again."""
        opened = await self.open()
        if opened.refused is not None:
            await opened.outcry.stands(distress.policy_invalid(opened.refused, opened.settings.app_id))
            return []
        await look_at(opened.settings.subscriptions, opened.world.inventory, opened.outcry)
        hubs = await opened.world.inventory.hubs()
        world, now = opened.world, opened.world.clock.now()
        await introduce(hubs, world.inventory, world.lineage, now)
        wanted = await families(hubs, world.lineage, now)
        log.info("sweep.started hubs=%d keys=%s past_due=%s", len(wanted), keys, past_due)
        return [sweep_message(hub, keys=keys) for hub in wanted]

    async def key_messages(self, *, past_due: bool) -> list[str]:
        """One message for each hub that asks who holds which key; none where the setting is off."""
        opened = await self.open()
        if opened.world.keys is None:
            log.info("keys.off: HUBWARDEN_KEYS is off, no key is looked at")
            return []
        return await self.sweep_messages(past_due=past_due, keys=True)

    async def rotate_keys(self, holder: str) -> None:
        """One pass over the keys of all accounts; none where HUBWARDEN_KEYS is not `rotate`, or policy was refused."""
        opened = await self.open()
        if opened.refused is not None:
            await opened.outcry.stands(distress.policy_invalid(opened.refused, opened.settings.app_id))
        elif opened.desk is None:
            log.info("keys.off: HUBWARDEN_KEYS is not rotate, no key is changed")
        else:
            await opened.desk.rotate(holder)

    async def report_costs(self) -> None:
        """Report the months that are due; none with a policy that was refused. Raises as `report_due` does."""
        opened = await self.open()
        if opened.month_end is not None:
            await report_due(opened.month_end, opened.outcry)

    async def report_images(self) -> None:
        """Report how old the fleet's images are, by what the sweeps have counted; not where policy was refused."""
        opened = await self.open()
        if opened.policy is not None:
            await report_fleet(opened.world, opened.policy.version)

    async def preview(self, hub: str) -> dict[str, Any]:
        """What a run over one hub, or over each, would find and do now; writes nothing. Raises BadResourceId."""
        wanted = ResourceId.parse(hub) if hub else None
        opened = await self.open()
        if opened.reconciler is None:
            raise opened.refused or SettingsInvalid("the app is not open")
        world = opened.world
        found = () if wanted else await world.inventory.hubs()
        hubs = [wanted] if wanted else await families(found, world.lineage, world.clock.now())
        return as_document(await opened.reconciler.preview(hubs))

    async def health(self) -> Health:
        """How the app is; never raises. Azure is asked at most once a minute: probes are eager, quotas shared."""
        try:
            opened = await self.open()
        except SettingsInvalid as problem:
            return Health(version=VERSION, problems=tuple(str(problem).splitlines()), instance=self.counts)
        now = opened.world.clock.now()
        if self._health is None or self._health.at is None or now - self._health.at >= HEALTH_KEEPS:
            self._health = await examine(
                opened.world,
                RULES,
                policy=opened.policy,
                refused=opened.refused,
                mode=opened.settings.mode,
                version=VERSION,
                instance=self.counts,
            )
        return self._health

    async def open(self) -> _Open:
        """The opened app; opens it for the first caller. Raises SettingsInvalid, and again until that is mended."""
        async with self._opening:
            if self._open is None:
                self._open = await self._compose()
                self._guard = asyncio.create_task(self._close_at_the_end())
                try:
                    await _tell_of_policy(self._open)
                except HubwardenError as error:
                    log.error("policy: nobody could be told how it stands: %s; the next process tries again", error)  # noqa: TRY400 - a line, no trace
            return self._open

    async def close(self) -> None:
        """Close every client."""
        opened, self._open = self._open, None
        if opened is not None:
            await opened.closers.aclose()

    async def _close_at_the_end(self) -> None:
        """The runtime has no hook for a worker's end, but its loop cancels every task then, and this one tidies up."""
        try:
            await asyncio.Event().wait()
        finally:
            await self.close()

    async def _compose(self) -> _Open:
        settings = Settings.read(self.environment, self.directory)
        logging.getLogger("azure").setLevel(logging.WARNING)  # the SDKs tell of every request; ours are told by `arm`
        # The SDKs load with the first message, not with the app: indexing takes a third of the time, half the memory.
        from shared.world import azure_world  # noqa: PLC0415 - see above

        closers = AsyncExitStack()
        world = azure_world(settings, closers)
        outcry = Outcry(world, settings.app_id)
        try:
            policy = load(policy_files.read(settings.policy_directory), RULES, world.clock.now())
        except PolicyInvalid as problem:
            return _Open(settings, world, None, None, None, None, problem, outcry, closers)
        enforce = settings.mode is Mode.ENFORCE
        governed = settings.subscriptions
        reconciler = Reconciler(world, RULES, policy, enforce=enforce, version=VERSION, governed=governed)
        month_end = MonthEnd(world, RULES, policy, governed, settings.app_id, settings.mode, VERSION)
        desk = _desk(settings, world, policy)
        return _Open(settings, world, reconciler, month_end, desk, policy, None, outcry, closers)


async def _tell_of_policy(opened: _Open) -> None:
    """An invalid policy is told at once, and again by each sweep; that it was mended, by the process that has it."""
    if opened.refused is not None:
        await opened.outcry.stands(distress.policy_invalid(opened.refused, opened.settings.app_id))
    else:
        await opened.outcry.over(distress.POLICY_VALID, "The policy is valid.")


def _desk(settings: Settings, world: World, policy: Policy) -> KeyDesk | None:
    """Where rotation is asked for; None where keys are not rotated."""
    if world.keys is None or world.rotation is None:
        return None
    rotator = Rotator(
        world,
        world.keys,
        world.rotation,
        RULES,
        policy,
        settings.app_id,
        VERSION,
        enforce=settings.mode is Mode.ENFORCE,
        governed=frozenset(settings.subscriptions),
    )
    return KeyDesk(rotator, settings.principal_id)


def _asked(opened: _Open) -> KeyDesk:
    """Whom somebody asks for a rotation. Raises PolicyInvalid or BadEvent where nobody could carry it out."""
    if opened.refused is not None:
        raise opened.refused
    if opened.desk is None:
        raise BadEvent("somebody asks for a rotation, and HUBWARDEN_KEYS is not rotate; set it, and ask again")
    return opened.desk


def _event(text: str) -> Event:
    message = parse(text)
    if not isinstance(message, Event):
        raise BadEvent("one of our own messages came from Event Grid; only timers and operators send those")
    return message
