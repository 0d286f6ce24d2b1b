"""The timers that queue one message for each hub: for whatever no event has told, and for who holds which key."""

from typing import List  # noqa: UP035 - the runtime reads this spelling, and refuses to index list[str]

import azure.functions as func

from functions.edge import CHANGES, STORAGE, settle
from shared.bootstrap import App


def blueprint(app: App) -> func.Blueprint:
    """The functions `sweep` and, where HUBWARDEN_KEYS wants it, `check_keys`."""
    bp = func.Blueprint()

    @bp.function_name("sweep")
    @bp.timer_trigger(arg_name="timer", schedule="%HUBWARDEN_SWEEP_SCHEDULE%", run_on_startup=False, use_monitor=True)
    @bp.queue_output(arg_name="changes", queue_name=CHANGES, connection=STORAGE)
    @settle
    async def sweep(
        timer: func.TimerRequest,
        changes: func.Out[List[str]],  # noqa: UP006 - see above
        context: func.Context,  # noqa: ARG001 - for the edge
    ) -> None:
        changes.set(await app.sweep_messages(past_due=timer.past_due))

    @bp.function_name("check_keys")
    @bp.timer_trigger(arg_name="timer", schedule="%HUBWARDEN_KEYS_SCHEDULE%", run_on_startup=False, use_monitor=True)
    @bp.queue_output(arg_name="changes", queue_name=CHANGES, connection=STORAGE)
    @settle
    async def check_keys(
        timer: func.TimerRequest,
        changes: func.Out[List[str]],  # noqa: UP006 - see above
        context: func.Context,  # noqa: ARG001 - for the edge
    ) -> None:
        changes.set(await app.key_messages(past_due=timer.past_due))

    return bp
