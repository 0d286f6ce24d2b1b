"""`python -m local.soak keys`: months of key rotation in minutes."""

from typing import Annotated

import typer
from rich.console import Console

from local.azure.faults.plans import PLANS
from local.soak.keys import Soak, run

app = typer.Typer(
    help="Months of simulated time against the Azure stand-in, in minutes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def soak() -> None:
    """A command of its own for each soak, though there is but one."""


@app.command()
def keys(
    days: Annotated[int, typer.Option(min=1, help="Days to simulate, with a pass every six hours.")] = Soak.days,
    accounts: Annotated[int, typer.Option(min=1, help="Accounts, of three kinds in turn.")] = Soak.accounts,
    connections: Annotated[int, typer.Option(min=1, help="Connections by key that there are at least.")] = (
        Soak.connections
    ),
    faults: Annotated[str, typer.Option(help=f"What goes wrong: {', '.join(PLANS)}.")] = Soak.faults,
    seed: Annotated[int, typer.Option(help="Draws people, kills and faults; the same seed draws the same.")] = (
        Soak.seed
    ),
) -> None:
    """Rotate keys for months under clients that call all the time, in an Azure that fails.

    Exit 0: no call was refused, no key too old, no account forgotten and no secret found; 1: else, with each named.
    """
    if faults not in PLANS:
        raise typer.BadParameter(f"no faults are called {faults!r}; there are {', '.join(PLANS)}")
    asked = Soak(days=days, accounts=accounts, connections=connections, faults=faults, seed=seed)
    raise typer.Exit(run(asked, Console(highlight=False)))


if __name__ == "__main__":
    app(prog_name="python -m local.soak")
