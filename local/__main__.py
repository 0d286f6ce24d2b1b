"""
`python -m local`: the commands. Each imports what it runs only when it runs, so that `--help` is quick.

Exit codes: 0 all well, 1 an error told in one line on standard error, 2 (plan, keys, rotate, images, take-back)
something to say.
"""

import asyncio
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from local.images.command import EPILOG as IMAGES_EPILOG
from local.images.command import images
from local.preflight.command import EPILOG as PREFLIGHT_EPILOG
from local.preflight.command import preflight
from local.rotation.command import EPILOG, rotate
from local.running_costs_command import running_costs
from local.take_back.command import EPILOG as TAKE_BACK_EPILOG
from local.take_back.command import take_back
from local.told import clock, told
from shared.model.tables import TABLES

app = typer.Typer(
    help="Hubwarden on one machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
policy_app = typer.Typer(help="The policy files.", no_args_is_help=True)
app.add_typer(policy_app, name="policy")
app.command(epilog=EPILOG)(rotate)
app.command(epilog=IMAGES_EPILOG)(images)
app.command("running-costs")(running_costs)
app.command(epilog=PREFLIGHT_EPILOG)(preflight)
app.command("take-back", epilog=TAKE_BACK_EPILOG)(take_back)

REPOSITORY = Path(__file__).resolve().parent.parent
ROWS = REPOSITORY / ".demo" / "rows"
"""Where the demo leaves its rows, and where queries find them."""


AZURE_EPILOG = """
Faults: --faults storm --seed 3 breaks requests, operations and events by chance, the same way each time. \
While it runs, POST /_standin/faults plans single ones, GET tells what has struck, DELETE ends them.

Clock: POST /_standin/clock {"advanceSeconds": 7776000} lets 90 days pass, for tokens, keys, images and retries alike.

Ledger: GET /_standin/ledger tells every request and every change of state; ?ask=lostTags, repeatedWrites or \
killedKeysInUse tells what should never happen. GET /_standin/state shows all documents.

No /_standin path needs a token. docs/azure-stand-in.md has the rest.
"""


class Format(StrEnum):
    """How a plan is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class TagsFormat(StrEnum):
    """How an explanation is written."""

    TEXT = "text"
    JSON = "json"


class KeysFormat(StrEnum):
    """How it is written who holds which key, or what a query answers."""

    TABLE = "table"
    JSON = "json"


@app.command(epilog=AZURE_EPILOG)
def azure(
    *,
    estate: Annotated[Path | None, typer.Option(help="File or folder of ARM documents as Azure returns them.")] = None,
    port: Annotated[int, typer.Option(help="TLS port on 127.0.0.1; 0 takes a free one.")] = 0,
    certificates: Annotated[Path | None, typer.Option(help="Where to keep the local authority's files.")] = None,
    faults: Annotated[str, typer.Option(help="What goes wrong: none, slow, throttled, flaky or storm.")] = "none",
    seed: Annotated[int, typer.Option(help="Draws faults and keys; the same seed draws the same.")] = 0,
    latency: Annotated[float, typer.Option(min=0, help="Milliseconds every request waits.")] = 0,
    graph_lag: Annotated[float, typer.Option(min=0, help="Seconds Resource Graph is behind ARM.")] = 0,
    operations: Annotated[float, typer.Option(min=0, help="Seconds a long-running operation takes.")] = 0.2,
    throttle: Annotated[bool, typer.Option(help="Refuse with 429 when ARM's token buckets are empty.")] = True,
    time_scale: Annotated[float, typer.Option(min=0, help="Factor on Event Grid's retry delays.")] = 1.0,
) -> None:
    """Run the Azure stand-in: ARM, tokens, Resource Graph, Event Grid and Log Analytics on loopback.

    It prints one line of JSON when it listens: the port, and the environment a client needs to be the app.
    """
    from local.azure.options import Options
    from local.azure.serve import serve

    options = Options(
        estate=estate,
        port=port,
        certificates=certificates,
        faults=faults,
        seed=seed,
        latency_seconds=latency / 1000,
        graph_lag_seconds=graph_lag,
        operation_seconds=operations,
        throttle=throttle,
        time_scale=time_scale,
        tables={name: [asdict(column) for column in columns] for name, columns in TABLES.items()},
    )
    raise typer.Exit(asyncio.run(serve(options)))


@app.command()
def host(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 7071,
    app_dir: Annotated[Path, typer.Option(help="Folder with host.json and function_app.py.")] = REPOSITORY,
    specialise: Annotated[bool, typer.Option(help="Start as a Flex plan does, with a cleared environment.")] = False,
    verbose: Annotated[bool, typer.Option(help="Log more.")] = False,
) -> None:
    """Run the Function App on the local Functions host; settings come from the environment."""
    from local.host.host import HostOptions, serve

    options = HostOptions(specialise=specialise, verbose=verbose)
    raise typer.Exit(asyncio.run(serve(app_dir, port, options)))


@app.command()
def demo(
    directory: Annotated[Path, typer.Option(help="Where logs and summary.json go.")] = REPOSITORY / ".demo",
    faults: Annotated[str, typer.Option(help="What goes wrong: none, slow, throttled, flaky or storm.")] = "none",
    seed: Annotated[int, typer.Option(help="Draws the faults; the same seed draws the same.")] = 0,
) -> None:
    """Show the main job: changes in Azure, and what Hubwarden makes of them."""
    from local.certificates import ensure_certificates, trust
    from local.demo.play import play

    trust(ensure_certificates(directory / "tls").ca)
    raise typer.Exit(play(directory, faults, seed))


@app.command("estate")
def synthetic_estate(
    out: Annotated[Path, typer.Option(help="A file that ends in .json, or a folder of them.")] = Path("estate.json"),
    hubs: Annotated[int, typer.Option(min=1, help="How many hubs.")] = 100,
    projects: Annotated[int, typer.Option(min=0, help="How many projects each hub has.")] = 10,
    seed: Annotated[int, typer.Option(help="The same seed writes the same estate.")] = 7,
    tidy: Annotated[bool, typer.Option(help="With nothing amiss, to see that nothing is found.")] = False,
) -> None:
    """Write a made-up estate as Azure would return it: skewed tags, shared dependents, old images, drift."""
    from local.synthetic.drift import TIDY, Drift
    from local.synthetic.estate import Size, generate, write

    def make() -> int:
        count = write(out, generate(Size(hubs, projects), seed, drift=TIDY if tidy else Drift()))
        print(f"estate: {count} documents of {hubs} hubs in {out}")
        return 0

    raise typer.Exit(told(make))


@app.command()
def send(
    event: Annotated[Path, typer.Argument(help="A file with one event, in either Event Grid schema.")],
    url: Annotated[str, typer.Option(help="The Functions host.")] = "http://127.0.0.1:7071",
    key: Annotated[str, typer.Option(help="Key of the Event Grid webhook.", envvar="HUBWARDEN_WEBHOOK_KEY")] = "",
) -> None:
    """Deliver an event to the running app, as Event Grid would."""
    from local.send import deliver

    raise typer.Exit(told(lambda: deliver(event, url, key)))


@app.command()
def plan(
    estate: Annotated[Path | None, typer.Option(help="File or folder of ARM documents; judged offline.")] = None,
    subscription: Annotated[str, typer.Option(help="Subscription to judge live, read only, as who you are.")] = "",
    policy: Annotated[Path, typer.Option(help="Folder with the policy files.")] = REPOSITORY / "policy",
    now: Annotated[str, typer.Option(help="The moment to judge at, ISO 8601; default is the clock.")] = "",
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TEXT,
) -> None:
    """Judge an estate: print what would be found and done. Exit 0: nothing to say; 2: findings or steps; 1: error."""
    from local.plan import Request, run

    request = Request(estate=estate, subscription=subscription, policy=policy, now=now, form=form.value)
    raise typer.Exit(told(lambda: run(request, clock)))


@app.command()
def tags(
    resource: Annotated[str, typer.Argument(help="ARM id or name of a resource; without it all are listed.")] = "",
    estate: Annotated[Path | None, typer.Option(help="File or folder of ARM documents.")] = None,
    subscription: Annotated[str, typer.Option(help="Subscription to read live, as who you are.")] = "",
    policy: Annotated[Path, typer.Option(help="Folder with the policy files.")] = REPOSITORY / "policy",
    form: Annotated[TagsFormat, typer.Option("--format", help="How to write it.")] = TagsFormat.TEXT,
) -> None:
    """Explain finance's tags: what each should say of a resource, where the value comes from, and why."""
    from local.tags import Request, run

    request = Request(resource=resource, estate=estate, subscription=subscription, policy=policy, form=form.value)
    raise typer.Exit(told(lambda: run(request, clock)))


@app.command()
def keys(
    subscription: Annotated[str, typer.Option(help="Subscription to read live, as who you are.")] = "",
    hub: Annotated[str, typer.Option(help="ARM id or name of a hub; without it all are looked at.")] = "",
    policy: Annotated[Path, typer.Option(help="Folder with the policy files.")] = REPOSITORY / "policy",
    form: Annotated[KeysFormat, typer.Option("--format", help="How to write it.")] = KeysFormat.TABLE,
) -> None:
    """Tell who holds which key of an account, and who holds none that lives. Keys are compared and never printed."""
    from local.keys import Request, run

    request = Request(subscription=subscription, hub=hub, policy=policy, form=form.value)
    raise typer.Exit(told(lambda: run(request, clock)))


@app.command()
def costs(
    *,
    month: Annotated[str, typer.Option(help="The month, such as 2026-10.")],
    estate: Annotated[Path | None, typer.Option(help="File or folder of ARM documents.")] = None,
    subscription: Annotated[str, typer.Option(help="Subscription to read live, as who you are.")] = "",
    costs_file: Annotated[
        Path | None, typer.Option("--costs", help="A cost export, FOCUS or actual costs; CSV or Parquet, or a folder.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the side-car and the report.")] = Path("costs"),
    policy: Annotated[Path, typer.Option(help="Folder with the policy files.")] = REPOSITORY / "policy",
    now: Annotated[str, typer.Option(help="The moment to report at, ISO 8601; default is the clock.")] = "",
    seed: Annotated[int, typer.Option(help="Draws a made-up bill; the same seed draws the same.")] = 0,
) -> None:
    """Split a month's bill by whom it belongs to: a side-car for the FOCUS export, and a report for people.

    For an estate in files without --costs the Azure stand-in makes the bill up.
    """
    from local.costs import Request, run

    request = Request(
        month=month,
        estate=estate,
        subscription=subscription,
        costs=costs_file,
        out=out,
        policy=policy,
        now=now,
        seed=seed,
    )
    raise typer.Exit(told(lambda: run(request, clock)))


@app.command()
def query(
    *,
    name: Annotated[str, typer.Argument(help="The query's name; without it all are listed.")] = "",
    workspace: Annotated[str, typer.Option(help="GUID of a Log Analytics workspace to ask, as who you are.")] = "",
    endpoint: Annotated[
        str, typer.Option(help="Where to ask, if not at Azure's public cloud; such as a stand-in.")
    ] = "",
    rows: Annotated[Path, typer.Option(help="Folder with rows to ask without a workspace; the demo's.")] = ROWS,
    hours: Annotated[float, typer.Option(min=0, help="How far back to look; 0 for as far as the query does.")] = 0,
    like: Annotated[str, typer.Option(help="Show only rows with this in a cell, such as a hub's name.")] = "",
    form: Annotated[KeysFormat, typer.Option("--format", help="How to write it.")] = KeysFormat.TABLE,
) -> None:
    """Ask one of the queries in infra/queries by its name: of a workspace, or of the rows that make demo has left."""
    from local.query import Request, run

    request = Request(
        name=name, workspace=workspace, endpoint=endpoint, rows=rows, hours=hours, form=form.value, like=like
    )
    raise typer.Exit(told(lambda: run(request)))


@policy_app.command("check")
def policy_check(
    directory: Annotated[Path, typer.Argument(help="Folder with the policy files.")] = REPOSITORY / "policy",
) -> None:
    """Say whether the policy is valid, or name every problem with file and line."""
    from shared.adapters.policy_files import read
    from shared.policy.load import load
    from shared.rules.catalogue import RULES

    def check() -> int:
        loaded = load(read(directory), RULES, clock())
        print(f"policy {loaded.version}: {len(RULES)} rules, {len(loaded.exemptions)} exemptions, no problems")
        tags = loaded.cost_tags
        if tags.tags and tags.owner not in tags.by_name:
            print(f"owner: {tags.owner} is none of the tags, so the reports for finance name no owner")
        return 0

    raise typer.Exit(told(check))


if __name__ == "__main__":
    app()
