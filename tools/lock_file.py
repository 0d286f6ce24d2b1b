"""What a lock file and an environment say: read for `check_locks`, which compares them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

_CONTINUED = re.compile(r"\\\n\s*")
_EXTRA = re.compile(r"""extra == ["']([^"']+)["']""")


@dataclass(frozen=True)
class Pin:
    """One locked requirement: a name, the one version that may be installed, and the hashes that prove it."""

    name: NormalizedName
    version: Version
    marker: Marker | None
    hashed: bool

    @property
    def here(self) -> bool:
        """Whether it is wanted on this machine."""
        return self.marker is None or self.marker.evaluate()


type Lock = Mapping[NormalizedName, Pin]


def read_lock(text: str) -> Lock:
    """The pins of a requirements file. Raises ValueError for a line that pins no version."""
    lines = (line.strip() for line in _CONTINUED.sub(" ", text).splitlines())
    pins = [_pin(line) for line in lines if line and not line.startswith("#")]
    return {pin.name: pin for pin in pins}


def _pin(line: str) -> Pin:
    text, *hashes = line.split(" --hash=")
    requirement = Requirement(text.strip())
    versions = [spec.version for spec in requirement.specifier if spec.operator == "=="]
    if len(versions) != 1:
        raise ValueError(f"{requirement.name} is not pinned to one version: {text.strip()}")
    return Pin(canonicalize_name(requirement.name), Version(versions[0]), requirement.marker, bool(hashes))


@dataclass(frozen=True)
class Installed:
    """One installed distribution."""

    version: Version
    requires: tuple[Requirement, ...]
    top_level: frozenset[str]
    """The names that `import` finds because of it."""


type Environment = Mapping[NormalizedName, Installed]


def read_environment(path: list[str] | None = None) -> Environment:
    """What is installed in these folders, or in this interpreter's."""
    found = distributions() if path is None else distributions(path=path)
    return {canonicalize_name(dist.name): _installed(dist) for dist in found}


def _installed(dist: Distribution) -> Installed:
    requires = tuple(Requirement(text) for text in dist.requires or ())
    return Installed(Version(dist.version), requires, frozenset(_top_level(dist)))


def _top_level(dist: Distribution) -> Iterator[str]:
    for file in dist.files or ():
        if file.suffix == ".py" and file.parts[0] != "..":
            yield Path(file.parts[0]).stem


def reachable(roots: Iterable[Requirement], environment: Environment) -> frozenset[NormalizedName]:
    """Every package that the roots lead to, on any platform: only extras decide, other markers do not."""
    seen: set[tuple[NormalizedName, str]] = set()
    ahead = list(roots)
    while ahead:
        requirement = ahead.pop()
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras}:
            if (name, extra) not in seen:
                seen.add((name, extra))
                ahead += [r for r in _requires(name, environment) if _extra_of(r) == extra]
    return frozenset(name for name, _ in seen)


def _requires(name: NormalizedName, environment: Environment) -> tuple[Requirement, ...]:
    return environment[name].requires if name in environment else ()


def _extra_of(requirement: Requirement) -> str:
    found = _EXTRA.search(str(requirement.marker or ""))
    return found[1] if found else ""
