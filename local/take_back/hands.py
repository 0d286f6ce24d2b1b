"""Look at what was written to, and take it back: one resource after the other, each looked at again just before."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from local.take_back.decide import Resource, decide
from local.take_back.writes import Written
from shared.adapters.together import together
from shared.model.errors import HubwardenError
from shared.model.plan import Step, StepStatus
from shared.model.resource_id import ResourceId
from shared.ports import Actuator, Clock, Inventory

RULE: Final = "take-back"
"""What stands in a step in the place of a rule's id: no rule wants it, a person does."""
LOOKS: Final = 4
"""How often what was written is read back until it shows."""
BETWEEN: Final = 2.0
"""Seconds between two such looks; a tag has shown after one (CONTRACTS §6), and a write that Azure only accepted (202)
takes longer."""

type Tick = Callable[[], None]
"""Called for each resource that is through."""


class Book(Protocol):
    """Keeps what is written, before it is and after."""

    def announce(self, resource: Resource) -> None:
        """The write of a resource is about to be sent."""
        ...

    def close(self, attempt: "Attempt") -> None:
        """What became of it."""
        ...


@dataclass(frozen=True)
class Attempt:
    """One resource that was to be taken back."""

    resource: Resource
    """As it was just before; its action is what was sent, None where somebody had changed it meanwhile."""
    problem: str = ""
    """Why it was not written; empty where Azure took it."""

    @property
    def wrote(self) -> bool:
        """Whether Azure took a write."""
        return not self.problem and self.resource.action is not None


@dataclass(frozen=True)
class Hands:
    """What taking back needs of the world, and what it goes by."""

    inventory: Inventory
    actuator: Actuator
    clock: Clock
    written: Written
    keep: Collection[str] = field(default=())
    """Names of tags that stay."""

    async def look(self, resources: Iterable[ResourceId], tick: Tick) -> list[Resource]:
        """What is to become of each of some resources, as Azure has it now. Raises nothing that Azure answers."""
        return await together(self._seen(one, tick) for one in resources)

    async def take(self, plan: Sequence[Resource], limit: int, book: Book, tick: Tick) -> list[Attempt]:
        """
        Write what the plan wants until Azure has taken `limit` writes. Raises what `book` raises.

        What one resource refuses does not keep the next, nor does it count: else those that always refuse would be all
        that is ever tried.
        """
        attempts: list[Attempt] = []
        left = limit
        for planned in plan:
            if not left:
                break
            attempts.append(await self._one(planned.id, book))
            left -= attempts[-1].wrote
            tick()
        return attempts

    async def settled(self, attempts: Sequence[Attempt]) -> Mapping[ResourceId, Resource]:
        """What is left of those that were tried; what Azure took is read back until it shows, at most `LOOKS` times."""
        found = {one.id: one for one in await self.look((each.resource.id for each in attempts), lambda: None)}
        waiting = [each.resource.id for each in attempts if each.wrote]
        for _ in range(LOOKS - 1):
            waiting = [one for one in waiting if found[one].action is not None]
            if not waiting:
                break
            await self.clock.pause(BETWEEN)
            found |= {one.id: one for one in await self.look(waiting, lambda: None)}
        return found

    async def _seen(self, resource: ResourceId, tick: Tick = lambda: None) -> Resource:
        try:
            fact = await self.inventory.get(resource)
        except HubwardenError as error:
            return Resource(resource, problem=str(error))
        finally:
            tick()
        return decide(self.written.by_resource[resource], fact, self.keep)

    async def _one(self, resource: ResourceId, book: Book) -> Attempt:
        now = await self._seen(resource)
        if now.action is None:
            return Attempt(now, now.problem)
        book.announce(now)
        attempt = Attempt(now, await self._write(now))
        book.close(attempt)
        return attempt

    async def _write(self, resource: Resource) -> str:
        """Why Azure did not take it; empty when it did."""
        if resource.action is None:
            return ""
        step = Step(RULE, resource.id, resource.action, resource.before, resource.after, None, StepStatus.READY)
        try:
            await self.actuator.apply(step)
        except HubwardenError as error:
            return str(error)
        return ""
