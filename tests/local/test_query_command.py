"""`query` as whoever is on call meets it: a query by name, on the demo's rows or a workspace, and what goes wrong."""

import asyncio
import io
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from rich.console import Console

from local.azure.options import Options
from local.azure.stand_in import AzureStandIn
from local.certificates import trust
from local.queries import Query, queries
from local.query import Answer, Request, kept, show, show_names
from local.rows import WHEN, keep
from local.tables import MOST_ROWS
from shared.model.errors import EstateInvalid, Rejected
from shared.model.finding import Change, Severity
from shared.model.tables import FINDINGS, TABLES
from tests.builders import NOW
from tests.infra.rows import ago, found
from tests.local.test_cli import run

REPOSITORY = Path(__file__).resolve().parents[2]
ROWS = [
    found(at=ago(hours=6), change=Change.OPENED, since=ago(hours=6)),
    found("HW-TAG-001", "project", severity=Severity.MEDIUM, message="Cost tags: Environment is missing."),
    found("HW-CMP-001", "ci", severity=Severity.CRITICAL, since=None, owner="", message="It never [stops]."),
]

GOLDEN = """\
What fails now
Severity ┃ Rule       ┃ Resource ┃ Message                            ┃ Owner                ┃ FirstSeen        ┃ Days
━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━╇━━━━━
critical │ HW-CMP-001 │ ci       │ It never [stops].                  │                      │                  │
high     │ HW-NET-001 │ hub      │ It is open.                        │ jane@contoso.example │ 2026-03-01 03:00 │ 0
medium   │ HW-TAG-001 │ project  │ Cost tags: Environment is missing. │ jane@contoso.example │ 2026-02-26 09:00 │ 3
3 rows; the demo's, as of 2026-03-01 09:00 UTC, in {folder}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Rows as the demo leaves them."""
    keep(tmp_path / "rows", {FINDINGS: ROWS}, NOW)
    return tmp_path / "rows"


def asking(folder: Path, name: str = "open-findings", hours: float = 0) -> Request:
    """What somebody asks of the demo's rows."""
    return Request(name=name, workspace="", endpoint="", rows=folder, hours=hours, form="table")


def written(query: Query, answer: Answer) -> str:
    """What a person reads, in a wide terminal."""
    console = Console(file=io.StringIO(), width=200, highlight=False)
    show(query, answer, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]  # the StringIO above
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def test_what_fails_now_for_people(folder: Path) -> None:
    """The worst first, ids by their names, moments to the minute, and whose rows they are."""
    query = queries()["open-findings"]

    assert written(query, kept(asking(folder), query)) == GOLDEN.replace("{folder}", str(folder))


def test_a_week_later_they_are_as_fresh(folder: Path) -> None:
    """`now()` is the moment at which the rows were taken, so `ago(2d)` finds them whenever somebody asks."""
    done = run("query", "open-findings", "--rows", folder, "--format", "json")

    assert done.returncode == 0
    rows = json.loads(done.stdout)
    assert [row["Rule"] for row in rows] == ["HW-CMP-001", "HW-NET-001", "HW-TAG-001"]
    assert rows[1]["Resource"].startswith("/subscriptions/")
    assert rows[1]["FirstSeen"] == "2026-03-01T03:00:00+00:00"
    assert done.stderr == f"3 rows of the demo's, as of 2026-03-01 09:00 UTC, in {folder}\n"


def test_hours_narrow_what_is_looked_at(folder: Path) -> None:
    """Back from the moment at which the rows were taken."""
    query = queries()["open-findings"]

    assert [row["Rule"] for row in kept(asking(folder, hours=1), query).rows] == ["HW-CMP-001", "HW-TAG-001"]


def test_like_shows_what_is_about_one_thing(folder: Path) -> None:
    """In whatever case, and in whatever column; it says how many it leaves out."""
    done = run("query", "open-findings", "--rows", folder, "--format", "json", "--like", "hw-tag")

    assert [row["Rule"] for row in json.loads(done.stdout)] == ["HW-TAG-001"]
    assert done.stderr == f"1 row of the demo's, as of 2026-03-01 09:00 UTC, in {folder}, less 2 without 'hw-tag'\n"


def test_no_rows_are_told_as_such(folder: Path) -> None:
    """A query that finds nothing, on rows that are there."""
    query = queries()["waivers"]

    assert written(query, kept(asking(folder), query)) == (
        f"no rows; the demo's, as of 2026-03-01 09:00 UTC, in {folder}\n"
    )


def test_a_long_answer_says_how_much_is_left_out(folder: Path) -> None:
    """Nobody reads ten thousand lines in a terminal."""
    query = queries()["open-findings"]
    answer = kept(asking(folder), query)

    assert "and 1 more; --format json shows all" in written(
        query, replace(answer, rows=[answer.rows[0]] * (MOST_ROWS + 1))
    )


def test_without_a_name_all_are_listed() -> None:
    """With what each tells."""
    console = Console(file=io.StringIO(), width=200, highlight=False)
    show_names(queries(), console)
    text = console.file.getvalue()  # type: ignore[attr-defined]  # the StringIO above

    assert all(query.name in text and query.title in text for query in queries().values())
    assert run("query").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["open-finding"], "no query is called 'open-finding'; did you mean open-findings?"),
        (["zzz"], "no query is called 'zzz'; python -m local query lists them"),
        (["open-findings", "--rows", "/nowhere"], "/nowhere: no rows here; run make demo first, or give --workspace"),
        (["open-findings", "--workspace", "mine"], "--workspace 'mine' is no GUID"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(arguments: list[str], says: str) -> None:
    """It names the thing and the way out."""
    done = run("query", *arguments)

    assert (done.returncode, done.stdout, len(done.stderr.strip().splitlines())) == (1, "", 1)
    assert says in done.stderr


@pytest.mark.parametrize(
    ("file", "content"),
    [
        (f"{FINDINGS}.json", "[{]"),
        (f"{FINDINGS}.json", '[{"TimeGenerated": "2026-03-01T09:00:00+00:00", "Nonesuch": 1}]'),
        (f"{FINDINGS}.json", '[{"TimeGenerated": "yesterday"}]'),
        (WHEN, "{}"),
    ],
)
def test_rows_that_cannot_be_read(folder: Path, file: str, content: str) -> None:
    """Of another version, or half written."""
    (folder / file).write_text(content)
    with pytest.raises(EstateInvalid, match=r"the rows cannot be read .*; run make demo again"):
        kept(asking(folder), queries()["open-findings"])


def test_a_query_that_cannot_be_run_here(folder: Path) -> None:
    """Kusto may know it; what stands in for it says what it does not."""
    query = Query("odd", "Odd", "", "HubwardenFindings_CL | evaluate pivot(Rule)", 2)
    with pytest.raises(Rejected, match="odd cannot be run on these rows: "):
        kept(asking(folder), query)


def test_rows_take_the_place_of_older_ones(folder: Path) -> None:
    """A second demo leaves its own rows, and none of the first."""
    keep(folder, {}, NOW + timedelta(hours=1))

    assert kept(asking(folder), queries()["open-findings"]).rows == []


@pytest_asyncio.fixture
async def azure() -> AsyncIterator[AzureStandIn]:
    """A Log Analytics with the same rows in it."""
    tables = {name: [{"name": one.name, "type": one.type} for one in columns] for name, columns in TABLES.items()}
    async with AzureStandIn(Options(tables=tables)) as running:
        trust(running.ca_file)
        moment = running.cloud.clock.now().isoformat()
        running.cloud.tables.ingest(FINDINGS, [{**row, "TimeGenerated": moment} for row in ROWS])
        yield running


async def live(azure: AzureStandIn, *arguments: str) -> tuple[int, Any, str]:
    """Run the command as somebody whose machine has an identity, which is how nobody need sign in here."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    environment = {
        **inherited,
        **azure.identity_environment(),
        "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "local", "query", *arguments, "--endpoint", azure.url, "--format", "json"),
        cwd=REPOSITORY,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    output, errors = await process.communicate()
    return process.returncode or 0, json.loads(output) if output else None, errors.decode()


async def test_a_workspace_is_asked_as_whoever_is_signed_in(azure: AzureStandIn) -> None:
    """The same query, the same answer, and where it comes from."""
    workspace = azure.options.workspace_id
    code, rows, said = await live(azure, "open-findings", "--workspace", workspace, "--hours", "1")

    assert (code, said) == (0, f"3 rows of workspace {workspace}\n")
    assert [row["Rule"] for row in rows] == ["HW-CMP-001", "HW-NET-001", "HW-TAG-001"]


async def test_a_workspace_that_is_not_there(azure: AzureStandIn) -> None:
    """One line, in Azure's words."""
    code, rows, said = await live(azure, "open-findings", "--workspace", "00000000-0000-4000-8000-000000000000")

    assert (code, rows, len(said.strip().splitlines())) == (1, None, 1)
    assert "could not be found" in said
