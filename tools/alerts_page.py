"""`docs/alerts.md` and `docs/runbooks/README.md`: what alerts when, its runbook, and the events of our own topic."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from shared.model.events import EVENTS, Event
from tools.alerts import Alert, duration
from tools.hand_written import part
from tools.markdown import table


def alerts_page(alerts: Iterable[Alert], kept: Mapping[str, str]) -> str:
    """`docs/alerts.md`."""
    alerts = list(alerts)
    header = ("alert", "says", "severity", "one for each", "looks every", "back", "runbook")
    why = table(("alert", "why so severe, and so often"), ((f"`{alert.name}`", alert.why) for alert in alerts))
    parts = [
        f"# Alerts\n\n{part('intro', kept)}",
        table(header, map(_row, alerts)),
        part("resolving", kept),
        f"## Why so\n\n{why}",
        part("receivers", kept),
        f"## Events for machines\n\n{part('events', kept)}",
        table(("type", "when", "data"), _events()),
        *(_schema(name, event) for name, event in EVENTS.items() if not event.table),
    ]
    return "\n\n".join(parts) + "\n"


def runbooks_index(alerts: Iterable[Alert], folder: Path, kept: Mapping[str, str]) -> str:
    """`docs/runbooks/README.md`."""
    rows = ((f"`{alert.name}`", alert.title, f"[{_title(folder, alert)}]({alert.runbook}.md)") for alert in alerts)
    listed = table(("alert", "says", "runbook"), rows)
    return f"# Runbooks\n\n{part('intro', kept)}\n\n{listed}\n\n{part('others', kept)}\n"


def _row(alert: Alert) -> tuple[str, ...]:
    return (
        f"`{alert.name}`",
        f"{alert.title}.",
        str(alert.severity),
        ", ".join(f"`{name}`" for name in alert.dimensions) or "all",
        _span(alert.frequency),
        _span(alert.window),
        f"[{alert.runbook}](runbooks/{alert.runbook}.md)",
    )


def _span(text: str) -> str:
    """A duration as people say it."""
    span = duration(text) or timedelta()
    minutes = span // timedelta(minutes=1)
    if minutes % 1440 == 0:
        return f"{minutes // 1440} d"
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def _title(folder: Path, alert: Alert) -> str:
    """The heading of a runbook; its name while nobody has written one."""
    page = folder / f"{alert.runbook}.md"
    heading = page.read_text("utf-8").partition("\n")[0] if page.is_file() else ""
    return heading.removeprefix("# ") or alert.runbook


def _events() -> Iterator[tuple[str, str, str]]:
    for name, event in EVENTS.items():
        own = f"[below](#{name.casefold().replace('.', '')})"
        row = f"a row of [`{event.table}`](tables.md#{event.table.casefold()})"
        yield f"`{name}`", f"{event.when}.", row if event.table else own


def _schema(name: str, event: Event) -> str:
    rows = ((f"`{field.name}`", field.type, f"{field.means}.") for field in event.fields)
    return f"### {name}\n\n{table(('field of `data`', 'type', 'means'), rows)}"
