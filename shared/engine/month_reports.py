"""The reports that are due: each month for itself, so that one bill that cannot be read holds no other up."""

import asyncio
from collections.abc import Awaitable
from typing import Final

from shared.engine import distress
from shared.engine.month_end import MonthEnd
from shared.engine.outcry import Outcry
from shared.model.errors import DependencyDown, HubwardenError

REPORTS_TAKE: Final = 280.0
"""Seconds that all reports of a day may take; the platform ends an invocation after 300 (host.json), without a word."""


async def report_due(month_end: MonthEnd, outcry: Outcry) -> None:
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
            await outcry.stands(distress.costs_unreported(str(month), str(error), outcry.app))
    if failed:
        raise failed[0]
    await outcry.over(distress.COSTS_REPORTED, "The costs of all months that are due were reported.")


async def _within(end: float, work: Awaitable[object]) -> None:
    """Work that must end at a moment of the loop's clock. Raises DependencyDown when it does not."""
    try:
        async with asyncio.timeout_at(end):
            await work
    except TimeoutError:
        raise DependencyDown(
            f"the bills were not read and split within {REPORTS_TAKE:.0f} s; try again later"
        ) from None
