"""
Apply: the ready steps of a plan, one after the other, each announced before it is made.

The announcement is the audit row of a write whose answer is not known yet. Should the process die in between, the next
run finds it and logs it as interrupted; so no write is without a row (law 10).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.model.action import MENDED_LATER
from shared.model.errors import Forbidden, HubwardenError, Overtaken, RetryableError
from shared.model.plan import Outcome, Plan, Result, Step, StepStatus
from shared.ports import Actuator, Clock


@dataclass(frozen=True)
class Applied:
    """What became of a plan."""

    outcomes: tuple[Outcome, ...]
    retry: RetryableError | None = None
    """Why the message should come again: a step that another try may mend."""

    @property
    def done(self) -> tuple[Outcome, ...]:
        """The outcomes that changed Azure."""
        return tuple(outcome for outcome in self.outcomes if outcome.result is Result.DONE)


async def apply(plan: Plan, actuator: Actuator, clock: Clock) -> Applied:
    """
    Write the ready steps. A step that fails does not stop the others, but one that Azure cannot take now does.

    Never raises for a step: what went wrong is in its outcome.
    """
    outcomes = [_left(step, clock.now()) for step in plan.steps if step.status is not StepStatus.READY]
    retry: RetryableError | None = None
    for step in plan.ready:
        if retry is not None:
            outcomes.append(Outcome(step, Result.SKIPPED, clock.now(), "a step before it must be tried again"))
            continue
        outcome, retry = await _one(step, actuator, clock)
        outcomes.append(outcome)
    return Applied(tuple(outcomes), retry)


def leave(plan: Plan, now: datetime, reason: str) -> Applied:
    """What becomes of a plan that is not to be written at all, as in mode audit."""
    return Applied(
        tuple(
            Outcome(step, Result.SKIPPED, now, reason) if step.status is StepStatus.READY else _left(step, now)
            for step in plan.steps
        )
    )


async def _one(step: Step, actuator: Actuator, clock: Clock) -> tuple[Outcome, RetryableError | None]:
    try:
        await actuator.apply(step)
    except Overtaken as error:
        # Nothing was sent and nothing failed. To try again at once would not help should Azure's lists and single reads
        # ever differ; the next look judges what is there then.
        return Outcome(step, Result.SKIPPED, clock.now(), str(error)), None
    except RetryableError as error:
        retry = None if isinstance(step.action, MENDED_LATER) else error
        return Outcome(step, Result.FAILED, clock.now(), str(error)), retry
    except HubwardenError as error:
        forbidden = isinstance(error, Forbidden)
        return Outcome(step, Result.FAILED, clock.now(), str(error), forbidden), None
    return Outcome(step, Result.DONE, clock.now(), step.reason), None


def _left(step: Step, now: datetime) -> Outcome:
    return Outcome(step, Result.HELD, now, step.reason)


def announced(steps: Sequence[Step], now: datetime) -> tuple[Outcome, ...]:
    """The outcomes of steps about to be made, as they stand should nobody ever write the answer."""
    return tuple(Outcome(step, Result.INTERRUPTED, now, "the process ended before the answer came") for step in steps)
