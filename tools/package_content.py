"""What goes into the app's package, and what must never: by name, by kind of file, and by what stands in it."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

OWN = ("function_app.py", "functions", "host.json", "policy", "requirements.txt", "shared")
"""The app: all that is deployed of this repository."""
KINDS = frozenset({".css", ".csv", ".j2", ".json", ".py", ".txt", ".yaml"})
"""Kinds of files the app is made of."""
CACHE = "__pycache__"
PACKAGES = PurePosixPath(".python_packages/lib/site-packages")
"""Where the platform looks for packages."""
SETTINGS = "local.settings.json"

_KEY = re.compile(
    r"""-----BEGIN [A-Z ]*PRIVATE KEY
      | (?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43,}={1,2}                      # 32 or 64 bytes as base64
      | (?<![A-Za-z0-9])(?=[0-9a-z]*+[A-Z])[A-Za-z0-9]{52,}             # an AI service's or a search service's key
      | (?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}                            # a token
      | (?<![\w.~-])[\w.~-]{3}[0-9]Q~[\w.~-]{30,}                      # a client secret
      | (?<![\w-])(?:sk-|gh[opsur]_|github_pat_|xox[abprs]-|AKIA)[-\w]{16,}
    """,
    re.VERBOSE,
)
"""What has a key's shape. The names of keys, and hashes of packages, stand in our sources for good reasons."""


def own_files(root: Path) -> list[PurePosixPath]:
    """The app's files below `root`, by name; what running it left behind is none of them. Raises FileNotFoundError."""
    found: list[Path] = []
    for name in OWN:
        place = root / name
        if not place.exists():
            raise FileNotFoundError(f"{name} is missing: this is no folder of the app")
        found += [place] if place.is_file() else [file for file in place.rglob("*") if file.is_file()]
    names = (PurePosixPath(file.relative_to(root).as_posix()) for file in found)
    return sorted(name for name in names if CACHE not in name.parts)


def problems(root: Path, files: list[PurePosixPath]) -> Iterator[str]:
    """What must not be deployed, one line each; no line quotes what it found."""
    for name in files:
        file = root / name
        if name.suffix not in KINDS or name.name == SETTINGS or name.name.startswith("."):
            yield f"{name}: no kind of file that the app is made of; move it elsewhere, or add its kind to KINDS"
        elif file.is_symlink():
            yield f"{name}: a link, which leads elsewhere on another machine; put a copy in its place"
        elif _KEY.search(file.read_text("utf-8")):
            yield f"{name}: something in it looks like a key or a token; it belongs into Key Vault or a setting"
