"""What the mapping file of owners says, in whatever form a spreadsheet saved it."""

import pytest

from tests.policy import sample

JANE = {"jane": "CC-1001"}
FREE = """\
version: 1
owner: Owner
tags:
  - {name: Team, sources: [mapping], mapping: {by: Owner}}
  - {name: CostCenter, sources: [mapping], mapping: {by: Team}}
  - {name: Owner}
"""
"""Any value will do, and cost centers are looked up by team."""


def _centers(owners: str) -> dict[str, str]:
    """The cost centers by owner."""
    return dict(sample.policy(cost_tags=sample.FINANCE, owners=owners).cost_tags.tags[0].mapping)


def _teams(owners: str) -> dict[str, str]:
    """The teams by owner, where any value will do."""
    return dict(sample.policy(cost_tags=FREE, owners=owners).cost_tags.tags[0].mapping)


def _problems(owners: str, cost_tags: str = sample.FINANCE) -> tuple[str, ...]:
    return sample.problems(cost_tags=cost_tags, owners=owners)


@pytest.mark.parametrize(
    "text",
    [
        "Owner,CostCenter\njane,CC-1001\n",
        "Owner,CostCenter\njane,CC-1001",
        "\ufeffOwner,CostCenter\r\njane,CC-1001\r\n",
        "Owner,CostCenter\rjane,CC-1001\r",
        "\n\nOwner,CostCenter\n \n\njane,CC-1001\n\n  ",
        " Owner , CostCenter \n\u00a0jane ,  CC-1001 \n",
        '"Owner","CostCenter"\n"jane","CC-1001"\n',
        'Owner , "CostCenter" \n "jane" , "CC-1001" ',
        "OWNER,costcenter\njane,CC-1001\n",
        "CostCenter,Owner\nCC-1001,jane\n",
    ],
    ids=["plain", "no last end", "Windows", "old Mac", "blank lines", "blanks", "quotes", "all", "case", "order"],
)
def test_forms_that_mean_the_same(text: str) -> None:
    """Line ends, a byte order mark, blank lines, blanks, quotes, and the order and case of columns do not count."""
    assert _centers(text) == JANE


def test_no_rows_are_no_values() -> None:
    """A header alone is a mapping that has nothing to say yet."""
    assert _centers("Owner,CostCenter\n") == {}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('"Contoso, Inc."', "Contoso, Inc."),
        ('"a ""b"" , c" ', 'a "b" , c'),
        ('"two\r\nlines"', "two\nlines"),
        ('5" disks', '5" disks'),
        ("Zoë 👩\u200d💻 日本", "Zoë 👩\u200d💻 日本"),
        ("=1+1", "=1+1"),
        ("007", "007"),
    ],
)
def test_a_value_is_what_the_cell_holds(cell: str, value: str) -> None:
    """Commas, quotes, lines and any script arrive as they are; nothing becomes a number or a formula."""
    assert _teams(f"Owner,Team,CostCenter\njane,{cell},x\n") == {"jane": value}


def test_keys_compare_exactly() -> None:
    """The values of tags differ by case in Azure: who writes an owner in two ways gives both the same value."""
    owners = "Owner,CostCenter\njane,CC-1001\nJane,CC-1001\n"

    assert _centers(owners) == {"jane": "CC-1001", "Jane": "CC-1001"}


def test_a_key_can_stand_again_where_another_key_is_new() -> None:
    """Two owners of one team are two rows, as long as both say the same of the team."""
    head = "Owner,Team,CostCenter\njane,vision,CC-1\n"

    assert _teams(f"{head}joe,vision,CC-1\n") == {"jane": "vision", "joe": "vision"}
    assert _problems(f"{head}joe,vision,CC-2\n", FREE) == (
        "policy/owners.csv:3: CostCenter: expected 'CC-1', which line 2 has for Team 'vision', found 'CC-2'",
    )
    assert _problems(f"{head}jane,speech,CC-2\n", FREE) == (
        "policy/owners.csv:3: Team: expected 'vision', which line 2 has for Owner 'jane', found 'speech'",
    )


def test_a_key_must_be_one_that_its_tag_accepts() -> None:
    """A key that no resource could carry rightly would never be asked for."""
    tags = FREE.replace("{name: Owner}", "{name: Owner, allowed: [jane, joe]}")

    assert _problems("Owner,Team,CostCenter\nJane,vision,CC-1\n", tags) == (
        "policy/owners.csv:2: Owner: expected one of jane, joe, found 'Jane'; did you mean 'jane'?",
    )


@pytest.mark.parametrize(("length", "accepted"), [(256, True), (257, False)])
def test_a_value_has_at_most_256_characters(length: int, accepted: bool) -> None:  # noqa: FBT001 - a table's column
    """What Azure could not store is refused, in every column."""
    text = "a" * length
    problems = _problems(f"Owner,Team,CostCenter\n{text},{text},{text}\n", FREE)

    assert [problem.partition(" expected")[0] for problem in problems] == (
        [] if accepted else [f"policy/owners.csv:2: {name}:" for name in ("Owner", "Team", "CostCenter")]
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ja\0ne,CC-1001", "2: expected printable text, found the character U+0000; remove it"),
        ("ja\x1bne,CC-1001", "2: expected printable text, found the character U+001B; remove it"),
        (
            "jane,CC-1001\njoe\x85,CC-1002",
            "3: expected text without control characters, found the character U+0085; remove it",
        ),
        ("ja\ud800ne,CC-1001", "2: expected printable text, found the character U+D800; remove it"),
        ("é" * 500_001, "1: expected at most 1000000 bytes, found more"),
        (
            f'"{"x" * 200_000},CC-1001',
            "2: expected CSV, found a quote that is never closed or has text behind it, in the row that starts here",
        ),
    ],
    ids=["NUL", "escape", "control character", "half a character", "large", "one large cell"],
)
def test_text_that_is_no_table(text: str, line: str) -> None:
    """What could confuse or tie up a parser, or hide in a name, is refused."""
    assert _problems(f"Owner,CostCenter\n{text}\n") == (f"policy/owners.csv:{line}",)


@pytest.mark.parametrize("text", ["", "\ufeff", "\n \r\n"])
def test_a_file_without_a_header(text: str) -> None:
    """An empty file is told what its first row should be; one without rows below that is fine."""
    assert _problems(text) == (
        "policy/owners.csv:1: expected a header row with Owner, CostCenter, found an empty file",
    )


def test_a_mistake_in_the_header_is_told_where_it_stands() -> None:
    """Blank lines above the header count, so that an editor jumps to the right one."""
    assert _problems("\n\nOwner;CostCenter\n") == (
        "policy/owners.csv:3: expected commas between cells, found ';'; save the file with commas",
    )
    assert _problems("\n\nOwner\n") == ("policy/owners.csv:3: CostCenter: expected this column, found none; add it",)


def test_all_problems_are_told_at_once() -> None:
    """One look shows all that is wrong, in the header and below it, beside the problems of the other files."""
    tags = sample.FINANCE.replace("close_after_days: 3", "close_after_days: 31")
    problems = _problems("Owner,CostCentre\njane\n,CC-1001\njoe,x\njoe,x\n", tags)

    assert [problem.partition(" expected")[0] for problem in problems] == [
        "policy/cost-tags.yaml:4: close_after_days:",
        "policy/owners.csv:1: column 2:",
        "policy/owners.csv:2: column 2:",
        "policy/owners.csv:3: Owner:",
        "policy/owners.csv:5: Owner:",
    ]


def test_it_is_held_against_tags_that_are_right() -> None:
    """While the tags themselves have problems, none is made up about the file that goes by them."""
    tags = sample.FINANCE.replace("pattern", "patern")

    assert len(_problems("Owner,CostCenter,Team\n", tags)) == 1


@pytest.mark.parametrize(
    "tags",
    [
        "",
        "version: 1\n\towner: Owner\n",
        "version: 1\ntags: [\n",
        "version: 1\nowner: Owner\n",
        sample.FINANCE.replace("mapping: {by", "mapping: &all {by"),
    ],
    ids=["empty", "tab", "broken", "no tags", "anchor"],
)
def test_it_is_held_against_tags_that_could_be_read(tags: str) -> None:
    """Nobody is told to remove it because the file that says what it is for is broken."""
    told = _problems("Owner,CostCenter\njane,CC-1001\n", tags)

    assert told
    assert not any("owners.csv" in problem for problem in told)


def test_a_file_of_mistakes_is_not_told_to_its_end() -> None:
    """Of a thousand rows under a pattern that has changed, a hundred are told, and where it stopped."""
    problems = _problems("Owner,CostCenter\n" + "".join(f"owner-{number},4711\n" for number in range(1000)))

    assert len(problems) == 101
    assert problems[-1] == (
        "policy/owners.csv:102: expected fewer than 100 mistakes, found as many above; mend them to see the rest"
    )


def test_a_header_of_mistakes_is_not_told_to_its_end() -> None:
    """A header of a thousand columns, fifty of which could be right, is told by its first hundred."""
    assert len(_problems(f"Owner,CostCenter{',' * 1000}\n")) == 98


def test_a_file_that_nothing_asks_is_refused() -> None:
    """Whoever edits it would wait for an effect that never comes."""
    assert _problems("Owner,CostCenter\n", sample.COST_TAGS) == (
        "policy/owners.csv:1: expected no such file, for no tag of cost-tags.yaml has a mapping, found one; remove it",
    )


def test_ten_thousand_owners_are_read() -> None:
    """A file as large as a large organisation is a mapping like any other."""
    rows = "".join(f"owner-{number}@contoso.example,CC-{number % 10_000:04}\n" for number in range(10_000))

    assert len(_centers(f"Owner,CostCenter\n{rows}")) == 10_000
