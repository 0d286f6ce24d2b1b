"""What only makes sense together: hours that begin before they end, zones there are, a rule and what finishes it."""

from dataclasses import replace

import pytest

from shared.model.errors import PolicyInvalid
from shared.model.plan import Safety
from shared.policy.load import load
from shared.policy.policy import Policy
from shared.rules.rule import Parameter, Type
from tests.policy import sample

HOURS = replace(
    sample.RULES[2],
    id="HW-TST-010",
    safety=Safety.GATED,
    parameters={
        "works_from": Parameter(Type.INTEGER, 7, "From", 0, 23),
        "works_to": Parameter(Type.INTEGER, 19, "To", 1, 24),
        "zone": Parameter(Type.ZONE, "", "Where", stated=True),
        "low": Parameter(Type.INTEGER, 1, "Low"),
        "high": Parameter(Type.INTEGER, 2, "High"),
    },
    rising=("low", "high"),
    differing=("works_from", "works_to"),
)
BEGINS = replace(sample.RULES[0], id="HW-TST-011", safety=Safety.GATED, finished_by="HW-TST-012")
FINISHES = replace(sample.RULES[0], id="HW-TST-012", safety=Safety.GATED)
RULES = (HOURS, BEGINS, FINISHES)
SAME = "parameters: expected works_to other than works_from"
FALLING = "parameters: expected high above low"


def loaded(rules: str) -> Policy:
    """The policy of a baseline with these rules."""
    files = sample.files(baseline=f"version: 1\nrules:\n{rules}", exemptions="version: 1\nexemptions: []\n")
    return load(files, RULES, sample.NOW)


def problems(rules: str) -> tuple[str, ...]:
    """Why it is refused, without the file's name; empty when it is not."""
    try:
        loaded(rules)
    except PolicyInvalid as error:
        return tuple(line.removeprefix("policy/baseline.yaml:") for line in error.problems)
    return ()


def test_hours() -> None:
    """Hours and a zone arrive as they were meant, in a scope on top of the rule's."""
    rule = loaded(
        "  HW-TST-010:\n    effect: audit\n    parameters: {works_from: 0, works_to: 1, zone: Europe/Zurich}\n"
        "    scopes:\n      - match: {name: hub}\n        parameters: {works_to: 24}\n"
    ).rules["HW-TST-010"]
    assert rule.default.parameters == {"works_from": 0, "works_to": 1, "zone": "Europe/Zurich", "low": 1, "high": 2}
    assert rule.scopes[0].parameters == {"works_to": 24}


@pytest.mark.parametrize(
    ("given", "line"),
    [
        pytest.param(
            "{zone: Europe/Zürich}",
            "5: rules.HW-TST-010.parameters.zone: expected an IANA time zone such as Europe/Zurich, "
            "found 'Europe/Zürich'; did you mean 'Europe/Zurich'?",
            id="misspelt",
        ),
        pytest.param(
            "{zone: europe/zurich}",
            "5: rules.HW-TST-010.parameters.zone: expected an IANA time zone such as Europe/Zurich, "
            "found 'europe/zurich'; did you mean 'Europe/Zurich'?",
            id="in lower case",
        ),
        pytest.param(
            "{zone: 1}",
            "5: rules.HW-TST-010.parameters.zone: expected an IANA time zone such as Europe/Zurich, "
            "found 1; put it in quotes if it is meant as text",
            id="a number",
        ),
        pytest.param(
            "{works_from: 9, works_to: 9}",
            f"5: rules.HW-TST-010.{SAME}, found 9 for both",
            id="no hour at all",
        ),
        pytest.param(
            "{works_from: 19}",
            f"5: rules.HW-TST-010.{SAME}, found 19 for both",
            id="the end by default",
        ),
        pytest.param(
            "{low: 3}",
            f"5: rules.HW-TST-010.{FALLING}, found low 3 and high 2",
            id="falling",
        ),
        pytest.param(
            "{works_from: 24}",
            "5: rules.HW-TST-010.parameters.works_from: expected a whole number from 0 to 23, found 24",
            id="refused already",
        ),
    ],
)
def test_hours_that_make_no_sense(given: str, line: str) -> None:
    """One line says what is wrong, and what was probably meant."""
    assert problems(f"  HW-TST-010:\n    effect: audit\n    parameters: {given}\n") == (line,)


@pytest.mark.parametrize(
    ("own", "scope", "lines"),
    [
        (
            "{works_to: 12}",
            "{works_from: 12}",
            (f"8: rules.HW-TST-010.scopes[0].{SAME}, found 12 for both",),
        ),
        ("{works_to: 12}", "{works_from: 11}", ()),
        (
            "{works_to: x}",
            "{works_from: 12}",
            ("5: rules.HW-TST-010.parameters.works_to: expected a whole number from 1 to 24, found 'x'",),
        ),
    ],
    ids=["no hour in the scope", "one hour", "the rule's own is refused"],
)
def test_hours_in_a_scope(own: str, scope: str, lines: tuple[str, ...]) -> None:
    """A scope is held to what it makes of the rule; and to nothing where that is refused itself."""
    rules = f"  HW-TST-010:\n    effect: audit\n    parameters: {own}\n    scopes:\n      - match: {{name: hub}}\n"
    assert problems(f"{rules}        parameters: {scope}\n") == lines


def test_a_night_shift() -> None:
    """Hours may end before they begin."""
    assert problems("  HW-TST-010:\n    effect: audit\n    parameters: {works_from: 22, works_to: 6}\n") == ()


UNSTATED = (
    "rules.HW-TST-010: expected zone among its parameters wherever it is enforced, for no default is right for "
    "everybody, found a place without"
)
IN_SCOPE = "[{match: {name: h}, effect: enforce"


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        pytest.param("{effect: audit}", "", id="audited"),
        pytest.param("{effect: enforce}", "3", id="enforced"),
        pytest.param("{effect: enforce, parameters: {zone: UTC}}", "", id="enforced, with a zone"),
        pytest.param(f"{{effect: audit, scopes: {IN_SCOPE}}}]}}", "3", id="in a scope"),
        pytest.param(f"{{effect: audit, scopes: {IN_SCOPE}, parameters: {{zone: UTC}}}}]}}", "", id="with its own"),
        pytest.param(f"{{effect: audit, parameters: {{zone: UTC}}, scopes: {IN_SCOPE}}}]}}", "", id="with the rule's"),
        pytest.param(
            "{effect: enforce, scopes: [{match: {name: h}, parameters: {zone: UTC}}]}", "3", id="only in a scope"
        ),
        pytest.param(
            "{effect: enforce, parameters: {zone: UTC}, scopes: [{match: {name: h}, severity: low}]}", "", id="both"
        ),
    ],
)
def test_what_only_the_writer_of_a_policy_knows(rule: str, line: str) -> None:
    """Where people work has no default: nothing is taken from them by the clocks of somewhere else."""
    assert problems(f"  HW-TST-010: {rule}\n") == ((f"{line}: {UNSTATED}",) if line else ())


ALWAYS = "  HW-TST-012: {effect: enforce, auto_approve: {reason: r}}\n"
UNFINISHED = (
    "rules.HW-TST-011: expected HW-TST-012 enforced with auto_approve everywhere, for it finishes what HW-TST-011 "
    "begins, found it left to somebody while HW-TST-011 is enforced"
)


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        pytest.param(f"  HW-TST-011: {{effect: enforce}}\n{ALWAYS}", "", id="both"),
        pytest.param("  HW-TST-011: {effect: audit}\n", "", id="neither"),
        pytest.param(ALWAYS, "", id="only what finishes"),
        pytest.param("  HW-TST-011: {effect: enforce}\n", "3", id="what finishes is not named"),
        pytest.param("  HW-TST-011: {effect: enforce}\n  HW-TST-012: {effect: enforce}\n", "3", id="nor approved"),
        pytest.param(
            "  HW-TST-011: {effect: off, scopes: [{match: {name: h}, effect: enforce}]}\n", "3", id="in a scope"
        ),
        pytest.param(
            "  HW-TST-011: {effect: enforce}\n  HW-TST-012: {effect: enforce, auto_approve: {reason: r}, "
            "scopes: [{match: {name: h}, auto_approve: false}]}\n",
            "3",
            id="not approved in a scope",
        ),
        pytest.param(
            "  HW-TST-011: {effect: enforce}\n  HW-TST-012: {effect: enforce, auto_approve: {reason: r}, "
            "scopes: [{match: {name: h}, effect: audit}]}\n",
            "3",
            id="audited in a scope",
        ),
        pytest.param(
            "  HW-TST-011: {effect: enforce}\n  HW-TST-012: {effect: enforce, auto_approve: {reason: r}, "
            "scopes: [{match: {name: h}, severity: low}]}\n",
            "",
            id="only less severe in a scope",
        ),
    ],
)
def test_what_is_begun_is_finished(rules: str, line: str) -> None:
    """Where one rule begins what another finishes, that one waits for nobody, anywhere."""
    assert problems(rules) == ((f"{line}: {UNFINISHED}",) if line else ())
