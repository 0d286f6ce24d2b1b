"""The reports of all months that are due, within the time of one invocation; what could not be reported is cried."""

import asyncio
from collections.abc import Awaitable
from typing import Final

from shared.engine import distress
from shared.engine.month_end import MonthEnd
from shared.model.errors import DependencyDown, HubwardenError

REPORTS_TAKE: Final = 280.0
"""Seconds that all reports of a day may take; the platform ends an invocation after 300 (host.json), without a word."""


async def report_months(month_end: MonthEnd) -> None:
    """
    Report the running month and those not yet reported as closed; ops hear of each that could not be.

    Raises the first HubwardenError then, after all that could be reported was.
    """
    failed: list[HubwardenError] = []
    end = asyncio.get_running_loop().time() + REPORTS_TAKE
    for month in await month_end.due():
        try:
            await _within(end, month_end.report(month))
        except HubwardenError as error:
            failed.append(error)
            finding = distress.costs_unreported(str(month), str(error), month_end.app)
            await distress.cry(finding, month_end.world.log, month_end.world.topic, month_end.world.clock)
    if failed:
        raise failed[0]


async def _within(end: float, work: Awaitable[object]) -> None:
    """Work that must end at a moment of the loop's clock. Raises DependencyDown when it does not."""
    try:
        async with asyncio.timeout_at(end):
            await work
    except TimeoutError:
        raise DependencyDown(
            f"the bills were not read and split within {REPORTS_TAKE:.0f} s; try again later"
        ) from None
