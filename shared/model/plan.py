"""A plan: every step of a run as data, under an id that changes when any step does."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from shared.model.action import DESTRUCTIVE, Action, describe
from shared.model.resource_id import ResourceId


class Safety(StrEnum):
    """How sure we must be before a rule's fix is written."""

    SAFE = "safe"
    """Reversible, additive, no effect on traffic: written at once where policy enforces."""
    GATED = "gated"
    """Written only where policy gives the rule `auto_approve` with a reason; no step is approved by itself."""
    RECREATE = "recreate"
    """Immutable in Azure: the owner is told what to do; never written."""
    REPORT = "report"
    """There is no write that we could know to be right: somebody must decide."""


class StepStatus(StrEnum):
    """Where a step stands before anything is applied."""

    READY = "ready"
    NEEDS_APPROVAL = "needs-approval"
    HELD = "held"
    REFUSED = "refused"


@dataclass(frozen=True)
class Step:
    """One intended write."""

    rule: str
    target: ResourceId
    action: Action
    before: Any
    after: Any
    undo: Action | None
    status: StepStatus
    reason: str = ""
    """Why it is not ready, or who approved it."""
    hub: ResourceId | None = None
    project: ResourceId | None = None
    owner: str = ""
    cost_center: str = ""
    """As the finding names them."""
    basis: tuple[ResourceId, ...] = ()
    """See `Fix.basis`."""

    @cached_property
    def id(self) -> str:
        """A hash of what would be written where; stable over runs while the world stays the same."""
        content = [self.rule, self.target.key, describe(self.action), self.before]
        return _digest(content)[:16]

    @property
    def reversible(self) -> bool:
        """Whether nothing is lost for good when it is written."""
        return self.undo is not None or not isinstance(self.action, DESTRUCTIVE)

    def held(self, reason: str) -> "Step":
        """This step, not to be written, and why."""
        return replace(self, status=StepStatus.HELD, reason=reason)


@dataclass(frozen=True)
class Plan:
    """All steps of a run, in a stable order."""

    steps: tuple[Step, ...] = ()

    @classmethod
    def of(cls, steps: Iterable[Step]) -> "Plan":
        """A plan of steps; a step wanted twice stands once."""
        unique = {step.id: step for step in steps}
        return cls(tuple(sorted(unique.values(), key=lambda step: (step.target.key, step.rule, step.id))))

    @cached_property
    def id(self) -> str:
        """A hash of the steps' ids: two plans have it in common where they would make exactly the same writes."""
        return _digest([step.id for step in self.steps])[:12]

    @property
    def ready(self) -> tuple[Step, ...]:
        """The steps that may be written now."""
        return tuple(step for step in self.steps if step.status is StepStatus.READY)


class Result(StrEnum):
    """What became of a step."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Ready, but not attempted: the run stopped before it, its resource had changed, or the mode is audit."""
    HELD = "held"
    """Not ready: needs approval, held or refused; `Outcome.reason` says which."""
    INTERRUPTED = "interrupted"
    """The process died after it announced the write and before it knew the answer; the next run looks again."""


@dataclass(frozen=True)
class Outcome:
    """What became of one step, and when."""

    step: Step
    result: Result
    at: datetime
    reason: str = ""
    forbidden: bool = False
    """Whether we may not make it (403), and so it certainly was not made; of others that failed nobody knows that."""


def _digest(content: Any) -> str:  # noqa: ANN401 - anything JSON can say
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
