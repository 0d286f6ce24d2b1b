"""The side-car: what a lake joins to Azure's own export, and what comes of the join."""

import csv
import io
import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

from shared.costs.allocation import allocate
from shared.costs.attribution import Period
from shared.costs.bill import NANO, Bill
from shared.costs.sidecar import COLUMNS, NATIVE, OURS, csv_bytes, parquet_bytes, sidecar
from tests.builders import GROUP, SUBSCRIPTION, workspace_id
from tests.costs.money import (
    BY_DIRECT_COST,
    HUB,
    NOW,
    OCTOBER,
    OTHER_HUB,
    SCHEMA,
    STORAGE,
    bill,
    charge,
    moment,
    period,
    portion,
)
from tests.costs.months import Generated, months

FOCUS = Path(__file__).parent.parent / "data" / "focus-1.2-preview-columns.txt"
FIRST, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)

JOINED = """
SELECT charge, currency, coalesce(x_CostCenter, '') AS cost_center, x_AllocationShare AS share,
       BilledCost * x_AllocationShare AS cost
FROM focus JOIN sidecar ON sidecar.ResourceId = lower(focus.ResourceId)
                       AND ChargePeriodStart >= x_ValidFrom AND ChargePeriodStart < x_ValidTo
"""
"""As the side-car is meant to be joined to an export in FOCUS."""


def rows(*periods: Period, bills: tuple[Bill, ...] = (), by_direct_cost: bool = False) -> list[dict[str, Any]]:
    """The side-car of October."""
    return list(sidecar(OCTOBER, bills, periods, BY_DIRECT_COST if by_direct_cost else SCHEMA).to_pylist())


def told(found: list[dict[str, Any]], *columns: str) -> list[tuple[Any, ...]]:
    """Some columns."""
    return [tuple(row[name] for name in columns) for row in found]


def test_a_row_says_whose_a_resource_is() -> None:
    """A resource that belongs to one has one row for the month, with ids in lower case and tags in order."""
    owned = period(HUB, portion("CC-1", Owner="jané", Environment="prod"), project=workspace_id("project"))
    assert rows(owned) == [
        {
            "ResourceId": HUB.lower(),
            "SubAccountId": f"/subscriptions/{SUBSCRIPTION}",
            "Tags": '{"CostCenter": "CC-1", "Environment": "prod", "Owner": "jané"}',
            "x_CostCenter": "CC-1",
            "x_Owner": "jané",
            "x_Hub": HUB.lower(),
            "x_Project": workspace_id("project").lower(),
            "x_TagSource": "resource",
            "x_AllocationShare": Decimal(1),
            "x_ValidFrom": FIRST,
            "x_ValidTo": END,
        }
    ]


def test_columns_are_azures_or_ours() -> None:
    """The columns said to be Azure's are in its FOCUS 1.2 export, and the others are not."""
    lines = FOCUS.read_text("utf-8").splitlines()
    azures = {line for line in lines if not line.startswith("#")}
    assert set(NATIVE) <= azures
    assert not set(OURS) & azures
    assert tuple(rows(period())[0]) == COLUMNS


def test_what_is_not_there_is_null() -> None:
    """A text that is not there is null, as FOCUS wants it, and the source says why there is no cost centre."""
    assert told(rows(period(HUB, portion(None))), "x_CostCenter", "x_Owner", "x_Project", "x_TagSource", "Tags") == [
        (None, None, None, "none", "{}")
    ]


def test_shares_sum_to_one() -> None:
    """A resource that three hubs share has three rows whose shares are exactly one."""
    thirds = [portion(f"CC-{hub}", hub=workspace_id(hub)) for hub in "abc"]
    found = rows(period(STORAGE, *thirds))
    assert told(found, "x_CostCenter", "x_AllocationShare") == [
        ("CC-a", Decimal("0.3333333334")),
        ("CC-b", Decimal("0.3333333333")),
        ("CC-c", Decimal("0.3333333333")),
    ]
    assert sum(row["x_AllocationShare"] for row in found) == 1


def test_shares_are_those_of_the_bill() -> None:
    """Where finance splits by direct cost, the shares are what the bills say."""
    own = [period(HUB, portion("A")), period(OTHER_HUB, portion("B", hub=OTHER_HUB))]
    shared = period(STORAGE, portion("A"), portion("B", hub=OTHER_HUB))
    found = rows(*own, shared, bills=(bill(charge(HUB, 3.0), charge(OTHER_HUB, 1.0)),), by_direct_cost=True)
    assert [row["x_AllocationShare"] for row in found if row["ResourceId"] == STORAGE.lower()] == [
        Decimal("0.75"),
        Decimal("0.25"),
    ]


def test_a_change_is_valid_from_its_whole_day() -> None:
    """A change counts for its whole day; the first attribution reaches back to the first of the month."""
    history = [period(since=moment(5, 9)), period(HUB, portion("CC-2"), since=moment(15, 9), until=moment(20))]
    assert told(rows(*history), "x_CostCenter", "x_ValidFrom", "x_ValidTo") == [
        ("CC-1", FIRST, moment(15)),
        ("CC-2", moment(15), END),
    ]


def test_what_held_in_other_months_has_no_row() -> None:
    """Attributions that ended before the month, or began after it, have no row in it."""
    months_ = {"CC-8": moment(3, month=8), "CC-9": moment(3, month=9), "CC-11": moment(3, month=11)}
    history = [period(HUB, portion(name), since=since) for name, since in months_.items()]
    assert told(rows(*history), "x_CostCenter", "x_ValidFrom", "x_ValidTo") == [("CC-9", FIRST, END)]


def test_a_private_endpoint_that_came_cuts_nothing() -> None:
    """What changes nothing of a split makes no further row."""
    history = [
        period(HUB),
        period(HUB, since=moment(15), bears=[f"{GROUP}/providers/Microsoft.Network/privateEndpoints/pe"]),
    ]
    assert told(rows(*history), "x_ValidFrom", "x_ValidTo") == [(FIRST, END)]


def test_what_is_billed_has_a_row_under_its_own_id() -> None:
    """A compute has the rows of the workspace that bears it; what nobody bears has none."""
    found = rows(period(HUB), bills=(bill(charge(f"{HUB}/computes/gpu"), charge(OTHER_HUB), charge("")),))
    assert told(found, "ResourceId", "x_CostCenter") == [
        (HUB.lower(), "CC-1"),
        (f"{HUB}/computes/gpu".lower(), "CC-1"),
    ]


@pytest.mark.parametrize("gone", [moment(30, month=9), moment(1)])
def test_what_was_gone_before_has_no_row_unless_it_is_billed(gone: datetime) -> None:
    """A resource that was gone before the month has a row only for a charge that came late."""
    late = period(HUB, until=gone)
    assert rows(late) == []
    assert told(rows(late, bills=(bill(charge()),)), "ResourceId") == [(HUB.lower(),)]


def test_what_came_after_the_month_has_no_row_unless_it_is_billed() -> None:
    """A resource that was first seen after the month has a row only if it was charged for."""
    later = period(HUB, since=moment(2, month=11))
    assert rows(later) == []
    assert told(rows(later, bills=(bill(charge()),)), "x_ValidFrom", "x_ValidTo") == [(FIRST, END)]


@settings(max_examples=40, deadline=None)
@given(months())
def test_a_join_gives_the_allocation(month: Generated) -> None:
    """The join meets each charge that somebody bears just once, and gives each cost centre what the allocation does."""
    billed = [charge for one in month.bills for charge in one.rows.to_pylist()]
    joined = _joined(billed, sidecar(OCTOBER, month.bills, month.periods, month.schema))
    lines = allocate(OCTOBER, month.bills, month.periods, month.schema, NOW).lines.to_pylist()
    borne = {line["resource_id"] for line in lines if line["bearer"]}
    assert _sums((row["charge"], row["share"]) for row in joined) == {
        at: 1 for at, charge in enumerate(billed) if charge["resource_id"].lower() in borne
    }
    here = _sums(((line["currency"], line["cost_center"]), line["cost"]) for line in lines if line["bearer"])
    there = _sums(((row["currency"], row["cost_center"]), row["cost"] * NANO) for row in joined)
    assert here.keys() == there.keys()
    assert all(abs(here[key] - there[key]) <= len(billed) for key in here)


def _joined(billed: list[dict[str, Any]], of: pa.Table) -> list[dict[str, Any]]:
    """The side-car as it was published, joined to the charges as Azure exports them."""
    focus = {
        "charge": range(len(billed)),
        "ResourceId": [charge["resource_id"] for charge in billed],
        "ChargePeriodStart": pa.array(
            [datetime.combine(charge["day"], datetime.min.time(), UTC) for charge in billed], pa.timestamp("us", "UTC")
        ),
        "currency": pa.array([charge["currency"] for charge in billed], pa.string()),
        "BilledCost": pa.array([Decimal(charge["cost"]) / NANO for charge in billed], pa.decimal128(27, 9)),
    }
    with duckdb.connect() as db:
        db.register("focus", pa.table(focus))
        db.register("sidecar", pq.read_table(io.BytesIO(parquet_bytes(of))))
        return list(db.sql(JOINED).to_arrow_table().to_pylist())


def _sums(amounts: Any) -> Counter[Any]:  # noqa: ANN401 - numbers by anything
    found: Counter[Any] = Counter()
    for key, amount in amounts:
        found[key] += amount
    return found


def published(cost_center: str) -> list[dict[str, str]]:
    """The side-car of a hub with that cost centre, read from CSV as a program reads it."""
    text = csv_bytes(sidecar(OCTOBER, [], [period(HUB, portion(cost_center))], SCHEMA)).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_is_what_programs_read() -> None:
    """The CSV has a header, ISO dates and plain shares, and lines that end with a line feed."""
    found = csv_bytes(sidecar(OCTOBER, [], [period(HUB, portion('CC "1", north'))], SCHEMA))
    assert found.startswith(b"ResourceId,SubAccountId,Tags,x_CostCenter,x_Owner,")
    assert (found.count(b"\n"), found.count(b"\r"), found[-1:]) == (2, 0, b"\n")
    (row,) = published('CC "1", north')
    assert (row["x_CostCenter"], row["x_Owner"], row["x_AllocationShare"]) == ('CC "1", north', "", "1.0000000000")
    assert (row["x_ValidFrom"], row["x_ValidTo"]) == ("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z")


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "\n=1", "\uff1d1"])
def test_csv_has_no_formula(value: str) -> None:
    """A value that a spreadsheet would calculate has an apostrophe in front, and stands as it is in the tags."""
    (row,) = published(value)
    assert row["x_CostCenter"] == f"'{value}"
    assert json.loads(row["Tags"]) == {"CostCenter": value}
    assert row["ResourceId"] == HUB.lower()


def test_what_only_looks_like_a_formula_stays() -> None:
    """A value with a sign further inside is left alone."""
    assert published("CC-1=2")[0]["x_CostCenter"] == "CC-1=2"


def test_parquet_is_the_same_for_the_same() -> None:
    """Equal side-cars make equal bytes, however they were put together, and are read as they were written."""
    found = sidecar(OCTOBER, [], [period(HUB), period(STORAGE)], SCHEMA)
    many = pa.table({"ResourceId": [f"{HUB}-{number:0100}" for number in range(60_000)]})  # more than a page of them
    assert parquet_bytes(pa.concat_tables([many.slice(0, 1), many.slice(1)])) == parquet_bytes(many)
    assert pq.read_table(io.BytesIO(parquet_bytes(found))).equals(found)
    assert pq.read_metadata(io.BytesIO(parquet_bytes(found))).metadata is None
