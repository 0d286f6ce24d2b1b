"""Event Grid: the raw event goes on the queue, in whichever schema it came."""

import json
import logging
from typing import List  # noqa: UP035 - the runtime refuses list[str] in an Out

import azure.functions as func

events = func.Blueprint()
log = logging.getLogger(__name__)


@events.event_grid_trigger(arg_name="event")
@events.queue_output(arg_name="changes", queue_name="%PREFIX%changes", connection="AzureWebJobsStorage")
async def on_event(event: str, changes: func.Out[List[str]]) -> None:  # noqa: UP006 - as above
    data = json.loads(event)["data"]
    log.info("event %s", json.loads(event)["id"])
    if data.get("fail"):
        raise ValueError(f"told to fail by {data['fail']}")
    changes.set([event] * data.get("copies", 1))
