"""What `take-back` says, for people in a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local.tables import MOST_ROWS
from local.take_back.decide import Fate, Resource, Tag
from local.take_back.outlook import Outlook
from local.wording import because, named

_LEFT = {
    Fate.KEPT: "[dim]stays: you keep it[/]",
    Fate.CHANGED: "[cyan]stays: changed since[/]",
    Fate.UNSURE: "[yellow]stays: nobody knows whether it was ours[/]",
}


def show(told: Outlook, console: Console) -> None:
    """Warnings, each tag that is not as before, what Azure refused, and what it comes to."""
    for warning in _warnings(told):
        console.print(escape(warning), style="yellow", soft_wrap=True)
    lines = [line for one in told.resources for line in _lines(one, told)]
    if lines:
        console.print(_table(lines, told))
    if told.refused:
        console.print("\nNot written:")
    for attempt in told.refused:
        console.print(escape(f"  {named(attempt.resource.id)}: {attempt.problem}"), style="yellow", soft_wrap=True)
    if lines:
        console.print()
    for sentence in _sums(told):
        console.print(escape(sentence), soft_wrap=True)


def _warnings(told: Outlook) -> Iterator[str]:
    if told.enforcing:
        yield (
            f"The app ran in mode enforce at {told.enforcing:%Y-%m-%d %H:%M} UTC: it writes again what you take back. "
            "Go to audit first."
        )
    if not told.looked:
        yield "Azure was not asked: each tag is taken to say what was last written. --workspace asks it."
    for row in told.unread:
        yield f"A row cannot be read, and what it tells of is left: {row}"


def _table(lines: Sequence[tuple[str, ...]], told: Outlook) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for column in ("Resource", "Tag", *(("Said", "Now") if told.attempts else ("Says", "Then"))):
        table.add_column(column, overflow="fold")
    for line in lines[:MOST_ROWS]:
        table.add_row(*line)
    if len(lines) > MOST_ROWS:
        table.caption = f"and {len(lines) - MOST_ROWS} more; --format json shows all"
        table.caption_justify = "left"
    return table


def _lines(one: Resource, told: Outlook) -> Iterator[tuple[str, ...]]:
    """The rows of one resource, as it was before something was written; its name stands in the first."""
    name, attempt = escape(named(one.id)), told.attempt(one)
    tags = attempt.resource.tags if attempt is not None else one.tags
    if one.gone:
        yield name, "", "", "[dim]it is gone[/]"
    if one.problem:
        yield name, "", "", f"[yellow]could not be read: {escape(because(one.problem, one.permission))}[/]"
    for number, tag in enumerate(tag for tag in tags if tag.fate is not Fate.AS_BEFORE):
        then = _then(tag)
        if tag.changes and told.attempts:
            then = _became(tag, one, told)
        yield "" if number else name, escape(tag.name), _value(tag.now), then


def _then(tag: Tag) -> str:
    """What is to become of a tag."""
    if tag.fate is Fate.REMOVE:
        return "[red]removed[/]"
    return _LEFT.get(tag.fate) or f"[green]{_value(tag.back)}[/]"


def _became(tag: Tag, now: Resource, told: Outlook) -> str:
    """What became of a tag that was to change."""
    attempt = told.attempt(now)
    if attempt is None:
        return "[yellow]as it was: beyond --limit[/]"
    if attempt.problem:
        return "[red]as it was: not written[/]"
    if tag.name in now.after:
        return "[yellow]written, and does not show yet[/]"
    return _then(tag)


def _value(value: str | None) -> str:
    """A tag's value; one that is empty is told from one that is not there."""
    return "[dim]not there[/]" if value is None else escape(value) or "[dim]empty[/]"


def _sums(told: Outlook) -> Iterator[str]:
    if told.attempts:
        tags = _many(sum(len(one.resource.after) for one in told.attempts if one.wrote), "tag")
        yield f"Taken back: {tags} of {_many(told.counts['written'], 'resource')}; what they said is in {told.record}"
    if told.resources:
        yield _counted(told)
    if told.others:
        others = ", ".join(f"{action} {count}" for action, count in told.others.items())
        yield f"Other writes stay: {others}. python -m local query writes shows those of a week, each with its undo."
    yield from _next(told)
    yield f"{_many(told.writes, 'write')} of tags; {told.source}"


def _counted(told: Outlook) -> str:
    """What is left to do, and of what is left as it is as much as there is."""
    counts = told.counts
    left = {
        "changed since": counts["changed"],
        "kept": counts["kept"],
        "not sure": counts["unsure"],
        "as before": counts["as_before"],
        "resources gone": counts["gone"],
        "not read": counts["not_read"],
    }
    said = "".join(f"; {what} {count}" for what, count in left.items() if count)
    what = "Still to take back" if told.attempts else "To take back"
    tags = _many(told.count(Fate.REMOVE, Fate.GIVE_BACK), "tag")
    return f"{what}: {tags} of {_many(len(told.wanted), 'resource')}{said}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _next(told: Outlook) -> Iterator[str]:
    """What to type to go on."""
    if not told.wanted:
        return
    if told.attempts:
        if beyond := sum(told.attempt(one) is None for one in told.wanted):
            yield f"Beyond --limit {told.limit}: {_many(beyond, 'resource')}; the same command takes the next ones."
    elif len(told.wanted) > told.limit:
        yield f"Nothing was written. --apply writes to the first {told.limit} resources; --limit allows more at once."
    elif told.looked:
        yield "Nothing was written; --apply writes it."
