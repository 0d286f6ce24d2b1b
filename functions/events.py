"""
The Event Grid trigger: check the shape, drop our own echo, put the event itself on the queue. No judgement.

The parameter is plain text because both schemas arrive here, and the library's two event types exclude each other.
"""

import azure.functions as func

from functions.edge import CHANGES, POISON, STORAGE, refusing, settle
from shared.bootstrap import App
from shared.model.message import slim


def blueprint(app: App) -> func.Blueprint:
    """The function `on_resource_event`."""
    bp = func.Blueprint()

    @bp.function_name("on_resource_event")
    @bp.event_grid_trigger(arg_name="event")
    @bp.queue_output(arg_name="changes", queue_name=CHANGES, connection=STORAGE)
    @bp.queue_output(arg_name="refused", queue_name=POISON, connection=STORAGE)
    @settle
    async def on_resource_event(
        event: str,
        changes: func.Out[str],
        refused: func.Out[str],
        context: func.Context,  # noqa: ARG001 - for the edge
    ) -> None:
        with refusing(refused, event):
            if app.receives(event):
                changes.set(slim(event))

    return bp
