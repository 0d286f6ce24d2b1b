"""The command line of `images`; a file of its own, for it says more of itself than the others do."""

from pathlib import Path
from typing import Annotated

import typer

from local.told import clock, told

EPILOG = """
Which image each compute of a subscription runs, as whoever is signed in; with --table also what owners were told:

python -m local images --subscription $SUB --table https://sthubwarden.table.core.windows.net

One compute: all that is known, the steps to a new image, what survives them and what is lost; and the parameter file \
that makes it anew:

python -m local images --subscription $SUB --compute ci-jane --out ci-jane.parameters.json

The same from ARM JSON as Azure returned it, with nothing asked of Azure: --estate PATH. docs/images.md has the rest.
"""
POLICY = Path(__file__).resolve().parents[2] / "policy"


def images(
    *,
    estate: Annotated[Path | None, typer.Option(help="File or folder of ARM documents; judged offline.")] = None,
    subscription: Annotated[str, typer.Option(help="Subscription to read live, as who you are.")] = "",
    table: Annotated[
        str,
        typer.Option(
            help="Table service of the app's storage account, to read what owners were told.",
            envvar="AzureWebJobsStorage__tableServiceUri",
        ),
    ] = "",
    compute: Annotated[
        str, typer.Option(help="ARM id or name of one compute, to be told all of it; or an endpoint's id.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="With --compute: write its parameter file here.")] = None,
    page: Annotated[Path | None, typer.Option("--html", help="Write a page with charts for people here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    policy: Annotated[Path, typer.Option(help="Folder with the policy files.")] = POLICY,
    now: Annotated[str, typer.Option(help="The moment to judge at, ISO 8601; default is the clock.")] = "",
) -> None:
    """Tell which OS image each compute runs, how far behind it is, what its owner is told next, and the way out.

    Exit 0: all are recent enough; 2: one is too old, never comes to zero nodes, or could not be judged; 1: error.
    """
    from local.images.run import Request, run  # noqa: PLC0415 - as in __main__

    request = Request(
        estate=estate,
        subscription=subscription,
        table=table,
        compute=compute,
        out=out,
        page=page,
        json=as_json,
        policy=policy,
        now=now,
    )
    raise typer.Exit(told(lambda: run(request, clock)))
