"""
Health: can we read, may we write, is the policy valid, how old is the last run, do rows arrive.

Asked by people and by probes.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from shared.engine.judge import answerable
from shared.model.errors import HubwardenError, PolicyInvalid
from shared.policy.policy import Policy
from shared.ports import World
from shared.rules.rule import Rule

ROWS_MAY_WAIT: Final = timedelta(hours=1)
"""Longer than that is a problem: a new role reaches ingestion within half an hour (CONTRACTS §8)."""


@dataclass
class Counts:
    """What this instance has seen since it started; other instances count for themselves."""

    received: int = 0
    echoed: int = 0
    refused: int = 0
    elsewhere: int = 0
    """Events and sweeps of subscriptions that are not governed, or not any more; dropped."""
    queued: int = 0
    answered: int = 0
    coalesced: int = 0
    """Messages another worker answered, because it held the hub."""
    runs: int = 0
    poisoned: int = 0


@dataclass(frozen=True)
class Health:
    """The answer to `GET /api/health`."""

    version: str
    at: datetime | None = None
    """When Azure was asked; None when it could not even be tried."""
    mode: str = ""
    policy: str = ""
    """The version of the policy; empty when it was refused."""
    hubs: int | None = None
    """Hubs that can be seen; None when they cannot."""
    lacking: tuple[str, ...] | None = None
    """Permissions that the enforced rules need and the identity does not have; None when that is not known."""
    last_run_age: float | None = None
    """Seconds since a run last ended; None before the first."""
    rows_waiting: float | None = None
    """Seconds that the oldest row has waited to be sent; None when none does, or when that is not known."""
    problems: tuple[str, ...] = ()
    instance: Counts = field(default_factory=Counts)

    @property
    def healthy(self) -> bool:
        """Whether the app can do its work."""
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """As the API answers it."""
        return {
            "healthy": self.healthy,
            "version": self.version,
            "at": None if self.at is None else self.at.isoformat(),
            "mode": self.mode,
            "policy_valid": bool(self.policy),
            "policy": self.policy or None,
            "can_read": self.hubs is not None,
            "hubs": self.hubs,
            "may_write": None if self.lacking is None else self.mode == "enforce" and not self.lacking,
            "lacking_permissions": None if self.lacking is None else list(self.lacking),
            "last_run_age_seconds": self.last_run_age,
            "rows_waiting_seconds": self.rows_waiting,
            "problems": list(self.problems),
            "this_instance": asdict(self.instance),
        }


async def examine(
    world: World,
    rules: Sequence[Rule],
    *,
    policy: Policy | None,
    refused: PolicyInvalid | None,
    mode: str,
    version: str,
    instance: Counts,
) -> Health:
    """Look at all of it; what cannot be found out is a problem, not an exception."""
    problems = list(refused.problems) if refused else []
    hubs = lacking = age = waiting = None
    try:
        hubs = len(await world.inventory.hubs())
    except HubwardenError as error:
        problems.append(f"cannot read hubs: {error}")
    try:
        asked = answerable(
            rules,
            keys=world.keys is not None,
            rotation=world.rotation is not None,
            people=world.directory is not None,
        )
        needed = _needed(asked, policy)
        lacking = tuple(await world.access.lacking(needed))
    except HubwardenError as error:
        problems.append(f"cannot read our own permissions: {error}")
    try:
        last = await world.store.last_run()
        age = None if last is None else (world.clock.now() - last).total_seconds()
    except HubwardenError as error:
        problems.append(f"cannot read our own memory: {error}")
    try:
        since = await world.log.waiting_since()
        waiting = None if since is None else (world.clock.now() - since).total_seconds()
    except HubwardenError as error:
        problems.append(f"cannot read which rows wait: {error}")
    if waiting is not None and waiting > ROWS_MAY_WAIT.total_seconds():
        problems.append(
            f"rows have waited {waiting / 3600:.1f} h for Log Analytics to take them: see docs/runbooks/sweep-missed.md"
        )
    if mode == "enforce" and lacking:
        problems.append(f"mode is enforce, but the identity lacks {', '.join(lacking)}")
    version_of_policy = "" if policy is None else policy.version
    now = world.clock.now()
    return Health(version, now, mode, version_of_policy, hubs, lacking, age, waiting, tuple(problems), instance)


def _needed(rules: Sequence[Rule], policy: Policy | None) -> list[str]:
    """What the fixes and rotations that policy enforces need; of a refused policy nobody knows, so all of them."""
    enforced = (rule for rule in rules if policy is None or policy.enforces(rule.id))
    return sorted({needed for rule in enforced for needed in (*rule.permissions, *rule.rotation)})
