"""
The Log Analytics tables, column by column: the one schema that rows, the stand-in, Bicep and docs go by.

Names keep clear of those Log Analytics reserves (`id`, `Title`, `Type`, `TenantId`, `UniqueId`, `_ResourceId`,
`_SubscriptionId`), start with a letter and stay within 45 characters (CONTRACTS §8). Rows carry deterministic ids,
because the ingestion API does not remove duplicates: a query takes `arg_max(TimeGenerated, *) by` the id.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    type: Literal["datetime", "string", "int", "real", "boolean", "dynamic"]
    means: str


_WHEN = Column("TimeGenerated", "datetime", "When the run that wrote the row ended, UTC")
_RUN = Column("RunId", "string", "The run; joins the tables")
_HUB = Column("Hub", "string", "ARM id of the hub, lower case; empty for what concerns no single hub")

RUNS = "HubwardenRuns_CL"
FINDINGS = "HubwardenFindings_CL"
ACTIONS = "HubwardenActions_CL"

TABLES: dict[str, tuple[Column, ...]] = {
    RUNS: (
        _WHEN,
        _RUN,
        _HUB,
        Column("Trigger", "string", "event, sweep or poison"),
        Column("Mode", "string", "audit or enforce"),
        Column("Started", "datetime", "When the run started, UTC"),
        Column("Causes", "int", "Messages answered by this run; all but one were coalesced into it"),
        Column("CorrelationIds", "dynamic", "Azure's ids of the operations that caused it, at most 20"),
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
    ),
    FINDINGS: (
        _WHEN,
        _RUN,
        Column("Fingerprint", "string", "Lasting identity of rule and resource"),
        Column("Rule", "string", "Rule id, such as HW-NET-001"),
        Column("Controls", "dynamic", "Control ids the rule covers"),
        Column("Resource", "string", "ARM id, lower case"),
        Column("Kind", "string", "What the resource is"),
        _HUB,
        Column("Owner", "string", "Who the owner tag names"),
        Column("Verdict", "string", "pass, fail, unknown or exempt"),
        Column("Change", "string", "opened, open, resolved or none"),
        Column("Severity", "string", "critical, high, medium or low"),
        Column("Message", "string", "What is the matter, in one sentence"),
        Column("Expected", "string", "What the rule wants, as JSON"),
        Column("Actual", "string", "What it found, as JSON"),
        Column("FirstSeen", "datetime", "When it first failed; absent for what does not fail"),
        Column("Exemption", "string", "Whose waiver applies, why and until when"),
    ),
    ACTIONS: (
        _WHEN,
        _RUN,
        Column("StepId", "string", "Hash of what would be written where"),
        Column("PlanId", "string", "The plan the step belongs to"),
        Column("Rule", "string", "Rule id that wants it"),
        Column("Resource", "string", "ARM id of the target, lower case"),
        _HUB,
        Column("Action", "string", "Verb, such as merge-tags"),
        Column("Result", "string", "done, failed, skipped, held or interrupted"),
        Column("Status", "string", "ready, needs-approval, held or refused"),
        Column("Reason", "string", "Why it is not done, or who approved it"),
        Column("Before", "string", "Value before, as JSON"),
        Column("After", "string", "Value wanted, as JSON"),
        Column("Undo", "string", "The action that would take it back, as JSON; null where Azure offers none"),
        Column("Permission", "string", "What the write needs, by ARM name"),
    ),
}
