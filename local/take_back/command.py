"""The command line of `take-back`; a file of its own, for it says more of itself than the others do."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from local.told import clock, told
from shared.policy.policy import Limits

EPILOG = """
What would be taken back, as whoever is signed in; nothing is written:

python -m local take-back --workspace $HUBWARDEN_WORKSPACE

Take it back, all but what finance wants to keep:

python -m local take-back --workspace $HUBWARDEN_WORKSPACE --keep CostCenter --keep Owner --apply

A tag is changed only while it says what Hubwarden wrote; what somebody has changed since stays. Before --apply the \
app must be in audit, or it writes the tags again. docs/deploy.md has the rest.
"""
ROWS = Path(__file__).resolve().parents[2] / ".demo" / "rows"


class TakeBackFormat(StrEnum):
    """How it is written what is taken back."""

    TABLE = "table"
    JSON = "json"


def take_back(
    *,
    workspace: Annotated[
        str, typer.Option(help="GUID of the app's Log Analytics workspace, asked as who you are.")
    ] = "",
    endpoint: Annotated[
        str, typer.Option(help="Where to ask, if not at Azure's public cloud; such as a stand-in.")
    ] = "",
    rows: Annotated[
        Path, typer.Option(help="Folder with rows to go by without a workspace, and without Azure; the demo's.")
    ] = ROWS,
    keep: Annotated[
        list[str] | None, typer.Option(help="Name of a tag that stays as it is; give each that finance wants.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write it; without this it is only told.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Resources to write to at most.")] = Limits.writes_per_run,
    record: Annotated[
        Path | None,
        typer.Option(help="With --apply: file that what was written is added to; by default take-back-MOMENT.jsonl."),
    ] = None,
    form: Annotated[TakeBackFormat, typer.Option("--format", help="How to write it.")] = TakeBackFormat.TABLE,
) -> None:
    """Take back the tags that Hubwarden wrote, where they still say what it wrote; without --apply only tell.

    Exit 0: nothing is left to take back; 2: something is, or somebody must look; 1: error.
    """
    from local.take_back.run import Request, run  # noqa: PLC0415 - as in __main__

    request = Request(
        workspace=workspace,
        endpoint=endpoint,
        rows=rows,
        keep=tuple(keep or ()),
        apply=apply,
        limit=limit,
        record=record,
        form=form.value,
    )
    raise typer.Exit(told(lambda: run(request, clock)))
