"""What holds for each rule."""

import copy
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.engine.judge import Judged, judge
from shared.model.estate import Estate
from shared.model.facts import Fact, Seen
from shared.model.finding import Verdict
from shared.model.plan import Safety
from shared.policy.policy import Effect, Exemption, Policy
from shared.rules.catalogue import RULES
from shared.rules.rule import Reads, Rule
from tests.builders import NOW, Document, policy
from tests.rules.failing import FAILING, Failure

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def run(rule: Rule, failure: Failure, given: Policy | None = None) -> Judged:
    """The judgement of one rule on its failing document."""
    facts = [*failure.gone, *map(Fact.of, (*failure.around, failure.document))]
    estate = Estate({fact.id: fact for fact in facts}, listed=failure.listed, focus=frozenset({facts[-1].id}))
    return judge(estate, [rule], given or policy(), NOW, known=failure.known)


def upper(document: Document) -> Document:
    """The same resource with its id in capitals."""
    return {**document, "id": document["id"].upper()}


def test_ids() -> None:
    """Each rule has an id of its own, and each fails something here."""
    assert sorted(rule.id for rule in RULES) == sorted(FAILING)


@every_rule
def test_words(rule: Rule) -> None:
    """A rule says what complies and why, in sentences, and which controls it covers."""
    assert re.fullmatch(r"HW-[A-Z]{3}-\d{3}", rule.id)
    assert (rule.title[-1] != ".", rule.why[-1], bool(rule.controls)) == (True, ".", True)


@every_rule
def test_fails(rule: Rule) -> None:
    """Its failing document fails, with a message and what was expected."""
    (finding,) = run(rule, FAILING[rule.id]).findings
    assert (finding.verdict, finding.severity, finding.controls) == (Verdict.FAIL, rule.severity, rule.controls)
    assert (finding.message[-1], finding.expected is not None) == (".", True)


@every_rule
def test_mixed_case(rule: Rule) -> None:
    """Ids in capitals change nothing: same verdict, same fingerprint."""
    failure = FAILING[rule.id]
    loud = replace(failure, document=upper(failure.document), around=tuple(map(upper, failure.around)))
    (quiet,), (shouted,) = run(rule, failure).findings, run(rule, loud).findings
    assert (shouted.verdict, shouted.fingerprint) == (quiet.verdict, quiet.fingerprint)


@every_rule
def test_pure(rule: Rule) -> None:
    """To judge changes no document, and to judge twice says the same."""
    failure = FAILING[rule.id]
    before = copy.deepcopy(failure)
    assert (run(rule, failure), failure) == (run(rule, failure), before)


@every_rule
@pytest.mark.parametrize(
    ("seen", "expected"), [(Seen.UNREADABLE, [Verdict.UNKNOWN]), (Seen.ABSENT, [])], ids=["unreadable", "absent"]
)
def test_not_read(rule: Rule, seen: Seen, expected: list[Verdict]) -> None:
    """What could not be read is unknown and asks for nothing; what is gone is not judged."""
    fact = replace(Fact.of(FAILING[rule.id].document), raw={}, seen=seen, reason="503")
    judged = judge(Estate.of([fact]), [rule], policy(), NOW, known=FAILING[rule.id].known)
    assert ([finding.verdict for finding in judged.findings], judged.wanted) == (expected, ())


@every_rule
def test_exempt(rule: Rule) -> None:
    """A waiver makes a failure exempt, with its words, and no step is wanted."""
    failure = FAILING[rule.id]
    waiver = Exemption(rule.id, Fact.of(failure.document).id, "jane@contoso.example", "CHG-1", NOW + timedelta(days=1))
    judged = run(rule, failure, policy(exemptions=(waiver,)))
    assert [(f.verdict, f.exemption) for f in judged.findings] == [(Verdict.EXEMPT, waiver.words)]
    assert judged.wanted == ()


@every_rule
def test_off(rule: Rule) -> None:
    """A rule that policy switches off says nothing."""
    assert run(rule, FAILING[rule.id], policy(effect=Effect.OFF)).findings == ()


@every_rule
def test_fix_or_report(rule: Rule) -> None:
    """A rule proposes a write where it says that one would mend it, needing the permission it names; else none."""
    wanted = run(rule, FAILING[rule.id]).wanted
    writes = rule.safety in {Safety.SAFE, Safety.GATED} and not rule.rotation
    assert [want.fix.action.permission for want in wanted] == [*rule.permissions[:1]]
    assert bool(rule.permissions) is writes


def test_who_goes_by_the_word_of_another() -> None:
    """Names a rule that there is: those about an instance whose date has come go by what its owner was told."""
    follows = {rule.id: rule.follows for rule in RULES if rule.follows}

    assert follows == {"HW-IMG-002": "HW-IMG-001", "HW-IMG-003": "HW-IMG-001"}


@every_rule
def test_what_a_rotation_makes_true_waits_for_approval(rule: Rule) -> None:
    """A rule that a rotation makes true is gated, goes by rotations, and says what it writes and no more."""
    if rule.rotation:
        assert (rule.safety, rule.reads, rule.permissions) == (Safety.GATED, Reads.ROTATION, ())
        assert all(needed.endswith(("/write", "/action")) for needed in rule.rotation)
    else:
        assert (rule.safety, rule.reads) != (Safety.GATED, Reads.ROTATION)
