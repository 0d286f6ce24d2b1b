"""A process that something happens to between two of its calls to the world: it dies there, or stands still."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from shared.key_ports import KeyRotation
from shared.ports import World

WRITES: Final = frozenset(
    {"announce", "apply", "move", "note", "publish", "regenerate", "release", "save", "take", "write"}
)  # fmt: skip
"""Calls that leave something behind: it matters whether they were carried out before it happened."""


class Crash(BaseException):
    """The process is killed: nothing of ours may catch it."""


@dataclass
class Process:
    """
    Counts the boundaries of its calls: one before each, and one after each write, before the answer arrives.

    At the one with a number something happens; by default the process dies, and all that it calls from then on fails.
    Whoever else runs has a turn at each call, as where calls take their time.
    """

    at: int = 0
    """The number; none for 0."""
    happens: Callable[[str], Awaitable[None]] | None = None
    """What happens there; it is told the name of the call, which is `done` after it."""
    passed: int = 0
    """How many boundaries there were so far."""
    dead: bool = False
    named: str = ""
    """Or the first of this name, such as `save` or `save done`; none for empty."""

    def around(self, world: World) -> World:
        """The world as this process sees it. The clock is no call: nobody dies of looking at it."""
        seen = {**self._ports(world), "clock": world.clock}
        if world.rotation is not None:
            seen["rotation"] = KeyRotation(**self._ports(world.rotation))
        return World(**seen)

    def _ports(self, ports: World | KeyRotation) -> dict[str, Any]:
        return {name: None if port is None else _Port(self, port) for name, port in vars(ports).items()}

    async def call(self, name: str, method: Callable[..., Awaitable[Any]], *given: Any, **named: Any) -> Any:  # noqa: ANN401 - any call
        """One call, with its boundaries."""
        await asyncio.sleep(0)
        await self._boundary(name)
        answer = await method(*given, **named)
        if name in WRITES:
            await self._boundary(f"{name} done")
        return answer

    async def _boundary(self, name: str) -> None:
        if self.dead:
            raise Crash
        self.passed += 1
        if self.passed != self.at and name != (self.named or None):
            return
        if self.happens is not None:
            await self.happens(name)
            return
        self.dead = True
        raise Crash


class _Port:
    """A port whose every call is one of the process."""

    def __init__(self, process: Process, port: object) -> None:
        self._process = process
        self._port = port

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._port, name)

        async def call(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - any call
            return await self._process.call(name, method, *given, **named)

        return call
