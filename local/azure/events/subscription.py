"""An event subscription: which events it wants, where they go, how often and how long it is tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from local.azure.arm_ids import canonical
from local.azure.events.event import Event
from local.azure.events.filters import AdvancedFilter

type EventSchema = Literal["EventGridSchema", "CloudEventSchemaV1_0"]


class EndpointType(StrEnum):
    """What the endpoint is, in ARM's words; a function is reached by its webhook."""

    WEB_HOOK = "WebHook"
    AZURE_FUNCTION = "AzureFunction"
    STORAGE_QUEUE = "StorageQueue"


@dataclass(frozen=True, slots=True)
class EventSubscription:
    """Where events go: a webhook or a queue, the schema it reads and the events it wants (empty: all)."""

    name: str
    endpoint: str = field(repr=False)
    """A webhook's URL, or that of a storage queue."""
    schema: EventSchema = "EventGridSchema"
    event_types: tuple[str, ...] = ()
    max_attempts: int = 30
    kind: EndpointType = EndpointType.WEB_HOOK
    source: str = ""
    """Id of the subscription, group, vault or topic whose events it wants; empty: resource events of all."""
    subject_begins_with: str = ""
    subject_ends_with: str = ""
    case_sensitive: bool = False
    filters: tuple[AdvancedFilter, ...] = ()
    time_to_live_minutes: int = 1440
    max_events_per_batch: int = 1
    preferred_batch_kilobytes: int = 64
    dead_letters: str = field(default="", repr=False)
    """URL of the blob container for events given up; empty: they are dropped."""
    resource_id: str = ""
    """Its own id, when it was made through ARM."""

    @property
    def key(self) -> str:
        """What it is kept under."""
        return canonical(self.resource_id) if self.resource_id else self.name

    def wants(self, event: Event) -> bool:
        """Whether an event of its source passes all its filters."""
        if self.event_types and event.type.casefold() not in {kind.casefold() for kind in self.event_types}:
            return False
        return self._subject_fits(event.subject) and self._filters_pass(event)

    def write(self, event: Event) -> dict[str, Any]:
        """An event as it is sent to this subscription."""
        return event.written(self.schema, self.source)

    def _subject_fits(self, subject: str) -> bool:
        begin, end = self.subject_begins_with, self.subject_ends_with
        if not self.case_sensitive:
            subject, begin, end = subject.casefold(), begin.casefold(), end.casefold()
        return subject.startswith(begin) and subject.endswith(end)

    def _filters_pass(self, event: Event) -> bool:
        if not self.filters:
            return True
        written: Mapping[str, Any] = self.write(event)
        return all(one.passes(written) for one in self.filters)
