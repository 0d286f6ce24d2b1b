"""
The report as a page and as CSV, against golden files and against people who put code into tags.

After an intended change: `HUBWARDEN_GOLDEN=write pytest tests/costs/test_report.py`, read the diff, look at the page.
"""

import csv as standard
import os
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import override

import pytest

from shared.costs.report import HEADER, csv, html
from shared.costs.summary import summarize
from tests.costs.lines import ACCOUNTS, SCHEMA, Line, allocation, contoso, lost, workspace

GOLDEN = Path(__file__).parent / "golden"
REPOSITORY = Path(__file__).resolve().parents[2]
HOSTILE = (
    "<script>alert(1)</script>",
    "</style></svg></table><img src=https://evil.example/x onerror=alert(1)>",
    '"><a href="javascript:alert(1)">',
    "{{ 7 * 7 }}{% raw %}",
    "x" * 256,
    "\u202egnp.exe\u2066 שלום",
    "👩‍👩‍👧‍👦" * 20,
    "日本語のとても長い値" * 9,
    "a\x00b\x1b[31m\x85",
    "=1+1",
)
_VOID = ("meta", "br", "img", "link", "input", "hr")
_LOADS = ("src", "href", "xlink:href", "srcset", "data", "action", "poster", "background")


@dataclass
class Page(HTMLParser):
    """A page as a browser would take it: which elements it has, what hangs open, what would load or run."""

    elements: list[str] = field(default_factory=list)
    loads: list[tuple[str, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start the parser."""
        super().__init__()

    @classmethod
    def of(cls, page: bytes) -> "Page":
        """Read a page to its end, and hold every element to be closed in turn."""
        found = cls()
        found.feed(page.decode())
        found.close()
        assert not found._open, found._open
        return found

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.loads += [(tag, name) for name, _ in attrs if name in _LOADS or name.startswith("on")]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in _VOID:
            self._open.append(tag)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        self.text.append(data)


def page_of(lines: Iterable[Line], *, closed: bool = True, through: date | None = None) -> bytes:
    """The page of these lines."""
    return html(summarize(allocation(lines, closed=closed), SCHEMA, through))


def text_of(lines: Iterable[Line], *, closed: bool = True) -> str:
    """What people read on it, with single blanks."""
    return " ".join(" ".join(Page.of(page_of(lines, closed=closed)).text).split())


def lines_of(lines: Iterable[Line]) -> list[dict[str, str]]:
    """The lines of the CSV."""
    return list(standard.DictReader(csv(allocation(lines)).decode("utf-8-sig").splitlines()))


def hostile() -> list[Line]:
    """A month in which everything that people write is an attack."""
    own = [
        Line("100", text, workspace(f"hub{at}"), owner=text, environment=text, service=text, resource_id=text)
        for at, text in enumerate(HOSTILE)
    ]
    return own + [lost("9", "no_cost_center", text, text, why=text, hub=text) for text in HOSTILE]


def golden(name: str, found: bytes) -> bytes:
    """What a golden file says; written first where the environment asks for it."""
    file = GOLDEN / name
    if os.environ.get("HUBWARDEN_GOLDEN") == "write":
        file.write_bytes(found)
    return file.read_bytes()


def test_page() -> None:
    """A preliminary month in two currencies with something to say in every part."""
    found = page_of(contoso(), closed=False, through=date(2026, 10, 31))
    assert found == golden("report.html", found)


def test_csv() -> None:
    """The same month line by line, as a spreadsheet reads it."""
    found = csv(allocation(contoso()))
    assert found == golden("report.csv", found)


def test_same_figures_same_bytes() -> None:
    """The same lines in another order make the same page and the same CSV, byte by byte."""
    shuffled = contoso()
    random.Random(7).shuffle(shuffled)  # noqa: S311 - an order, no secret
    assert page_of(shuffled) == page_of(contoso())
    assert csv(allocation(shuffled)) == csv(allocation(contoso()))


@pytest.mark.parametrize("lines", [contoso(), hostile(), []], ids=["contoso", "hostile", "empty"])
def test_nothing_loads_and_nothing_runs(lines: list[Line]) -> None:
    """Whatever tags say, the page has no script, loads nothing, has each id once, and closes every element."""
    page = Page.of(page_of(lines))
    assert not {"script", "img", "a", "link", "iframe", "object", "embed", "image", "use"} & set(page.elements)
    assert page.loads == []
    assert len(page.ids) == len(set(page.ids))
    assert page.elements.count("style") == 1
    assert page.elements.count("table") == page.elements.count("caption")


def test_hostile_values_are_shown_as_they_are() -> None:
    """What somebody wrote into a tag stands on the page as that text; only control characters are shown as unknown."""
    page = Page.of(page_of(hostile()))
    for text in HOSTILE[:8]:
        assert text in page.text
    assert "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}" in page.text


def test_the_page_forbids_itself_to_load() -> None:
    """The content policy allows styles on the page and nothing else."""
    found = page_of(contoso()).decode()
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in found
    assert '<html lang="en">' in found
    assert "url(" not in found
    assert "@import" not in found


def test_first_things_first() -> None:
    """The page opens with the month, whether it is final, and how the bill splits, to the cent."""
    found = text_of(contoso(), closed=False)
    assert (
        "AI cost allocation, October 2026 Preliminary: Azure still rates this month's usage until 5 November." in found
    )
    figures = "Billed 18,414.08 EUR = Allocated 17,424.17 EUR + Unallocated 989.91 EUR 96.4% coverage"
    assert figures in found
    assert "Preliminary" not in text_of(contoso())


def test_nothing_charged() -> None:
    """A month without charges is a page that says so, and a CSV with a header only."""
    assert "Azure charged nothing in October 2026." in text_of([])
    assert csv(allocation([])).decode("utf-8-sig") == ",".join(HEADER) + "\r\n"


def test_nothing_to_divide_by() -> None:
    """A bill of zero has no coverage and no shares, and draws no chart."""
    assert "\N{EN DASH} coverage" in text_of([Line("0")])
    assert b"<svg" not in page_of([Line("0")])


def test_refunds() -> None:
    """Negative amounts have a minus sign on the page and stay numbers in the CSV."""
    refund = [Line("-1234.5"), lost("-0.25", "no_cost_center", "Storage", "")]
    assert "\N{MINUS SIGN}1,234.50" in text_of(refund)
    assert [float(line["Cost"]) for line in lines_of(refund)] == [-1234.50, -0.25]


def test_nothing_of_a_refund() -> None:
    """In a month of refunds, an owner whose charges and refunds cancel out has 0.0 % of it, not minus that."""
    found = text_of([Line("-100"), Line("5", owner="zoe"), Line("-5", owner="zoe")])
    assert "zoe 0.00 EUR 0.0%" in found
    assert "\N{MINUS SIGN}0.0%" not in found


def test_two_hundred_cost_centres() -> None:
    """A long month is cut on the page, says how many are left out, and is whole in the CSV."""
    many = [Line(str(number), f"CC-{number:04}") for number in range(1, 201)]
    found = text_of(many)
    assert "and 180 more" in found
    assert "CC-0180" not in found
    assert len(lines_of(many)) == 200


def test_every_chart_has_its_name() -> None:
    """Each chart says to those who do not see it what it shows, and its figures stand in a table."""
    found = page_of(contoso()).decode()
    assert found.count("<svg") == found.count('role="img"') == found.count("<figure>") == 5
    assert ">Cost by cost centre, in EUR</title>" in found


def test_csv_adds_up() -> None:
    """The lines come to the page's figures: the bill of each currency, and each cost centre's part of it."""
    thirds = [Line("0.003333", f"CC-{at % 3}", owner=f"owner{at}", currency=("EUR", "USD")[at % 2]) for at in range(99)]
    summary = summarize(allocation(thirds), SCHEMA)
    billed: dict[str, int] = defaultdict(int)
    centers: dict[tuple[str, str], int] = defaultdict(int)
    for line in lines_of(thirds):
        cost = round(float(line["Cost"]) * 100)
        billed[line["Currency"]] += cost
        centers[line["Currency"], line["CostCenter"]] += cost
    assert billed == {one.currency: one.billed for one in summary.sections}
    assert centers == {(one.currency, row.name): row.cost for one in summary.sections for row in one.cost_centers.rows}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+1", "@SUM(A1)", " =1", "\N{FULLWIDTH EQUALS SIGN}1"])
def test_no_value_is_a_formula(text: str) -> None:
    """Whatever a spreadsheet would run as a formula has an apostrophe before it."""
    (line,) = lines_of([Line("1", text, owner=text, service=text)])
    assert [line[column] for column in ("CostCenter", "Owner", "Service")] == [f"'{text}"] * 3


@pytest.mark.parametrize("text", ["\t=1", "\r=1", "\n=1"])
def test_no_blank_hides_a_formula(text: str) -> None:
    """A tab or the end of a line before a formula does not make it one."""
    found = csv(allocation([Line("1", text)])).decode("utf-8-sig")
    (_, line) = standard.reader(found.splitlines(keepends=True))
    assert line[2][0] in "'\N{REPLACEMENT CHARACTER}"


def test_csv_says_why() -> None:
    """A line without a cost centre says why in the page's words, and names no source."""
    line = next(line for line in lines_of(contoso()) if line["Why"])
    assert (line["Reason"], line["Source"], line["Hub"]) == ("No cost centre", "", "hub-fraud")
    assert line["Why"].startswith("its hubs differ")
    unborne = replace(lost("1", "no_cost_center", "Storage", f"{ACCOUNTS}/st"), origin="split")
    assert lines_of([unborne])[0]["Source"] == ""


def test_an_app_that_is_only_indexed_loads_none_of_it() -> None:
    """Importing the report loads neither Arrow nor the template engine nor the charts."""
    heavy = "import sys, shared.costs.report; print({'pyarrow', 'jinja2', 'pygal'} & set(sys.modules))"
    command = [sys.executable, "-c", heavy]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)  # noqa: S603 - our own Python
    assert done.stdout.strip() == "set()"
