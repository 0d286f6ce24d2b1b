"""
`python -m tools.package`: the zip that is deployed, its bill of materials and its licences. `make package` runs it.

The packages are in it, as wheels for the platform's Linux, with the hashes of the lock file: what was tested is what
runs, and no build in Azure can fail or differ. All is compiled, for the platform runs the app from a folder it cannot
write to, so each cold start would compile anew. The same sources and lock give the same bytes on one Python.

`--without-packages` leaves them to a build in Azure (remote build).
"""

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from shared.settings import VERSION
from tools.package_content import CACHE, PACKAGES, own_files, problems
from tools.sbom import NAME, bill
from tools.third_party import packages, page
from tools.third_party import problems as licence_problems

OUT = ".package"
APP = "app"
"""The folder, in the one above, that is zipped; `azd` takes it as it is."""
PYTHON = "3.13"
PLATFORM = "x86_64-manylinux_2_28"
"""The platform's Linux has a newer glibc; its machines are x86-64."""
DEPLOYED = "/home/site/wwwroot"
"""Where the app lies in Azure: the path that is compiled in, in place of this machine's."""
MOST_PACKED, MOST_UNPACKED = 150, 450
"""MiB that the package may have; a Flex Consumption instance has 0.8 GB of storage for everything."""

_MIB = 1 << 20
_LEFT_OUT = ("bin", ".lock")
"""What installing leaves beside the packages: commands for people, and its own lock."""
_FIXED = (1980, 1, 1, 0, 0, 0)
"""The time of every file: the earliest that a zip can say."""
_IGNORE = "# All that is here is deployed. Without this file azd would leave out what was compiled.\n"

type Install = Callable[[Path], None]
"""Puts the packages into a folder."""


class Refused(Exception):
    """The package cannot be made; its text says why, one line for each reason."""


def build(root: Path, out: Path, install: Install | None) -> list[Path]:
    """
    Make the package of the app at `root` in the folder `out`; gives the zip, the bill and the licences.

    Without `install` no package of others is in it. Raises Refused.
    """
    lock = (root / "requirements.txt").read_text("utf-8")
    files, others = own_files(root), packages(lock)
    if wrong := [*problems(root, files), *licence_problems(others)]:
        raise Refused("\n".join(wrong))
    shutil.rmtree(out, ignore_errors=True)
    stage = out / APP
    for name in files:
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, stage / name)
    if install is not None:
        _add_packages(stage / PACKAGES, install)
    licences = page(others)
    (stage / "THIRD-PARTY.md").write_text(licences, "utf-8")
    compiled(stage)
    made = [out / f"{NAME}-{VERSION}{kind}" for kind in (".zip", ".cdx.json", ".licences.md")]
    pack(stage, made[0])
    (stage / ".funcignore").write_text(_IGNORE, "utf-8")
    made[1].write_text(bill(VERSION, _direct(root), others), "utf-8")
    made[2].write_text(licences, "utf-8")
    return made


def compiled(stage: Path) -> None:
    """
    Compile all Python of a folder, by sources that are never compared again: they do not change once deployed.

    A process of its own with a fixed seed, for the order of a set is in what is compiled. Tests that packages bring
    along are not. Raises Refused when one of our own files cannot be compiled.
    """
    command = [sys.executable, "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(stage), "-p", DEPLOYED, "-x", "/tests/", str(stage)]
    fixed = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, env=fixed, capture_output=True, text=True, check=False)  # noqa: S603 - our own Python
    if done.returncode:
        raise Refused(f"it cannot be compiled: {done.stdout.strip() or done.stderr.strip()}")


def pack(stage: Path, target: Path) -> None:
    """Zip a folder: sorted names, one time, one mode for all. Raises Refused for what is too large."""
    names = sorted(file.relative_to(stage).as_posix() for file in stage.rglob("*") if file.is_file())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in names:
            entry = zipfile.ZipInfo(name, _FIXED)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16  # a file that all may read, on Unix
            archive.writestr(entry, (stage / name).read_bytes(), zipfile.ZIP_DEFLATED, 9)
        unpacked = sum(entry.file_size for entry in archive.infolist())
    packed = target.stat().st_size
    if packed > MOST_PACKED * _MIB or unpacked > MOST_UNPACKED * _MIB:
        raise Refused(
            f"{packed / _MIB:.0f} MiB, {unpacked / _MIB:.0f} unpacked: more than {MOST_PACKED} or {MOST_UNPACKED}; "
            "leave a library out, or raise the limit in tools/package.py"
        )


def locked(root: Path) -> Install:
    """Installs what the lock file pins, with its hashes, for the platform in Azure; asks the package index."""

    def install(site: Path) -> None:
        command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(site)]
        command += ["--python-version", PYTHON, "--python-platform", PLATFORM, "--link-mode", "copy"]
        command += ["--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(root / "requirements.txt")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own Python
        if done.returncode:
            raise Refused(f"the packages cannot be installed: {done.stderr.strip()}")

    return install


def described(archive: Path) -> Iterator[str]:
    """What a package weighs and holds, for people to read."""
    with zipfile.ZipFile(archive) as opened:
        entries = opened.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    yield f"{archive}: {archive.stat().st_size / _MIB:.1f} MiB, {unpacked / _MIB:.1f} unpacked, {len(entries)} files"
    sizes: Counter[str] = Counter()
    for entry in entries:
        sizes[_part(PurePosixPath(entry.filename))] += entry.file_size
    yield from (f"  {size / _MIB:8.2f} MiB  {name}" for name, size in sorted(sizes.items()))


def _part(name: PurePosixPath) -> str:
    return str(PACKAGES) if name.is_relative_to(PACKAGES) else name.parts[0]


def _add_packages(site: Path, install: Install) -> None:
    site.mkdir(parents=True)
    install(site)
    for name in _LEFT_OUT:
        if (site / name).is_dir():
            shutil.rmtree(site / name)
        else:
            (site / name).unlink(missing_ok=True)
    for left in [*site.rglob(CACHE), *site.glob("*/tests")]:
        shutil.rmtree(left, ignore_errors=True)


def _direct(root: Path) -> frozenset[NormalizedName]:
    wanted = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    return frozenset(canonicalize_name(Requirement(text).name) for text in wanted)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the package of this repository."""
    parser = argparse.ArgumentParser(description="Make the zip that is deployed, its bill of materials and licences.")
    parser.add_argument("--without-packages", action="store_true", help="leave packages to a build in Azure")
    parser.add_argument("--out", type=Path, default=Path(OUT), help="the folder to put it into; it is emptied first")
    given = parser.parse_args(arguments)
    root = Path(__file__).resolve().parent.parent
    try:
        archive, *beside = build(root, given.out, None if given.without_packages else locked(root))
    except (Refused, LookupError) as refused:
        print(f"package: {refused}", file=sys.stderr)
        return 1
    for line in [*described(archive), *(str(file) for file in beside)]:
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
