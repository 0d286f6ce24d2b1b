"""What Application Insights takes of an execution: rows as Azure has them. tests/e2e holds what the app says in one."""

import json
from pathlib import Path

import pytest

from local.telemetry import ID, execution, lines_of, trace, weight

PUBLISHED = {
    "timestamp": "2025-01-22T17:12:30.0089394Z",
    "message": "Executing 'Functions.ShortRunningPeriodicJob' (Reason='Timer fired at"
    f" 2025-01-22T17:12:30.0084527+00:00', Id={ID})",
    "severityLevel": 1,
    "customDimensions": {
        "EventId": "1",
        "EventName": "FunctionStarted",
        "ProcessId": "8156",
        "InvocationId": ID,
        "HostInstanceId": ID,
        "prop__invocationId": ID,
        "prop__{OriginalFormat}": "Executing '{functionName}' (Reason='{reason}', Id={invocationId})",
        "LogLevel": "Information",
        "Category": "Function.ShortRunningPeriodicJob",
        "prop__functionName": "Functions.ShortRunningPeriodicJob",
        "prop__reason": "Timer fired at 2025-01-22T17:12:30.0084527+00:00",
    },
    "operation_Name": "ShortRunningPeriodicJob",
    "operation_Id": "0" * 32,
    "operation_ParentId": "0" * 16,
    "client_Type": "PC",
    "client_IP": "0.0.0.0",  # noqa: S104 - what Azure puts there
    "cloud_RoleName": "functionapp20250112081533b",
    "cloud_RoleInstance": "0" * 64,
    "appId": ID,
    "iKey": ID,
    "sdkVersion": "azurefunctions: 4.1036.3.23284",
    "itemId": ID,
    "itemCount": 1,
}
"""A line of Azure's host as a public test shows it, with ids of ours, under the older names of columns."""


def test_a_row_weighs_what_a_published_one_does() -> None:
    """The same line of the host in a row of ours: the same properties, and a tenth more or less."""
    reason = PUBLISHED["customDimensions"]["prop__reason"]  # type: ignore[index]
    row = trace("ShortRunningPeriodicJob", str(PUBLISHED["message"]), reason=reason)
    assert set(row["Properties"]) == set(PUBLISHED["customDimensions"])  # type: ignore[call-overload]
    assert weight([row]) == pytest.approx(weight([PUBLISHED]), rel=0.1)


def test_an_execution_is_a_request_and_its_lines() -> None:
    """Three lines of the host, one for each of the app's, and the request; a line that is said costs its row."""
    silent, said = list(execution("on_change", "changes", [])), list(execution("on_change", "changes", ["a", "b"]))
    assert [row.get("Message", "the request").split()[0] for row in silent] == [
        "the",
        "Executing",
        "Trigger",
        "Executed",
    ]
    assert [row["Message"] for row in said if row["Properties"]["Category"].endswith(".User")] == ["a", "b"]
    assert weight(said) - weight(silent) == weight([trace("on_change", "a", ".User"), trace("on_change", "b", ".User")])


def test_host_json_lets_through_what_is_weighed() -> None:
    """The host's lines at Information, every request and failure; none of its own counters and calls to storage."""
    said = json.loads((Path(__file__).resolve().parents[2] / "host.json").read_text("utf-8"))["logging"]
    insights = said["applicationInsights"]
    assert (said["logLevel"]["Function"], said["logLevel"]["Host.Results"]) == ("Information", "Information")
    assert insights["samplingSettings"]["excludedTypes"] == "Request;Exception"
    assert not insights["enablePerformanceCountersCollection"]
    assert not insights["enableDependencyTracking"]


def test_lines_are_those_of_one_invocation() -> None:
    """What the host says, what another invocation says, and what follows a line on lines of its own is none of it."""
    log = "\n".join(
        (
            f"2026-11-27T08:50:38.278+00:00 INFO    Host [on_change {ID}] Executing 'Functions.on_change'",
            f"2026-11-27T08:50:39.050+00:00 INFO    User [on_change {ID}] run.ended run=1",
            f"2026-11-27T08:50:39.050+00:00 WARNING User [on_change {ID}] ARM GET",
            "    a second line",
            f"2026-11-27T08:50:39.050+00:00 INFO    User [on_change {ID.replace('4', '5')}] run.ended run=2",
            "2026-11-27T08:50:39.060+00:00 INFO    User nobody's",
        )
    )
    assert lines_of(log, "on_change", ID) == ["run.ended run=1", "ARM GET"]
