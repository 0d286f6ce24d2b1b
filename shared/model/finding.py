"""A finding: what one rule says of one resource, in words an owner understands, with an identity that lasts."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from shared.model.facts import Kind
from shared.model.resource_id import ResourceId


class Verdict(StrEnum):
    """What a rule says."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    """Could not be read or decided. Neither opens nor resolves a finding, and never causes a step."""
    EXEMPT = "exempt"
    """Fails, and someone with a name has accepted that until a date."""


class Severity(StrEnum):
    """How much it matters, from most to least."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for critical, growing as it matters less; for sorting."""
        return list(Severity).index(self)

    def worse(self, grades: int) -> "Severity":
        """So many grades more severe, critical at the most."""
        return list(Severity)[max(0, self.rank - grades)] if grades else self


def fingerprint(rule: str, resource: ResourceId) -> str:
    """
    The lasting identity of a finding: the same rule on the same resource, today and next month.

    It does not contain the value found, so a finding that gets worse stays the same finding.
    """
    return hashlib.sha256(f"{rule}\n{resource.key}".encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Finding:
    """One rule's verdict on one resource."""

    rule: str
    controls: tuple[str, ...]
    resource: ResourceId
    kind: Kind
    verdict: Verdict
    severity: Severity
    message: str
    expected: Any = None
    actual: Any = None
    hub: ResourceId | None = None
    project: ResourceId | None = None
    """The project it is or lives in."""
    owner: str = ""
    cost_center: str = ""
    """Who pays for it, or for what it lives in, as finance's tag should say; empty for nobody known."""
    exemption: str = ""
    """For an exempt finding: whose waiver it is, why and until when."""

    @cached_property
    def fingerprint(self) -> str:
        """See `fingerprint`."""
        return fingerprint(self.rule, self.resource)


@dataclass(frozen=True)
class OpenFinding:
    """What the finding store remembers of a failing finding between runs."""

    fingerprint: str
    rule: str
    resource: ResourceId
    severity: Severity
    first_seen: datetime
    hub: ResourceId | None = None
    """This, and what follows, as it was last known, to name them when the resource is gone."""
    project: ResourceId | None = None
    owner: str = ""
    cost_center: str = ""


class Change(StrEnum):
    """What a run did to a finding's life."""

    OPENED = "opened"
    OPEN = "open"
    RESOLVED = "resolved"
    NONE = "none"
    """Not failing now and not before."""


@dataclass(frozen=True)
class Tracked:
    """A finding with its place in time."""

    finding: Finding
    change: Change
    first_seen: datetime | None = None
    """When it was first seen failing; None for one that does not fail and did not."""
