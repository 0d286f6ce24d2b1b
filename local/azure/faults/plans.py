"""The named plans, from fair weather to storm. Each strikes the app alone unless told otherwise.

Paths of the parts: `/msi/token` is the managed identity, `/dataCollectionRules/…` ingestion, the rest mostly ARM.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from local.azure.faults.rules import ALL, IDENTITY, Aim, Kind, Latency, Rule

ARM = "/subscriptions/*"
GRAPH = "/providers/Microsoft.ResourceGraph/*"
INGESTION = "/dataCollectionRules/*"


@dataclass(frozen=True, slots=True)
class Mail:
    """What happens to events on their way, as shares of all events."""

    lose: float = 0.0
    duplicate: float = 0.0
    late: float = 0.0
    late_seconds: float = 30.0
    """The longest delay; events overtake each other within it."""


@dataclass(frozen=True, slots=True)
class Work:
    """What happens to long-running operations, as shares of those that are meant."""

    fail: float = 0.0
    hang: float = 0.0
    aim: Aim = ALL


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that goes wrong. The first rule that strikes a request decides about it."""

    rules: tuple[Rule, ...] = ()
    latencies: tuple[Latency, ...] = ()
    mail: Mail = Mail()
    work: Work = Work()

    def aimed(self, principal: str, path: str) -> "Plan":
        """The same for one principal, and on paths of its own where none is given yet; the identity has no caller."""
        return replace(
            self,
            rules=tuple(replace(rule, aim=_aimed(rule.aim, principal, path)) for rule in self.rules),
            latencies=tuple(replace(one, aim=_aimed(one.aim, principal, path)) for one in self.latencies),
            work=replace(self.work, aim=_aimed(self.work.aim, principal, path)),
        )


class UnknownPlanError(ValueError):
    """A plan of faults that there is not; names those there are."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no plan of faults {name!r}; choose {', '.join(PLANS)}.")


def _aimed(aim: Aim, principal: str, path: str) -> Aim:
    if aim.path == IDENTITY:
        return aim
    return replace(aim, principal=principal, path=path if aim.path == ARM and path else aim.path)


def _refuse(
    status: int, probability: float, path: str = ARM, method: str = "*", retry_after: int | None = None
) -> Rule:
    return Rule(Kind.REFUSE, Aim(method, path), status, retry_after, probability)


def _break(kind: Kind, probability: float, method: str = "*") -> Rule:
    return Rule(kind, Aim(method, ARM), probability=probability)


SLOW = Plan(latencies=(Latency(0.12, 0.8, Aim(path=ARM)), Latency(0.4, 0.8, Aim(path=GRAPH))), mail=Mail(late=0.1))
THROTTLED = Plan(
    rules=(
        _refuse(429, 0.15, retry_after=1),
        _refuse(429, 0.2, GRAPH, retry_after=1),
        _refuse(429, 0.2, INGESTION, retry_after=1),
    )
)
FLAKY = Plan(
    rules=(
        _refuse(500, 0.03),
        _refuse(503, 0.03),
        _refuse(409, 0.03, method="PATCH"),
        _break(Kind.RESET, 0.02),
        _break(Kind.LOST_ANSWER, 0.01),
        _break(Kind.TRUNCATE, 0.01, "GET"),
        _refuse(503, 0.05, INGESTION, retry_after=1),
        _refuse(503, 0.1, IDENTITY),
    ),
    mail=Mail(duplicate=0.05),
)
STORM = Plan(
    rules=(
        _refuse(429, 0.05, retry_after=1),
        *FLAKY.rules,
        _break(Kind.EDIT, 0.05, "GET"),
        _refuse(429, 0.1, GRAPH, retry_after=1),
    ),
    latencies=(Latency(0.02, 1.0, Aim(path=ARM)),),
    mail=Mail(lose=0.01, duplicate=0.1, late=0.2, late_seconds=3.0),
    work=Work(fail=0.03, hang=0.01, aim=Aim(path=ARM)),
)
PLANS: Mapping[str, Plan] = {"none": Plan(), "slow": SLOW, "throttled": THROTTLED, "flaky": FLAKY, "storm": STORM}
