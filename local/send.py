"""`python -m local send`: one event from a file to the running app, as Event Grid delivers it."""

import asyncio
import json
from pathlib import Path

import aiohttp

from local.host.keys import Keys
from shared.model.errors import BadEvent, DependencyDown

FUNCTION = "on_resource_event"
DELIVERED = 202


def deliver(path: Path, url: str, key: str) -> int:
    """Post the event to the webhook; 0 when it was taken. Raises BadEvent or DependencyDown."""
    try:
        event = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadEvent(f"{path}: cannot be read ({error.strerror}); name a file that holds one event") from None
    except ValueError as error:
        raise BadEvent(f"{path}: not JSON ({error}); save the event as Event Grid sends it") from None
    status = asyncio.run(_post(event, f"{url}/runtime/webhooks/EventGrid", key or Keys().eventgrid_extension))
    if status != DELIVERED:
        raise DependencyDown(f"{url} answered {status} for {path}; the host's log says why")
    print(f"delivered {path} to {FUNCTION}")
    return 0


async def _post(event: object, endpoint: str, key: str) -> int:
    query = {"functionName": FUNCTION, "code": key}
    headers = {"aeg-event-type": "Notification"}
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(endpoint, params=query, json=event, headers=headers) as answer,
        ):
            return answer.status
    except aiohttp.ClientError as error:
        raise DependencyDown(f"nothing answers at {endpoint} ({error}); start it with python -m local host") from None
