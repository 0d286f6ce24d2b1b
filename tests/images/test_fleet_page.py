"""
The page that the app writes of its fleet, and the weeks as CSV, against golden files.

After an intended change: `HUBWARDEN_GOLDEN=write pytest tests/images/test_fleet_page.py`, read the diff, and look at it
in a browser.
"""

import csv as standard
import os
from datetime import timedelta
from pathlib import Path

import pytest

from shared.images.page import COLUMNS, CSV, PAGE, files
from shared.images.tally import MOST
from shared.images.weeks import WEEKS, HubWeek
from tests.builders import rid, workspace_id
from tests.costs.test_report import HOSTILE, Page
from tests.images.counts import LAB, NOW, counted

GOLDEN = Path(__file__).parent / "golden"
KIM = "kim@contoso.example"


def half_a_year() -> list[HubWeek]:
    """Two hubs over half a year: the first falls behind and comes up again, the second is there since a month."""
    behind = [(ago + 3) % 7 for ago in range(WEEKS)]
    first = [counted("+" * (8 - old) + "-" * old + "x?", weeks_ago=ago) for ago, old in enumerate(behind)]
    second = [counted("++o" + "-" * ago, LAB, weeks_ago=ago, owner=KIM) for ago in range(4)]
    return [*first, *second, counted("", rid(workspace_id("blind")), whole=False)]


def written(rows: list[HubWeek]) -> dict[str, bytes]:
    """Both files."""
    return files(rows, "policy-1", NOW)


def golden(name: str, content: bytes) -> bytes:
    """What a golden file says; written first where the environment asks for it."""
    file = GOLDEN / name
    if os.environ.get("HUBWARDEN_GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    return file.read_bytes()


@pytest.mark.parametrize("name", [PAGE, CSV])
def test_the_files(name: str) -> None:
    """As they were when somebody last looked at them."""
    content = written(half_a_year())[name]

    assert content == golden(Path(name).name, content)


def test_what_the_page_tells() -> None:
    """The share within policy, each hub and owner, each week, and whom nobody could count."""
    page = Page.of(written(half_a_year())[PAGE])
    text = " ".join("".join(page.text).split())

    assert "13 compute instances" in text
    assert "67% of those that could be judged are within what policy policy-1 allows; 1 of them" in text
    assert {"hub", "lab", KIM, "jane@contoso.example"} <= set(page.text)
    assert "blind: never counted" in text
    assert page.elements.count("svg") == 5
    assert page.loads == []
    assert len(set(page.ids)) == len(page.ids)


def test_equal_figures_give_equal_bytes() -> None:
    """Whatever the order in which the table tells them: a report that says nothing new is not written anew."""
    assert written(half_a_year()) == written(half_a_year()[::-1])


def test_the_first_day() -> None:
    """Before any sweep there is a page all the same, and it says so; a CSV with its header."""
    nothing = written([])

    assert "No sweep has counted a compute instance" in "".join(Page.of(nothing[PAGE]).text)
    assert nothing[CSV].decode("utf-8-sig").split("\r\n") == [",".join(COLUMNS), ""]


def test_a_fleet_that_was_lost_sight_of() -> None:
    """What was counted before stays in the weeks, and the hub is named; it counts no more."""
    page = Page.of(written([counted("+-", hours_ago=24 * 3)])[PAGE])
    text = " ".join("".join(page.text).split())

    assert "No sweep has counted a compute instance in the last two days." in text
    assert "hub: counted last on 2026-03-01" in text
    assert "Week by week" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_never_more_than_text(name: str) -> None:
    """Whatever somebody writes into a tag: on the page, in its charts, and in a spreadsheet."""
    found = written([counted("+-", owner=name)])
    page = Page.of(found[PAGE])
    rows = list(standard.reader(found[CSV].decode("utf-8-sig").splitlines()))

    assert (page.loads, page.elements.count("script"), page.elements.count("img")) == ([], 0, 0)
    assert len(rows) == 2
    assert all(len(row) == len(COLUMNS) for row in rows)
    assert not rows[1][2].startswith(("=", "+", "-", "@"))


def test_many_hubs_stay_few_on_the_page() -> None:
    """The worst ten in a table; all of them in the CSV."""
    rows = [counted("+-", rid(workspace_id(f"hub-{number:02}"))) for number in range(MOST * 3)]
    found = written(rows)

    assert "hub-00" in found[PAGE].decode()
    assert f"hub-{MOST}" not in found[PAGE].decode()
    assert len(found[CSV].splitlines()) == 1 + MOST * 3


def test_each_week_of_each_hub_is_a_line() -> None:
    """Whole looks only; the figures add up."""
    lines = list(standard.DictReader(written(half_a_year())[CSV].decode("utf-8-sig").splitlines()))

    assert len(lines) == WEEKS + 4
    assert {line["Week"] for line in lines} == {f"{(NOW - timedelta(days=2, weeks=n)).date()}" for n in range(WEEKS)}
    assert all(
        int(line["Instances"]) == sum(int(line[c]) for c in ("Within", "TooOld", "NotDecided")) for line in lines
    )
