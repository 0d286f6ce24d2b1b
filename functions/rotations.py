"""The rotation of keys: a timer that takes each account that is due, or under way, as far as it goes."""

import azure.functions as func

from functions.edge import settle
from shared.bootstrap import App


def blueprint(app: App) -> func.Blueprint:
    """The function `rotate_keys`."""
    bp = func.Blueprint()

    @bp.function_name("rotate_keys")
    @bp.timer_trigger(
        arg_name="timer", schedule="%HUBWARDEN_ROTATION_SCHEDULE%", run_on_startup=False, use_monitor=True
    )
    @settle
    async def rotate_keys(timer: func.TimerRequest, context: func.Context) -> None:  # noqa: ARG001 - bound by name
        await app.rotate_keys(holder=context.invocation_id)

    return bp
