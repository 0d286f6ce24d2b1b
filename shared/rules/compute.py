"""
Rules about computes: whether they stop when nobody works on them.

A compute that is being created answers null for every inner property (CONTRACTS §4): unknown until it is there.
"""

from datetime import timedelta

from shared.images.machine import Machine
from shared.model.action import Fix, ScaleCluster, SetIdleShutdown
from shared.model.facts import Fact, Kind
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.rules.rule import Context, Judgement, Parameter, Rule, Type, failed, passed, unknown


def _idle_shutdown(compute: Fact, context: Context) -> Judgement | None:
    machine = Machine.of(compute)
    if not machine.is_instance:
        return None
    after = context.parameters["after"]
    if machine.idle_shutdown:
        return passed(f"The instance stops after {machine.idle_shutdown} idle.", machine.idle_shutdown)
    if machine.is_creating:
        return unknown("The instance is being created and shows no settings yet.", after)
    fix = Fix(
        SetIdleShutdown(after),
        before={"idleTimeBeforeShutdown": None},
        after={"idleTimeBeforeShutdown": after},
    )
    return failed("The instance runs and bills until someone stops it.", expected=after, actual=None, fix=fix)


def _minimum(compute: Fact, _: Context) -> Judgement | None:
    if not Machine.of(compute).is_cluster:
        return None
    settings = compute.get("properties", "properties", "scaleSettings")
    minimum = settings.get("minNodeCount") if isinstance(settings, dict) else None
    if minimum is None:
        return unknown("The cluster does not show its scale settings yet.", 0)
    if minimum == 0:
        return passed("The cluster scales to zero.", 0)
    wanted = {**settings, "minNodeCount": 0}
    fix = Fix(ScaleCluster(wanted), before=settings, after=wanted, undo=ScaleCluster(settings))
    nodes = f"{minimum} node{'' if minimum == 1 else 's'}"
    message = f"The cluster keeps {nodes} running and billed, and so never takes a new image."
    return failed(message, expected=0, actual=minimum, fix=fix)


_COMPUTE = frozenset({Kind.COMPUTE})

IDLE_SHUTDOWN = Rule(
    id="HW-CMP-001",
    title="Compute instance stops when idle",
    why="A forgotten instance bills around the clock.",
    kinds=_COMPUTE,
    severity=Severity.MEDIUM,
    safety=Safety.SAFE,
    controls=("CP-05",),
    check=_idle_shutdown,
    parameters={
        "after": Parameter(
            Type.DURATION,
            "PT60M",
            "Idle time before it stops",
            shortest=timedelta(minutes=15),
            longest=timedelta(days=3),
        ),
    },
    permissions=(SetIdleShutdown.permission,),
)

SCALES_TO_ZERO = Rule(
    id="HW-CMP-002",
    title="Compute cluster scales to zero",
    why="A cluster that never reaches zero bills for idle nodes and never gets a new OS image.",
    kinds=_COMPUTE,
    severity=Severity.MEDIUM,
    safety=Safety.SAFE,
    controls=("CP-08", "N-29"),
    check=_minimum,
    permissions=(ScaleCluster.permission,),
)
