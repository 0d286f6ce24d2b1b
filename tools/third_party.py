"""
`python -m tools.third_party`: every package of the app has a licence that may be used. `make check` runs it, offline.

What a package says of itself is read from its own metadata, where it was installed from the lock file; so version and
licence are those of what is deployed.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from tools.lock_file import read_lock
from tools.markdown import table

APP = "requirements.txt"

ALLOWED = frozenset(
    {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0"},
)
"""Licences, by SPDX id, that ask for nothing but their text, or for changes to their own files (MPL)."""
BY_NAME = {canonicalize_name("pygal"): "LGPL-3.0-or-later"}
"""Packages with a licence that was allowed for them alone: docs/decisions/0002-libraries.md says under what terms."""
READ = {canonicalize_name("isodate"): "BSD-3-Clause", canonicalize_name("jinja2"): "BSD-3-Clause"}
"""Licences of packages whose metadata does not tell them apart; taken from the texts they ship."""

_SAID = {
    "Apache 2.0": "Apache-2.0",
    "GNU LGPL v3+": "LGPL-3.0-or-later",
    "MIT License": "MIT",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
}
"""What packages write that is no SPDX id."""
_ID = re.compile(r"[A-Za-z0-9][\w.+-]*")
_HOME = ("homepage", "source", "source code", "repository", "code", "documentation")


@dataclass(frozen=True)
class Package:
    """A package that is deployed with the app."""

    name: NormalizedName
    version: str
    licence: str
    """An SPDX expression; empty when nobody knows."""
    home: str
    """Where it is from; empty when it does not say."""
    requires: frozenset[NormalizedName]
    """Packages that it needs, of those that are deployed."""


def packages(lock: str, path: list[str] | None = None) -> list[Package]:
    """
    What a lock file pins, by name, as installed in these folders or in this interpreter's.

    Raises LookupError for what is not installed: `make setup` mends that.
    """
    wanted = {name for name, pin in read_lock(lock).items() if pin.here}
    found = distributions() if path is None else distributions(path=path)
    here = {name: dist for dist in found if (name := canonicalize_name(dist.name)) in wanted}
    if missing := sorted(wanted - here.keys()):
        raise LookupError(f"{', '.join(missing)}: locked but not installed; run make setup")
    return [_package(name, here[name], wanted) for name in sorted(wanted)]


def problems(found: Iterable[Package]) -> Iterator[str]:
    """What must not be deployed, one line each."""
    for one in found:
        parts = {part for part in _ID.findall(one.licence) if part not in {"AND", "OR"}}
        allowed = ALLOWED | {BY_NAME.get(one.name, "")}
        if not parts:
            yield f"{one.name} {one.version}: its licence is not known; read it, and add it to READ here"
        elif not parts <= allowed:
            listed = ", ".join(sorted(parts - allowed))
            yield f"{one.name} {one.version}: {listed} is no licence that is allowed; use another library, or decide"


def page(found: Iterable[Package]) -> str:
    """What the app ships of others, and under which licences, as Markdown."""
    rows = ((one.name, one.version, one.licence, one.home) for one in found)
    told = "What Hubwarden ships of others. Each package brings its licence's text along, in its folder `*.dist-info`."
    return f"# Third-party packages\n\n{told}\n\n{table(('package', 'version', 'licence', 'home'), rows)}\n"


def _package(name: NormalizedName, dist: Distribution, wanted: set[NormalizedName]) -> Package:
    needs = (Requirement(text) for text in dist.requires or ())
    names = {
        canonicalize_name(need.name) for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})
    }
    return Package(name, dist.version, READ.get(name) or _licence(dist), _home(dist), frozenset(names & wanted))


def _licence(dist: Distribution) -> str:
    said = [dist.metadata.get("License-Expression"), dist.metadata.get("License")]
    said += dist.metadata.get_all("Classifier") or []
    for text in said:
        if text and (known := _SAID.get(text) or _spdx(text)):
            return known
    return ""


def _spdx(text: str) -> str:
    """The text where it is an expression of ids that are known; an empty one for prose and classifiers."""
    ids = ALLOWED | set(_SAID.values()) | {"AND", "OR"}
    return text if set(text.replace("(", " ").replace(")", " ").split()) <= ids else ""


def _home(dist: Distribution) -> str:
    urls = dict(text.split(", ", 1) for text in dist.metadata.get_all("Project-URL") or ())
    by_label = {label.casefold(): url for label, url in urls.items()}
    return dist.metadata.get("Home-page") or next((by_label[label] for label in _HOME if label in by_label), "")


def main() -> int:
    """Check the packages of this repository's app."""
    found = packages((Path(__file__).resolve().parent.parent / APP).read_text("utf-8"))
    wrong = list(problems(found))
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong:
        print(f"licences: {len(found)} packages of the app, each with one that is allowed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
