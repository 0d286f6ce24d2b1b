"""Bills from files: exports as Azure writes them, and words for those that cannot be used."""

import gzip
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from local.azure.arm.costs.export_rows import written
from local.azure.arm.costs.usage import Charge as Usage
from local.cost_files import bills_from
from shared.costs.bill import NANO, Charge
from shared.costs.month import Month
from shared.model.errors import EstateInvalid
from tests.builders import SUBSCRIPTION, workspace_id

OCTOBER = Month(2026, 10)
HUB = workspace_id("hub")
FOCUS = "BilledCost,BillingCurrency,ChargePeriodStart,ResourceId,ServiceName,SubAccountId,Tags,x_BilledCostInUsd"
ACTUAL = "Date,SubscriptionId,ResourceId,MeterCategory,CostInBillingCurrency,BillingCurrencyCode"


def focus(cost: str = "1.5", *, day: str = "2026-10-15T00:00:00Z", currency: str = "USD", usd: str = "1.5") -> str:
    """A row of a FOCUS export, with tags that hold commas, quotes and a line of their own."""
    tags = '"{""team"": ""a,b""\r\n}"'
    return f"{cost},{currency},{day},{HUB},AI,/subscriptions/{SUBSCRIPTION},{tags},{usd}"


def actual(cost: str = "1.5", *, day: str = "10/15/2026", currency: str = "USD") -> str:
    """A row of an export of actual costs."""
    return f"{day},{SUBSCRIPTION},{HUB},AI,{cost},{currency}"


def export(folder: Path, *lines: str, name: str = "part_0.csv") -> Path:
    """A file with those lines, as Azure writes them: with a byte order mark and CRLF."""
    file = folder / name
    content = "\r\n".join([*lines, ""]).encode("utf-8-sig")
    file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return file


def charges(path: Path) -> list[Charge]:
    """October's charges of the one subscription in it."""
    (bill,) = bills_from(path, OCTOBER)
    assert bill.subscription == SUBSCRIPTION
    return [tuple(row.values()) for row in bill.rows.to_pylist()]


@pytest.mark.parametrize("name", ["part_0.csv", "part_0.CSV.gz"])
def test_focus_as_csv(tmp_path: Path, name: str) -> None:
    """A FOCUS export as CSV, gzipped or not, is a bill with ids in lower case."""
    file = export(tmp_path, FOCUS, focus("1.5", currency="EUR", usd="1.65"), name=name)
    assert charges(file) == [(HUB.lower(), date(2026, 10, 15), "AI", "EUR", 15 * NANO // 10, 165 * NANO // 100)]


def test_actual_costs_as_csv(tmp_path: Path) -> None:
    """An export of actual costs is a bill; without dollars of its own, dollars are what is billed in dollars."""
    file = export(tmp_path, ACTUAL, actual("1.5"), actual("2", currency="EUR"))
    assert [(currency, cost, usd) for *_, currency, cost, usd in charges(file)] == [
        ("EUR", 2 * NANO, 0),
        ("USD", 15 * NANO // 10, 15 * NANO // 10),
    ]


def test_other_names_and_dates_of_actual_costs(tmp_path: Path) -> None:
    """Agreements differ in case, names and dates; the columns are found all the same."""
    header = "date,subscriptionId,resourceId,meterCategory,costInBillingCurrency,billingCurrency,costInUsd"
    file = export(tmp_path, header, f"{actual('2', day='2026-10-15', currency='EUR')},2.2")
    assert charges(file) == [(HUB.lower(), date(2026, 10, 15), "AI", "EUR", 2 * NANO, 22 * NANO // 10)]


def test_what_the_stand_in_exports(tmp_path: Path) -> None:
    """The files that the Azure stand-in writes are read."""
    usage = Usage({"id": HUB, "tags": {"a": "b"}}, date(2026, 10, 15), "AI", "meter", 0.25, 0.25, "USD")
    file = tmp_path / "export.csv"
    file.write_bytes(written([usage], []))
    assert charges(file) == [(HUB.lower(), date(2026, 10, 15), "AI", "USD", NANO // 4, NANO // 4)]


def test_focus_as_parquet(tmp_path: Path) -> None:
    """A FOCUS export as Parquet is read with its decimals, and its days are UTC."""
    rows = {
        "BilledCost": pa.array([Decimal("0.000000001234567890")], pa.decimal128(38, 18)),
        "BillingCurrency": ["USD"],
        "ChargePeriodStart": pa.array([datetime(2026, 10, 31, 23, 30, tzinfo=UTC)], pa.timestamp("ms", "UTC")),
        "ResourceId": [HUB],
        "ServiceName": ["AI"],
        "SubAccountId": [f"/subscriptions/{SUBSCRIPTION}"],
        "x_BilledCostInUsd": [0.5],
    }
    pq.write_table(pa.table(rows), tmp_path / "part_0.snappy.parquet")
    assert charges(tmp_path) == [(HUB.lower(), date(2026, 10, 31), "AI", "USD", 1, NANO // 2)]


def test_decimals_are_summed_before_they_are_rounded(tmp_path: Path) -> None:
    """Ten thousandths of a billionth are a hundredth of it together, and small numbers may have an exponent."""
    rows = [focus("0.0000000001", usd="1E-10")] * 10
    assert charges(export(tmp_path, FOCUS, *rows))[0][4:] == (1, 1)


def test_a_folder_is_all_its_files(tmp_path: Path) -> None:
    """The parts of an export are one bill; what is no export, such as its manifest, is passed over."""
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "run").mkdir()
    export(tmp_path, FOCUS, focus("1"))
    export(tmp_path / "run", FOCUS, focus("2"), name="part_1.csv.gz")
    assert charges(tmp_path)[0][4] == 3 * NANO


def test_each_subscription_has_its_bill(tmp_path: Path) -> None:
    """Charges of several subscriptions are several bills; those of none, such as purchases, are one too."""
    other = focus("2").replace(f"/subscriptions/{SUBSCRIPTION}", "")
    bills = bills_from(export(tmp_path, FOCUS, focus("1"), other), OCTOBER)
    assert [(bill.subscription, bill.sums()) for bill in bills] == [
        ("", {"USD": 2 * NANO}),
        (SUBSCRIPTION, {"USD": NANO}),
    ]


def test_only_the_month_counts(tmp_path: Path) -> None:
    """Charges of other months are left out, and the bill holds through the last day that is charged."""
    days = ["2026-09-30T00:00:00Z", "2026-10-01T00:00:00Z", "2026-10-20T00:00:00Z", "2026-11-01T00:00:00Z"]
    (bill,) = bills_from(export(tmp_path, FOCUS, *(focus(day=day) for day in days)), OCTOBER)
    assert (bill.rows.num_rows, bill.through) == (2, date(2026, 10, 20))
    bill.check()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            (FOCUS.replace("BilledCost,", "Billed,", 1), focus()),
            r"part_0\.csv: a FOCUS export has the columns BilledCost too",
        ),
        (
            (ACTUAL.replace("MeterCategory", "Meter"), actual()),
            "an export of actual costs has the columns MeterCategory too",
        ),
        (("a,b", "1,2"), "has the columns Date, SubscriptionId, .*, BillingCurrencyCode or BillingCurrency, "),
        ((FOCUS, focus(), focus("n/a")), r"part_0\.csv: column BilledCost holds 'n/a', which is no number"),
        ((FOCUS, focus("")), "column BilledCost holds '', which is no number"),
        ((FOCUS, focus(usd="much")), "column x_BilledCostInUsd holds 'much', which is no number"),
        ((FOCUS, focus(day="15.10.2026")), r"column ChargePeriodStart holds '15\.10\.2026', which is no day"),
        ((ACTUAL, actual(day="31/10/2026")), "column Date holds '31/10/2026', which is no day"),
        ((FOCUS, focus(day="2026-09-30T00:00:00Z"), focus(day="2026-08-01")), "2026-10; it holds 2026-08, 2026-09"),
        (
            (FOCUS, focus("99999999999")),
            r"part_0\.csv: one resource and service comes to more than 9,223,372,036 units",
        ),
        ((FOCUS, *[focus("9e19")] * 30), "comes to more than 9,223,372,036 units"),
        ((FOCUS,), "holds no charge of 2026-10; it holds no charges at all"),
        ((), r"part_0\.csv: expected a header row in the first line, found none"),
        (
            (FOCUS.replace(",", ";"), "1;2"),
            r"part_0\.csv: expected commas between cells, found ';'; save it with commas",
        ),
        ((FOCUS.replace(",", "\t"), "1"), r"expected commas between cells, found a tab; save it with commas"),
        ((FOCUS, focus(), "1.5,USD", focus()), "row 3: expected 8 cells, found 2; add what is missing$"),
        ((FOCUS, focus() + ",,7"), "row 2: expected 8 cells, found more; put a value that has a comma in quotes$"),
        (
            (FOCUS, focus(), f'"{focus(usd="2")}'),
            "row 3: expected CSV, found a quote that is never closed or has text behind it$",
        ),
        ((f'"{FOCUS}', "1"), "a quote in the header that is never closed"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, lines: tuple[str, ...], words: str) -> None:
    """An error names the file and the column, or the months that there are."""
    with pytest.raises(EstateInvalid, match=words):
        bills_from(export(tmp_path, *lines), OCTOBER)


@pytest.mark.parametrize(
    ("encoding", "header"), [("utf-16", FOCUS), ("latin-1", FOCUS), ("latin-1", f"{FOCUS},"), ("latin-1", "é")]
)
@pytest.mark.parametrize("name", ["part_0.csv", "part_0.csv.gz"])
def test_what_is_not_utf8_is_named_with_its_byte(tmp_path: Path, name: str, encoding: str, header: str) -> None:
    """Whatever it was saved as, the words are those for the policy files; the byte is counted unzipped."""
    content = f"{header}\n{'a' * 1_500_000}\né\n".encode(encoding)
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    byte = 0 if encoding == "utf-16" else content.index(b"\xe9")
    with pytest.raises(EstateInvalid, match=rf"{name}: not UTF-8 at byte {byte}; save it as UTF-8$"):
        bills_from(tmp_path, OCTOBER)


def test_columns_that_stand_twice(tmp_path: Path) -> None:
    """What is not asked for may have no name, or one that stands twice in whatever case."""
    file = export(tmp_path, f"{FOCUS},tags,,", f"{focus('1.5')},,,")
    assert charges(file)[0][4] == 15 * NANO // 10


@pytest.mark.parametrize("end", ["\n", "\r"])
def test_line_ends_of_other_machines(tmp_path: Path, end: str) -> None:
    """A bill that was saved again elsewhere, and without the last line end, is the same."""
    plain = [focus(cost).replace("\r\n", "") for cost in ("1", "2")]
    (tmp_path / "part_0.csv").write_text(end.join([FOCUS, *plain]), newline="")
    assert charges(tmp_path)[0][4] == 3 * NANO


def test_line_ends_of_two_kinds(tmp_path: Path) -> None:
    """Two bills pasted together are refused with what may be wrong with them."""
    (tmp_path / "part_0.csv").write_text(f"{FOCUS}\r\n{focus()}\n{focus()}\r\n", newline="")
    with pytest.raises(EstateInvalid, match=r"such as line ends of two kinds; save it again$"):
        bills_from(tmp_path, OCTOBER)


def test_two_kinds_of_export_are_not_mixed(tmp_path: Path) -> None:
    """The same charges in two forms would count twice."""
    export(tmp_path, FOCUS, focus())
    export(tmp_path, ACTUAL, actual(), name="part_1.csv")
    with pytest.raises(EstateInvalid, match=r"part_1\.csv: is an export of actual costs, and .*part_0\.csv a FOCUS"):
        bills_from(tmp_path, OCTOBER)


@pytest.mark.parametrize("name", ["nothing", "notes.txt"])
def test_where_no_export_is(tmp_path: Path, name: str) -> None:
    """A path that is not there, and a file that is no export, are named."""
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(EstateInvalid, match=f"{name}: no cost export here"):
        bills_from(tmp_path / name, OCTOBER)


@pytest.mark.parametrize("name", ["part_0.parquet", "part_0.csv.gz"])
def test_a_broken_file_is_named(tmp_path: Path, name: str) -> None:
    """A file that is not what its name says is named, with the reason in one line."""
    (tmp_path / name).write_bytes(b"not that")
    with pytest.raises(EstateInvalid, match=rf"{name}: cannot be read: [^\n]+$"):
        bills_from(tmp_path, OCTOBER)
