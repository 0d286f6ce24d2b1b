"""A month in figures: they add up, they say what finance asks, and they know when there is nothing to say."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.costs.bill import NANO
from shared.costs.breakdown import TOP, Breakdown, Row
from shared.costs.summary import Section, summarize
from shared.model.cost_tags import CostTags, Origin, Shared, SplitKey
from tests.costs.lines import ACCOUNTS, SCHEMA, Line, allocation, contoso, lost, workspace


def section(*lines: Line) -> Section:
    """The only section of these lines."""
    (only,) = summarize(allocation(lines), SCHEMA).sections
    return only


def tables(of: Section) -> Iterator[Breakdown[Row]]:
    """Every table that comes to the whole bill."""
    yield from (of.cost_centers, of.hubs, of.projects, of.owners, of.services, of.sources)
    yield from (tag.values for tag in of.tags)


def adds_up[R: Row](table: Breakdown[R]) -> bool:
    """Whether what a table shows comes to its total."""
    shown: list[Row] = [*table.rows, *(row for row in (table.rest, table.none) if row is not None)]
    parts = all(sum(part.cost for part in row.parts) == row.cost for row in table.rows if row.parts)
    split = sum(row.split for row in shown) == table.total.split
    return sum(row.cost for row in shown) == table.total.cost and parts and split


def rows(table: Breakdown[Row]) -> dict[str, int]:
    """What a table shows, by name."""
    return {row.name: row.cost for row in table.rows}


_lines = st.lists(
    st.builds(
        lambda cost, center, hub, owner, env, origin: Line(
            str(Decimal(cost) / NANO), center, hub, owner=owner, environment=env, origin=origin if center else "none",
            reason="" if center else "no_cost_center",
        ),
        st.integers(-(10**13), 10**13),
        st.sampled_from(["CC-1", "CC-2", ""]),
        st.sampled_from([workspace("hub"), workspace("hub", "rg-two"), ""]),
        st.sampled_from(["jane", ""]),
        st.sampled_from(["prod", ""]),
        st.sampled_from([*Origin][:9]).map(str),
    ),
    min_size=1,
    max_size=30,
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(_lines)
def test_everything_adds_up(lines: list[Line]) -> None:
    """Whatever the lines: allocated and unallocated come to the bill, every table to it, the reasons to their part."""
    found = section(*lines)
    assert found.allocated + found.unallocated == found.billed
    assert [(table.total.cost, adds_up(table)) for table in tables(found)] == [(found.billed, True)] * 7
    assert sum(reason.cost for reason in found.reasons) == found.unallocated
    assert sum(row.cost for row in found.cost_centers.rows) == found.allocated
    for table in (found.cost_centers, found.sources):
        assert (table.none.cost if table.none else 0) == found.unallocated
    assert all(adds_up(reason.resources) and reason.resources.total.cost == reason.cost for reason in found.reasons)


def test_figures() -> None:
    """The month of Contoso's in euros, as one would add it up by hand."""
    found = summarize(allocation(contoso()), SCHEMA).sections[0]
    assert (found.billed, found.allocated, found.unallocated) == (18_414_08, 17_424_17, 989_91)
    assert (found.beyond, found.early) == (349_90, 4_000_33)
    assert rows(found.cost_centers) == {"CC-1001": 13_237_18, "CC-2002": 4_100_34, "CC-9000": 55_55, "CC-0007": 31_10}
    assert {row.name: row.split for row in found.cost_centers.rows if row.split} == {
        "CC-1001": 100_00,
        "CC-2002": 100_01,
    }
    assert [part.name for part in found.hubs.rows[0].parts] == ["CC-1001", "CC-0007"]
    assert [(row.name, row.note) for row in found.projects.rows] == [("chat-prod", "hub-credit")]
    assert [tag.tag for tag in found.tags] == ["Environment"]


def test_coverage() -> None:
    """Coverage leaves out what belongs to no hub, is told of the whole bill too, and is never rounded up to all."""
    found = section(Line("90"), lost("10", "no_cost_center", "Storage", ""), lost("100", "not_governed", "Storage", ""))
    assert (found.coverage, found.coverage_of_bill) == (Decimal("0.900"), Decimal("0.450"))
    nearly = section(Line("9999.99"), lost("0.01", "no_cost_center", "Storage", ""))
    assert nearly.coverage == Decimal("0.999")


def test_sources_in_words() -> None:
    """Where a cost centre comes from is said in finance's words, and nothing is said of who was asked in vain."""
    origins = [*Origin][:9]
    found = section(*(Line(str(9 - at), origin=origin) for at, origin in enumerate(origins)),
                    replace(lost("1", "no_cost_center", "Storage", ""), origin="split"))  # fmt: skip
    assert list(rows(found.sources)) == [
        "tagged on the resource",
        "from the project",
        "from the hub",
        "from the resource group",
        "from the subscription",
        "from the mapping file",
        "finance's default",
        "shared pool",
        "split among hubs",
    ]
    assert found.sources.none == Row("no cost centre", 100)


def test_reasons_say_what_to_do() -> None:
    """Each reason comes with its largest resources, where they lie, and whom to ask for which tag."""
    found = summarize(allocation(contoso()), SCHEMA).sections[0]
    assert [(one.reason, one.cost) for one in found.reasons] == [
        ("No cost centre", 640_01),
        ("Belongs to no AI hub", 250_00),
        ("Charged without a resource", 99_90),
    ]
    (storage,) = found.reasons[0].resources.rows
    assert (storage.name, storage.service) == ("stfraud", "Storage")
    assert storage.note.startswith("rg-ai, subscription ")
    assert "set the tag CostCenter" in found.reasons[0].advice
    assert "finance@contoso.example knows" in found.reasons[0].advice
    assert all("CostCenter" in one.advice for one in found.reasons)


@pytest.mark.parametrize(
    ("shared", "itself", "each"),
    [
        pytest.param(Shared(), True, False, id="its own tag chooses"),
        pytest.param(Shared(split=SplitKey.PROJECTS), False, True, id="split"),
        pytest.param(Shared(split=SplitKey.EQUAL, pool={"Environment": "prod"}), False, True, id="another is pooled"),
        pytest.param(Shared(pool={"CostCenter": "CC-9000"}), False, False, id="pooled"),
    ],
)
def test_advice_on_what_hubs_share(shared: Shared, itself: bool, each: bool) -> None:  # noqa: FBT001 - a table
    """Nobody is told to tag a shared resource where its own tag counts for nothing."""
    lines = [lost("10", "no_cost_center", "Storage", f"{ACCOUNTS}/st")]
    (found,) = summarize(allocation(lines), replace(SCHEMA, shared=shared)).sections[0].reasons
    said = ("can carry the tag itself" in found.advice, "each of the hubs that share it must" in found.advice)
    assert said == (itself, each)


def test_an_unknown_reason() -> None:
    """A reason that this report has never heard of is shown by its own name."""
    (one,) = section(lost("1", "lost_at_sea", "Storage", "")).reasons
    assert (one.reason, "CostCenter" in one.advice) == ("Lost at sea", True)


def test_long_tables_are_cut() -> None:
    """Of 200 cost centres the 20 largest are shown, and one line carries the rest of the money."""
    found = section(*(Line(str(number), f"CC-{number:04}") for number in range(1, 201)))
    assert [row.name for row in found.cost_centers.rows] == [f"CC-{number:04}" for number in range(200, 180, -1)]
    assert found.cost_centers.rest == Row("and 180 more", sum(range(1, 181)) * 100)
    assert len(found.hubs.rows[0].parts) > TOP


def test_refunds() -> None:
    """A month of refunds has negative figures and a coverage; where refunds outweigh one side only it has none."""
    found = section(Line("-90"), lost("-10", "no_cost_center", "Storage", ""))
    assert (found.billed, found.allocated, found.coverage) == (-100_00, -90_00, Decimal("0.900"))
    mixed = section(Line("-90"), lost("100", "no_cost_center", "Storage", ""))
    assert (mixed.billed, mixed.coverage) == (10_00, None)


def test_a_large_refund_is_shown() -> None:
    """A refund that is larger than most charges is a row of its own, though it comes last."""
    found = section(*(Line(str(number), f"CC-{number}") for number in range(10, 40)), Line("-500", "CC-BACK"))
    assert found.cost_centers.rows[-1] == Row("CC-BACK", -500_00, parts=())


def test_nothing_charged() -> None:
    """A month without charges has no section, and one that charged zero has no coverage."""
    assert summarize(allocation([]), SCHEMA).sections == ()
    zero = section(Line("0"))
    assert (zero.billed, zero.coverage, zero.coverage_of_bill) == (0, None, None)


def test_everything_unallocated() -> None:
    """Where nothing has a cost centre the coverage is none at all, and the table has no row but that."""
    found = section(lost("7.5", "no_cost_center", "Storage", f"{ACCOUNTS}/st"))
    assert (found.coverage, found.cost_centers.rows) == (Decimal("0.000"), ())
    assert found.cost_centers.none == Row("No cost centre", 7_50)


def test_currencies_are_never_added() -> None:
    """Each currency has its own section, the largest in dollars first though its figure is not."""
    found = summarize(allocation([Line("3000", currency="JPY"), Line("30", currency="USD"), Line("20.5")]), SCHEMA)
    assert [(one.currency, one.billed, one.usd) for one in found.sections] == [
        ("USD", 30_00, 30_00),
        ("EUR", 20_50, 22_55),
        ("JPY", 3000_00, 20_10),
    ]


def test_more_than_64_bits_hold() -> None:
    """A sum that is more billionths than 64 bits hold is as right as any."""
    found = section(*[Line("9000000000", currency="JPY")] * 3)
    assert found.billed == 27_000_000_000_00


def test_names_that_two_share() -> None:
    """Hubs of one name are told apart by their group; all others go by their name alone."""
    hubs = [workspace("hub"), workspace("hub", "rg-two"), workspace("other")]
    found = section(*(Line(str(9 - at), hub=hub) for at, hub in enumerate(hubs)))
    assert list(rows(found.hubs)) == ["hub (rg-ai)", "hub (rg-two)", "other"]


def test_when_it_no_longer_changes() -> None:
    """The last day on which figures may change follows from the days that finance's schema waits."""
    month = allocation([], closed=False)
    assert summarize(month, SCHEMA).changes_until == date(2026, 11, 5)
    assert summarize(month, CostTags(close_after_days=0)).changes_until == date(2026, 10, 31)


def test_an_allocation_that_contradicts_itself() -> None:
    """Lines that do not come to the sums beside them are no report, but an error with both."""
    month = replace(allocation([Line("10")]), billed={"EUR": 11 * NANO})
    with pytest.raises(ValueError, match=r"2026-10: the lines come to .10000000000, 10000000000, 0. billionths of EUR"):
        summarize(month, SCHEMA)
