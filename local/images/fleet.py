"""
The fleet: every compute of an estate, with how far behind its image is and what its owner is told next. Pure.

All of it is the app's own judgement: the same rules, the same ladder, and the same memory where that was read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from local.wording import because, named
from shared.engine.computes import Memory
from shared.engine.image_rows import Fleet as Rows
from shared.engine.judge import Judged, judge
from shared.images.ladder import Place, Terms, coming
from shared.images.machine import Machine
from shared.images.meters import billing
from shared.images.releases import Releases
from shared.images.weeks import HubWeek
from shared.model.compute_memory import ComputeMemory, Notice, Rung
from shared.model.estate import Estate
from shared.model.facts import WORKSPACES, Fact, Gap, Kind, Seen
from shared.model.finding import Finding, Verdict
from shared.model.resource_id import ResourceId
from shared.policy.policy import Policy
from shared.rules.catalogue import RULES
from shared.rules.images import IMAGE_AGE, REACHES_ZERO
from shared.rules.rule import Known

JUDGED = tuple(rule for rule in RULES if Kind.COMPUTE in rule.kinds)
"""The rules that this command asks; what only other rules need is never read."""


@dataclass(frozen=True)
class Compute:
    """One compute, and all that was found out about it."""

    fact: Fact
    hub: ResourceId | None
    owner: str
    """Whom the nearest owner tag names; empty for nobody."""
    findings: Mapping[str, Finding]
    """By the id of the rule."""
    memory: ComputeMemory
    """What the app remembers of it; nothing where its memory was not read."""
    place: Place | None
    """Of an instance, where anybody can tell."""
    terms: Terms
    notice: Notice | None
    """What its owner is told at the next look."""

    @property
    def id(self) -> ResourceId:
        """Its ARM id."""
        return self.fact.id

    @property
    def machine(self) -> Machine:
        """What its document shows."""
        return Machine.of(self.fact)

    @property
    def verdict(self) -> Verdict | None:
        """Whether its image is recent enough; None for a compute without an image, and where policy does not ask."""
        found = self.findings.get(IMAGE_AGE.id)
        return found.verdict if found is not None else None

    @property
    def within(self) -> bool | None:
        """Whether it is within what policy allows, or exempt from it; None where nobody can tell."""
        return {Verdict.PASS: True, Verdict.EXEMPT: True, Verdict.FAIL: False}.get(self.verdict or Verdict.UNKNOWN)

    @property
    def age(self) -> timedelta | None:
        """Since its image was built."""
        return None if self.place is None else self.place.age

    @property
    def behind(self) -> timedelta | None:
        """Since it could first have had a newer image."""
        return None if self.place is None else self.place.behind

    @property
    def next(self) -> tuple[Rung, datetime] | None:
        """What its owner is told next, and when at the earliest; None for nothing more, and where nobody can tell."""
        if self.place is None or self.verdict not in {Verdict.PASS, Verdict.FAIL}:
            return None
        return (self.notice.rung, self.notice.at) if self.notice is not None else coming(self.place, self.terms)

    @property
    def never_empty(self) -> str:
        """Of a cluster: why its nodes may be of any age; empty for one that comes to zero, or may."""
        found = self.findings.get(REACHES_ZERO.id)
        least = self.machine.least_nodes
        if least:
            return f"it always keeps {least} {'node' if least == 1 else 'nodes'}"
        return found.message if found is not None and found.verdict is Verdict.FAIL else ""

    @property
    def started(self) -> datetime | None:
        """When it last started, by its document or what is remembered."""
        return self.machine.started or self.memory.started

    @property
    def exposure(self) -> str:
        """How it is reached from outside, as far as anything tells."""
        public, ssh = self.machine.public_ip, self.machine.ssh
        told = [word for word, true in (("public IP", public), ("SSH", ssh)) if true]
        if told:
            return " + ".join(told)
        return "not told" if public is None else "none"

    @property
    def billing(self) -> str:
        """What meters."""
        return billing(self.machine) or "not told"


@dataclass(frozen=True)
class Unseen:
    """Something that may hold computes, or is one, and could not be read."""

    what: str
    why: str


@dataclass(frozen=True)
class Fleet:
    """All computes, the worst first."""

    at: datetime
    policy: str
    """The version of the policy that they were held against."""
    computes: tuple[Compute, ...]
    unseen: tuple[Unseen, ...] = ()
    unremembered: str = ""
    """Why it is not known what owners were told; empty where the app's memory was read."""
    weeks: tuple[HubWeek, ...] = ()
    """What the app's sweeps have counted; nothing where its memory was not read."""

    @property
    def instances(self) -> list[Compute]:
        """Those that have an image which ages."""
        return [one for one in self.computes if one.machine.is_instance]

    @property
    def never_empty(self) -> list[Compute]:
        """The clusters that never come to zero nodes, as far as anybody can tell."""
        return [one for one in self.computes if one.never_empty]

    @property
    def undecided(self) -> list[Compute]:
        """The instances of which nobody can tell how far behind they are."""
        return [one for one in self.instances if one.verdict is Verdict.UNKNOWN]

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to say: all could be judged, and nothing fails."""
        return not (
            self.unseen or self.undecided or self.never_empty or any(one.within is False for one in self.computes)
        )


@dataclass(frozen=True)
class Sight:
    """What was seen of one hub, or of a whole estate in files."""

    estate: Estate
    judged: Judged
    known: Known = field(default_factory=Known)

    @classmethod
    def of(cls, estate: Estate, policy: Policy, now: datetime) -> "Sight":
        """An estate in files: what nobody has seen before, with the release calendar that its computes show."""
        return cls.seen(estate, policy, now, Known(releases=Releases().seeing(estate, now)))

    @classmethod
    def seen(cls, estate: Estate, policy: Policy, now: datetime, known: Known) -> "Sight":
        """An estate of which something is known besides."""
        return cls(estate, judge(estate, JUDGED, policy, now, known=known), known)


def fleet(sights: Iterable[Sight], policy: Policy, now: datetime, unremembered: str = "") -> Fleet:
    """The computes of all that was seen, each once; `unremembered` says why no memory was read."""
    found: dict[ResourceId, Compute] = {}
    unseen: dict[str, Unseen] = {}
    for sight in sights:
        found |= {one.id: one for one in _computes(sight, policy, now)}
        unseen |= {one.what: one for one in _unseen(sight.estate)}
    ordered = sorted(found.values(), key=_worst_first)
    return Fleet(now, policy.version, tuple(ordered), tuple(unseen[what] for what in sorted(unseen)), unremembered)


def _computes(sight: Sight, policy: Policy, now: datetime) -> Iterable[Compute]:
    notices = {finding.resource: notice for finding, notice in sight.judged.notices}
    rows = Rows(sight.judged, Memory(sight.known.computes, sight.estate, now), sight.known.releases, policy)
    said: dict[ResourceId, dict[str, Finding]] = {}
    for finding in sight.judged.findings:
        said.setdefault(finding.resource, {})[finding.rule] = finding
    for fact in sight.estate.judged():
        if fact.kind is Kind.COMPUTE and fact.present:
            findings = said.get(fact.id, {})
            hub = sight.estate.hub_id(fact)
            about = next(iter(findings.values()), None)
            yield Compute(
                fact=fact,
                hub=hub,
                owner=about.owner if about else _owner(fact, hub, sight.estate, policy),
                findings=findings,
                memory=sight.known.computes.get(fact.id, ComputeMemory()),
                place=rows.place(fact),
                terms=rows.terms(fact),
                notice=notices.get(fact.id),
            )


def _owner(fact: Fact, hub: ResourceId | None, estate: Estate, policy: Policy) -> str:
    """Whom the nearest owner tag names, for a compute that no rule has anything to say of."""
    near = (fact, estate.workspace_of(fact), estate.find(hub))
    named = (one.tag(policy.cost_tags.owner) for one in near if one is not None)
    return next((name for name in named if name), "")


def _unseen(estate: Estate) -> Iterable[Unseen]:
    for fact in estate:
        if fact.seen is Seen.UNREADABLE and fact.kind in WORKSPACES | {Kind.COMPUTE}:
            yield Unseen(f"{fact.kind} {named(fact.id)}", because(fact.reason, fact.permission))
    for gap in estate.gaps:
        if gap.kind in {Kind.COMPUTE, Kind.PROJECT}:
            yield Unseen(_what(gap), because(gap.reason, gap.permission))


def _what(gap: Gap) -> str:
    return f"each {gap.kind} of {gap.parent.name}"


def _worst_first(one: Compute) -> tuple[int, int, timedelta, timedelta, ResourceId]:
    """Failing instances by severity, then clusters that never empty, then what nobody can tell, then the rest."""
    finding, nothing = one.findings.get(IMAGE_AGE.id), timedelta()
    rank = finding.severity.rank if finding is not None else 0
    behind, age = one.behind or nothing, one.age or nothing
    if one.within is False:
        return 0, rank, -behind, -age, one.id
    if one.never_empty:
        return 1, -one.machine.least_nodes, nothing, nothing, one.id
    if one.verdict is Verdict.UNKNOWN:
        return 2, 0, nothing, nothing, one.id
    return (3 if one.machine.is_instance else 4), 0, -behind, -age, one.id
