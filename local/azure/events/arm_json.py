"""Event subscriptions in ARM's words: read from a PUT, with Event Grid's limits, and told back without secrets."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from local.azure.arm_ids import name_of
from local.azure.events.filters import FilterError, advanced_filters
from local.azure.events.subscription import EndpointType, EventSchema, EventSubscription
from local.azure.options import StoragePlaces
from local.azure.store import Document

SCHEMAS: tuple[EventSchema, ...] = ("EventGridSchema", "CloudEventSchemaV1_0")
LIMITS = {
    "maxDeliveryAttempts": (1, 30),
    "eventTimeToLiveInMinutes": (1, 1440),
    "maxEventsPerBatch": (1, 5000),
    "preferredBatchSizeInKilobytes": (1, 1024),
}


class SubscriptionRefusedError(ValueError):
    """Properties of an event subscription that Event Grid would not take; says which and why."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads properties; knows where functions and storage accounts are reached on this machine."""

    functions_webhook: str
    storage: StoragePlaces | None

    def read(self, resource_id: str, source: str, properties: Document) -> EventSubscription:
        """The subscription that the properties describe; raises SubscriptionRefusedError."""
        destination = _destination(properties, "destination", "deliveryWithResourceIdentity")
        wanted, retry = properties.get("filter") or {}, properties.get("retryPolicy") or {}
        kind, endpoint = self._endpoint(destination)
        given = destination.get("properties") or {}
        batched = given if kind != EndpointType.STORAGE_QUEUE else {}
        try:
            filters = advanced_filters(wanted.get("advancedFilters") or [])
        except FilterError as error:
            raise SubscriptionRefusedError(str(error)) from None
        return EventSubscription(
            name=name_of(resource_id),
            endpoint=endpoint,
            schema=_schema(properties),
            event_types=tuple(wanted.get("includedEventTypes") or ()),
            max_attempts=_number(retry, "maxDeliveryAttempts", 30),
            kind=kind,
            source=source,
            subject_begins_with=wanted.get("subjectBeginsWith") or "",
            subject_ends_with=wanted.get("subjectEndsWith") or "",
            case_sensitive=bool(wanted.get("isSubjectCaseSensitive")),
            filters=filters,
            time_to_live_minutes=_number(retry, "eventTimeToLiveInMinutes", 1440),
            max_events_per_batch=_number(batched, "maxEventsPerBatch", 1),
            preferred_batch_kilobytes=_number(batched, "preferredBatchSizeInKilobytes", 64),
            dead_letters=self._container(properties),
            resource_id=resource_id,
        )

    def _endpoint(self, destination: Document) -> tuple[EndpointType, str]:
        given = destination.get("properties") or {}
        match destination.get("endpointType"):
            case "WebHook" if given.get("endpointUrl"):
                return EndpointType.WEB_HOOK, str(given["endpointUrl"])
            case "AzureFunction" if given.get("resourceId"):
                return EndpointType.AZURE_FUNCTION, self._function(name_of(given["resourceId"]))
            case "StorageQueue" if given.get("queueName"):
                return EndpointType.STORAGE_QUEUE, f"{self._places().queue_uri}/{given['queueName']}"
        raise SubscriptionRefusedError(
            "The destination must be a WebHook with 'endpointUrl', an AzureFunction with 'resourceId' or a "
            "StorageQueue with 'queueName'; other endpoint types are not served here."
        )

    def _function(self, name: str) -> str:
        if not self.functions_webhook:
            raise SubscriptionRefusedError("No Functions host is known here; start with the option functions_webhook.")
        separator = "&" if urlsplit(self.functions_webhook).query else "?"
        return f"{self.functions_webhook}{separator}{urlencode({'functionName': name})}"

    def _container(self, properties: Document) -> str:
        destination = _destination(properties, "deadLetterDestination", "deadLetterWithResourceIdentity")
        name = (destination.get("properties") or {}).get("blobContainerName")
        return f"{self._places().blob_uri}/{name}" if name else ""

    def _places(self) -> StoragePlaces:
        if self.storage is None:
            raise SubscriptionRefusedError("No storage account is known here; start with the option storage.")
        return self.storage


def shown(properties: Document, topic: str, state: str) -> Document:
    """The properties as a GET tells them: a webhook's URL loses its query, in which its key is."""
    told = {"topic": topic, "provisioningState": state, "labels": None, "eventDeliverySchema": "EventGridSchema"}
    told |= properties | {"topic": topic, "provisioningState": state}
    destination = told.get("destination")
    if isinstance(destination, dict) and destination.get("endpointType") == "WebHook":
        inner = dict(destination.get("properties") or {})
        base = urlsplit(str(inner.pop("endpointUrl", "")))._replace(query="").geturl()
        told["destination"] = {**destination, "properties": {**inner, "endpointBaseUrl": base}}
    return told


def _destination(properties: Document, plain: str, with_identity: str) -> dict[str, Any]:
    inner = (properties.get(with_identity) or {}).get(plain)
    return dict(properties.get(plain) or inner or {})


def _schema(properties: Document) -> EventSchema:
    given = properties.get("eventDeliverySchema") or "EventGridSchema"
    for schema in SCHEMAS:
        if schema == given:
            return schema
    raise SubscriptionRefusedError(f"'eventDeliverySchema' must be one of {', '.join(SCHEMAS)}, not {given!r}.")


def _number(given: Document, name: str, default: int) -> int:
    value = default if given.get(name) is None else given[name]
    low, high = LIMITS[name]
    if not isinstance(value, int) or not low <= value <= high:
        raise SubscriptionRefusedError(f"'{name}' must be a whole number from {low} to {high}, not {value!r}.")
    return value
