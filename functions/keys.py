"""The key timer: one message for each hub, to find out who holds which key; none where HUBWARDEN_KEYS is off."""

from typing import List  # noqa: UP035 - the runtime reads this spelling, and refuses to index list[str]

import azure.functions as func

from functions.edge import CHANGES, STORAGE, settle
from shared.bootstrap import App


def blueprint(app: App) -> func.Blueprint:
    """The function `check_keys`."""
    bp = func.Blueprint()

    @bp.function_name("check_keys")
    @bp.timer_trigger(arg_name="timer", schedule="%HUBWARDEN_KEYS_SCHEDULE%", run_on_startup=False, use_monitor=True)
    @bp.queue_output(arg_name="changes", queue_name=CHANGES, connection=STORAGE)
    @settle
    async def check_keys(timer: func.TimerRequest, changes: func.Out[List[str]]) -> None:  # noqa: UP006 - see above
        changes.set(await app.key_messages(past_due=timer.past_due))

    return bp
