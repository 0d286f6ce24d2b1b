"""`python -m local azure` and `estate` as a stranger meets them: help that explains, and refusals in one line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`python -m local …` in the repository, on a wide terminal."""
    command = [sys.executable, "-m", "local", *map(str, arguments)]
    environment = {"COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 - our own Python


def test_help_explains_faults_clock_and_ledger() -> None:
    """What the options do not say stands below them."""
    told = run("azure", "--help").stdout
    assert [
        word for word in ("Faults:", "Clock:", "Ledger:", "--faults", "--seed", "--graph-lag") if word not in told
    ] == []


def test_an_unknown_plan_of_faults_is_named() -> None:
    """One line with the plans there are, and no stack trace."""
    done = run("azure", "--faults", "wind")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "There is no plan of faults 'wind'; choose none, slow, throttled, flaky, storm.\n"


@pytest.mark.parametrize("content", ["{", '[{"name": "hub"}]'])
def test_a_bad_estate_stops_the_start_in_one_line(tmp_path: Path, content: str) -> None:
    """The file is named, and nothing listens."""
    file = tmp_path / "bad.json"
    file.write_text(content)
    done = run("azure", "--estate", file)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(str(file))


def test_an_estate_is_written_and_judged(tmp_path: Path) -> None:
    """The same seed writes the same file; a plan over it has something to say, over a tidy one nothing."""
    for name in ("first", "second"):
        done = run("estate", "--hubs", "4", "--projects", "2", "--seed", "7", "--out", tmp_path / f"{name}.json")
        assert (done.returncode, done.stderr) == (0, "")
    run("estate", "--hubs", "4", "--projects", "2", "--tidy", "--out", tmp_path / "tidy.json")
    assert (tmp_path / "first.json").read_text() == (tmp_path / "second.json").read_text()
    failing, statuses = [], []
    for name in ("first", "tidy"):
        told = run("plan", "--estate", tmp_path / f"{name}.json", "--now", "2026-01-05T00:00:00Z", "--format", "json")
        statuses.append(told.returncode)
        failing.append(sum(finding["verdict"] == "fail" for finding in json.loads(told.stdout)["findings"]))
    assert failing[0] > 0
    assert failing[1] == 0
    assert statuses == [2, 0]


def test_an_estate_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """One line with the target and the way out."""
    (tmp_path / "file").write_text("")
    done = run("estate", "--hubs", "1", "--out", tmp_path / "file" / "x.json")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "Choose another --out." in done.stderr
