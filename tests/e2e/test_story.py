"""The demo's story on real parts, asserted: Azurite, the Azure stand-in and the Functions host as processes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

MALFORMED = (
    "HW-APP-001 A message was not answered: the message is JSON but no Event Grid event: it lacks an object in data"
)

INSTANCES = [("ci-jane", "stop-instance"), ("ci-sam", "delete-instance"), ("ci-sam", "create-instance")]
"""What is done to instances over the months, in order."""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stage keeps its certificates and logs."""
    return tmp_path_factory.mktemp("stage")


def test_the_demo_ends_well_and_leaves_nothing_behind(directory: Path) -> None:
    """`make demo`: every scene comes true, the facts are in summary.json, and no process survives."""
    done = _demo(directory)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().splitlines()[-1] == "demo: ok"
    summary = json.loads((directory / "summary.json").read_text())
    assert summary["second_sweep_writes"] == 0
    assert summary["findings"]["high"] == 8
    assert MALFORMED in summary["distress"]
    assert [month["billed"] - month["allocated"] - month["unallocated"] for month in summary["months"]] == [0, 0]
    assert all((directory / "reports" / name).stat().st_size for month in summary["months"] for name in month["files"])
    assert summary["steps"] == {"done": 7, "held": 2, "needs-approval": 2, "refused": 3}
    assert b"Week by week" in (directory / "reports" / "images" / "fleet.html").read_bytes()
    assert summary["events"]["coalesced"] > 50
    assert summary["calls"] > 0
    assert _told(summary, "ci-jane") == ["notified", "reminded", "warned", "stopped"]
    assert _told(summary, "ci-sam") == ["notified", "reminded", "warned", "stopped", "remade"]
    assert set(_told(summary, "ci-ana")) == {"notified"}
    assert _done(summary) == INSTANCES
    assert _left(directory) == []
    open_now = _query(directory, "open-findings")
    assert sum(row["Severity"] == "high" for row in open_now) == summary["findings"]["high"]
    assert {row["Rule"] for row in _query(directory, "alert-loud-findings")} >= {"HW-NET-001", "HW-CON-001"}
    assert {row["Action"] for row in _query(directory, "writes")} >= {"merge-tags"}


def test_the_story_comes_true_in_a_storm(directory: Path) -> None:
    """Requests refused and cut off, operations that fail, events late, twice or not at all: the end is the same."""
    done = _demo(directory, "--faults", "storm", "--seed", "3")

    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((directory / "summary.json").read_text())
    assert summary["second_sweep_writes"] == 0
    assert summary["steps"] == {"done": 7, "held": 2, "needs-approval": 2, "refused": 3}
    assert _told(summary, "ci-jane") == ["notified", "reminded", "warned", "stopped"]
    assert _done(summary) == INSTANCES


def test_ctrl_c_ends_the_demo_and_all_it_started(directory: Path) -> None:
    """Exit 1, one line, and no process left."""
    demo = subprocess.Popen(  # noqa: S603 - our own Python
        [sys.executable, "-u", "-m", "local", "demo", "--directory", str(directory)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout is not None
    said = []
    for line in demo.stdout:
        said.append(line)
        if "creates project" in line:
            os.kill(demo.pid, signal.SIGINT)
            break
    rest, _ = demo.communicate(timeout=30)

    assert demo.returncode == 1
    assert "stopped by Ctrl-C" in "".join(said) + rest
    assert _left(directory) == []


def _demo(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local", "demo", "--directory", str(directory), *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S603 - our own Python


def _told(summary: dict[str, Any], instance: str) -> list[str]:
    """What the owner of an instance was told, in order."""
    return [notice["told"] for notice in summary["images"]["notices"] if notice["instance"] == instance]


def _done(summary: dict[str, Any]) -> list[tuple[str, str]]:
    steps = (step for step in summary["images"]["steps"] if step["came"] == "done")
    return [(step["instance"], step["step"]) for step in steps]


def _query(directory: Path, name: str) -> list[dict[str, Any]]:
    """What a query answers of the rows that the demo left."""
    command = [sys.executable, "-m", "local", "query", name, "--rows", str(directory / "rows"), "--format", "json"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)  # noqa: S603 - our own Python
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def _left(directory: Path) -> list[str]:
    """Command lines of living processes that were started for the stage in a directory."""
    lines = (" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"]))
    return [line for line in lines if str(directory) in line and "pytest" not in line]
