"""
What an execution leaves in Application Insights, as rows of its tables, to weigh them.

The Functions host makes these rows out of its own lines and the app's, and it does not run here. Columns are those of
learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces and .../apprequests. What is in them is as one row
has it that a host 4.1036 wrote in January 2025 and somebody published, with our names in place of theirs; columns that
were empty there are left out. Assumed, for no recording shows it: that the app's lines and the request carry the same
properties as that line of the host, and that the host keeps what a trigger told once more in the request.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

type Row = Mapping[str, Any]

ID: Final = "00000000-0000-4000-8000-000000000000"
_APP: Final = "func-hubwarden-abcdefghijklm"
_COMMON: Final[Row] = {
    "TenantId": ID,
    "TimeGenerated": "2025-01-22T17:12:30.0089394Z",
    "OperationId": "0" * 32,
    "ParentId": "0" * 16,
    "ClientType": "PC",
    "ClientIP": "0.0.0.0",  # noqa: S104 - what Azure puts there, no address to listen on
    "AppRoleName": _APP,
    "AppRoleInstance": "0" * 64,
    "IKey": ID,
    "ResourceGUID": ID,
    "SDKVersion": "azurefunctions: 4.1036.3.23284",
    "ItemCount": 1,
    "SourceSystem": "Azure",
}
_LINE: Final = re.compile(
    r"^\S+ (?P<level>[A-Z]+) +User \[(?P<function>\w+) (?P<invocation>[0-9a-f-]+)\] (?P<text>.*)$", re.MULTILINE
)


def lines_of(log: str, function: str, invocation: str) -> list[str]:
    """What the app said in one invocation, in a log of the local host."""
    wanted = (function, invocation)
    return [line["text"] for line in _LINE.finditer(log) if (line["function"], line["invocation"]) == wanted]


def trace(function: str, text: str, category: str = "", **told: str) -> Row:
    """A row of AppTraces: a line of the host about a function, or with the category `.User` one of the app."""
    return {
        **_COMMON,
        "Message": text,
        "SeverityLevel": 1,
        "OperationName": function,
        "Properties": {
            "EventId": "1",
            "EventName": "FunctionStarted",
            "ProcessId": "8156",
            "InvocationId": ID,
            "HostInstanceId": ID,
            "prop__invocationId": ID,
            "prop__{OriginalFormat}": text,
            "LogLevel": "Information",
            "Category": f"Function.{function}{category}",
            "prop__functionName": f"Functions.{function}",
            **{f"prop__{name}": value for name, value in told.items()},
        },
    }


def request(function: str, reason: str) -> Row:
    """The row of AppRequests of an execution."""
    return {
        **_COMMON,
        "Id": "0" * 16,
        "Name": function,
        "OperationName": function,
        "Success": True,
        "ResultCode": "0",
        "DurationMs": 1234.5678,
        "PerformanceBucket": "1sec-3sec",
        "Properties": {
            "ProcessId": "8156",
            "InvocationId": ID,
            "HostInstanceId": ID,
            "LogLevel": "Information",
            "Category": "Host.Results",
            "FullName": f"Functions.{function}",
            "FunctionExecutionTimeMs": "1234.5678",
            "OperationName": function,
            "TriggerReason": reason,
        },
    }


def execution(function: str, queue: str, said: Iterable[str]) -> Iterator[Row]:
    """
    The rows of an execution that a message of a queue starts, and in which the app says some lines.

    The host's lines are those of the WebJobs SDK at the level Information, which host.json leaves it.
    """
    reason = f"New queue message detected on '{queue}'."
    named = f"Functions.{function}"
    yield request(function, reason)
    yield trace(function, f"Executing '{named}' (Reason='{reason}', Id={ID})", reason=reason)
    moment = "2025-01-22T17:12:30.000+00:00"
    told = {"MessageId": ID, "DequeueCount": "1", "InsertedOn": moment}
    yield trace(function, f"Trigger Details: MessageId: {ID}, DequeueCount: 1, InsertedOn: {moment}", **told)
    for text in said:
        yield trace(function, text, ".User")
    ended = {"status": "Succeeded", "executionDuration": "1234"}
    yield trace(function, f"Executed '{named}' (Succeeded, Id={ID}, Duration=1234ms)", **ended)


def weight(rows: Iterable[Row]) -> int:
    """Bytes of the rows' JSON, which is more than Azure bills: it counts no names of columns."""
    return sum(len(json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode()) for row in rows)
