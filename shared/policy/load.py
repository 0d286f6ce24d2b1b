"""
From the text of the policy files to a policy, or to every reason why not.

The only way to a Policy. Adapters read the files (`shared.adapters.policy_files`) and hand their text over; the app
loads it once at its start, `make check` and the plan command load it the same way. Nothing is judged on half a policy.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.model.errors import PolicyInvalid
from shared.policy import document
from shared.policy.baseline import limits, rule_policies
from shared.policy.cost_tags import OPTIONAL, cost_tags
from shared.policy.document import Source
from shared.policy.exemptions import exemptions
from shared.policy.policy import Policy
from shared.policy.value import Problem, Value
from shared.rules.rule import Rule

VERSION = 1
"""The version of the format that this code reads; each file states it."""


@dataclass(frozen=True)
class PolicyFiles:
    """All that a policy is made from."""

    baseline: Source
    cost_tags: Source
    exemptions: Source
    owners: Source | None = None
    """The mapping file of owners, which only a policy needs whose cost tags look something up in it."""

    @property
    def all(self) -> tuple[Source, ...]:
        """The files that are there, in the order in which their problems are told."""
        files = (self.baseline, self.cost_tags, self.owners, self.exemptions)
        return tuple(source for source in files if source is not None)

    @property
    def version(self) -> str:
        """A hash of all texts; the same texts give the same, and a file more or less another."""
        digest = hashlib.sha256()
        for source in self.all:
            digest.update(hashlib.sha256(source.text.encode(errors="surrogatepass")).digest())
        return digest.hexdigest()[:12]


def load(files: PolicyFiles, rules: Sequence[Rule], now: datetime) -> Policy:
    """
    The policy that the files state about these rules, at `now` (aware), from which an exemption's longest end counts.

    Raises PolicyInvalid with every problem of every file, each one line such as
    `policy/baseline.yaml:12: rules.HW-NET-001.effect: expected off, audit or enforce, found 'on'`.
    """
    problems: list[Problem] = []
    baseline = _fields(files.baseline, ("rules",), ("limits",), problems)
    tags = _fields(files.cost_tags, ("owner", "tags"), OPTIONAL, problems)
    waivers = _fields(files.exemptions, ("exemptions",), (), problems)
    policy = Policy(
        rule_policies(baseline["rules"], rules),
        limits(baseline.get("limits")),
        cost_tags(tags, files.owners),
        exemptions(waivers["exemptions"], rules, now),
        files.version,
    )
    if problems:
        order = [source.name for source in files.all]
        problems.sort(key=lambda problem: (order.index(problem.file), problem.line))
        raise PolicyInvalid(tuple(str(problem) for problem in problems))
    return policy


def _fields(
    source: Source, required: Sequence[str], optional: Sequence[str], problems: list[Problem]
) -> Mapping[str, Value]:
    given = document.read(source.name, source.text, problems).fields(("version", *required), optional)
    version = given["version"]
    if (type(version.data), version.data) != (int, VERSION):
        version.refuse(f"{VERSION}, the version of the format")
    return given
