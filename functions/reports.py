"""
The reports: two timers, once a day.

One reads the bills, for the month that runs and the ones not yet closed; the other tells how old images are. Each has
its own invocation, so neither waits for the other or fails with it.
"""

import azure.functions as func

from functions.edge import settle
from shared.bootstrap import App

SCHEDULE = "%HUBWARDEN_COSTS_SCHEDULE%"


def blueprint(app: App) -> func.Blueprint:
    """The functions `report_costs` and `report_images`."""
    bp = func.Blueprint()

    @bp.function_name("report_costs")
    @bp.timer_trigger(arg_name="timer", schedule=SCHEDULE, run_on_startup=False, use_monitor=True)
    @settle
    async def report_costs(timer: func.TimerRequest, context: func.Context) -> None:  # noqa: ARG001 - bound by name
        await app.report_costs()

    @bp.function_name("report_images")
    @bp.timer_trigger(arg_name="timer", schedule=SCHEDULE, run_on_startup=False, use_monitor=True)
    @settle
    async def report_images(timer: func.TimerRequest, context: func.Context) -> None:  # noqa: ARG001 - bound by name
        await app.report_images()

    return bp
