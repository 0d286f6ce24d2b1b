"""
Rules about OS images of computes: how far behind one is, whether it runs when its date has come, and zero nodes.

What is told to whom and when is the ladder of `shared.images.ladder`. A verdict goes by the days alone; what was told
before decides only what is to be told now, and whether an instance may be touched. How severe it is grows with how an
instance can be reached, and with time.
"""

from datetime import datetime, timedelta
from typing import Final

from shared.images.ladder import Place, Terms, coming, is_newest, may_be_taken_down, place
from shared.images.machine import Machine
from shared.images.use import in_use
from shared.images.way_out import asking
from shared.model.action import Fix, StopInstance
from shared.model.compute_memory import Notice, Rung
from shared.model.facts import Fact, Kind
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.rules.disturbing import AT_REST, USE, roles
from shared.rules.rule import Context, Judgement, Parameter, Rule, Type, failed, passed, unknown

_AT_WORK: Final = frozenset(
    {"Running", "JobRunning", "SettingUp", "UserSettingUp", "Creating", "Starting", "Restarting", "Resizing"}
)
_WAY: Final = (
    "Azure renews no image in place: delete the instance and make it anew (its own disks are lost, the user's file "
    "share stays)."
)


def _age(compute: Fact, context: Context) -> Judgement | None:
    machine, terms = Machine.of(compute), Terms.of(context.parameters)
    if not machine.is_instance:
        return None
    if machine.has_latest_image:
        return passed(f"The instance runs the latest image, {machine.image or 'as Azure says'}.", machine.image)
    stands = place(machine, context.known.releases, terms, _last(machine, context), context.now)
    wanted = f"an image that has not been out of date for {terms.notify.days} days"
    if machine.is_creating:
        return unknown("The instance is being created and shows no image yet.", wanted)
    if stands is None:
        told = f"{machine.image or None!r}, latest {machine.latest_image or None!r}"
        return unknown(f"The image versions are not dates: {told}.", wanted)
    if stands.since is None:
        return passed(f"No newer image than {machine.image} is known.", machine.image)
    if stands.behind < terms.notify:
        return passed(f"{_how_old(stands, machine)}. {_what_next(stands, terms)}", machine.image)
    exposed, reached = _exposure(machine, late=stands.behind >= terms.warn)
    then = f"{_what_next(stands, terms)}{_taken_down(stands, machine, context)}"
    return failed(
        f"{_how_old(stands, machine)}. {then} {_WAY} {_where(compute)}{reached}",
        expected=machine.latest_image or wanted,
        actual=machine.image,
        worse=exposed + (stands.rung is Rung.ESCALATED),
        notice=stands.notice,
    )


def _exposure(machine: Machine, *, late: bool) -> tuple[int, str]:
    """
    By how many grades it is more severe for how the instance can be reached, and how that is.

    SSH that anybody can try counts from the start. A public address, which each instance has that is not made without,
    would make all of them loud on the same day: it counts once it is `late`, as does SSH from inside, or besides.
    """
    if machine.ssh_from_internet:
        return 1 + late, " It can be reached by SSH at a public address."
    if machine.public_ip:
        return int(late), " It has a public address."
    return (int(late), " It takes SSH from its network.") if machine.ssh else (0, "")


def _where(compute: Fact) -> str:
    """Where the way out of an image stands in full."""
    return f"Commands and parameter file: `{asking(compute)}`, or WayOut of its last notice in HubwardenImages_CL."


def _how_old(stands: Place, machine: Machine) -> str:
    newer = f"{days_of(stands.behind)} (since {_day(stands.since)})"
    latest = f", the latest {machine.latest_image}" if machine.latest_image else ""
    return f"The image {stands.image} is {days_of(stands.age)} old, and a newer one has been out for {newer}{latest}"


def _what_next(stands: Place, terms: Terms) -> str:
    """What comes next, and on which date; of a date in a warning what it means."""
    due, following = _day(stands.due), coming(stands, terms)
    day = _day(following[1]) if following else ""
    match stands.rung:
        case None:
            return f"Its owner is told on {day}."
        case Rung.NOTIFIED | Rung.REMINDED:
            return f"A warning with a date follows on {day}."
        case Rung.WARNED:
            return f"From {due} on it may be stopped whenever nobody works on it."
        case Rung.STOPPED:
            return f"Since {due} it may be stopped whenever nobody works on it; it is escalated on {day}."
        case Rung.ESCALATED:
            return f"Since {due} it may be stopped whenever nobody works on it; whoever answers for the hub must act."


def _day(moment: datetime | None) -> str:
    return moment.date().isoformat() if moment else ""


def _taken_down(stands: Place, machine: Machine, context: Context) -> str:
    """From when on it may be deleted in order to be made anew, of one that was warned where policy wants that."""
    rest = context.known.renewing.get(machine.fact.id)
    if stands.due is None or rest is None:
        return ""
    day = may_be_taken_down(machine, stands.due, rest, context.now)
    return (
        f" From {day:%Y-%m-%d} on at the earliest, when it has stood stopped for {rest / _HOUR:.0f} hours, it may be "
        "deleted and made anew: save what lies on its own disks before."
    )


def _last(machine: Machine, context: Context) -> Notice | None:
    memory = context.known.computes.get(machine.fact.id)
    return None if memory is None else memory.notice


def overdue(machine: Machine, context: Context) -> Notice | None:
    """What was told last of an instance whose date has come and that still has the image it was told of; else None."""
    last = _last(machine, context)
    if last is None or last.image != machine.image or is_newest(machine, context.known.releases):
        return None
    return last if last.due is not None and last.due <= context.now else None


def _at_rest(compute: Fact, context: Context) -> Judgement | None:
    machine = Machine.of(compute)
    due = overdue(machine, context)
    if due is None:
        return None
    told = f"The date in its warning, {due.due:%Y-%m-%d}, has come"
    if machine.state in AT_REST:
        return passed(f"{told}, and it does not run.", machine.state)
    if machine.state not in _AT_WORK:
        return unknown(f"{told}, and its state {machine.state or None!r} does not tell whether it runs.", "Stopped")
    use = in_use(machine, context.estate, context.parameters, context.now)
    fix = Fix(
        StopInstance(machine.as_seen),
        before={"state": machine.state},
        after={"state": "Stopped"},
        wait=use.wait,
        caveat=use.caveat,
    )
    message = f"{told}, and it still runs on the image {machine.image}. Who starts it again keeps that image."
    return failed(message, expected="Stopped", actual=machine.state, fix=fix)


def _reaches_zero(compute: Fact, context: Context) -> Judgement | None:
    machine, most = Machine.of(compute), context.parameters["days"]
    if not machine.is_cluster:
        return None
    expected = f"no nodes at least once in {most} days"
    if machine.nodes == 0:
        return passed("The cluster has no nodes: the next ones get the newest image.", 0)
    memory = context.known.computes.get(compute.id)
    if machine.nodes is None or memory is None or memory.at_zero is None:
        return unknown("How long the cluster has had nodes is not known.", expected)
    days = days_of(context.now - memory.at_zero)
    if context.now - memory.at_zero <= timedelta(days=most):
        return passed(f"The cluster had no nodes {days} ago.", machine.nodes)
    message = (
        f"The cluster has not been seen without nodes for {days}, so its nodes may be as old as that. Let it come to "
        "zero: set its minimum to 0, and let its jobs end."
    )
    return failed(message, expected=expected, actual=machine.nodes)


def days_of(span: timedelta) -> str:
    """A span of time in whole days, in words."""
    return f"{span.days} {'day' if span.days == 1 else 'days'}"


_COMPUTE = frozenset({Kind.COMPUTE})
_HOUR: Final = timedelta(hours=1)

IMAGE_AGE = Rule(
    id="HW-IMG-001",
    title="Compute instance runs a recent OS image",
    why="An instance keeps the image it was made with; every fix since then is missing from it.",
    kinds=_COMPUTE,
    severity=Severity.MEDIUM,
    safety=Safety.RECREATE,
    controls=("CP-01", "N-27"),
    check=_age,
    parameters={
        "notify_days": Parameter(Type.INTEGER, 14, "Days since it could have had a newer image: it fails", 1, 3650),
        "remind_days": Parameter(Type.INTEGER, 14, "Days after which its owner is reminded, until the warning", 1, 365),
        "warn_days": Parameter(Type.INTEGER, 45, "Days since then: its owner is told when it may be stopped", 1, 3650),
        "stop_days": Parameter(Type.INTEGER, 60, "Days since then: it may be stopped, warned in time", 1, 3650),
        "escalate_days": Parameter(Type.INTEGER, 90, "Days since then: it is one grade more severe", 1, 3650),
        "lag_days": Parameter(
            Type.INTEGER,
            30,
            "Days after it was built until an image is out everywhere, where it may be older than the calendar",
            0,
            365,
        ),
        "escalate_to": Parameter(
            Type.TEXTS, (), "Addresses that an escalation goes to as well, and what would go to nobody else"
        ),
    },
    rising=("notify_days", "warn_days", "stop_days", "escalate_days"),
)

IMAGE_AT_REST = Rule(
    id="HW-IMG-002",
    title="An instance whose date has come does not run on a stale image",
    why="Its owner was warned in time; what runs unpatched can be attacked, what is stopped cannot.",
    kinds=_COMPUTE,
    severity=Severity.MEDIUM,
    safety=Safety.GATED,
    controls=("N-27",),
    check=_at_rest,
    parameters=USE,
    differing=("works_from", "works_to"),
    lists=roles,
    follows=IMAGE_AGE.id,
    permissions=(StopInstance.permission,),
)

REACHES_ZERO = Rule(
    id="HW-IMG-006",
    title="Compute cluster comes to zero nodes from time to time",
    why="Only a node that starts from nothing gets the newest image; one that is never idle keeps its own.",
    kinds=_COMPUTE,
    severity=Severity.MEDIUM,
    safety=Safety.REPORT,
    controls=("N-29",),
    check=_reaches_zero,
    parameters={"days": Parameter(Type.INTEGER, 30, "Days within which it must have had no nodes", 1, 365)},
)
