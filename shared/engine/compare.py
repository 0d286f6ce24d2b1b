"""
Compare: the findings that stand open with the findings of this run: opened, still open, resolved. Pure.

Only what was looked at can change. What could not be read neither opens nor resolves anything (law 4), and what this
run did not ask about stays as it was.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared.model.estate import Estate
from shared.model.facts import Seen, kind_of
from shared.model.finding import Change, Finding, OpenFinding, Tracked, Verdict
from shared.model.resource_id import ResourceId


@dataclass(frozen=True)
class Comparison:
    """Every finding of the run with its place in time, and what to remember from now on."""

    tracked: tuple[Tracked, ...]
    opened: tuple[OpenFinding, ...]
    """To remember from now on: new ones, and ones whose severity, place or owner has changed."""
    resolved: tuple[str, ...]
    """Fingerprints that no longer stand open."""

    def standing(self, known: Mapping[str, OpenFinding]) -> dict[str, OpenFinding]:
        """What stands open after this, given what stood open before."""
        after = {**known, **{finding.fingerprint: finding for finding in self.opened}}
        return {key: finding for key, finding in after.items() if key not in self.resolved}

    def then(self, ended: tuple[Tracked, ...]) -> "Comparison":
        """This, and then these findings ended, some perhaps that opened in it."""
        gone = tuple(tracked.finding.fingerprint for tracked in ended)
        opened = tuple(finding for finding in self.opened if finding.fingerprint not in gone)
        return Comparison((*self.tracked, *ended), opened, (*self.resolved, *gone))


def compare(
    known: Mapping[str, OpenFinding],
    findings: Iterable[Finding],
    estate: Estate,
    now: datetime,
    unasked: Collection[str] = (),
) -> Comparison:
    """Place each finding in time against what stood open before this run; `unasked` rules ended nothing by silence."""
    tracked = [_track(finding, known.get(finding.fingerprint), now) for finding in findings]
    seen = {t.finding.fingerprint for t in tracked}
    silent = (old for old in known.values() if old.fingerprint not in seen)
    tracked += [_ended(old) for old in silent if _is_over(old, estate, asked=old.rule not in unasked)]
    return Comparison(
        tuple(tracked),
        tuple(one for t in tracked for one in _remember(t, known)),
        tuple(t.finding.fingerprint for t in tracked if t.change is Change.RESOLVED),
    )


def _track(finding: Finding, old: OpenFinding | None, now: datetime) -> Tracked:
    match finding.verdict:
        case Verdict.FAIL:
            return Tracked(finding, Change.OPEN, old.first_seen) if old else Tracked(finding, Change.OPENED, now)
        case Verdict.UNKNOWN:
            return Tracked(finding, Change.NONE, old.first_seen if old else None)
        case _:
            return _resolved(finding, old) if old else Tracked(finding, Change.NONE)


def _resolved(finding: Finding, old: OpenFinding) -> Tracked:
    """An end, told as loud as what it ends: a rule that passes no longer says what made it worse."""
    return Tracked(replace(finding, severity=old.severity), Change.RESOLVED, old.first_seen)


def _is_over(old: OpenFinding, estate: Estate, *, asked: bool) -> bool:
    """Whether an open finding that no rule repeated is known to have ended."""
    fact = estate.find(old.resource)
    if fact is not None and fact.seen is Seen.PRESENT:
        return asked and (estate.focus is None or old.resource in estate.focus)
    return is_gone(old.resource, estate)


def is_gone(resource: ResourceId, estate: Estate) -> bool:
    """Whether it is known that a resource exists no more, by its own document, its list, or what it lived in."""
    return any(_is_missing(step, estate) for step in _upwards(resource))


def _is_missing(resource: ResourceId, estate: Estate) -> bool:
    fact = estate.find(resource)
    if fact is not None:
        return fact.seen is Seen.ABSENT
    parent = resource.parent
    return parent is not None and (parent, kind_of(resource)) in estate.listed


def _upwards(resource: ResourceId) -> Iterable[ResourceId]:
    step: ResourceId | None = resource
    while step is not None:
        yield step
        step = step.parent


def _ended(old: OpenFinding) -> Tracked:
    finding = Finding(
        rule=old.rule,
        controls=(),
        resource=old.resource,
        kind=kind_of(old.resource),
        verdict=Verdict.PASS,
        severity=old.severity,
        message="The resource is gone, or the rule no longer applies to it.",
        hub=old.hub,
        project=old.project,
        owner=old.owner,
        cost_center=old.cost_center,
    )
    return Tracked(finding, Change.RESOLVED, old.first_seen)


def _remember(tracked: Tracked, known: Mapping[str, OpenFinding]) -> Iterator[OpenFinding]:
    """What to remember of a finding that fails, unless just that is remembered of it already."""
    finding = tracked.finding
    if tracked.change not in {Change.OPENED, Change.OPEN} or tracked.first_seen is None:
        return
    old = known.get(finding.fingerprint)
    standing = OpenFinding(
        fingerprint=finding.fingerprint,
        rule=finding.rule,
        resource=finding.resource,
        severity=finding.severity,
        first_seen=tracked.first_seen,
        hub=finding.hub or (old.hub if old else None),
        project=finding.project or (old.project if old else None),
        owner=finding.owner or (old.owner if old else ""),
        cost_center=finding.cost_center or (old.cost_center if old else ""),
    )
    if standing != old:
        yield standing
