"""The rule about resource logs."""

from typing import Any

from shared.model.action import DeleteDiagnosticSetting, Fix, PutDiagnosticSetting
from shared.model.facts import Fact, Gap, Kind
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.rules.rule import Context, Judgement, Parameter, Rule, Type, failed, passed, unknown

OURS = "hubwarden"
"""The name of the setting we make; one by another name is somebody else's and stays as it is."""


def _sends_logs(setting: Fact) -> bool:
    logs = setting.get("properties", "logs")
    enabled = isinstance(logs, list) and any(isinstance(log, dict) and log.get("enabled") is True for log in logs)
    return enabled and bool(setting.get("properties", "workspaceId"))


def _diagnostics(hub: Fact, context: Context) -> Judgement:
    wanted = "a diagnostic setting that sends logs to Log Analytics"
    settings = context.estate.children(hub.id, Kind.DIAGNOSTIC_SETTING)
    if settings is None:
        return unknown("Nobody looked at the hub's diagnostic settings.", wanted)
    if isinstance(settings, Gap):
        return unknown(f"The hub's diagnostic settings could not be read: {settings.reason}", wanted)
    sending = [setting.id.name for setting in settings if _sends_logs(setting)]
    if sending:
        return passed("The hub's logs go to Log Analytics.", sending)
    names = sorted(setting.id.name for setting in settings)
    fix = _fix(names, context.parameters["workspace_id"])
    return failed("The hub's logs go nowhere that can be queried.", expected=wanted, actual=names, fix=fix)


def _fix(names: list[str], workspace_id: str) -> Fix | None:
    if not workspace_id:
        return None
    before: Any = OURS if OURS in {name.casefold() for name in names} else None
    return Fix(
        PutDiagnosticSetting(OURS, workspace_id),
        before={"diagnosticSetting": before},
        after={"diagnosticSetting": OURS, "workspaceId": workspace_id},
        undo=None if before else DeleteDiagnosticSetting(OURS),
    )


LOGS_KEPT = Rule(
    id="HW-LOG-001",
    title="Hub sends its logs to Log Analytics",
    why="Without logs nobody can tell afterwards who read a key or why a job failed.",
    kinds=frozenset({Kind.HUB}),
    severity=Severity.MEDIUM,
    safety=Safety.SAFE,
    controls=("WS-12",),
    check=_diagnostics,
    parameters={
        "workspace_id": Parameter(
            Type.RESOURCE, "", "Log Analytics workspace to send to; without it the rule only reports"
        ),
    },
    lists=lambda hub, _: ((hub.id, Kind.DIAGNOSTIC_SETTING),),
    permissions=(PutDiagnosticSetting.permission,),
)
