"""What a fleet says in words: days, what is told next, and what could not be told."""

from datetime import timedelta

from local.images.fleet import Compute, Fleet
from shared.images.page import share
from shared.images.tally import Summary
from shared.model.compute_memory import Rung
from shared.model.finding import Verdict
from shared.rules.images import IMAGE_AGE, REACHES_ZERO

_TOLD = {
    Rung.NOTIFIED: "told of a newer image",
    Rung.REMINDED: "reminded",
    Rung.WARNED: "warned",
    Rung.STOPPED: "may be stopped",
    Rung.ESCALATED: "escalated",
}


_BILLS = {
    "load balancer": "LB",
    "stopped: disk, load balancer, address": "disk, LB, IP",
    "stopped: disk, perhaps more": "disk or more",
    "stopped: disk": "disk",
}


def days(span: timedelta | None) -> str:
    """Whole days; empty where nobody can tell."""
    return "" if span is None else str(span.days)


def size(one: Compute) -> str:
    """The VM size without what all begin with."""
    return one.machine.size.removeprefix("STANDARD_").removeprefix("Standard_")


def kind(one: Compute) -> str:
    """What it is, in a word."""
    return {"ComputeInstance": "instance", "AmlCompute": "cluster"}.get(one.machine.type, one.machine.type or "unknown")


def state(one: Compute) -> str:
    """What it does; of a cluster how many nodes it has."""
    if one.machine.is_cluster and one.machine.nodes is not None:
        return f"{one.machine.nodes} {'node' if one.machine.nodes == 1 else 'nodes'}"
    provisioned = one.fact.text("properties", "provisioningState")
    return one.machine.state or ("" if provisioned == "Succeeded" else provisioned) or "not told"


def workspace(one: Compute) -> str:
    """The name of the workspace it is in."""
    return one.id.parent.name if one.id.parent else ""


def user(one: Compute) -> str:
    """The beginning of the object id of whoever works on it; empty for nobody known."""
    return one.machine.user.partition("-")[0]


def bills(one: Compute) -> str:
    """What meters, in few words."""
    return _BILLS.get(one.billing, one.billing)


def following(one: Compute) -> str:
    """What its owner is told next, and when."""
    if one.verdict is Verdict.EXEMPT:
        return "nothing: exempt"
    if one.never_empty:
        return "let it come to zero"
    if one.verdict is Verdict.UNKNOWN:
        return "nobody can tell"
    if one.next is None:
        return "nothing more" if one.within is False else ""
    rung, at = one.next
    if one.notice is None:
        return f"{at:%Y-%m-%d}: {_TOLD[rung]}"
    due = one.notice.due if rung is Rung.WARNED else None
    return f"now: {_TOLD[rung]}" + (f", may be stopped from {due:%Y-%m-%d}" if due else "")


def last_told(one: Compute) -> str:
    """What its owner was told last, and when; empty for nothing, and where nobody remembers."""
    notice = one.memory.notice
    if notice is None:
        return ""
    due = f", with the date {notice.due:%Y-%m-%d}" if notice.due else ""
    return f"{_TOLD[notice.rung]} on {notice.at:%Y-%m-%d}{due}"


def headline(summary: Summary) -> str:
    """All instances in one line."""
    total = summary.total
    exempt = f" ({total.exempt} exempt)" if total.exempt else ""
    undecided = f", not decided {total.undecided}" if total.undecided else ""
    return (
        f"instances {total.instances}: recent enough {total.within}{exempt}, too old {total.failing}{undecided}; "
        f"{share(total)} within policy"
    )


def untold(fleet: Fleet) -> list[tuple[str, str]]:
    """What could not be judged or read, each with the reason."""
    found = [(f"{kind(one)} {where(one)}", _undecided(one)) for one in fleet.undecided]
    found += [(one.what, one.why) for one in fleet.unseen]
    if unknown := sum(_has_nodes_of_unknown_age(one) for one in fleet.computes):
        found.append((f"{unknown} clusters with nodes" if unknown > 1 else "1 cluster with nodes", _UNKNOWN_NODES))
    return found


def _undecided(one: Compute) -> str:
    return "it is being created" if one.machine.is_creating else one.findings[IMAGE_AGE.id].message


def where(one: Compute) -> str:
    """Its name behind that of its workspace, for many have one of the same name."""
    return f"{workspace(one)}/{one.id.name}"


_UNKNOWN_NODES = "since when is not known; where the app looks each day its memory tells"


def _has_nodes_of_unknown_age(one: Compute) -> bool:
    found = one.findings.get(REACHES_ZERO.id)
    return found is not None and found.verdict is Verdict.UNKNOWN and bool(one.machine.nodes) and not one.never_empty


def unremembered(fleet: Fleet) -> str:
    """What it means that the app's memory was not read; empty where it was."""
    if not fleet.unremembered:
        return ""
    return (
        f"What owners were told is not known from here: {fleet.unremembered}. "
        "'now' is what the app tells who has heard nothing yet."
    )
