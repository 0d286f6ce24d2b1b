"""What Microsoft.EventGrid serves. Source: the provider's specification 2025-02-15 and CONTRACTS 9."""

from collections.abc import Iterator

from local.azure.arm import event_grid, plain
from local.azure.arm.call import Route
from local.azure.arm.routes.machine_learning import poll_operation
from local.azure.arm.routes.paths import GROUP, SUBSCRIPTION
from local.azure.arm.routing import route

PROVIDER = "providers/Microsoft.EventGrid"
SYSTEM_TOPIC = f"{GROUP}/{PROVIDER}/systemTopics/{{topic}}"
TOPIC = f"{GROUP}/{PROVIDER}/topics/{{topic}}"
EXTENSION = f"{{scope}}/{PROVIDER}/eventSubscriptions"
STATUS = f"{SUBSCRIPTION}/{PROVIDER}/locations/{{location}}/operationsStatus/{{operation}}"


def _topic_routes(template: str) -> Iterator[Route]:
    kind = template.split("/")[-2]
    yield route("GET", f"{SUBSCRIPTION}/{PROVIDER}/{kind}", plain.list_in_scope)
    yield route("GET", f"{GROUP}/{PROVIDER}/{kind}", plain.list_in_scope)
    yield route("GET", template, plain.get)
    yield route("PATCH", template, plain.patch)
    yield from _subscription_routes(f"{template}/eventSubscriptions")


def _subscription_routes(listed: str) -> Iterator[Route]:
    one = f"{listed}/{{name}}"
    yield route("GET", listed, event_grid.list_subscriptions)
    yield route("GET", one, plain.get)
    yield route("PUT", one, event_grid.put_subscription, 201)
    yield route("PATCH", one, event_grid.patch_subscription, 201)
    yield route("DELETE", one, event_grid.delete_subscription, 200, 204)
    yield route("POST", f"{one}/getFullUrl", event_grid.full_url)


ROUTES: tuple[Route, ...] = (
    route("PUT", SYSTEM_TOPIC, event_grid.put_system_topic, 200, 201),
    route("DELETE", SYSTEM_TOPIC, plain.delete, 200, 204),
    route("PUT", TOPIC, event_grid.put_topic, 201),
    route("DELETE", TOPIC, event_grid.delete_topic, 202, 204),
    route("GET", STATUS, poll_operation, 200, 202, action=""),
    *_topic_routes(SYSTEM_TOPIC),
    *_topic_routes(TOPIC),
    *_subscription_routes(EXTENSION),
)
