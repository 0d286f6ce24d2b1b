"""The story as lines in a terminal: who did what, what arrived, what was found, what was done, how long after."""

from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape

COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
RESULTS = {"done": "green", "held": "yellow", "failed": "bold red", "skipped": "dim"}


class Timeline:
    """Writes one line for each thing that happens, with the seconds since the change that caused it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._since: datetime | None = None

    def change(self, who: str, does: str, at: datetime) -> datetime:
        """Somebody changes something; all that follows is timed from here. Returns the moment."""
        self._since = at
        self._console.print(f"[bold]{escape(who)}[/] {escape(does)}")
        return at

    def event(self, event: dict[str, Any]) -> None:
        """The event that Azure raised."""
        operation = event["data"].get("operationName", event["type"])
        self._line(datetime.fromisoformat(event["time"]), "event", "blue", operation)

    def findings(self, rows: list[dict[str, Any]]) -> None:
        """Findings that opened or ended."""
        for row in rows:
            colour = COLOURS[row["Severity"]] if row["Change"] == "opened" else "green"
            text = f"{row['Rule']} {row['Severity']} {row['Change']}: {row['Message']}"
            self._line(moment(row["TimeGenerated"]), "finding", colour, text)

    def actions(self, rows: list[dict[str, Any]]) -> None:
        """What became of steps."""
        for row in rows:
            word = row["Status"] if row["Result"] == "held" else row["Result"]
            why = f"  ({row['Reason']})" if row["Reason"] else ""
            text = f"{row['Rule']} {row['Action']} {row['Before']} → {row['After']}{why}"
            self._line(moment(row["TimeGenerated"]), word, RESULTS[row["Result"]], text)

    def rotation(self, rows: list[dict[str, Any]]) -> None:
        """Steps of a rotation, as the rows tell them."""
        for row in rows:
            consumer = "/".join(part for part in row["Consumer"].split("/")[-3::2] if part)
            text = {
                "regenerate": f"a new {row['Key']}, while {row['Consumers']} connections keep the other",
                "move": f"{consumer}: {row['Before']} → {row['After']}",
                "prove": f"{row['Key']}: {row['Reason']}",
            }[row["Step"]]
            word = row["Step"] if row["Result"] == "done" else row["Result"]
            colour = "green" if row["Result"] == "done" else "bold red"
            self._line(moment(row["TimeGenerated"]), word, colour, text)

    def note(self, text: str) -> None:
        """Something that the reader must know of what follows."""
        self._console.print(f"[bold]{escape(text)}[/]", soft_wrap=True)

    def dated(self, at: datetime, word: str, colour: str, text: str) -> None:
        """Something that happened on a day, for where days go by between one line and the next."""
        self._console.print(f"  [dim]{at:%Y-%m-%d}[/]  [{colour}]{escape(word):<12}[/] {escape(text)}", soft_wrap=True)

    def told(self, since: datetime, at: datetime, text: str) -> None:
        """A count of what happened since a moment."""
        self._since = since
        self._line(at, "so", "blue", text)

    def _line(self, at: datetime, word: str, colour: str, text: str) -> None:
        after = 0.0 if self._since is None else max(0.0, (at - self._since).total_seconds())
        self._console.print(f"  [dim]+{after:5.2f} s[/]  [{colour}]{word:<14}[/] {escape(text)}", soft_wrap=True)


def moment(value: object) -> datetime:
    """A datetime column, as the query client gives it: a datetime, or its text."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
