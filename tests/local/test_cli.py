"""The command line as a user meets it: exit codes, what it prints, and one clear line for what is wrong."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.demo import estate
from tests.builders import SUBSCRIPTION, TAGS, diagnostics, hub, project

REPOSITORY = Path(__file__).resolve().parents[2]
STEP = ("id", "rule", "resource", "action", "before", "after", "undo", "permission", "status", "reason")
NOW = "2026-11-21T09:00:00Z"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`python -m local …` in the repository."""
    command = [sys.executable, "-m", "local", *map(str, arguments)]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S603 - our own Python


def saved(path: Path, *documents: dict[str, Any]) -> Path:
    """Documents as an ARM list response."""
    path.write_text(json.dumps({"value": list(documents)}))
    return path


def kept() -> list[dict[str, Any]]:
    """A hub and a project that no rule has anything to say about."""
    closed = hub(tags=TAGS)
    closed["properties"]["publicNetworkAccess"] = "Disabled"
    closed["properties"]["managedNetwork"] = {"isolationMode": "AllowOnlyApprovedOutbound"}
    return [closed, project(tags=TAGS), diagnostics()]


def test_a_kept_estate_is_quiet(tmp_path: Path) -> None:
    """Exit 0 and one line."""
    done = run("plan", "--estate", saved(tmp_path / "estate.json", *kept()), "--now", NOW)

    assert (done.returncode, done.stderr) == (0, "")
    assert "Nothing to say" in done.stdout


def test_a_list_response_saved_unmodified_becomes_a_plan(tmp_path: Path) -> None:
    """Exit 2, and JSON with run, findings and plan."""
    opened = hub(tags={"key3": "value3"})
    opened["properties"]["publicNetworkAccess"] = "Enabled"
    done = run("plan", "--estate", saved(tmp_path / "list.json", opened), "--now", NOW, "--format", "json")

    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert {"run", "findings", "plan"} == set(told)
    finding = next(f for f in told["findings"] if f["rule"] == "HW-NET-001")
    assert (finding["verdict"], finding["controls"], finding["actual"]) == ("fail", ["WS-01"], "Enabled")
    step = next(s for s in told["plan"]["steps"] if s["rule"] == "HW-NET-001")
    assert {"id", "rule", "resource", "action", "before", "after", "undo", "permission", "status", "reason"} == set(
        step
    )
    assert (step["status"], step["before"]) == ("refused", {"publicNetworkAccess": "Enabled"})


@pytest.mark.parametrize(("form", "says"), [("text", "1 failing, 0 steps"), ("markdown", "# Hubwarden plan ")])
def test_a_plan_for_people(tmp_path: Path, form: str, says: str) -> None:
    """The same in a terminal and in a pull request."""
    done = run("plan", "--estate", saved(tmp_path / "list.json", hub(tags={})), "--now", NOW, "--format", form)

    assert done.returncode == 2
    assert says in done.stdout
    assert "HW-TAG-001" in done.stdout


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("syntax.json", '{"value": [', "syntax.json: not readable as JSON"),
        ("no-id.json", '{"value": [{"name": "x"}]}', "no-id.json, document 0: has no 'id'"),
        ("no-arm.json", '[{"id": "/hubs/x"}]', "no-arm.json, document 0"),
        ("page.json", '{"value": [], "nextLink": "https://x/2"}', "page.json: is one page of several"),
        ("text.json", '["x"]', "document 0: expected an ARM document, found str"),
    ],
)
@pytest.mark.parametrize("command", ["plan", "azure"])
def test_a_bad_estate_is_named_with_file_and_document(
    tmp_path: Path, command: str, name: str, text: str, says: str
) -> None:
    """Exit 1 and one line; no stack trace."""
    (tmp_path / name).write_text(text)
    done = run(command, "--estate", tmp_path / name)

    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["plan"], "either --estate PATH or --subscription ID"),
        (["plan", "--estate", "x", "--subscription", "y"], "either --estate PATH or --subscription ID"),
        (["plan", "--subscription", "my-subscription"], "'my-subscription' is no GUID; az account list shows"),
        (["plan", "--estate", "/nowhere"], "/nowhere: no such file or folder"),
        (["plan", "--estate", "README.md", "--now", "yesterday"], "'yesterday' is no ISO 8601 moment"),
        (["plan", "--estate", "README.md", "--policy", "/nowhere"], "/nowhere: no such directory"),
        (["policy", "check", "/nowhere"], "/nowhere: no such directory"),
        (["send", "/nowhere.json"], "/nowhere.json: cannot be read"),
        (["send", "README.md"], "README.md: not JSON"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(arguments: list[str], says: str) -> None:
    """It names the thing and the way out."""
    done = run(*arguments)

    assert done.returncode == 1
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("command", [["plan"], ["tags"], ["costs", "--month", "2026-10", "--now", NOW]])
def test_nobody_is_signed_in(monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    """One line says what to do, and not how each of a dozen ways to sign in went wrong."""
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")  # nor is whoever runs this test
    done = run(*command, "--subscription", SUBSCRIPTION)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "hubwarden: nobody is signed in to Azure here; sign in with az login, then try again\n"


@pytest.mark.parametrize(("owner", "says"), [("owner", 0), ("Contact", 1)])
def test_policy_check_says_when_reports_name_no_owner(tmp_path: Path, owner: str, says: int) -> None:
    """An owner tag that is none of the cost tags is valid, and whoever checks the policy hears what it means."""
    for file in (REPOSITORY / "policy").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    tags = tmp_path / "cost-tags.yaml"
    tags.write_text(re.sub(r"(?m)^owner: .*$", f"owner: {owner}", tags.read_text("utf-8")), "utf-8")
    done = run("policy", "check", tmp_path)

    assert (done.returncode, done.stdout.count("the reports for finance name no owner")) == (0, says)


@pytest.mark.parametrize("command", ["azure", "host"])
def test_a_port_in_use_is_one_clear_line(command: str) -> None:
    """Another program, or another of us, has it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(command, "--port", str(port))

    assert done.returncode == 1
    assert str(port) in done.stderr
    assert "Traceback" not in done.stderr


def test_an_event_for_a_host_that_is_not_there(tmp_path: Path) -> None:
    """The line says how to start one."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"id": "1", "data": {"resourceUri": estate.HUB}}))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = run("send", event, "--url", f"http://127.0.0.1:{port}")

    assert done.returncode == 1
    assert "start it with python -m local host" in done.stderr
