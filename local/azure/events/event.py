"""One event, written in either of Event Grid's two schemas."""

from dataclasses import dataclass, field
from typing import Protocol

from local.azure.arm_ids import GROUP_TYPE, canonical, resource_type
from local.azure.store import Document


class Event(Protocol):
    """What subscriptions filter on and deliver."""

    @property
    def id(self) -> str:
        """The event's own id; a duplicate has the same."""

    @property
    def type(self) -> str:
        """Such as `Microsoft.Resources.ResourceWriteSuccess`."""

    @property
    def subject(self) -> str:
        """What it is about."""

    def comes_from(self, source: str) -> bool:
        """Whether a topic on this resource tells it; an empty source tells all resource events."""

    def written(self, schema: str, source: str = "") -> Document:
        """The event as a subscription of this schema to this source receives it."""


@dataclass(frozen=True, slots=True)
class ResourceEvent:
    """An event of a system topic before it takes a schema; `topic` is the id of a subscription, or of a vault."""

    id: str
    type: str
    subject: str
    time: str
    topic: str
    data: Document = field(repr=False)
    data_version: str = "2"

    def comes_from(self, source: str) -> bool:
        """A subscription tells of everything in it, a resource group of what is in the group."""
        if not source or canonical(source) == canonical(self.topic):
            return bool(source) or self.type.startswith("Microsoft.Resources.")
        return _is_group(source) and f"{canonical(self.subject)}/".startswith(f"{canonical(source)}/")

    def written(self, schema: str, source: str = "") -> Document:
        """Both schemas say the same under different names; a group's topic names the group."""
        topic = source if source and _is_group(source) else self.topic
        if schema == "CloudEventSchemaV1_0":
            return {
                "id": self.id,
                "source": topic,
                "specversion": "1.0",
                "type": self.type,
                "subject": self.subject,
                "time": self.time,
                "data": self.data,
            }
        return {
            "subject": self.subject,
            "eventType": self.type,
            "eventTime": self.time,
            "id": self.id,
            "data": self.data,
            "dataVersion": self.data_version,
            "metadataVersion": "1",
            "topic": topic,
        }


@dataclass(frozen=True, slots=True)
class TopicEvent:
    """A CloudEvent that somebody sent to a custom topic, passed on as it came."""

    topic: str
    document: Document = field(repr=False)

    @property
    def id(self) -> str:
        """The sender's id."""
        return str(self.document["id"])

    @property
    def type(self) -> str:
        """The sender's type."""
        return str(self.document["type"])

    @property
    def subject(self) -> str:
        """The sender's subject, which a CloudEvent may lack."""
        return str(self.document.get("subject") or "")

    def comes_from(self, source: str) -> bool:
        """Only its own topic tells it."""
        return bool(source) and canonical(source) == canonical(self.topic)

    def written(self, schema: str, source: str = "") -> Document:
        """The document itself: a topic that takes CloudEvents delivers CloudEvents."""
        del schema, source
        return self.document


def _is_group(source: str) -> bool:
    try:
        return resource_type(source) == GROUP_TYPE
    except ValueError:
        return False
