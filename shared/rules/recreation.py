"""
Rules about instances that are made anew for their image: a stopped one is taken down, and is then there again.

Two writes, and between them an instance that is not there. So its definition is remembered before the first, each
sweep asks for the second until the new instance was seen, and policy cannot have the one without the other.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from shared.images.anew import Stage, stage
from shared.images.definition import Definition, Lack, capture
from shared.images.hours import Hours
from shared.images.machine import Machine
from shared.model.action import CreateInstance, DeleteInstance, Fix
from shared.model.compute_memory import TakenDown
from shared.model.facts import WORKSPACES, Fact, Kind
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.model.resource_id import ResourceId
from shared.rules.disturbing import HOURS
from shared.rules.images import IMAGE_AGE, overdue
from shared.rules.rule import Context, Judgement, Parameter, Rule, Type, failed, passed, unknown

LINKED: Final = "linked"
"""What policy accepts where the app may use the identities and the subnet that an instance comes with."""
UNKNOWN_PERSON: Final = "unknown_person"
"""What policy accepts where nobody can tell whether whoever works on an instance is still there."""
_NOT_WHOLE: Final = "it is taken down in a sweep, which sees whether whoever works on it is still there"
_NAMED: Final = 3
"""Instances that a message names before it only counts them."""


def _taken_down(compute: Fact, context: Context) -> Judgement | None:
    machine = Machine.of(compute)
    due = overdue(machine, context)
    if due is None:
        return None
    if machine.state != "Stopped":
        return passed("The date in its warning has come, and it is not stopped.", machine.state)
    if compute.text("properties", "provisioningState") == "Deleting":
        return passed("The date in its warning has come, and it is being deleted.", "Deleting")
    definition = capture(compute)
    fix = Fix(
        DeleteInstance(definition.document, machine.as_seen),
        before={"state": "Stopped", "image": machine.image},
        after={"state": "taken down", "image": None},
        refusal=_refusal(machine, definition, context),
        wait=_wait(machine, context),
    )
    notes = "".join(f" Then {one}." for one in definition.otherwise)
    message = (
        f"The date in its warning, {due.due:%Y-%m-%d}, has come, and it stands stopped with the image {machine.image}. "
        f"Taken down and made anew it gets a new one; its OS disk and its temporary disk are lost.{notes}"
    )
    return failed(message, expected=machine.latest_image or "a newer image", actual=machine.image, fix=fix)


def _refusal(machine: Machine, definition: Definition, context: Context) -> str:
    """Why it must not be taken down: it would not come back as it was, or nobody would be there for it."""
    accepted = context.parameters["accepted"]
    if machine.user in (context.known.gone_people or ()):
        return "whoever works on it is no longer in the directory, so nobody would want it anew: delete it"
    if lost := definition.lost(accepted):
        return f"it would not come back as it was; lost: {'; '.join(lost)}"
    if definition.linked and LINKED not in accepted:
        return (
            f"it comes with {' and '.join(definition.linked)}: let the app use that (assign/action on an identity, "
            f"join/action on a subnet), then accept {LINKED} in policy"
        )
    return ""


def _wait(machine: Machine, context: Context) -> str:
    """
    Why it must not be taken down now.

    It waits for the evening too, though nobody works on what stands stopped: who wants to start it must not find it
    gone, and who starts it in the moment between our look and our write, which nobody can rule out, does so by day.
    """
    if not context.estate.whole:
        return _NOT_WHOLE
    if context.known.gone_people is None and UNKNOWN_PERSON not in context.parameters["accepted"]:
        return (
            "nobody could tell whether whoever works on it is still there: let the app ask the directory, or accept "
            f"{UNKNOWN_PERSON}"
        )
    rest = timedelta(hours=context.parameters["stopped_hours"])
    if machine.stopped is None:
        return (
            f"since when it has stood stopped is not told: what was last done to it is {machine.operation[0] or None!r}"
        )
    if (rested := machine.stopped + rest) > context.now:
        return f"it was stopped at {_at(machine.stopped)} and is left alone until {_at(rested)}"
    return Hours.of(context.parameters).wait(context.now)


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _there_again(workspace: Fact, context: Context) -> Judgement | None:
    known = context.known.computes
    ours = sorted(one for one, memory in known.items() if memory.taken_down is not None and one.parent == workspace.id)
    taken = {one: down for one in ours if (down := known[one].taken_down) is not None}
    if not taken:
        return None
    stages = {compute: stage(compute, down, context.estate) for compute, down in taken.items()}
    wrong = [compute for compute, seen in stages.items() if seen in _WRONG]
    if wrong:
        fix = _together([_creation(compute, taken[compute]) for compute in wrong if stages[compute] is Stage.GONE])
        return failed(_told(wrong, stages, taken), expected=_EXPECTED, actual=_actual(stages), fix=fix)
    if undecided := [compute for compute, seen in stages.items() if seen in {Stage.MAKING, Stage.UNSEEN}]:
        return unknown(f"{_names(undecided)} being made anew, or could not be looked at.", _EXPECTED)
    return passed("What was taken down is there again, or was never deleted.", _actual(stages))


def _creation(compute: ResourceId, taken: TakenDown) -> Fix:
    action = CreateInstance(taken.document)
    return Fix(action, before={"present": False}, after={"present": True}, target=compute)


def _together(fixes: list[Fix]) -> Fix | None:
    return replace(fixes[0], also=tuple(fixes[1:])) if fixes else None


def _told(wrong: list[ResourceId], stages: Mapping[ResourceId, Stage], taken: Mapping[ResourceId, TakenDown]) -> str:
    named = [
        f"{one.name} was taken down on {taken[one].at:%Y-%m-%d} for a new image and {_WRONG[stages[one]]}"
        for one in wrong[:_NAMED]
    ]
    more = len(wrong) - _NAMED
    return f"{'; '.join(named)}{f'; and so {more} more' if more > 0 else ''}."


def _names(computes: list[ResourceId]) -> str:
    names = ", ".join(one.name for one in computes[:_NAMED])
    more = len(computes) - _NAMED
    return f"{names}{f' and {more} more' if more > 0 else ''} {'is' if len(computes) == 1 else 'are'}"


def _actual(stages: Mapping[ResourceId, Stage]) -> dict[str, str]:
    return {compute.name: seen.value for compute, seen in stages.items()}


_EXPECTED: Final = "each instance that was taken down, with another image"
_WRONG: Final = {
    Stage.GONE: "is not there",
    Stage.BROKEN: "could not be made: Azure gave up, so delete what is left of it, and it is made again",
    Stage.SAME: "has the same image again: its region has no newer one yet",
}
"""What is the matter at a stage, for people."""

IMAGE_TAKEN_DOWN = Rule(
    id="HW-IMG-003",
    title="No stopped instance keeps a stale image after its date",
    why="It will be started again as it is, unpatched; only an instance that is made anew gets a new image.",
    kinds=frozenset({Kind.COMPUTE}),
    severity=Severity.MEDIUM,
    safety=Safety.GATED,
    controls=("CP-01", "N-27"),
    check=_taken_down,
    parameters={
        "stopped_hours": Parameter(Type.INTEGER, 72, "Hours that it must have stood stopped", 0, 2160),
        **HOURS,
        "accepted": Parameter(
            Type.CHOICES,
            (),
            "What may be lost, used, or not known, to make it anew",
            choices=(Lack.IDENTITY.value, LINKED, UNKNOWN_PERSON),
        ),
    },
    differing=("works_from", "works_to"),
    follows=IMAGE_AGE.id,
    finished_by="HW-IMG-004",
    permissions=(DeleteInstance.permission,),
)

IMAGE_ANEW = Rule(
    id="HW-IMG-004",
    title="An instance that was taken down is there again, with a new image",
    why="Somebody's workplace is missing until it is made anew, and only Hubwarden remembers what it was.",
    kinds=WORKSPACES,
    severity=Severity.CRITICAL,
    safety=Safety.GATED,
    controls=("N-27",),
    check=_there_again,
    permissions=(CreateInstance.permission,),
)
