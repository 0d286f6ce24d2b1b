"""Several questions at once, of which one error ends all."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any


async def together[T](asked: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """All answers in order. After an error the rest is called off: Azure that throttles must not be asked on."""
    tasks = [asyncio.ensure_future(one) for one in asked]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
