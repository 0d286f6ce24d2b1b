"""What the suite found, as tables for a terminal."""

from collections import Counter
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local.conformance.explained import unexplained, used
from local.conformance.suite import Findings

COUNTS = ("known", "served", "replayed", "matching", "explained", "unexplained")


def write(found: Findings, console: Console) -> None:
    """Prints the counts per provider, the explained differences, and each fault on a line of its own."""
    console.print(_counts(found))
    if found.skipped:
        console.print(f"examples and recordings: skipped, {found.skipped}")
    else:
        console.print(_explanations(found))
        same = sum(found.recorded.values())
        console.print(f"recorded resources: {same} of {len(found.recorded)} come back as they were recorded")
    for fault in found.faults:
        console.print(f"[red]differs[/] {escape(fault)}", soft_wrap=True)
    console.print("conformance: ok" if not found.faults else f"conformance: {len(found.faults)} differences")


def _counts(found: Findings) -> Table:
    table = _table("Operations and examples", "provider", *COUNTS)
    whole: Counter[str] = Counter()
    for provider in sorted({operation.provider for operation in found.operations}):
        counts = Counter(_counted(found, provider))
        whole += counts
        table.add_row(provider, *(str(counts[name]) for name in COUNTS))
    table.add_section()
    table.add_row("all", *(str(whole[name]) for name in COUNTS))
    return table


def _counted(found: Findings, provider: str) -> Iterator[str]:
    yield from ("known" for one in found.operations if one.provider == provider)
    yield from ("served" for one in found.served if one.provider == provider)
    for outcome in found.outcomes:
        if outcome.operation.provider == provider:
            if outcome.played:
                yield "replayed"
            yield "unexplained" if unexplained(outcome) else "explained" if outcome.differences else "matching"


def _explanations(found: Findings) -> Table:
    table = _table("Explained differences", "examples", "difference", "in", "why")
    for one, count in used(found.outcomes):
        table.add_row(escape(one.examples), escape(one.difference), str(count), escape(one.reason))
    return table


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_edge=False, pad_edge=False)
    table.add_column(first, no_wrap=first == "provider")
    for column in columns:
        table.add_column(column, justify="right" if column in COUNTS else "left", overflow="fold")
    return table
