"""`python -m local take-back`, from what was asked to what is printed, written to Azure and recorded."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import Progress

from local import query
from local.queries import called, queries
from local.take_back.decide import supposed
from local.take_back.hands import Hands, Tick
from local.take_back.outlook import Outlook
from local.take_back.record import Record
from local.take_back.show import show
from local.take_back.writes import QUERY, Written, written
from shared.model.errors import SettingsInvalid

SOMETHING_TO_DO: Final = 2
OTHERS: Final = "writes-beside-tags"
MODE: Final = "last-mode"


@dataclass(frozen=True)
class Request:
    """What was asked on the command line."""

    workspace: str
    """The workspace's GUID; empty for rows in a folder, and then Azure is not asked."""
    endpoint: str
    """Of the query service, where it is not Azure's public cloud's."""
    rows: Path
    keep: tuple[str, ...]
    """Names of tags that stay."""
    apply: bool
    limit: int
    """Resources that are written to at most."""
    record: Path | None
    """Where to keep what was written; None for a file in this folder, named by the moment."""
    form: str

    @property
    def live(self) -> bool:
        """Whether a workspace is asked, and Azure with it."""
        return bool(self.workspace or self.endpoint)


def run(request: Request, clock: Callable[[], datetime]) -> int:
    """
    Print what is to be taken back, and with `apply` take it back.

    0: nothing is left to do; 2: something is. Raises HubwardenError for all that is wrong.
    """
    _refuse_unclear(request)
    with Console(stderr=True).status("reading what was written …"):
        answers = _rows(request)
    found = written(answers[QUERY].rows)
    _refuse_unknown(request.keep, found)
    told = _told(request, answers, found)
    if request.live and found.writes:
        told = asyncio.run(_look(request, found, told, clock))
    if request.form == "json":
        print(json.dumps(told.as_document(), indent=2))
    else:
        show(told, Console(highlight=False, width=None if sys.stdout.isatty() else query.PIPED))
    return 0 if told.quiet else SOMETHING_TO_DO


def _refuse_unclear(request: Request) -> None:
    if request.apply and not request.live:
        raise SettingsInvalid("--apply needs --workspace GUID: the demo's rows tell of an Azure that has ended with it")
    if request.record is not None and not request.apply:
        raise SettingsInvalid("--record keeps what --apply writes: give both")


def _refuse_unknown(keep: tuple[str, ...], found: Written) -> None:
    """A misspelled name would let go of the tag that was meant."""
    known = {name.casefold(): name for name in found.tags}
    for name in keep:
        if known and name.casefold() not in known:
            near = get_close_matches(name.casefold(), known, n=1) or sorted(known)
            hint = " or ".join(known[one] for one in near)
            raise SettingsInvalid(f"--keep {name!r}: no tag of that name was written; did you mean {hint}?")


def _rows(request: Request) -> Mapping[str, query.Answer]:
    known = queries()
    asked = {
        name: query.Request(
            name=name, workspace=request.workspace, endpoint=request.endpoint, rows=request.rows, hours=0, form="json"
        )
        for name in (QUERY, OTHERS, MODE)
    }
    return {name: query.answered(one, called(known, name)) for name, one in asked.items()}


def _told(request: Request, answers: Mapping[str, query.Answer], found: Written) -> Outlook:
    """What the rows alone say."""
    enforcing = next((row["Last"] for row in answers[MODE].rows if row["Mode"] == "enforce"), None)
    return Outlook(
        source=answers[QUERY].source,
        looked=request.live,
        resources=tuple(supposed(one, writes, request.keep) for one, writes in found.by_resource.items()),
        limit=request.limit,
        writes=len(found.writes),
        unread=found.unread,
        others={row["Action"]: row["Writes"] for row in answers[OTHERS].rows},
        enforcing=enforcing,
    )


async def _look(request: Request, found: Written, told: Outlook, clock: Callable[[], datetime]) -> Outlook:
    """The same as Azure has it now; with `apply`, what was then written and what is left."""
    from local.take_back.live import opened  # noqa: PLC0415 - the SDKs take longer to import than a wrong word to tell

    async with opened(found, request.keep) as hands:
        with _progress("looking", len(found.by_resource)) as tick:
            seen = await hands.look(found.by_resource, tick)
        looked = replace(told, resources=tuple(seen))
        return await _take(request, hands, looked, clock) if request.apply and looked.wanted else looked


async def _take(request: Request, hands: Hands, looked: Outlook, clock: Callable[[], datetime]) -> Outlook:
    path = request.record or Path(f"take-back-{clock():%Y%m%dT%H%M%SZ}.jsonl")
    with Record(path, hands.clock) as book, _progress("taking back", min(request.limit, len(looked.wanted))) as tick:
        attempts = await hands.take(looked.wanted, request.limit, book, tick)
    after = await hands.settled(attempts)
    resources = tuple(after.get(one.id, one) for one in looked.resources)
    return replace(looked, resources=resources, attempts=tuple(attempts), record=path)


@contextmanager
def _progress(what: str, total: int) -> Iterator[Tick]:
    """How far it is, where somebody sits at a terminal; on standard error, for the other may be a program's."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)
