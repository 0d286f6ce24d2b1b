"""
What a rule is: a pure function from facts to a verdict, with the words and the needs that go with it.

A rule does not read, write, know the time or know the policy file; it gets a fact, and a Context with the estate
around it, its parameters and the moment. The engine turns what it returns into findings and steps.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.costs.effective import EffectiveTags
from shared.costs.figures import MonthFigures
from shared.images.releases import Releases
from shared.keys.progress import Standing
from shared.model.action import Fix
from shared.model.compute_memory import ComputeMemory, Notice
from shared.model.cost_tags import CostTags
from shared.model.estate import Estate
from shared.model.facts import Fact, Kind
from shared.model.finding import Severity, Verdict
from shared.model.key_facts import KeyFacts
from shared.model.message import Deed
from shared.model.plan import Safety
from shared.model.resource_id import ResourceId


class Type(StrEnum):
    """What a parameter's value may be; the policy file is checked against it."""

    INTEGER = "whole number"
    DURATION = "ISO 8601 duration such as PT30M"
    RESOURCE = "ARM resource id"
    CHOICES = "list of names"
    TEXTS = "list of texts"
    ZONE = "IANA time zone such as Europe/Zurich"


class Reads(StrEnum):
    """What a rule goes by."""

    ESTATE = "estate"
    BILL = "bill"
    """A month's bill; where one was read, only these rules are judged."""
    KEYS = "keys"
    """Which key each consumer holds; read once a day, and when a connection changes."""
    FAMILY = "family"
    """A hub with all that is in it, as a sweep reads it; nothing less can show that nobody does something."""
    PEOPLE = "people"
    """Who is still in the directory; judged only where that was asked."""
    ROTATION = "rotation"
    """Where the rotation of keys stands; at the end of a rotation pass, only these rules are judged."""


@dataclass(frozen=True)
class Parameter:
    """One thing about a rule that policy may set."""

    type: Type
    default: Any
    means: str
    least: int | None = None
    """For a whole number: the smallest that makes sense."""
    most: int | None = None
    """For one with a smallest: the largest that does."""
    shortest: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(days=30)
    """For a duration: the bounds within which Azure, or sense, takes it."""
    choices: tuple[str, ...] = ()
    """For a list of names: the ones there are."""
    stated: bool = False
    """Whether policy must set it wherever it enforces the rule, for no default is right for everybody."""


@dataclass(frozen=True)
class Known:
    """What was read besides the estate; None is what nobody looked at."""

    figures: MonthFigures | None = None
    """What the month's bills came to; not in the run of a hub."""
    keys: KeyFacts | None = None
    """Who holds which key."""
    rotations: Mapping[ResourceId, Standing] | None = None
    """Where the rotation of each account's keys stands."""
    first_seen: Mapping[ResourceId, datetime] | None = None
    """Since when each connection is known whose key is somebody else's."""
    deeds: Mapping[ResourceId, Deed] = field(default_factory=dict)
    """Who did to a resource what the events are about that brought us here; none in a sweep."""
    computes: Mapping[ResourceId, ComputeMemory] = field(default_factory=dict)
    """What is remembered of each compute."""
    releases: Releases = field(default_factory=Releases)
    """Which image came to which region when."""
    renewing: Mapping[ResourceId, timedelta] = field(default_factory=dict)
    """How long computes must have stood stopped until they are taken down; of others policy does not want that."""
    gone_people: frozenset[str] | None = None
    """Object ids that computes name and nobody has any more; None where nobody looked."""


@dataclass(frozen=True)
class Context:
    """Everything a rule may know besides the fact it judges."""

    estate: Estate
    now: datetime
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tags: EffectiveTags = field(default_factory=lambda: EffectiveTags(Estate(), CostTags()))
    """What finance's tags should say, under policy's schema."""
    known: Known = field(default_factory=Known)
    owner: str = ""
    """Whom a finding on this fact names: by the nearest owner tag, or as last known; empty for nobody."""


@dataclass(frozen=True)
class Judgement:
    """What a rule says of one fact."""

    verdict: Verdict
    message: str
    expected: Any = None
    actual: Any = None
    fix: Fix | None = None
    worse: int = 0
    """By how many grades it is more severe than policy has the rule, for what makes it so."""
    notice: Notice | None = None
    """What the owner is to be told now."""


def passed(message: str, actual: Any = None) -> Judgement:  # noqa: ANN401 - a JSON value to show
    """The fact complies."""
    return Judgement(Verdict.PASS, message, actual=actual)


def failed(
    message: str,
    *,
    expected: Any,  # noqa: ANN401 - a JSON value to show
    actual: Any,  # noqa: ANN401 - a JSON value to show
    fix: Fix | None = None,
    worse: int = 0,
    notice: Notice | None = None,
) -> Judgement:
    """The fact does not comply; `fix` is what would mend it, where a write can. See `Judgement` for the rest."""
    return Judgement(Verdict.FAIL, message, expected, actual, fix, worse, notice)


def unknown(message: str, expected: Any = None) -> Judgement:  # noqa: ANN401 - a JSON value to show
    """What decides it could not be read."""
    return Judgement(Verdict.UNKNOWN, message, expected)


def because(reason: str, permission: str) -> str:
    """Why something could not be read, with the permission that would have let us."""
    return f"{reason}; it needs {permission}" if permission else reason


type Check = Callable[[Fact, Context], Judgement | None]
"""None when the rule has nothing to say of this fact: an image rule of a cluster, which has no image."""


def _nothing(_fact: Fact, _estate: Estate, _schema: CostTags) -> Iterable[ResourceId]:
    return ()


def _no_lists(_fact: Fact, _estate: Estate) -> Iterable[tuple[ResourceId, Kind]]:
    return ()


@dataclass(frozen=True)
class Rule:
    """One rule, with everything that policy, docs, plans and roles need to know of it."""

    id: str
    title: str
    """The compliant state, in one sentence."""
    why: str
    """What it costs not to comply, for the one who reads the finding."""
    kinds: frozenset[Kind]
    severity: Severity
    safety: Safety
    controls: tuple[str, ...]
    """The ids in the control catalogue that it covers."""
    check: Check
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    rising: tuple[str, ...] = ()
    """Parameters of which each must be more than the one before, or what they say together makes no sense."""
    differing: tuple[str, ...] = ()
    """Parameters of which no two may say the same, or what they say together makes no sense."""
    finished_by: str = ""
    """
    The id of the rule whose fix finishes what this one's begins; empty where one write is all.

    Wherever policy enforces this one, it must enforce that one everywhere with `auto_approve`: what was begun must
    never wait for somebody.
    """
    follows: str = ""
    """
    The id of the rule by whose notices it goes; empty where it goes by none.

    Where nobody knows whether policy wants that rule, nobody knows whether what it told still counts.
    """
    rotation: tuple[str, ...] = ()
    """
    What the rotation of keys needs that makes it true, by ARM names; empty for a rule that no rotation makes true.

    Such a rule is gated and has no fix. A fix is one write, which stands in a plan for people to read before policy
    lets it through; a rotation is many, and each is named only when the one before was seen to work. So it is approved
    as a whole: by `auto_approve`, or because somebody asks for it.
    """
    needs: Callable[[Fact, Estate, CostTags], Iterable[ResourceId]] = _nothing
    """Which other resources must be read to judge a fact; asked again when they were read, for those may need more."""
    lists: Callable[[Fact, Estate], Iterable[tuple[ResourceId, Kind]]] = _no_lists
    """Which lists must be read to judge a fact: of what kind, and under what."""
    permissions: tuple[str, ...] = ()
    """What its fixes need from the enforcer role, by ARM names, one a kind of resource; none where it has no fix."""
    reads: Reads = Reads.ESTATE
    """What it must know besides the estate; it is judged only where that was read."""
