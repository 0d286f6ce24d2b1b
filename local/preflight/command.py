"""The command line of `preflight`."""

import asyncio
import os
from collections.abc import Mapping

import typer
from rich.console import Console
from rich.markup import escape

from local.preflight.wanted import Wanted, missing, wanted
from local.told import told

EPILOG = """
It reads the variables of an azd environment, and azd runs it before each azd provision. By hand:

eval "$(azd env get-values | sed 's/^/export /')" && python -m local preflight

What only Azure can tell stands in docs/deploy.md.
"""


def preflight() -> None:
    """Look whether Azure would take what azd is about to deploy, and say what to do where not. It only reads.

    Exit 0: nothing speaks against it, or nobody could look; 1: something does.
    """
    raise typer.Exit(told(lambda: run(os.environ)))


def run(environment: Mapping[str, str]) -> int:
    """Print an answer a line. Raises SettingsInvalid for parameters that cannot be, and where nobody is signed in."""
    if names := missing(environment):
        print(f"Nothing to look at yet: azd asks for {', '.join(names)} after this. Name them to azd env new before.")
        return 0
    return asyncio.run(_look(wanted(environment), Console(highlight=False, soft_wrap=True)))


async def _look(deployment: Wanted, console: Console) -> int:
    from local.live import signed_in  # noqa: PLC0415 - the SDKs take longer to import than a wrong name to tell
    from local.preflight.look import State, look  # noqa: PLC0415 - see above

    signs = {State.GOOD: "[green]✓[/]", State.WRONG: "[red]✗[/]", State.UNSURE: "[yellow]?[/]"}
    wrong = 0
    async with signed_in() as azure:
        async for answer in look(azure.arm, deployment):
            wrong += answer.state is State.WRONG
            console.print(f"{signs[answer.state]} {escape(answer.about)}: {escape(answer.words)}")
    if wrong:
        console.print(f"{wrong} {'thing speaks' if wrong == 1 else 'things speak'} against it; nothing was made.")
    return 1 if wrong else 0
