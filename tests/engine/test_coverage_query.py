"""The coverage that the query `cost-coverage` tells is the one that HW-CST-001 judges."""

from datetime import UTC, date, datetime

import pytest

from shared.costs.bill import Charge, nano
from shared.model.tables import COSTS, RUNS
from tests.builders import GROUP, hub
from tests.engine.desk import NOVEMBER, Desk, charge
from tests.logs import asked

UNTAGGED = hub("untagged", tags={})


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

    rows = {table: desk.rig.rows(table) for table in (COSTS, RUNS)}
    (row,) = asked("cost-coverage", rows, datetime(2026, 11, 21, tzinfo=UTC))
    (judged,) = desk.rig.findings(Rule="HW-CST-001")
    assert (row["Percent"], judged["Message"].split(" ")[0]) == (percent, str(percent))
