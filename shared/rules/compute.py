"""
Rules about computes: the image they run, and whether they stop when nobody works on them.

A compute that is being created answers null for every inner property (CONTRACTS §4): unknown until it is there.
"""

import re
from datetime import UTC, datetime, timedelta

from shared.images.machine import Machine
from shared.model.action import Fix, ScaleCluster, SetIdleShutdown
from shared.model.facts import Fact, Kind
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.rules.rule import Context, Judgement, Parameter, Rule, Type, failed, passed, unknown

_VERSION = re.compile(r"(\d{2})\.(\d{2})\.(\d{2})")
_CENTURY = 2000


def released(version: object) -> datetime | None:
    """When an OS image came out, from its version `YY.MM.DD`; None for a version of another form."""
    found = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups())
    try:
        return datetime(_CENTURY + year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def _type(compute: Fact) -> object:
    return compute.get("properties", "computeType")


def _image(compute: Fact, context: Context) -> Judgement | None:
    if _type(compute) != "ComputeInstance":
        return None
    image = ("properties", "properties", "osImageMetadata")
    current, latest = compute.get(*image, "currentImageVersion"), compute.get(*image, "latestImageVersion")
    wanted = f"image at most {context.parameters['max_age_days']} days old, or the latest there is"
    if compute.get(*image, "isLatestOsImageVersion") is True or (current is not None and current == latest):
        return passed(f"The instance runs the latest image, {current}.", current)
    made, newer = released(current), released(latest)
    if made is None or newer is None:
        return unknown(f"The image versions are not dates: {current!r}, latest {latest!r}.", wanted)
    age = (context.now - made).days
    fresh = context.now - newer < timedelta(days=context.parameters["grace_days"])
    if age <= context.parameters["max_age_days"] or fresh:
        return passed(f"The image {current} is {age} days old; {latest} is out.", current)
    message = (
        f"The image {current} is {age} days old and {latest} is out. Azure never updates it in place: "
        "re-create the instance (its own disks are lost, the user's file share stays)."
    )
    return failed(message, expected=latest, actual=current)


def _idle_shutdown(compute: Fact, context: Context) -> Judgement | None:
    machine = Machine(compute)
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
    if not Machine(compute).is_cluster:
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

IMAGE_AGE = Rule(
    id="HW-IMG-001",
    title="Compute instance runs a recent OS image",
    why="An instance keeps the image it was made with; every fix since then is missing from it.",
    kinds=_COMPUTE,
    severity=Severity.HIGH,
    safety=Safety.RECREATE,
    controls=("CP-01", "N-27"),
    check=_image,
    parameters={
        "max_age_days": Parameter(
            Type.INTEGER, 30, "Days after which an image that is not the latest is stale", least=1
        ),
        "grace_days": Parameter(Type.INTEGER, 7, "Days after a release in which nobody is flagged for it", least=0),
    },
)

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
