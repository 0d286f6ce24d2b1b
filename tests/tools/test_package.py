"""The package: all of the app, nothing else, and the same bytes each time. No test needs the network."""

import importlib.util
import re
import shutil
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tools.package import Refused, build, described, pack
from tools.package_content import OWN, PACKAGES

REPOSITORY = Path(__file__).resolve().parents[2]
COMPILED = re.compile(r"__pycache__/[\w.-]+\.cpython-313\.pyc")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of this repository without packages: its folder."""
    out = tmp_path_factory.mktemp("package")
    build(REPOSITORY, out, None)
    return out


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what a package is made from, to be changed."""
    root = tmp_path / "repository"
    root.mkdir()
    for name in (*OWN, "pyproject.toml"):
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copyfile
        copy(REPOSITORY / name, root / name)
    return root


def names(out: Path) -> list[str]:
    """What is in the zip of a folder."""
    [archive] = out.glob("*.zip")
    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()


def refusal(root: Path, out: Path) -> str:
    """Why no package can be made of a repository."""
    with pytest.raises(Refused) as refused:
        build(root, out, None)
    assert not out.exists()
    return str(refused.value)


def test_the_app_and_nothing_else_is_in_it(made: Path) -> None:
    """Every file of the app that git does not ignore, and compiled; no test, tool, page, setting or other cache."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *OWN]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout  # noqa: S603 - fixed
    own, inside = set(listed.split()), names(made)
    sources = {name for name in inside if not COMPILED.search(name)}

    assert sources - {"THIRD-PARTY.md"} == own
    assert len(inside) - len(sources) == sum(name.endswith(".py") for name in own)
    assert inside == sorted(inside)


def test_deploying_from_the_repository_takes_no_more() -> None:
    """For a build in Azure the folder itself is sent: .funcignore names all that is no part of the app."""
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout  # noqa: S607 - git
    ignored = [line for line in (REPOSITORY / ".funcignore").read_text().splitlines() if not line.startswith("#")]
    top = {Path(name).parts[0] for name in listed.splitlines()}
    assert {name for name in top if not any(fnmatch(name, one) for one in ignored)} - {".funcignore"} == set(OWN)


def test_it_runs_from_its_folder(made: Path) -> None:
    """What is staged can be indexed and opened, by what was compiled: there is nothing else of ours on its path."""
    look = "import function_app as f, shared.world as w; print(f.__file__, w.__cached__)"
    command = [sys.executable, "-B", "-c", look]
    done = subprocess.run(command, cwd=made / "app", capture_output=True, text=True, check=False)  # noqa: S603 - our own Python

    assert done.returncode == 0, done.stderr
    app, cached = done.stdout.split()
    assert Path(app).parent == made / "app"
    unchecked = importlib.util.MAGIC_NUMBER + b"\x01\0\0\0"
    assert Path(cached).read_bytes()[:8] == unchecked


def test_the_same_sources_give_the_same_bytes(made: Path, tree: Path, tmp_path: Path) -> None:
    """Also from another folder, at another time, after the app ran there."""
    (tree / "shared" / "__pycache__").mkdir(exist_ok=True)
    (tree / "shared" / "__pycache__" / "settings.cpython-312.pyc").write_bytes(b"old")
    again = [file.read_bytes() for file in build(tree, tmp_path / "out", None)]

    assert [file.name for file in sorted(made.glob("hubwarden-*"))] == [
        "hubwarden-0.1.0.cdx.json",
        "hubwarden-0.1.0.licences.md",
        "hubwarden-0.1.0.zip",
    ]
    assert sorted(again) == sorted(file.read_bytes() for file in made.glob("hubwarden-*"))


def test_packages_lie_where_the_platform_looks(tree: Path, tmp_path: Path) -> None:
    """Compiled, without their tests, without commands for people."""

    def install(site: Path) -> None:
        for name in ("web/__init__.py", "web/tests/test_web.py", "bin/web", "web-1.dist-info/METADATA"):
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_text("")

    build(tree, tmp_path / "out", install)
    inside = [name for name in names(tmp_path / "out") if name.startswith(str(PACKAGES))]
    found = [name.removeprefix(f"{PACKAGES}/") for name in inside]
    assert found == ["web-1.dist-info/METADATA", "web/__init__.py", "web/__pycache__/__init__.cpython-313.pyc"]
    assert (tmp_path / "out" / "app" / ".funcignore").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("shared/local.settings.json", "{}"),
        ("shared/.env", "A=1"),
        ("policy/ca.pem", ""),
        ("functions/notes.md", "# Notes"),
        ("shared/estate.py", f"KEY = '{'Zm9vYmFy' * 10}Zm9vYg=='"),
        ("policy/more.yaml", f"token: eyJ{'a' * 20}.eyJ{'b' * 20}.c"),
        ("host.json", f'{{"secret": "abc8Q~{"x" * 34}"}}'),
    ],
)
def test_what_may_hold_a_secret_is_refused(tree: Path, tmp_path: Path, name: str, text: str) -> None:
    """By its name, its kind or its content, which the refusal does not repeat."""
    (tree / name).write_text(text)
    told = refusal(tree, tmp_path / "out")
    assert told.startswith(f"{name}: ")
    assert told.count("\n") == 0
    assert not text or text not in told


def test_what_cannot_be_compiled_is_refused(tree: Path, tmp_path: Path) -> None:
    """It would fail in Azure, where nobody looks."""
    (tree / "shared" / "world.py").write_text("def (")
    with pytest.raises(Refused, match="cannot be compiled"):
        build(tree, tmp_path / "out", None)


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    """An instance has little storage, and each cold start fetches all of it."""
    (tmp_path / "stage").mkdir()
    with (tmp_path / "stage" / "large").open("wb") as file:
        file.truncate(451 << 20)
    with pytest.raises(Refused, match="more than 150 or 450"):
        pack(tmp_path / "stage", tmp_path / "large.zip")


def test_it_is_described(made: Path) -> None:
    """Its size, and what takes how much of it."""
    first, *parts = described(made / "hubwarden-0.1.0.zip")
    assert re.search(r"zip: \d+\.\d MiB, \d+\.\d unpacked, \d+ files$", first)
    assert [part.split()[-1] for part in parts] == ["THIRD-PARTY.md", "__pycache__", *OWN]
