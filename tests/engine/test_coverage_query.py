"""The coverage that docs/queries.md asks for is the one that HW-CST-001 judges."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from local.azure.monitor.tables import LogTables
from shared.costs.bill import Charge, nano
from shared.model.tables import COSTS, RUNS, TABLES
from tests.builders import GROUP, hub
from tests.engine.desk import NOVEMBER, Desk, charge

UNTAGGED = hub("untagged", tags={})
REPOSITORY = Path(__file__).resolve().parents[2]
HEADING = "Coverage of each subscription, day by day"


def asked(heading: str) -> str:
    """The query under a heading of docs/queries.md."""
    found = re.search(rf"(?ms)^## {heading}$.*?```kql\n(.*?)```", (REPOSITORY / "docs/queries.md").read_text())
    assert found is not None
    return found[1]


def elsewhere(name: str, cost: float) -> Charge:
    """A charge for what belongs to no hub; for no resource at all where the name is empty."""
    identity = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/{name}".casefold() if name else ""
    return identity, date(2026, 11, 3), "Virtual Machines", "USD", nano(cost), nano(cost)


@pytest.mark.parametrize(
    ("charges", "percent"),
    [
        pytest.param([charge(hub(), 9.0), charge(UNTAGGED, 1.0)], 90.0, id="what hubs spend"),
        pytest.param([charge(hub(), 9.0), elsewhere("vm", 90.0), elsewhere("", 90.0)], 100.0, id="out of reach"),
        pytest.param([charge(hub(), 89.99), charge(UNTAGGED, 10.01)], 89.9, id="rounded down"),
        pytest.param([charge(hub(), 0.3), charge(UNTAGGED, 0.1), charge(UNTAGGED, 0.2)], 50.0, id="a half of thirds"),
    ],
)
async def test_query_and_rule_agree(charges: list[Charge], percent: float) -> None:
    """Over the rows of a real report, on what no tag could reach and on how to round."""
    desk = await Desk.of(hub(), UNTAGGED)
    desk.charge(NOVEMBER, *charges)
    await desk.month_end.report(NOVEMBER)
    tables = LogTables({name: [{"name": c.name, "type": c.type} for c in columns] for name, columns in TABLES.items()})
    for table in (COSTS, RUNS):
        tables.ingest(table, desk.rig.rows(table))

    answer = tables.query(asked(HEADING), datetime(2026, 11, 21, tzinfo=UTC), None)

    (row,) = (dict(zip((name for name, _ in answer.columns), row, strict=True)) for row in answer.rows)
    (judged,) = desk.rig.findings(Rule="HW-CST-001")
    assert (row["Percent"], judged["Message"].split(" ")[0]) == (percent, str(percent))
