"""Tables for a terminal: findings and steps, for the plan command and the demo."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from shared.engine.report import step_cells
from shared.model.finding import Finding
from shared.model.plan import Plan

MOST_ROWS = 100
COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
STATUS = {"ready": "green", "needs-approval": "yellow", "held": "cyan", "refused": "red"}


def failing_table(findings: Sequence[Finding]) -> Table:
    """Failing findings in the order given."""
    table = _table("Findings", "Severity", "Rule", "Resource", "What is the matter")
    for finding in _some(table, findings):
        severity = f"[{COLOURS[finding.severity]}]{finding.severity}[/]"
        table.add_row(severity, finding.rule, escape(finding.resource.name), escape(finding.message))
    return table


def step_table(plan: Plan) -> Table:
    """The steps of a plan."""
    table = _table(f"Plan {plan.id}", "Status", "Rule", "Resource", "Write", "Why")
    for step in _some(table, plan.steps):
        status, rule, resource, write, why = step_cells(step)
        table.add_row(f"[{STATUS[status]}]{status}[/]", rule, escape(resource), escape(write), escape(why))
    return table


def unseen_table(findings: Sequence[Finding]) -> Table:
    """What could not be decided."""
    table = _table("Not decided", "Rule", "Resource", "Why")
    for finding in _some(table, findings):
        table.add_row(finding.rule, escape(finding.resource.name), escape(finding.message))
    return table


def _some[T](table: Table, items: Sequence[T]) -> Sequence[T]:
    """As many as anybody reads in a terminal; the table says how many more there are."""
    if len(items) > MOST_ROWS:
        table.caption = f"and {len(items) - MOST_ROWS} more; --format json or markdown shows all"
        table.caption_justify = "left"
    return items[:MOST_ROWS]


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
