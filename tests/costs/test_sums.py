"""The parts are the whole: what is refused before a split, and what is held to the bill after it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from shared.costs.allocation import LINE_COLUMNS, Allocation
from shared.costs.bill import NANO
from shared.costs.database import connect
from shared.costs.month import Month
from shared.model.errors import AllocationDiffers, AllocationFailed, BillIncomplete
from tests.costs.money import HUB, SCHEMA, STORAGE, bill, charge, lines, period, portion, split

TAGS = [tag.name for tag in SCHEMA.tags]


def allocation() -> Allocation:
    """Two currencies, and something of everything."""
    return split(
        bill(charge(HUB, 1.5), charge(STORAGE, -0.2), charge("", 3.0, currency="EUR")),
        period(HUB, portion("CC-1", Environment="prod")),
        period(STORAGE, portion("CC-2"), portion(None, hub=STORAGE)),
    )


def test_the_halves_are_the_bill() -> None:
    """What is allocated and what is not are what was billed, by currency."""
    found = allocation()
    assert found.billed == {"EUR": 3 * NANO, "USD": 13 * NANO // 10}
    assert found.allocated == {"EUR": 0, "USD": 14 * NANO // 10}
    assert found.unallocated == {"EUR": 3 * NANO, "USD": -NANO // 10}


def test_each_tag_has_the_whole_bill() -> None:
    """By each of finance's tags the same money is told, with an empty value for what has none."""
    told = [
        (row["currency"], row["tag"], row["value"], float(row["cost"]) / NANO)
        for row in allocation().by_tag.to_pylist()
    ]
    assert told == [
        ("EUR", "CostCenter", "", 3.0),
        ("EUR", "Environment", "", 3.0),
        ("EUR", "Owner", "", 3.0),
        ("USD", "CostCenter", "", -0.1),
        ("USD", "CostCenter", "CC-1", 1.5),
        ("USD", "CostCenter", "CC-2", -0.1),
        ("USD", "Environment", "", -0.2),
        ("USD", "Environment", "prod", 1.5),
        ("USD", "Owner", "", 1.3),
    ]


def test_lines_have_their_columns() -> None:
    """The lines are the columns that are promised, in their order."""
    assert tuple(allocation().lines.column_names) == LINE_COLUMNS


def test_a_month_without_charges_is_a_month() -> None:
    """No bills make no lines, and nothing was billed."""
    found = split([], period(HUB))
    assert (found.lines.num_rows, found.by_tag.num_rows, found.billed) == (0, 0, {})


def test_days_of_a_resource_are_one_line() -> None:
    """What belongs to the same one for the same service is added up, and other services stand apart."""
    charges = [charge(HUB, 1.0, day=day) for day in range(1, 32)]
    found = split(bill(*charges, charge(HUB, 2.0, service="Storage")), period(HUB))
    assert lines(found, "service") == [("AI", 31.0), ("Storage", 2.0)]


def test_amounts_beyond_64_bits_are_summed() -> None:
    """A bill in a small currency may come to more than 64 bits hold in billionths, and is still exact."""
    many = [charge(HUB, 9e9, currency="IDR", service=f"S{number}") for number in range(3)]
    assert split(bill(*many), period(HUB, portion("CC-1"))).billed == {"IDR": 27 * 10**18}


def test_a_line_beyond_64_bits_is_refused_with_its_limit() -> None:
    """Two apps would not help, for it is one resource; so the words name the limit, and not the database's types."""
    days = [charge(HUB, 9e9, currency="IDR", day=day) for day in (1, 2)]
    with pytest.raises(AllocationFailed, match=r"more than 9,223,372,036 units of its currency.* by hand$"):
        split(bill(*days), period(HUB, portion("CC-1")))


def test_a_bill_that_lacks_rows_is_refused() -> None:
    """What Azure states and the rows do not come to is not split at all."""
    with pytest.raises(BillIncomplete):
        split(replace(bill(charge()), stated={"USD": 2 * NANO}), period(HUB))


def test_a_bill_is_not_split_twice() -> None:
    """Two bills for one subscription would be counted twice."""
    with pytest.raises(ValueError, match="one bill for each subscription"):
        split([bill(charge()), bill(charge())], period(HUB))


def test_a_bill_of_another_month_is_refused() -> None:
    """October's costs are not September's."""
    with pytest.raises(ValueError, match="all of 2026-10"):
        split(bill(charge(), month=Month(2026, 9)), period(HUB))


def test_a_charge_that_falls_out_is_noticed() -> None:
    """A charge of a day that the month has not is under no attribution; it is an error, and not left out."""
    late = (HUB.lower(), date(2026, 9, 30), "AI", "USD", NANO, NANO)
    with pytest.raises(AllocationDiffers, match="the lines come to 0 billionths of USD, and the bills to 1000000000"):
        split(bill(late), period(HUB))


@pytest.mark.parametrize("field", ["billed", "allocated", "unallocated"])
@pytest.mark.parametrize("currency", ["USD", "EUR", "SEK"])
def test_a_billionth_is_too_much(field: str, currency: str) -> None:
    """An allocation that is off by a billionth anywhere does not pass."""
    found = allocation()
    found.check(TAGS)
    wrong = dict(getattr(found, field))
    wrong[currency] = wrong.get(currency, 0) + 1
    changed: dict[str, Any] = {field: wrong}
    with pytest.raises(AllocationDiffers, match=currency):
        replace(found, **changed).check(TAGS)


def test_a_tag_that_lacks_money_is_noticed() -> None:
    """Money by tag is held to the bill too, tag for tag."""
    found = allocation()
    with pytest.raises(AllocationDiffers, match="the values of Environment"):
        replace(found, by_tag=found.by_tag.slice(0, found.by_tag.num_rows - 2)).check(TAGS)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/hostname')",
        "COPY (SELECT 1) TO '/tmp/hubwarden.csv'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET temp_directory = '/tmp'",
    ],
)
def test_the_database_is_shut(statement: str) -> None:
    """The database that works on a bill reaches no file and no network, and cannot be told to."""
    import duckdb  # noqa: PLC0415 - only this test needs its errors

    with connect() as db, pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException)):
        db.execute(statement)


def test_the_database_does_not_spill() -> None:
    """What does not fit into its memory is an error, and never a file."""
    with pytest.raises(AllocationFailed, match="the month could not be split: Out of Memory"), connect() as db:
        db.execute("CREATE TABLE big AS SELECT random() AS a, random() AS b FROM range(60_000_000)")
