"""
What a policy is refused for, and the exact lines that say so.

`refused/*.txt` hold one mistake each: a title after `###`, the text of the file, and after `=>` the one line of
complaint, without the file's name.
"""

from pathlib import Path

import pytest

from tests.policy import sample

TAGS = "version: 1\nowner: Owner\ntags:\n"
WAIVER = f"""\
version: 1
exemptions:
  - rule: HW-NET-001
    scope: {sample.HUB}
    owner: jane
    reason: CHG-1
    expires_on: 2027-01-31
"""
NO_WAIVERS = "version: 1\nexemptions: []\n"


def _refused(file: str, suffix: str = "yaml") -> pytest.MarkDecorator:
    text = (Path(__file__).parent / "refused" / f"{file}.txt").read_text(encoding="utf-8")
    cases: dict[str, tuple[str, str]] = {}
    for case in text.removeprefix("### ").split("\n### "):
        title, _, rest = case.partition("\n")
        policy, _, line = rest.strip().rpartition("\n=> ")
        cases[title] = (f"{policy}\n", f"policy/{file}.{suffix}:{line}")
    return pytest.mark.parametrize(("text", "line"), list(cases.values()), ids=list(cases))


@_refused("baseline")
def test_baseline(text: str, line: str) -> None:
    """A mistake in the baseline is one line: where, what was expected, what was found, what was probably meant."""
    assert sample.problems(baseline=text, exemptions=NO_WAIVERS) == (line,)


@_refused("cost-tags")
def test_cost_tags(text: str, line: str) -> None:
    """Cost tags that Azure would refuse, or that could be read in two ways, are refused here."""
    assert sample.problems(cost_tags=text) == (line,)


@_refused("owners", "csv")
def test_owners(text: str, line: str) -> None:
    """A row of the mapping file that Azure or finance would not take, or that could be read in two ways, is refused."""
    assert sample.problems(cost_tags=sample.FINANCE, owners=text) == (line,)


@_refused("exemptions")
def test_exemptions(text: str, line: str) -> None:
    """An exemption without a rule, a place, a name, a reason or a near end is none."""
    assert sample.problems(exemptions=text) == (line,)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "1: expected a policy that starts with version: 1, found an empty file"),
        (
            "version: 1\nrules:\n\tHW-NET-001:\n",
            "3: expected spaces as indentation, found a tab; put two spaces instead",
        ),
        ("version: 1\nrules: \x07{}\n", "2: expected printable text, found the character U+0007; remove it"),
        ("version: 1\nrules: \ud800{}\n", "2: expected printable text, found the character U+D800; remove it"),
        (f"version: 1\nrules: {'[' * 50}\n", "2: expected at most 12 levels of nesting, found more"),
        ("#" * 1_000_001, "1: expected at most 1000000 bytes, found more"),
        ("é" * 500_001, "1: expected at most 1000000 bytes, found more"),
    ],
    ids=["empty", "tab", "control character", "half a character", "deep", "large", "large in bytes"],
)
def test_text_that_is_not_even_parsed(text: str, line: str) -> None:
    """What could confuse or tie up a parser never reaches it."""
    assert sample.problems(baseline=text, exemptions=NO_WAIVERS) == (f"policy/baseline.yaml:{line}",)


@pytest.mark.parametrize(("length", "accepted"), [(512, True), (513, False)])
def test_a_tag_name_has_at_most_512_characters(length: int, accepted: bool) -> None:  # noqa: FBT001 - a table's column
    """A name as long as Azure allows is taken, one longer is refused and not shown in full."""
    problems = sample.problems(cost_tags=f"{TAGS}  - {{name: {'a' * length}, required: [hub]}}\n")

    assert accepted is not any(problem.endswith(f"found '{'a' * 60}'…") for problem in problems)


@pytest.mark.parametrize(("length", "accepted"), [(256, True), (257, False)])
def test_a_tag_value_has_at_most_256_characters(length: int, accepted: bool) -> None:  # noqa: FBT001 - a table's column
    """A value that Azure could not store is refused, for no resource could ever comply."""
    problems = sample.problems(cost_tags=f"{TAGS}  - {{name: A, allowed: [{'a' * length}]}}\n")

    assert accepted is not any("expected a tag value, at most 256 characters" in problem for problem in problems)


@pytest.mark.parametrize(
    ("count", "creator", "accepted"), [(50, "", True), (51, "", False), (49, "{by: By}", True), (50, "{by: By}", False)]
)
def test_a_resource_takes_50_tags(count: int, creator: str, accepted: bool) -> None:  # noqa: FBT001 - a table's column
    """More tags than Azure takes on one resource, with those about its creator, could never all be there."""
    tags = "".join(f"  - {{name: T{number}}}\n" for number in range(count))
    problems = sample.problems(cost_tags=f"{TAGS}{tags}{f'creator: {creator}' if creator else ''}\n")

    line = "policy/cost-tags.yaml:3: tags: expected at most 50 tags with those of creator, for no resource takes more"
    assert problems == (() if accepted else (f"{line}, found {count + bool(creator)}",))


@pytest.mark.parametrize(("length", "accepted"), [(256, True), (257, False)])
def test_a_default_and_a_pool_have_at_most_256_characters(length: int, accepted: bool) -> None:  # noqa: FBT001 - a table's column
    """What Azure could not store is refused also where it would be written by default, or for all that is shared."""
    value = "a" * length
    tags = f"{TAGS}  - {{name: A, sources: [default], default: {value}}}\nshared: {{pool: {{A: {value}}}}}\n"
    wanted = f"expected a tag value, at most 256 characters, found '{'a' * 60}'…"
    lines = (
        f"policy/cost-tags.yaml:4: tags[0].default: {wanted}",
        f"policy/cost-tags.yaml:5: shared.pool.A: {wanted}",
    )

    assert sample.problems(cost_tags=tags) == (() if accepted else lines)


def test_a_long_list_of_values_is_not_told_in_full() -> None:
    """Of a thousand cost centers a problem shows some, and the nearest."""
    allowed = ", ".join(f"CC-{number}" for number in range(1000, 2000))
    tags = f"{TAGS}  - {{name: A, allowed: [{allowed}], sources: [default], default: CC1234}}\n"
    [problem] = sample.problems(cost_tags=tags)

    assert problem.startswith("policy/cost-tags.yaml:4: tags[0].default: expected one of CC-1000, CC-1001, ")
    assert problem.endswith("…, found 'CC1234'; did you mean 'CC-1234'?")
    assert len(problem) < 450


def test_what_cannot_be_printed_is_escaped() -> None:
    """A problem is one line that a terminal shows, whatever the names in the file hold."""
    tags = f"{TAGS}  - {{name: 'A\u2028\u202eB', sources: [mapping], mapping: {{by: C}}}}\n"
    tags += "  - {name: C, sources: [mapping], mapping: {by: 'A\u2028\u202eB'}}\n"
    [problem] = sample.problems(cost_tags=tags)

    assert problem.endswith(r"found A\u2028\u202eB → C → A\u2028\u202eB")


@pytest.mark.parametrize("pattern", ["a{99999999999}", f"{'(' * 5000}{')' * 5000}", "(?P<a>", "*"])
def test_a_pattern_that_python_cannot_take(pattern: str) -> None:
    """Whatever a regular expression does to Python's compiler, it is refused in one line."""
    [problem] = sample.problems(cost_tags=f"{TAGS}  - {{name: A, pattern: '{pattern}'}}\n")

    assert problem.startswith("policy/cost-tags.yaml:4: tags[0].pattern: expected a regular expression, found '")


@pytest.mark.parametrize("key", ["rule", "scope", "owner", "reason", "expires_on"])
def test_an_exemption_lacks_nothing(key: str) -> None:
    """Each of an exemption's five keys is required."""
    lines = [line for line in WAIVER.splitlines() if f"{key}: " not in line]
    lines[2] = f"  - {lines[2].strip(' -')}"

    assert sample.problems(exemptions="\n".join(lines)) == (
        f"policy/exemptions.yaml:3: exemptions[0].{key}: expected this key, found none; add it",
    )


def test_all_problems_are_told_at_once() -> None:
    """One look shows all that is wrong in all files, in the order of the files and their lines."""
    baseline = "version: 1\nrules:\n  HW-TST-001: {effect: on, parameters: {days: 0}}\nlimit: {}\n"
    problems = sample.problems(baseline, "version: 1\nowner: ''\ntags: {}\n", WAIVER.replace("2027-01", "2027-12"))

    assert [problem.partition(": expected")[0] for problem in problems] == [
        "policy/baseline.yaml:3: rules.HW-TST-001.effect",
        "policy/baseline.yaml:3: rules.HW-TST-001.parameters.days",
        "policy/baseline.yaml:4: limit",
        "policy/cost-tags.yaml:2: owner",
        "policy/cost-tags.yaml:3: tags",
        "policy/exemptions.yaml:7: exemptions[0].expires_on",
    ]
