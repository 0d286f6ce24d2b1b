"""The timer trigger: one task per timer function, its status in a blob, past due on start, never two runs at once.

Follows TimerListener and StorageScheduleMonitor of azure-webjobs-sdk-extensions. A failing run never stops the
schedule. A retry policy is applied within one occurrence.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob.aio import BlobClient

from local.host.definitions import FunctionDefinition, Retry
from local.host.errors import HostError, InvocationFailed
from local.host.invocations import Call, Invoker
from local.host.ncrontab import Schedule, parse
from local.host.protos import json_data

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
# A schedule that fires more often than this is not monitored: its status would be written all the time.
_SHORTEST_MONITORED: Final = timedelta(minutes=1)
# The longest uninterrupted wait, so that a clock that was set or a machine that slept is noticed.
_LONGEST_WAIT: Final = 30.0


@dataclass(frozen=True, slots=True)
class Status:
    """When a timer last ran and when it runs next, as the real host keeps it in `azure-webjobs-hosts`."""

    last: datetime
    """`datetime.min` until the first run."""
    next: datetime
    updated: datetime

    @classmethod
    def new(cls, schedule: Schedule, now: datetime) -> Self:
        """The status of a timer that has never run: it waits for its next occurrence."""
        return cls(_NEVER, schedule.after(now), now)

    @classmethod
    def read(cls, text: str) -> Self:
        """The status a blob holds. Raises ValueError when it holds something else."""
        document = json.loads(text)
        try:
            return cls(*(datetime.fromisoformat(document[key]) for key in ("Last", "Next", "LastUpdated")))
        except (KeyError, TypeError) as error:
            raise ValueError(f"no timer status: {error}") from error

    def document(self) -> dict[str, str]:
        """The JSON the blob holds and the function sees as `schedule_status`."""
        values = {"Last": self.last, "Next": self.next, "LastUpdated": self.updated}
        return {key: value.isoformat() for key, value in values.items()}

    def under(self, schedule: Schedule, now: datetime) -> Self:
        """This status if it fits the schedule; after the schedule was changed, one that is not past due."""
        expected = schedule.after(self.updated if self.last == _NEVER else self.last)
        if self.next == expected:
            return self
        return replace(self, last=_NEVER, next=expected if expected > now else schedule.after(now), updated=now)


class TimerListener:
    """Runs one timer function on its schedule. Raises HostError when that is no NCRONTAB expression."""

    def __init__(self, function: FunctionDefinition, status: BlobClient, invoker: Invoker, clock: Clock) -> None:
        self._function = function
        self._status = status
        self._invoker = invoker
        self._clock = clock
        self._schedule = schedule_of(function)
        first = self._schedule.after(clock())
        often = self._schedule.after(first) - first < _SHORTEST_MONITORED
        self._monitored = function.trigger.properties.get("useMonitor", True) and not often

    async def run(self) -> None:
        """Listen until cancelled. A run under way then goes on, as a task of the invoker."""
        now = self._clock()
        status = await self._load(now)
        past_due = status.next < now
        due = now if past_due or self._function.trigger.properties.get("runOnStartup") else status.next
        while True:
            await self._wait_until(due)
            status = await asyncio.shield(self._invoker.start(self._fire(status, due, past_due=past_due)))
            due, past_due = status.next, False

    async def fire_once(self) -> None:
        """Run the function now, off the schedule, as the admin API does."""
        await self._attempts(Status.new(self._schedule, self._clock()), past_due=False)

    async def _fire(self, status: Status, due: datetime, *, past_due: bool) -> Status:
        """One occurrence and its status, written here so that a listener being stopped writes it too."""
        await self._attempts(status, past_due=past_due)
        now = max(self._clock(), due)
        following = Status(now, self._schedule.after(now), now)
        await self._save(following)
        return following

    async def _attempts(self, status: Status, *, past_due: bool) -> None:
        retry = self._function.retry or Retry(0, timedelta(), timedelta())
        attempt = 0
        while True:
            try:
                await self._invoker.run(self._call(status, attempt, past_due=past_due))
            except InvocationFailed:
                if attempt == retry.maximum_count:
                    return
            else:
                return
            await asyncio.sleep(_delay(retry, attempt))
            attempt += 1

    def _call(self, status: Status, attempt: int, *, past_due: bool) -> Call:
        value = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": status.document() if self._monitored else None,
            "IsPastDue": past_due,
        }
        return Call(self._function, json_data(value), f"Timer fired, past due: {past_due}", retry_count=attempt)

    async def _wait_until(self, due: datetime) -> None:
        seconds = (due - self._clock()).total_seconds()
        while seconds > 0:
            await asyncio.sleep(min(seconds, _LONGEST_WAIT))
            seconds = (due - self._clock()).total_seconds()

    async def _load(self, now: datetime) -> Status:
        status = Status.new(self._schedule, now)
        if not self._monitored:
            return status
        try:
            blob = await self._status.download_blob(encoding="utf-8")
            status = Status.read(await blob.readall()).under(self._schedule, now)
        except ResourceNotFoundError:
            log.info("Timer '%s' runs for the first time.", self._function.name)
        except (AzureError, ValueError) as error:
            log.warning("status of timer '%s' cannot be read, it starts anew: %s", self._function.name, error)
        await self._save(status)
        return status

    async def _save(self, status: Status) -> None:
        if not self._monitored:
            return
        try:
            await self._status.upload_blob(json.dumps(status.document()), overwrite=True)
        except AzureError as error:
            log.warning("status of timer '%s' cannot be written: %s", self._function.name, error)


def schedule_of(function: FunctionDefinition) -> Schedule:
    """A timer function's schedule. Raises HostError when it is no NCRONTAB expression."""
    try:
        return parse(function.trigger.properties["schedule"])
    except ValueError as error:
        raise HostError(f"function '{function.name}' has no valid schedule: {error}") from None


def _delay(retry: Retry, attempt: int) -> float:
    """Seconds until the next attempt: the same each time, or doubling up to the longest."""
    seconds = retry.first_delay.total_seconds() * 2.0 ** min(attempt, 30)
    return min(seconds, retry.longest_delay.total_seconds())
