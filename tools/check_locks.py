"""
`python -m tools.check_locks`: the lock files say what pyproject.toml wants and what is installed. `make check` runs it.

Works offline: it compares files with each other and with the installed packages' own metadata. One line per problem,
each with the way out; exit code 1 when there is one.
"""

import json
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.lock_file import Environment, Lock, reachable, read_environment, read_lock

APP = "requirements.txt"
DEV = "requirements-dev.txt"
NODE = "tools/*/package.json"
"""Each program that comes from npm has a folder with a lock file of its own."""
OURS = frozenset({"functions", "shared", "local", "bench", "tools"})
"""Our own packages. The app's folder comes last on sys.path after specialisation, so a dependency's would win."""
UNLOCKED = frozenset({canonicalize_name("pip")})
"""What every virtual environment brings by itself."""

LOCK = "run make lock"
INSTALL = "run make clean setup"


def problems(root: Path, environment: Environment) -> list[str]:
    """Everything that is wrong with the lock files of the repository at `root`, one line each."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    app = [Requirement(text) for text in project["project"]["dependencies"]]
    dev = app + [Requirement(text) for text in project["dependency-groups"]["dev"]]
    try:
        locks = {name: read_lock((root / name).read_text("utf-8")) for name in (APP, DEV)}
    except (OSError, ValueError) as error:
        return [f"{error}; {LOCK}"]
    return [
        *_file(APP, locks[APP], app, environment),
        *_file(DEV, locks[DEV], dev, environment),
        *_agreement(locks[APP], locks[DEV]),
        *_installation(locks[DEV], environment),
        *_names(environment),
        *(problem for found in sorted(root.glob(NODE)) for problem in _node(found.parent)),
    ]


def _file(name: str, lock: Lock, wanted: Iterable[Requirement], environment: Environment) -> Iterator[str]:
    """One lock file against the requirements it was made from."""
    wanted = list(wanted)
    for requirement in wanted:
        pin = lock.get(canonicalize_name(requirement.name))
        if pin is None:
            yield f"{name}: {requirement.name} is in pyproject.toml but not locked; {LOCK}"
        elif not requirement.specifier.contains(pin.version, prereleases=True):
            yield f"{name}: {pin.name} is locked at {pin.version}, pyproject.toml wants {requirement.specifier}; {LOCK}"
    for pin in lock.values():
        if not pin.hashed:
            yield f"{name}: {pin.name} has no hash; {LOCK}"
    for stray in sorted(lock.keys() - reachable(wanted, environment)):
        yield f"{name}: {stray} is locked, but nothing in pyproject.toml leads to it; {LOCK}"


def _agreement(app: Lock, dev: Lock) -> Iterator[str]:
    for name, pin in app.items():
        other = dev.get(name)
        if other is None:
            yield f"{DEV}: {name} is missing, which {APP} locks; {LOCK}"
        elif other.version != pin.version:
            yield f"{DEV}: {name} is locked at {other.version}, in {APP} at {pin.version}; {LOCK}"


def _installation(lock: Lock, environment: Environment) -> Iterator[str]:
    """Tests only prove something about the packages that will be deployed when they ran with these."""
    wanted = {name: pin for name, pin in lock.items() if pin.here}
    for name, pin in wanted.items():
        found = environment.get(name)
        if found is None:
            yield f"environment: {name} {pin.version} is locked but not installed; {INSTALL}"
        elif found.version != pin.version:
            yield f"environment: {name} is installed at {found.version}, locked at {pin.version}; {INSTALL}"
    for name in sorted(environment.keys() - wanted.keys() - UNLOCKED):
        yield f"environment: {name} is installed but not locked; add it to pyproject.toml and {LOCK}, or {INSTALL}"


def _names(environment: Environment) -> Iterator[str]:
    for name, installed in environment.items():
        for taken in sorted(installed.top_level & OURS):
            yield f"environment: {name} ships a package named {taken}, which would hide ours; use another library"


def _node(folder: Path) -> Iterator[str]:
    """The lock file of a program that comes from npm."""
    where = f"tools/{folder.name}"
    way_out = f"run npm install --package-lock-only in {where}"
    try:
        wanted: dict[str, str] = _json(folder / "package.json").get("dependencies", {})
        packages: dict[str, dict[str, Any]] = _json(folder / "package-lock.json").get("packages", {})
    except (OSError, ValueError) as error:
        yield f"{where}: {error}; {way_out}"
        return
    if packages.get("", {}).get("dependencies") != wanted:
        yield f"{where}/package-lock.json: made for other dependencies than package.json has; {way_out}"
    for name, version in wanted.items():
        locked = packages.get(f"node_modules/{name}", {}).get("version")
        if locked != version:
            yield f"{where}/package-lock.json: {name} is locked at {locked}, package.json wants {version}; {way_out}"
    for path, package in packages.items():
        if path and not package.get("link") and "integrity" not in package:
            yield f"{where}/package-lock.json: {path} has no integrity hash; {way_out}"


def _json(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def main() -> int:
    """Check this repository with this interpreter's packages."""
    found = problems(Path(__file__).resolve().parent.parent, read_environment())
    for line in found:
        print(line, file=sys.stderr)
    if not found:
        print("locks: fresh, hashed and installed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
