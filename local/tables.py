"""Tables for a terminal: findings and steps, for the plan command and the demo."""

from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table

from shared.engine.report import step_cells
from shared.model.finding import Finding
from shared.model.plan import Plan

COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
STATUS = {"ready": "green", "needs-approval": "yellow", "held": "cyan", "refused": "red"}


def failing_table(findings: Iterable[Finding]) -> Table:
    """Failing findings in the order given."""
    table = _table("Findings", "Severity", "Rule", "Resource", "What is the matter")
    for finding in findings:
        severity = f"[{COLOURS[finding.severity]}]{finding.severity}[/]"
        table.add_row(severity, finding.rule, escape(finding.resource.name), escape(finding.message))
    return table


def step_table(plan: Plan) -> Table:
    """The steps of a plan."""
    table = _table(f"Plan {plan.id}", "Status", "Rule", "Resource", "Write", "Why")
    for step in plan.steps:
        status, rule, resource, write, why = step_cells(step)
        table.add_row(f"[{STATUS[status]}]{status}[/]", rule, escape(resource), escape(write), escape(why))
    return table


def unseen_table(findings: Iterable[Finding]) -> Table:
    """What could not be decided."""
    table = _table("Not decided", "Rule", "Resource", "Why")
    for finding in findings:
        table.add_row(finding.rule, escape(finding.resource.name), escape(finding.message))
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
