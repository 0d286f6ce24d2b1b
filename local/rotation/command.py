"""The command line of `rotate`; a file of its own, for it says more of itself than the others do."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from local.told import clock, told
from shared.model.message import Wish

EPILOG = """
Where the keys of an account stand, who keeps which, and what the app would do next; nothing is written:

python -m local rotate ai-prod --subscription $SUB --table https://sthubwarden.table.core.windows.net

A key is exposed: replace both at once, whoever else uses them:

python -m local rotate ai-prod --subscription $SUB --queue https://sthubwarden.queue.core.windows.net --now \
--reason "INC-4711: key1 in a public repository"

Renew in no hurry: --begin. Let the old key of a rotation under way die, though no log tells who uses it: --approve.

The account may be given by its ARM id. docs/runbooks/emergency-key-rotation.md has the rest.
"""
POLICY = Path(__file__).resolve().parents[2] / "policy"


class RotateFormat(StrEnum):
    """How it is written where the keys stand."""

    TEXT = "text"
    JSON = "json"


def rotate(
    *,
    account: Annotated[str, typer.Argument(help="ARM id of the account, or its name where only one has that.")],
    subscription: Annotated[
        list[str] | None, typer.Option(help="Subscription in which to look for consumers; give each that is governed.")
    ] = None,
    begin: Annotated[bool, typer.Option("--begin", help="Ask the app to rotate its keys, in no hurry.")] = False,
    now: Annotated[bool, typer.Option("--now", help="Ask it to replace both keys at once.")] = False,
    approve: Annotated[bool, typer.Option("--approve", help="Let the old key of the rotation under way die.")] = False,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the rotation.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False,
    queue: Annotated[
        str,
        typer.Option(help="Queue service of the app's storage account.", envvar="AzureWebJobsStorage__queueServiceUri"),
    ] = "",
    table: Annotated[
        str,
        typer.Option(help="Its table service, to read the ledger.", envvar="AzureWebJobsStorage__tableServiceUri"),
    ] = "",
    policy: Annotated[Path, typer.Option(help="Folder with the policy files.")] = POLICY,
    form: Annotated[RotateFormat, typer.Option("--format", help="How to write it.")] = RotateFormat.TEXT,
) -> None:
    """Show where an account's keys stand, and ask the running app to rotate them.

    Exit 0: nothing is in the way, or it was sent; 2: something is held up or could not be told, or nothing was sent for
    want of a reason, a queue or a yes; 1: error.
    """
    from local.rotation.doors import Live  # noqa: PLC0415 - as in __main__
    from local.rotation.rotate import Request, run  # noqa: PLC0415 - as in __main__

    wishes = {Wish.BEGIN: begin, Wish.NOW: now, Wish.APPROVE: approve}
    request = Request(
        account=account,
        subscriptions=tuple(subscription or ()),
        policy=policy,
        queue=queue,
        table=table,
        wishes=tuple(wish for wish, wished in wishes.items() if wished),
        reason=reason,
        yes=yes,
        form=form.value,
    )
    raise typer.Exit(told(lambda: run(request, clock, Live())))
