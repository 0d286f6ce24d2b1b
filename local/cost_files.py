"""
Bills from files: a cost export as Azure wrote it, for a month to be closed on one machine.

Two forms are read: FOCUS, as CSV, gzipped CSV or Parquet, and the actual cost of Cost Management, as CSV. Columns are
found by their names in whatever case and order; a byte order mark, CRLF and lines inside of quotes are well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from local import cost_csv
from shared.costs.bill import Bill, columns
from shared.costs.database import TOO_MUCH
from shared.costs.month import Month
from shared.model.errors import EstateInvalid

SUFFIXES = (".csv", ".csv.gz", ".parquet")


@dataclass(frozen=True)
class Form:
    """A kind of export, and what it calls things; where there are several names, any of them is well."""

    name: str
    columns: Mapping[str, tuple[str, ...]]


FOCUS = Form(
    "a FOCUS export",
    {
        "day": ("ChargePeriodStart",),
        "subscription": ("SubAccountId",),
        "resource_id": ("ResourceId",),
        "service": ("ServiceName",),
        "currency": ("BillingCurrency",),
        "cost": ("BilledCost",),
        "usd": ("x_BilledCostInUsd",),
    },
)
ACTUAL = Form(
    "an export of actual costs",
    {
        "day": ("Date",),
        "subscription": ("SubscriptionId",),
        "resource_id": ("ResourceId",),
        "service": ("MeterCategory",),
        "currency": ("BillingCurrencyCode", "BillingCurrency"),
        "cost": ("CostInBillingCurrency", "Cost"),
        "usd": ("CostInUsd",),
    },
)
_OPTIONAL = "usd"

_DAY = "coalesce(try_cast(left(day, 10) AS DATE), CAST(try_strptime(day, '%m/%d/%Y') AS DATE))"
_COST, _USD = (f"try_cast({column} AS DECIMAL(38, 18))" for column in ("cost", "usd"))
_WRONG = f"""
SELECT any_value(coalesce(day, '')) FILTER ({_DAY} IS NULL) AS day,
       any_value(coalesce(cost, '')) FILTER ({_COST} IS NULL) AS cost,
       any_value(usd) FILTER (usd <> '' AND {_USD} IS NULL) AS usd
FROM raw
"""  # noqa: S608 - put together from what stands above
"""Of each column a value that is none; null where all are well."""
_EMPTY = """
CREATE TABLE charges (
    subscription VARCHAR, resource_id VARCHAR, day DATE, service VARCHAR, currency VARCHAR,
    cost DECIMAL(38, 18), usd DECIMAL(38, 18)
)
"""
_KEEP = f"""
INSERT INTO charges
SELECT regexp_replace(lower(coalesce(subscription, '')), '^/subscriptions/', ''), lower(coalesce(resource_id, '')),
       {_DAY} AS day, coalesce(service, ''), coalesce(currency, ''), {_COST} AS amount,
       coalesce({_USD}, CASE WHEN currency = 'USD' THEN amount ELSE 0 END)
FROM raw
"""  # noqa: S608 - put together from what stands above
_MONTHS = "SELECT DISTINCT strftime(day, '%Y-%m') AS month FROM charges ORDER BY month"
_OF_MONTH = """
SELECT subscription, resource_id, day, service, currency,
       CAST(CAST(sum(cost) AS DECIMAL(38, 9)) * 1000000000 AS BIGINT) AS cost,
       CAST(CAST(sum(usd) AS DECIMAL(38, 9)) * 1000000000 AS BIGINT) AS usd
FROM charges
WHERE day BETWEEN $first AND $last
GROUP BY ALL
ORDER BY ALL
"""


def bills_from(path: Path, month: Month) -> list[Bill]:
    """
    The month's bills, one for each subscription, from a file or from all exports in a folder.

    Amounts are summed as the decimals they are, by resource, day and service, and rounded to a billionth once. Nobody
    states what they should come to, so they state it themselves. Give the files of one run of one export: what two runs
    both have would count twice.

    Without a column of dollars they are the cost where it is in dollars, and nothing elsewhere; then a split by direct
    cost does not see the hubs that are billed in other currencies.

    Raises EstateInvalid naming file and column for what cannot be read, and the months there are when this is none.
    """
    with duckdb.connect() as db:
        db.execute(_EMPTY)
        _read(db, _files(path))
        rows = _of_month(db, path, month)
        if not rows.num_rows:
            held = ", ".join(text for (text,) in db.sql(_MONTHS).fetchall())
            raise EstateInvalid(f"{path}: holds no charge of {month}; it holds {held or 'no charges at all'}")
    return [_bill(one, month, rows) for one in pc.unique(rows["subscription"]).to_pylist()]


def _files(path: Path) -> list[Path]:
    """The exports at a path, in order."""
    found = sorted(path.rglob("*")) if path.is_dir() else [path] if path.exists() else []
    exports = [file for file in found if file.is_file() and file.name.lower().endswith(SUFFIXES)]
    if not exports:
        raise EstateInvalid(
            f"{path}: no cost export here; expected a file, or a folder of files, {', '.join(SUFFIXES)}"
        )
    return exports


def _read(db: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> None:
    """Put the charges of all files into one table."""
    first: Form | None = None
    for file in files:
        try:
            form = _read_one(db, file)
        except duckdb.Error as error:
            raise EstateInvalid(f"{file}: {cost_csv.cause(file, error)}") from None
        first = first or form
        if form is not first:
            raise EstateInvalid(f"{file}: is {form.name}, and {files[0]} {first.name}; give one of them, not both")


def _read_one(db: duckdb.DuckDBPyConnection, file: Path) -> Form:
    parquet = file.name.lower().endswith(".parquet")
    source = db.read_parquet(str(file)) if parquet else cost_csv.source(db, file)
    form, names = _form(file, source.columns)
    texts = {role: _text(source, names[role]) if role in names else "NULL" for role in form.columns}
    source.project(", ".join(f"{text} AS {role}" for role, text in texts.items())).create_view("raw")
    found = db.sql(_WRONG)
    for role, value in zip(found.columns, found.fetchall()[0], strict=True):
        if value is not None:
            kind = "day" if role == "day" else "number"
            raise EstateInvalid(f"{file}: column {names[role]} holds {value!r}, which is no {kind}; export it again")
    db.execute(_KEEP)
    return form


def _text(source: duckdb.DuckDBPyRelation, name: str) -> str:
    """A column as text; a moment in UTC, whatever zone the machine is in."""
    column = '"' + name.replace('"', '""') + '"'
    if str(source.types[source.columns.index(name)]) == "TIMESTAMP WITH TIME ZONE":
        column = f"make_timestamp(epoch_us({column}))"
    return f"CAST({column} AS VARCHAR)"


def _form(file: Path, found: Sequence[str]) -> tuple[Form, dict[str, str]]:
    """Which export a file is, and its own name for each column of it."""
    known = {name.casefold(): name for name in found}
    form = FOCUS if "chargeperiodstart" in known or "billedcost" in known else ACTUAL
    names = {
        role: known[name.casefold()]
        for role, alternatives in form.columns.items()
        for name in reversed(alternatives)
        if name.casefold() in known
    }
    missing = [" or ".join(form.columns[role]) for role in form.columns if role not in names and role != _OPTIONAL]
    if missing:
        raise EstateInvalid(f"{file}: {form.name} has the columns {', '.join(missing)} too; export it again with them")
    return form, names


def _of_month(db: duckdb.DuckDBPyConnection, path: Path, month: Month) -> pa.Table:
    """The month's charges by resource, day and service; texts are numbers by now, so only their size can fail."""
    try:
        return pa.table(db.sql(_OF_MONTH, params={"first": month.first, "last": month.last}).to_arrow_table())
    except (duckdb.ConversionException, duckdb.OutOfRangeException):
        raise EstateInvalid(f"{path}: {TOO_MUCH}") from None


def _bill(subscription: str, month: Month, rows: pa.Table) -> Bill:
    own = rows.filter(pc.equal(rows["subscription"], subscription)).select(columns().names).cast(columns())
    bill = Bill(subscription, month, pc.max(rows["day"]).as_py(), own, {})
    return replace(bill, stated=bill.sums())
