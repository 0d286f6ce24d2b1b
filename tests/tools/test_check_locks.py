"""The lock check, on small repositories whose packages are real metadata in a folder."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tools.check_locks import problems
from tools.lock_file import read_environment, read_lock

REPOSITORY = Path(__file__).resolve().parents[2]
HASH = "--hash=sha256:00"
RELOCK_NODE = "run npm install --package-lock-only in tools/azurite"
ADD_OR_REMOVE = "add it to pyproject.toml and run make lock, or run make clean setup"


@dataclass
class Tree:
    """A repository of two dependencies, one of which brings a third, and one tool; all locked and installed."""

    root: Path
    site: Path = field(init=False)

    def __post_init__(self) -> None:
        self.site = self.root / "site"
        self.write(
            "pyproject.toml", '[project]\ndependencies = ["web>=1,<3"]\n[dependency-groups]\ndev = ["Lint_er"]\n'
        )
        self.lock(web="2.0", sockets="1.1")
        self.lock("requirements-dev.txt", web="2.0", sockets="1.1", **{"lint-er": "5"})
        self.install("web", "2.0", "Requires-Dist: sockets\nRequires-Dist: colours; extra == 'pretty'\n")
        self.install("sockets", "1.1")
        self.install("lint-er", "5")
        self.install("pip", "24.2")
        self.node("1.0.0", "1.0.0")

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def lock(self, file: str = "requirements.txt", **pins: str) -> None:
        self.write(
            file, "".join(f"{name}=={version} \\\n    {HASH} \\\n    {HASH}\n" for name, version in pins.items())
        )

    def install(self, name: str, version: str, more: str = "", module: str = "") -> None:
        info = f"site/{name.replace('-', '_')}-{version}.dist-info"
        self.write(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{more}")
        self.write(f"{info}/RECORD", f"{module or name}/__init__.py,,\n")
        self.write(f"site/{module or name}/__init__.py", "")

    def node(self, wanted: str, locked: str, **more: str) -> None:
        package = {"version": locked, "integrity": "sha512-00"} | more
        self.write("tools/azurite/package.json", json.dumps({"dependencies": {"emulator": wanted}}))
        lock = {"packages": {"": {"dependencies": {"emulator": wanted}}, "node_modules/emulator": package}}
        self.write("tools/azurite/package-lock.json", json.dumps(lock))

    def problems(self) -> list[str]:
        return problems(self.root, read_environment([str(self.site)]))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A repository without a problem."""
    return Tree(tmp_path)


def test_fresh_locks_have_no_problem(tree: Tree) -> None:
    """Names compare as Python compares them, extras nobody asked for are not missed, pip needs no lock."""
    assert tree.problems() == []


def test_a_dependency_that_is_not_locked_is_named(tree: Tree) -> None:
    """Someone added to pyproject.toml and forgot make lock."""
    tree.write(
        "pyproject.toml",
        '[project]\ndependencies = ["web", "sockets", "new"]\n[dependency-groups]\ndev = ["lint-er"]\n',
    )

    assert tree.problems() == [
        "requirements.txt: new is in pyproject.toml but not locked; run make lock",
        "requirements-dev.txt: new is in pyproject.toml but not locked; run make lock",
    ]


def test_a_version_that_pyproject_does_not_allow_is_named(tree: Tree) -> None:
    """Someone raised a bound and forgot make lock."""
    tree.write("pyproject.toml", '[project]\ndependencies = ["web>=3"]\n[dependency-groups]\ndev = ["lint-er"]\n')

    assert tree.problems() == [
        "requirements.txt: web is locked at 2.0, pyproject.toml wants >=3; run make lock",
        "requirements-dev.txt: web is locked at 2.0, pyproject.toml wants >=3; run make lock",
    ]


def test_what_nothing_leads_to_is_named(tree: Tree) -> None:
    """Someone took a dependency away and forgot make lock."""
    tree.write(
        "pyproject.toml", '[project]\ndependencies = ["sockets"]\n[dependency-groups]\ndev = ["lint-er", "web"]\n'
    )

    assert tree.problems() == [
        "requirements.txt: web is locked, but nothing in pyproject.toml leads to it; run make lock",
    ]


def test_an_extra_leads_to_what_it_requires(tree: Tree) -> None:
    """`web[pretty]` wants colours, `web` does not."""
    tree.write("pyproject.toml", '[project]\ndependencies = ["web[pretty]"]\n[dependency-groups]\ndev = ["lint-er"]\n')
    tree.lock(web="2.0", sockets="1.1", colours="4")
    tree.lock("requirements-dev.txt", web="2.0", sockets="1.1", colours="4", **{"lint-er": "5"})
    tree.install("colours", "4")

    assert tree.problems() == []


def test_a_pin_without_a_hash_is_named(tree: Tree) -> None:
    """Without hashes anyone who can write to an index decides what runs."""
    tree.write("requirements.txt", f"web==2.0\nsockets==1.1 {HASH}\n")

    assert tree.problems() == ["requirements.txt: web has no hash; run make lock"]


def test_locks_that_disagree_are_named(tree: Tree) -> None:
    """What is tested must be what is deployed."""
    tree.lock(web="2.1", sockets="1.1")

    assert tree.problems() == [
        "requirements-dev.txt: web is locked at 2.0, in requirements.txt at 2.1; run make lock",
    ]


def test_an_environment_that_differs_is_named(tree: Tree) -> None:
    """Another version, one that is missing, one too many."""
    tree.lock("requirements-dev.txt", web="2.0", sockets="1.1", **{"lint-er": "6"})
    tree.install("stray", "9")
    (tree.site / "sockets-1.1.dist-info" / "METADATA").unlink()
    (tree.site / "sockets-1.1.dist-info" / "RECORD").unlink()
    (tree.site / "sockets-1.1.dist-info").rmdir()

    assert tree.problems() == [
        "environment: sockets 1.1 is locked but not installed; run make clean setup",
        "environment: lint-er is installed at 5, locked at 6; run make clean setup",
        f"environment: stray is installed but not locked; {ADD_OR_REMOVE}",
    ]


def test_a_pin_for_another_platform_need_not_be_installed(tree: Tree) -> None:
    """The lock is for all platforms, the environment is of one."""
    locked = (
        f"web==2.0 {HASH}\nsockets==1.1 {HASH}\nlint-er==5 {HASH}\ncolorama==0.4 ; sys_platform == 'never' {HASH}\n"
    )
    tree.write("requirements-dev.txt", locked)
    tree.install("lint-er", "5", "Requires-Dist: colorama; sys_platform == 'never'\n")

    assert tree.problems() == []


@pytest.mark.parametrize("name", ["functions", "shared", "local", "bench", "tools"])
def test_a_package_that_would_hide_ours_is_named(tree: Tree, name: str) -> None:
    """After specialisation the app's folder is last on sys.path."""
    tree.install("sockets", "1.1", module=name)

    assert tree.problems() == [
        f"environment: sockets ships a package named {name}, which would hide ours; use another library",
    ]


def test_a_stale_node_lock_is_named(tree: Tree) -> None:
    """Someone raised Azurite in package.json alone."""
    tree.node("2.0.0", "1.0.0")

    assert tree.problems() == [
        f"tools/azurite/package-lock.json: emulator is locked at 1.0.0, package.json wants 2.0.0; {RELOCK_NODE}",
    ]


def test_a_node_package_without_a_hash_is_named(tree: Tree) -> None:
    """What npm fetches is checked against nothing then."""
    tree.write(
        "tools/azurite/package-lock.json",
        '{"packages": {"": {"dependencies": {"emulator": "1.0.0"}}, "node_modules/emulator": {"version": "1.0.0"}}}',
    )

    assert tree.problems() == [
        f"tools/azurite/package-lock.json: node_modules/emulator has no integrity hash; {RELOCK_NODE}",
    ]


@pytest.mark.parametrize("broken", ["requirements.txt", "requirements-dev.txt", "tools/azurite/package-lock.json"])
def test_a_lock_file_that_is_missing_is_one_line(tree: Tree, broken: str) -> None:
    """No stack trace: the file and the way out."""
    (tree.root / broken).unlink()

    (line,) = tree.problems()

    assert Path(broken).name in line
    assert "; run " in line


def test_a_line_that_pins_nothing_is_refused() -> None:
    """A lock file with a range is none."""
    with pytest.raises(ValueError, match="web is not pinned to one version: web>=1"):
        read_lock("web>=1\n")


def test_this_repository_is_locked() -> None:
    """What make check says, said by a test too."""
    assert problems(REPOSITORY, read_environment()) == []
