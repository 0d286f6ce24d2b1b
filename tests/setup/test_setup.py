"""What `make` says on a machine that lacks something: one line that names it and the way out."""

import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder that is all of the PATH, with bash and what the scripts need, and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "env", "mkdir", "cp", "dirname", "cat"):
        found = next(Path(part, name) for part in ("/bin", "/usr/bin") if Path(part, name).exists())
        (folder / name).symlink_to(found)
    return folder


def script(path: Path, body: str) -> Path:
    """An executable shell script."""
    path.write_text(f"#!/bin/bash\n{body}\n")
    path.chmod(0o755)
    return path


def run(*command: str, path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command with that PATH and nothing else in its environment."""
    return subprocess.run(  # noqa: S603 - our own scripts
        command, cwd=REPOSITORY, env={"PATH": str(path), **environment}, capture_output=True, text=True, check=False
    )


def test_no_python_313_is_named_with_the_way_out(tools: Path) -> None:
    """An older Python is no help."""
    script(tools / "python3", "exit 1")

    done = run("tools/python.sh", path=tools)

    assert (done.returncode, done.stdout) == (1, "")
    assert "needs Python 3.13 and found none" in done.stderr
    assert "make PYTHON=/path/to/python3.13" in done.stderr


def test_a_named_python_is_taken_first(tools: Path) -> None:
    """`make PYTHON=…` wins over what is on the PATH."""
    script(tools / "python3.13", "echo /the/one/on/the/path")
    named = script(tools / "mine", "echo /the/named/one")

    done = run("tools/python.sh", path=tools, PYTHON=str(named))

    assert (done.returncode, done.stdout) == (0, "/the/named/one\n")


@pytest.mark.parametrize("name", ["azurite", "kusto"])
def test_no_network_is_named_with_the_way_out(tools: Path, tmp_path: Path, name: str) -> None:
    """What npm itself answers is kept in a file, not thrown at the user."""
    script(tools / "npm", "echo 'npm error code ENOTFOUND' >&2; exit 1")

    done = run("tools/npm.sh", str(tools), name, str(tmp_path / name), path=tools)

    assert done.returncode == 1
    assert f"{name} could not be installed from the npm registry" in done.stderr
    assert "then run make setup again" in done.stderr
    assert "ENOTFOUND" in (tmp_path / name / "install.log").read_text()
    assert "ENOTFOUND" not in done.stderr


def test_make_help_lists_every_command() -> None:
    """What README and CI call is there to be found."""
    done = subprocess.run(["make", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S607 - make is asked for by name

    assert done.returncode == 0
    for command in ("demo", "test", "check", "bench", "clean", "lock", "format"):
        assert f"make {command}" in done.stdout
