"""DuckDB, as a month's costs need it: in memory, on two cores, shut off from all but the tables it is given."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared.model.errors import AllocationFailed

if TYPE_CHECKING:  # an app that is only indexed must not load them
    import duckdb
    import pyarrow as pa

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 2,
    "memory_limit": "512MiB",
    "temp_directory": "",  # too little memory is an error, not a file
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,  # a table is what was registered, not a variable that is called alike
    "preserve_insertion_order": False,  # what must be in order is sorted
}
_SHUT = "SET enable_external_access = false; SET lock_configuration = true"
"""Last, for the other settings can no longer be made after it."""

TOO_MUCH = (
    "one resource and service comes to more than 9,223,372,036 units of its currency, the most that a line holds; "
    "leave its charges out of the bill and book them by hand"
)
"""Amounts are billionths in 64 bits; only a currency of very small units, such as the rupiah, comes near."""


@contextmanager
def connect() -> "Iterator[duckdb.DuckDBPyConnection]":
    """
    An empty database that reads and writes no file, loads no extension and calls nobody.

    Raises AllocationFailed for whatever goes wrong in it, such as a month that needs more memory than it may have.
    """
    import duckdb  # noqa: PLC0415 - an app that is only indexed must not load it

    try:
        with duckdb.connect(":memory:", config=_CONFIG) as db:
            db.execute(_SHUT)
            yield db
    except (duckdb.ConversionException, duckdb.OutOfRangeException):  # only numbers are cast here
        raise AllocationFailed(f"the month could not be split: {TOO_MUCH}") from None
    except duckdb.Error as error:
        said = str(error).partition("\n")[0]
        raise AllocationFailed(f"the month could not be split: {said}; split the subscriptions over two apps") from None


def register(db: "duckdb.DuckDBPyConnection", tables: Mapping[str, "pa.Table"]) -> None:
    """Let queries read tables under these names, where they are."""
    for name, rows in tables.items():
        db.register(name, rows)


def table(db: "duckdb.DuckDBPyConnection", query: str) -> "pa.Table":
    """What a query answers. Raises TypeError for a statement that answers nothing."""
    found = db.sql(query).to_arrow_table()
    if found is None:
        raise TypeError(f"this answers nothing: {query}")
    return found
