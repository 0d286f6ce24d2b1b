"""One event, written in either of Event Grid's two schemas."""

from dataclasses import dataclass, field

from local.azure.options import EventSchema
from local.azure.store import Document


@dataclass(frozen=True, slots=True)
class ResourceEvent:
    """A system event before it takes a schema; `topic` is the subscription's id."""

    id: str
    type: str
    subject: str
    time: str
    topic: str
    data: Document = field(repr=False)

    def written(self, schema: EventSchema) -> Document:
        """The event as a subscription of this schema receives it."""
        if schema == "CloudEventSchemaV1_0":
            return {
                "id": self.id,
                "source": self.topic,
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
            "dataVersion": "2",
            "metadataVersion": "1",
            "topic": self.topic,
        }
