"""
The Log Analytics tables, column by column: the one schema that rows, the stand-in, Bicep and docs go by.

Names keep clear of those Log Analytics reserves (`id`, `Title`, `Type`, `TenantId`, `UniqueId`, `_ResourceId`,
`_SubscriptionId`), start with a letter and stay within 45 characters (CONTRACTS §8). Rows carry deterministic ids,
because the ingestion API does not remove duplicates: a query takes `arg_max(TimeGenerated, *) by` the id.

Azure says nothing of a field that it does not know, or whose type is another: it drops it, or makes it null. So rows
are held to this before they go (`misfits`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    type: Literal["datetime", "string", "int", "real", "boolean", "dynamic"]
    means: str


_WHEN = Column("TimeGenerated", "datetime", "When the run that wrote the row ended, UTC")
MADE = "Made"
"""The column that only a row has that came late."""
_MADE = Column(
    MADE, "datetime", "Of a row that came two days late: its TimeGenerated, for Azure puts its own there; else absent"
)
_RUN = Column("RunId", "string", "The run; joins the tables")
_HUB = Column(
    "Hub",
    "string",
    "ARM id of the hub, or of the workspace that has none, lower case; empty for what concerns no single one",
)
_CAUSES = Column("CorrelationIds", "dynamic", "Azure's ids of the operations that caused the run, at most 20")

RUNS = "HubwardenRuns_CL"
FINDINGS = "HubwardenFindings_CL"
ACTIONS = "HubwardenActions_CL"
TAGS = "HubwardenTags_CL"
COSTS = "HubwardenCosts_CL"
KEYS = "HubwardenKeys_CL"
IMAGES = "HubwardenImages_CL"

TABLES: dict[str, tuple[Column, ...]] = {
    RUNS: (
        _WHEN,
        _MADE,
        _RUN,
        _HUB,
        Column("Owner", "string", "Whom the hub's owner tag names, or named when it was last read"),
        Column("CostCenter", "string", "Who pays for the hub; empty for nobody known, and where it was not read"),
        Column("Trigger", "string", "event, sweep, month or rotation"),
        Column("Mode", "string", "audit or enforce"),
        Column("Started", "datetime", "When the run started, UTC"),
        Column("Causes", "int", "Messages answered by this run; all but one were coalesced into it"),
        _CAUSES,
        Column("Judged", "int", "Resources judged"),
        Column("Passed", "int", "Verdicts pass"),
        Column("Failed", "int", "Verdicts fail"),
        Column("Unknown", "int", "Verdicts unknown: not readable or not decidable"),
        Column("Exempt", "int", "Verdicts exempt"),
        Column("Coverage", "real", "Share of verdicts that could be decided, 0 to 1"),
        Column("PlanId", "string", "Hash of all steps"),
        Column("Steps", "int", "Steps in the plan"),
        Column("Done", "int", "Steps written"),
        Column("PolicyVersion", "string", "Hash of the policy files"),
        Column("AppVersion", "string", "Version of Hubwarden"),
        Column(
            "Calls", "int", "Requests to Azure until the row was written, each try counted; none to tables and queues"
        ),
        Column("Throttled", "int", "Those that Azure answered with 429"),
        Column("WaitedSeconds", "real", "Waited for Azure to take more, all calls added up; some wait at once"),
        Column("QueueAgeSeconds", "real", "How long its message had lain in the queue; absent for a timer's run"),
    ),
    FINDINGS: (
        _WHEN,
        _MADE,
        _RUN,
        Column("Fingerprint", "string", "Lasting identity of rule and resource"),
        Column("Rule", "string", "Rule id, such as HW-NET-001"),
        Column("Controls", "dynamic", "Control ids the rule covers"),
        Column("Resource", "string", "ARM id, lower case"),
        Column("Kind", "string", "What the resource is"),
        _HUB,
        Column("Project", "string", "ARM id of the project it is or lives in, lower case; empty for none"),
        Column("Owner", "string", "Who the owner tag names"),
        Column("CostCenter", "string", "Who pays for it, or for what it lives in; empty for nobody known, or several"),
        Column("Verdict", "string", "pass, fail, unknown or exempt"),
        Column("Change", "string", "opened, open, resolved or none"),
        Column("Severity", "string", "critical, high, medium or low"),
        Column("Message", "string", "What is the matter, in one sentence"),
        Column("Expected", "string", "What the rule wants, as JSON"),
        Column("Actual", "string", "What it found, as JSON"),
        Column("FirstSeen", "datetime", "When it first failed; absent for what does not fail"),
        Column("Exemption", "string", "Whose waiver applies, why and until when"),
        _CAUSES,
    ),
    ACTIONS: (
        _WHEN,
        _MADE,
        _RUN,
        Column("StepId", "string", "Hash of what would be written where"),
        Column("PlanId", "string", "The plan the step belongs to"),
        Column("Rule", "string", "Rule id that wants it"),
        Column("Resource", "string", "ARM id of the target, lower case"),
        _HUB,
        Column("Project", "string", "ARM id of the project it is about, lower case; empty for none"),
        Column("Owner", "string", "Whom the finding names"),
        Column("CostCenter", "string", "Who pays for it; empty for nobody known, or several"),
        Column("Action", "string", "Verb, such as merge-tags"),
        Column("Result", "string", "done, failed, skipped, held or interrupted"),
        Column("Status", "string", "ready, needs-approval, held or refused"),
        Column("Reason", "string", "Why it is not done, or who approved it"),
        Column("Before", "string", "Value before, as JSON"),
        Column("After", "string", "Value wanted, as JSON"),
        Column("Undo", "string", "The action that would take it back, as JSON; null where Azure offers none"),
        Column("Permission", "string", "What the write needs, by ARM name"),
        _CAUSES,
    ),
    TAGS: (
        _WHEN,
        _MADE,
        _RUN,
        Column("Resource", "string", "ARM id, lower case"),
        Column("Kind", "string", "What the resource is"),
        Column("Place", "string", "What it is to finance: hub, project, endpoint, dependent and so on"),
        _HUB,
        Column("Hubs", "dynamic", "ARM ids of all hubs that use it, lower case, at most 20"),
        Column("Project", "string", "ARM id of the project it is or lives in, lower case; empty for none"),
        Column("CostCenter", "string", "What the tag that says who pays should say; empty for none"),
        Column("Owner", "string", "What the tag that says whom to ask should say; empty for none"),
        Column("Tags", "dynamic", "What finance's tags should say, by name; those without a value are left out"),
        Column(
            "Sources", "dynamic", "Where each value comes from: resource, project, hub, default, split, none and so on"
        ),
        Column("Because", "dynamic", "The same in words, and why there is no value where there is none"),
        _CAUSES,
    ),
    COSTS: (
        _WHEN,
        _MADE,
        _RUN,
        Column("Month", "string", "The month that was billed, such as 2026-10"),
        Column("Closed", "boolean", "Whether the month's figures no longer change"),
        Column("SubAccountId", "string", "The subscription, as FOCUS has it: /subscriptions/ and its GUID"),
        Column("Currency", "string", "Billing currency"),
        Column("CostCenter", "string", "Who pays; empty for what is not allocated"),
        Column("Owner", "string", "Whom to ask; empty for nobody known"),
        _HUB,
        Column("Project", "string", "ARM id of the project, lower case; empty for none"),
        Column("Source", "string", "Where the cost centre comes from: resource, hub, default, pool, split and so on"),
        Column(
            "Reason", "string", "Why it is not allocated: no_cost_center, not_governed or no_resource; empty when it is"
        ),
        Column("Service", "string", "Azure's name of the service"),
        Column("Cost", "real", "Cost in the billing currency; all rows of a run and currency add up to the bill"),
        Column("CostInUsd", "real", "The same in US dollars"),
    ),
    KEYS: (
        Column("TimeGenerated", "datetime", "When the step was made, or the account's turn or the run ended, UTC"),
        _MADE,
        _RUN,
        Column("Account", "string", "ARM id of the account whose keys it is about, lower case; empty for a count"),
        Column("Kind", "string", "What the account is"),
        Column("Rule", "string", "Rule id by whose terms its keys are rotated, such as HW-KEY-010; empty for a count"),
        _HUB,
        Column("Project", "string", "ARM id of the project it lives in, lower case; empty for none"),
        Column("Owner", "string", "Who its owner tag names, or its hub's where only one keeps its keys"),
        Column("CostCenter", "string", "Who pays for it; empty for nobody known, or several"),
        Column(
            "Step", "string", "regenerate, move or prove; stands, where the account stood; counted, a hub's connections"
        ),
        Column("Phase", "string", "How far its rotation was: resting, gathering, renewing, moving and so on"),
        Column("Cause", "string", "Why it is rotated: age, expiry, request or emergency; empty while it rests"),
        Column("Reason", "string", "Why, in words; of a step that failed what Azure said; what holds it up"),
        Column("Key", "string", "The key that a step was about, as its service calls it"),
        Column("Consumer", "string", "ARM id of the consumer that was moved, lower case"),
        Column("Result", "string", "done, failed, unsure, skipped (nothing may be written), waiting, held or resting"),
        Column("Before", "string", "JSON of who kept which key before the step"),
        Column("After", "string", "JSON of the same as it was meant to be"),
        Column("Consumers", "int", "Known consumers of the account's keys"),
        Column("FirstAgeDays", "real", "Age of the first key, as far as anybody knows"),
        Column("SecondAgeDays", "real", "Age of the second key"),
        Column("MostDays", "real", "How old a key may become"),
        Column("Until", "datetime", "For a wait: until when"),
        Column("Proof", "string", "What came of the last call with the new key"),
        Column("ByKey", "int", "Of a count: connections of the hub's family that keep a key or another secret"),
        Column("ByIdentity", "int", "Those that come with an identity"),
        Column("ByOther", "int", "Those by nothing at all, or by what nobody knows"),
        Column(
            "CorrelationIds",
            "dynamic",
            "Ids of what asked for the rotation, and of whoever was shown its keys, at most 20; none for age",
        ),
    ),
    IMAGES: (
        _WHEN,
        _MADE,
        _RUN,
        Column("Compute", "string", "ARM id of the compute, lower case"),
        Column("ComputeType", "string", "What it is, such as ComputeInstance or AmlCompute"),
        _HUB,
        Column("Project", "string", "ARM id of the project it lives in, lower case; empty for none"),
        Column("Workspace", "string", "ARM id of the hub, project or plain workspace it is in, lower case"),
        Column("Owner", "string", "Who the nearest owner tag names"),
        Column("CostCenter", "string", "Who pays for what it lives in; empty for nobody known"),
        Column("User", "string", "Object id of whoever works on it; empty for nobody known"),
        Column("Region", "string", "Where it runs, such as eastus2"),
        Column("Size", "string", "VM size as Azure shows it"),
        Column("State", "string", "Such as Running or Stopped; of a cluster such as Steady; empty while it is made"),
        Column("Created", "datetime", "When it was created; absent when unknown"),
        Column("Started", "datetime", "When it last started, as a look since then saw it; absent when unknown"),
        Column("Stopped", "datetime", "Since when it has stood stopped; absent when it runs, or unknown"),
        Column("Image", "string", "Version of its OS image; empty when it shows none"),
        Column("LatestImage", "string", "Version that it would get if it were made anew now"),
        Column("AgeDays", "real", "Days since its image was built; absent when unknown"),
        Column("BehindDays", "real", "Days since it could first have had a newer image; absent when unknown"),
        Column("WithinSla", "boolean", "Whether HW-IMG-001 passes, or is exempt; absent when not decided"),
        Column("Rung", "string", "What its owner was last told of this image: notified, warned and so on; or nothing"),
        Column("Notice", "string", "What this run told its owner; remade when it was seen made anew; else empty"),
        Column("Due", "datetime", "From a warning on: when it may be stopped"),
        Column("PatchStatus", "string", "How the patching of its packages goes; empty where it is not switched on"),
        Column("RebootPending", "boolean", "Whether patches wait for a restart; absent when unknown"),
        Column("PublicIp", "boolean", "Whether it can be reached at a public address; absent when unknown"),
        Column("Ssh", "boolean", "Whether it takes logins by SSH; absent when unknown"),
        Column("IdleShutdown", "string", "After how long without work it stops, as ISO 8601; empty for never"),
        Column("Schedules", "int", "Schedules switched on that start or stop it"),
        Column("Billing", "string", "What meters: running, stopped: and what is kept, nodes, load balancer or nothing"),
        Column(
            "WayOut",
            "dynamic",
            "How to get a newer image: steps, and what survives, is lost, and is carried over; where Notice says what "
            "its owner was told, also the commands and the parameter file",
        ),
        _CAUSES,
    ),
}


def misfits(table: str, row: Mapping[str, Any]) -> Iterator[str]:
    """What Azure would lose of a row, as plain JSON, one line a field; nothing of a table that is none of these."""
    known = {column.name: column.type for column in TABLES.get(table, ())}
    for name, value in row.items() if known else ():
        if name not in known:
            yield f"{name} is no column"
        elif value is not None and not _is_a(known[name], value):
            yield f"{name} is no {known[name]} but {type(value).__name__}"


def _is_a(kind: str, value: object) -> bool:
    match kind:
        case "datetime":
            return isinstance(value, str) and _is_moment(value)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "real":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "string":
            return isinstance(value, str)
        case _:
            return True


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
