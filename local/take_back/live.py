"""Azure for `take-back`: the app's own eyes and hands, as whoever is signed in."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from local.live import signed_in
from local.take_back.hands import Hands
from local.take_back.writes import Written
from shared.adapters.actuator import AzureActuator
from shared.adapters.clock import SystemClock


@asynccontextmanager
async def opened(written: Written, keep: Collection[str]) -> AsyncIterator[Hands]:
    """What takes back what was written, for as long as the block runs; resources may be in any subscription."""
    async with signed_in() as azure:
        yield Hands(azure.inventory(()), AzureActuator(azure.arm), SystemClock(), written, keep)
