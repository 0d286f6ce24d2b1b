"""
Rules about the life of computes: those that stand stopped, that failed, whose user left, and whose size goes.

None of them has a fix. Most end in a deletion, which takes what is on a compute's own disks, and whether that is needed
nobody here can tell. What bills when, docs/computes.md says, with where Microsoft says it.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from shared.images.machine import Machine
from shared.model.cleaned import cleaned
from shared.model.facts import Fact, Kind
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.rules.rule import Context, Judgement, Parameter, Reads, Rule, Type, failed, passed, unknown
from shared.rules.sizes import AS_OF, series_of

_COMPUTE: Final = frozenset({Kind.COMPUTE})

_USELESS: Final = frozenset({"Unusable", "Unknown"})
"""States of an instance that nobody can work on, besides those that end in `Failed`."""


def _stopped(compute: Fact, context: Context) -> Judgement | None:
    machine, days = Machine.of(compute), context.parameters["days"]
    if not machine.is_instance:
        return None
    wanted = f"stopped for {_counted(days, 'day')} at most"
    if not machine.state:
        return unknown("The instance does not show its state yet.", wanted)
    if machine.state != "Stopped":
        return passed("The instance does not stand stopped.", machine.state)
    since = machine.stopped
    if since is None:
        return unknown("The instance stands stopped, and Azure does not tell since when.", wanted)
    stood = (context.now - since).days
    if stood <= days:
        return passed(f"The instance stands stopped since {since:%Y-%m-%d}.", machine.state)
    message = (
        f"The instance stands stopped since {since:%Y-%m-%d}, for {_counted(stood, 'day')}, and "
        f"{_left_billing(machine)} on billing. If nobody needs it, delete it: what is on its own disks is lost, the "
        "user's file share stays. If somebody does, say so in an exemption."
    )
    return failed(message, expected=wanted, actual={"stopped": since.isoformat(), "days": stood})


def _left_billing(machine: Machine) -> str:
    """
    What of an instance that stands stopped goes on billing.

    Its disk does, a load balancer and a public address; without such an address it has no load balancer either
    (learn.microsoft.com/azure/machine-learning/how-to-secure-training-vnet).
    """
    if machine.public_ip is None:
        return "its disk, and what it may have of a load balancer and a public address, go"
    return "its disk, its load balancer and its public address go" if machine.public_ip else "its disk goes"


def _given_up(compute: Fact, context: Context) -> Judgement | None:
    machine, hours = Machine.of(compute), context.parameters["hours"]
    wanted = f"failed for {_counted(hours, 'hour')} at most"
    if not machine.failed and machine.state not in _USELESS:
        settling = machine.is_creating
        return unknown("The compute is not settled yet.", wanted) if settling else passed("The compute did not fail.")
    state = machine.state or compute.text("properties", "provisioningState")
    since = machine.operation[1] or compute.moment("properties", "modifiedOn") or machine.created
    if since is None:
        return unknown(f"The compute is {state} and does no work, and Azure does not tell since when.", wanted)
    if context.now - since <= timedelta(hours=hours):
        return passed(f"The compute is {state}, but only since {since:%Y-%m-%d %H:%M} UTC.", state)
    why = next(_errors(compute), "")
    attached = compute.get("properties", "isAttachedCompute") is True
    way_out = "detach it, and attach it anew" if attached else "delete it, and make it anew"
    message = f"The compute is {state} since {since:%Y-%m-%d} and does no work: {way_out} if somebody needs it."
    return failed(
        f"{message} Azure says {why}." if why else message,
        expected=wanted,
        actual={"state": state, "since": since.isoformat(), "error": why},
    )


def _errors(compute: Fact) -> Iterator[str]:
    """Azure's own words for why a compute failed, each shortened and without what may be a secret in it."""
    for found in (
        compute.get("properties", "provisioningErrors"),
        compute.get("properties", "properties", "errors"),
    ):
        for one in found if isinstance(found, list) else ():
            error = one.get("error") if isinstance(one, Mapping) and "error" in one else one
            said = (error.get("code"), error.get("message")) if isinstance(error, Mapping) else ()
            if words := cleaned(": ".join(str(part) for part in said if part)).rstrip("."):
                yield words


def _user(compute: Fact, context: Context) -> Judgement | None:
    machine, gone = Machine.of(compute), context.known.gone_people
    if not machine.is_instance or gone is None:
        return None
    wanted = "a user whom the directory knows"
    if not machine.user:
        return unknown("The instance does not show whose it is.", wanted)
    if machine.user.casefold() not in {one.casefold() for one in gone}:
        return passed("The directory knows the instance's user.", machine.user)
    bills = f"it goes on billing ({machine.state or 'in what state, it does not show'})"
    if machine.state == "Stopped":
        bills = f"it stands stopped, and {_left_billing(machine)} on billing"
    asked = context.owner or "Whoever answers for the hub"
    message = (
        f"The directory knows nobody any more by the id {machine.user}, whose instance this is. Nobody else can work "
        f"on it, and {bills}. {asked} must say whether it can be deleted: what is on its own disks is lost, the file "
        "share stays."
    )
    return failed(message, expected=wanted, actual={"user": machine.user, "state": machine.state})


def _size(compute: Fact, context: Context) -> Judgement | None:
    machine = Machine.of(compute)
    if not (machine.is_instance or machine.is_cluster):
        return None
    wanted = "a size that Azure does not retire"
    if not machine.size:
        return unknown("The compute does not show its size.", wanted)
    series = series_of(machine.size)
    if series is None:
        return passed(f"Microsoft's list of {AS_OF} does not retire {machine.size}.", machine.size)
    retires, today = series.retires_in(machine.region), context.now.date()
    left = (retires - today).days
    if left > context.parameters["days"]:
        return passed(f"The size {machine.size} ({series.name}) retires on {retires}.", machine.size)
    when = f"retires on {retires}, in {_counted(left, 'day')}" if left > 0 else f"has retired on {retires}"
    after = "Azure will stop" if left > 0 else "Azure has stopped"
    message = (
        f"The size {machine.size} ({series.name}) {when}: {after} what still runs on it. A compute keeps the size it "
        f"was made with, so make it anew with another ({series.page})."
    )
    actual = {"size": machine.size, "series": series.name, "retires": retires.isoformat()}
    return failed(message, expected=wanted, actual=actual, worse=0 if left > 0 else 1)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


NOT_LEFT_STOPPED = Rule(
    id="HW-CMP-003",
    title="Stopped compute instance is not kept for ever",
    why="A stopped instance is cheaper than one that runs, and not free; one that nobody starts again is waste.",
    kinds=_COMPUTE,
    severity=Severity.LOW,
    safety=Safety.REPORT,
    controls=("N-31",),
    check=_stopped,
    parameters={
        "days": Parameter(Type.INTEGER, 30, "Days after which somebody must say that a stopped instance is needed", 1),
    },
)

NOT_FAILED = Rule(
    id="HW-CMP-004",
    title="Compute that failed is made anew or deleted",
    why="It does no work, and whoever waits for it waits in vain.",
    kinds=_COMPUTE,
    severity=Severity.MEDIUM,
    safety=Safety.REPORT,
    controls=("N-36",),
    check=_given_up,
    parameters={
        "hours": Parameter(Type.INTEGER, 24, "Hours that whoever made it has to see to it", 1),
    },
)

USER_IS_HERE = Rule(
    id="HW-CMP-005",
    title="Compute instance has a user who is still here",
    why="Only its user can work on an instance; when they have left it serves nobody, and goes on billing.",
    kinds=_COMPUTE,
    severity=Severity.HIGH,
    safety=Safety.REPORT,
    controls=("N-32",),
    check=_user,
    reads=Reads.PEOPLE,
)

SIZE_STAYS = Rule(
    id="HW-CMP-007",
    title="Compute has a size that does not retire soon",
    why="On the day that a size retires, Azure stops what still runs on it, and nobody can start it again.",
    kinds=_COMPUTE,
    severity=Severity.MEDIUM,
    safety=Safety.RECREATE,
    controls=("CP-17",),
    check=_size,
    parameters={
        "days": Parameter(Type.INTEGER, 365, "Days before a size retires from which its computes are told", least=0),
    },
)
