"""`python -m local.conformance`: holds the stand-in to Azure's contracts; `make conformance` runs it."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local.conformance.contracts import Contracts, ContractsError, beside
from local.conformance.report import write
from local.conformance.suite import run

REPOSITORY = Path(__file__).resolve().parents[2]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def conformance(
    contracts: Annotated[
        Path | None,
        typer.Option(
            help="Folder with the published contracts to replay; by default the one beside this checkout.",
            envvar="HUBWARDEN_CONTRACTS",
        ),
    ] = None,
) -> None:
    """Compare the Azure stand-in with Azure's contracts. Exit 0: it conforms; 1: it does not."""
    try:
        place = contracts or beside(REPOSITORY)
        found = asyncio.run(run(Contracts(place) if place else None))
    except ContractsError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
    write(found, Console())
    raise typer.Exit(1 if found.faults else 0)


if __name__ == "__main__":
    app()
