"""The story: what people do in Azure, scene by scene, and what must come of each. The end-to-end test plays it too."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from local.demo import estate
from local.stage import Stage

TAGS_VERSION = "2021-04-01"
FLOOD = 200


@dataclass(frozen=True)
class Scene:
    """One change somebody makes, and what to wait for."""

    who: str
    does: str
    resource: str
    act: Callable[[Stage], Awaitable[object]]
    finds: tuple[str, ...]
    """Rules that must open a finding on the resource."""
    does_then: tuple[tuple[str, str], ...] = ()
    """Rules whose step on the resource must come to a result: done, or held for approval."""


VISION = f"{estate.ML}/vision-prod"
KEYED = f"{estate.HUB}/connections/openai-key"


async def _create_project(stage: Stage) -> None:
    await stage.arm("sam@contoso.example", "PUT", VISION, estate.project_body(estate.HUB))


async def _add_connection(stage: Stage) -> None:
    properties = {
        "authType": "ApiKey",
        "category": "AzureOpenAI",
        "target": "https://ai-prod.openai.azure.com/",
        "isSharedToAll": True,
        "metadata": {"ApiType": "Azure", "ResourceId": estate.ACCOUNT},
        "credentials": {"key": "0123456789abcdef0123456789abcdef"},
    }
    await stage.arm("sam@contoso.example", "PUT", KEYED, {"properties": properties})


async def _open_hub(stage: Stage) -> None:
    await stage.arm("kim@contoso.example", "PATCH", estate.HUB, {"properties": {"publicNetworkAccess": "Enabled"}})


async def _remove_tag(stage: Stage) -> None:
    tags = {"operation": "Delete", "properties": {"tags": {"Environment": "prod"}}}
    path = f"{estate.PROJECT}/providers/Microsoft.Resources/tags/default"
    await stage.arm("kim@contoso.example", "PATCH", path, tags, TAGS_VERSION)


async def _start_instance(stage: Stage) -> None:
    await stage.arm("jane@contoso.example", "POST", f"{estate.INSTANCE}/start")


SCENES = (
    Scene(
        "sam@contoso.example",
        "creates project vision-prod in hub-prod, with no cost tags",
        VISION,
        _create_project,
        finds=("HW-TAG-001",),
        does_then=(("HW-TAG-001", "done"),),
    ),
    Scene(
        "sam@contoso.example",
        "adds connection openai-key: a mistyped API key, shared to all",
        KEYED,
        _add_connection,
        finds=("HW-CON-001", "HW-CON-002"),
        does_then=(("HW-CON-002", "held"),),
    ),
    Scene(
        "kim@contoso.example",
        "opens hub-prod to public networks",
        estate.HUB,
        _open_hub,
        finds=("HW-NET-001",),
        does_then=(("HW-NET-001", "held"),),
    ),
    Scene(
        "kim@contoso.example",
        "removes the tag Environment from project chat-prod",
        estate.PROJECT,
        _remove_tag,
        finds=("HW-TAG-001",),
        does_then=(("HW-TAG-001", "done"),),
    ),
    Scene(
        "jane@contoso.example",
        "starts compute instance ci-jane, on an image 100 days old; a newer one has been out for 20",
        estate.INSTANCE,
        _start_instance,
        finds=("HW-CMP-001", "HW-IMG-001"),
        does_then=(("HW-CMP-001", "done"),),
    ),
)


def flood(raised: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """200 deliveries of events that were raised before: each many times, in no order, as Event Grid may."""
    events = [_event_grid_schema(event) for event in raised]
    copies = [events[number % len(events)] for number in range(FLOOD)]
    random.Random(7).shuffle(copies)  # noqa: S311 - a shuffle that is the same each time
    return copies


MALFORMED = {"id": "not-an-event", "subject": "../../etc/passwd", "eventType": "Contoso.Custom", "data": "hello"}


def _event_grid_schema(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": event["id"],
        "eventType": event["type"],
        "subject": event["subject"],
        "eventTime": event["time"],
        "topic": event["source"],
        "data": event["data"],
        "dataVersion": "2",
        "metadataVersion": "1",
    }
