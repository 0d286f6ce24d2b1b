"""The monthly reports: a timer that reads the bills once a day, for the month that runs and the ones not yet closed."""

import azure.functions as func

from functions.edge import settle
from shared.bootstrap import App


def blueprint(app: App) -> func.Blueprint:
    """The function `report_costs`."""
    bp = func.Blueprint()

    @bp.function_name("report_costs")
    @bp.timer_trigger(arg_name="timer", schedule="%HUBWARDEN_COSTS_SCHEDULE%", run_on_startup=False, use_monitor=True)
    @settle
    async def report_costs(timer: func.TimerRequest, context: func.Context) -> None:  # noqa: ARG001 - bound by name
        await app.report_costs()

    return bp
