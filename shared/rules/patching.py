"""The rule about the packages of an instance: whether patches come in, and take effect. They make no new image."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from shared.images.machine import Machine
from shared.images.use import in_use
from shared.model.action import Fix, RestartInstance
from shared.model.facts import Fact, Kind
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.rules.disturbing import AT_REST, USE, roles
from shared.rules.images import days_of
from shared.rules.rule import Context, Judgement, Parameter, Rule, Type, failed, passed, unknown

_MOST_CODES: Final = 3
"""Error codes that a message names."""


def _patched(compute: Fact, context: Context) -> Judgement | None:
    machine = Machine.of(compute)
    if not machine.is_instance or not machine.patching:
        return None
    status, expected = machine.patching.get("patchStatus"), "patches that came in and are in effect"
    if status in {"Failed", "CompletedWithWarnings"}:
        message = f"The last patching of its packages ended as {status}{_codes(machine)}."
        return failed(message, expected=expected, actual=status)
    if machine.patching.get("rebootPending") is True:
        return _rebooted(machine, context, expected)
    if status in {"Succeeded", "InProgress"}:
        return passed(f"The patching of its packages stands at {status}.", status)
    return unknown("How the patching of its packages went is not told.", expected)


def _rebooted(machine: Machine, context: Context, expected: str) -> Judgement:
    path = ("properties", "properties", "osImageMetadata", "osPatchingStatus")
    since, planned = machine.fact.moment(*path, "latestPatchTime"), machine.fact.moment(*path, "scheduledRebootTime")
    if machine.state in AT_REST:
        return passed("Its patches take effect when it starts.", machine.state)
    if since is None:
        return unknown("Its patches wait for a restart, and since when is not told.", expected)
    told = f"Its patches of {since:%Y-%m-%d} wait for a restart"
    if context.now - since < timedelta(days=context.parameters["days"]):
        return passed(f"{told}.", {"rebootPending": True})
    use = in_use(machine, context.estate, context.parameters, context.now)
    by_azure = planned is not None and planned > context.now
    fix = Fix(
        RestartInstance(machine.as_seen),
        before={"rebootPending": True},
        after={"rebootPending": False},
        wait=f"Azure restarts it by itself at {planned:%Y-%m-%d %H:%M} UTC" if by_azure else use.wait,
        caveat=use.caveat,
    )
    days = days_of(context.now - since)
    return failed(f"{told}, for {days} now.", expected=expected, actual={"rebootPending": True}, fix=fix)


def _codes(machine: Machine) -> str:
    """The codes of Azure's errors; their texts may be long."""
    errors = machine.patching.get("osPatchingErrors")
    found = [one.get("error") for one in errors if isinstance(one, Mapping)] if isinstance(errors, list) else []
    codes = [str(error["code"]) for error in found if isinstance(error, Mapping) and error.get("code")]
    return f" ({', '.join(codes[:_MOST_CODES])})" if codes else ""


PATCHED = Rule(
    id="HW-IMG-005",
    title="Patches of an instance come in and take effect",
    why="A patch that failed, or that waits for a restart, protects nobody.",
    kinds=frozenset({Kind.COMPUTE}),
    severity=Severity.MEDIUM,
    safety=Safety.GATED,
    controls=("N-28",),
    check=_patched,
    parameters={"days": Parameter(Type.INTEGER, 7, "Days that patches may wait for a restart", 0, 365), **USE},
    differing=("works_from", "works_to"),
    lists=roles,
    permissions=(RestartInstance.permission,),
)
