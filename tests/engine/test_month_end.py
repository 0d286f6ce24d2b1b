"""Month end: bills read, split, told; everything or nothing, and the same again."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.costs.bill import nano
from shared.costs.budget import Budget
from shared.costs.files import names
from shared.model.errors import BillIncomplete, DependencyDown, Forbidden, HubwardenError, Throttled
from shared.model.tables import COSTS
from tests.builders import GROUP, SUBSCRIPTION, TAGS, dependent, dependent_id, hub, project, rid
from tests.engine.desk import NOVEMBER, OCTOBER, Desk, charge

UNTAGGED = hub("untagged", tags={}, storageAccount=dependent_id())
DEAR = 600.0
"""More than a hub may spend without a cost centre."""


@pytest.fixture
async def desk() -> Desk:
    """A hub with a cost centre and one without, each spending in November."""
    made = await Desk.of(hub(), project(), UNTAGGED, dependent(tags={}))
    made.charge(NOVEMBER, charge(hub(), 900.0), charge(UNTAGGED, DEAR), charge(dependent(), 12.34))
    return made


async def test_rows_add_up_to_the_bill(desk: Desk) -> None:
    """The rows of a month come to the bill, each with whom it belongs to, or with the reason why to nobody."""
    await desk.month_end.report(NOVEMBER)
    rows = desk.rig.rows(COSTS)
    assert {(row["CostCenter"], row["Reason"]): row["Cost"] for row in rows} == {
        ("CC-1234", ""): 900.0,
        ("", "no_cost_center"): DEAR + 12.34,
    }
    assert {(row["Month"], row["Closed"], row["SubAccountId"]) for row in rows} == {
        ("2026-11", False, f"/subscriptions/{SUBSCRIPTION}")
    }


async def test_files(desk: Desk) -> None:
    """Finance finds four files for the month, and a second report of the same figures writes none of them again."""
    await desk.month_end.report(NOVEMBER)
    assert (sorted(desk.rig.reports.files), desk.rig.reports.writes) == (sorted(names(NOVEMBER)), 4)
    desk.rig.clock.advance(hours=1)
    await desk.month_end.report(NOVEMBER)
    assert desk.rig.reports.writes == 4


async def test_findings(desk: Desk) -> None:
    """Coverage below the target and a dear hub without a cost centre are findings, told at once; the others pass."""
    await desk.month_end.report(NOVEMBER)
    assert await desk.findings() == {
        f"HW-CST-001 {SUBSCRIPTION}": "high",
        "HW-CST-002 untagged": "high",
        "HW-BUD-001 hub": "low",
        "HW-BUD-001 untagged": "low",
    }
    assert desk.verdicts("HW-CST-002") == {"hub": "pass", "untagged": "fail"}
    assert sorted(alert.data["Rule"] for alert in desk.rig.topic.alerts) == ["HW-CST-001", "HW-CST-002"]


async def test_findings_end(desk: Desk) -> None:
    """Once the hub has a cost centre for all it spent, the findings end, and ops hear of that too."""
    await desk.month_end.report(NOVEMBER)
    desk.rig.topic.alerts.clear()
    desk.charge(NOVEMBER, charge(hub(), 900.0))
    desk.rig.clock.advance(days=1)
    await desk.month_end.report(NOVEMBER)
    assert "HW-CST-002 untagged" not in await desk.findings()
    assert {alert.kind for alert in desk.rig.topic.alerts} == {"Hubwarden.FindingResolved"}


async def test_a_hub_that_can_no_longer_be_read_keeps_its_finding(desk: Desk) -> None:
    """Losing sight of a hub ends nothing; its deletion does."""
    await desk.month_end.report(NOVEMBER)
    desk.rig.cloud.deny(rid(UNTAGGED))
    desk.rig.clock.advance(days=1)
    await desk.month_end.report(NOVEMBER)
    assert "HW-CST-002 untagged" in await desk.findings()
    desk.rig.cloud.heal(rid(UNTAGGED))
    desk.rig.cloud.delete(rid(UNTAGGED))
    await desk.month_end.report(NOVEMBER)
    assert "HW-CST-002 untagged" not in await desk.findings()


@pytest.mark.parametrize(
    "trouble",
    [
        Forbidden("403", "Microsoft.CostManagement/query/read"),
        Throttled("429", 60.0),
        DependencyDown("half an answer"),
    ],
    ids=["forbidden", "throttled", "down"],
)
async def test_no_half_report(desk: Desk, trouble: HubwardenError) -> None:
    """Where one bill cannot be read, nothing is told of any: no file, no row, no finding, and no month kept as told."""
    desk.rig.costs.trouble = trouble
    with pytest.raises(type(trouble)):
        await desk.month_end.report(NOVEMBER)
    assert (desk.rig.reports.files, desk.rig.log.tables, await desk.findings()) == ({}, {}, {})


async def test_a_lost_row(desk: Desk) -> None:
    """Rows that do not come to what Azure states are refused, saying by how much."""
    desk.rig.costs.lose(SUBSCRIPTION, NOVEMBER, 0)
    with pytest.raises(BillIncomplete, match=r"the rows come to 612\.34 USD, and Azure states 1512\.34"):
        await desk.month_end.report(NOVEMBER)
    assert desk.rig.reports.files == {}


async def test_rows_that_cannot_be_sent(desk: Desk) -> None:
    """While Log Analytics is down nothing is remembered: the next report opens the findings anew, and tells of them."""
    desk.rig.log.trouble = DependencyDown("503")
    with pytest.raises(DependencyDown):
        await desk.month_end.report(NOVEMBER)
    assert await desk.findings() == {}
    desk.rig.log.trouble = None
    await desk.month_end.report(NOVEMBER)
    assert "HW-CST-002 untagged" in await desk.findings()


async def test_tags_are_not_retroactive(desk: Desk) -> None:
    """What a hub cost before it moved to another cost centre stays with the old one."""
    desk.rig.clock.at = datetime(2026, 11, 10, 15, tzinfo=UTC)
    desk.rig.cloud.put(hub(tags={**TAGS, "CostCenter": "CC-0002"}))
    await desk.rig.event(hub())
    desk.rig.log.tables.clear()
    days = [date(2026, 11, 9), date(2026, 11, 10), date(2026, 11, 11)]
    desk.charge(NOVEMBER, *(charge(hub(), 1.0, day) for day in days))
    desk.rig.clock.at = datetime(2026, 11, 20, tzinfo=UTC)
    await desk.month_end.report(NOVEMBER)
    costs = {row["CostCenter"]: row["Cost"] for row in desk.rig.rows(COSTS)}
    assert costs == {"CC-1234": 1.0, "CC-0002": 2.0}


async def test_a_subscription_without_costs(desk: Desk) -> None:
    """A month in which nothing was charged is reported as what it is."""
    await desk.month_end.report(OCTOBER)
    assert (desk.rig.rows(COSTS), len(desk.rig.reports.files)) == ([], 4)
    assert await desk.rig.store.last_month() == "2026-10"


async def test_early_in_a_month_findings_are_about_the_one_before(desk: Desk) -> None:
    """Until October is closed findings are about October: two days of November say little."""
    desk.rig.clock.at = datetime(2026, 11, 2, tzinfo=UTC)
    desk.charge(OCTOBER, charge(UNTAGGED, DEAR, date(2026, 10, 3)))
    desk.charge(NOVEMBER)
    for month in await desk.month_end.due():
        await desk.month_end.report(month)
    assert "HW-CST-002 untagged" in await desk.findings()


def budget(scope: str, amount: float = 1000, **more: Any) -> Budget:  # noqa: ANN401 - the fields of Budget
    """A monthly budget made for a scope."""
    return Budget(
        f"{scope}/providers/Microsoft.Consumption/budgets/b",
        "b",
        nano(amount),
        "USD",
        "Monthly",
        date(2026, 1, 1),
        **more,
    )


@pytest.mark.parametrize(
    ("made", "has", "holds"),
    [
        pytest.param([], "fail", None, id="none"),
        pytest.param([budget(GROUP, spent=nano(100))], "pass", "pass", id="one that holds"),
        pytest.param(
            [budget(f"/subscriptions/{SUBSCRIPTION}")], "pass", "pass", id="the subscription's, nothing spent"
        ),
        pytest.param([budget(GROUP, spent=nano(1001))], "pass", "fail", id="spent"),
        pytest.param([budget(GROUP, spent=nano(700))], "pass", "fail", id="two thirds of the month, 700 of 1000"),
        pytest.param([budget(GROUP, spent=nano(700), forecast=nano(999))], "pass", "pass", id="Azure's own forecast"),
        pytest.param([replace(budget(GROUP), problem="it has no amount")], "unknown", None, id="one nobody can read"),
        pytest.param(
            [replace(budget(GROUP, spent=nano(1001)), end=date(2026, 10, 31))], "fail", None, id="one that ended"
        ),
        pytest.param([replace(budget(GROUP), limits_cost=False)], "fail", None, id="one of usage"),
        pytest.param(
            [budget(GROUP, filter={"tags": {"name": "CostCenter", "operator": "In", "values": ["CC-9"]}})],
            "fail",
            None,
            id="one for another cost centre",
        ),
    ],
)
async def test_budgets(desk: Desk, made: list[Budget], has: str, holds: str | None) -> None:
    """A hub is under its group's or subscription's budgets that cover it, and hears when one will not hold."""
    for one in made:
        scope = one.scope
        assert scope is not None
        desk.rig.costs.known[scope] = [one]
    await desk.month_end.report(NOVEMBER)
    assert (desk.verdicts("HW-BUD-001")["hub"], desk.verdicts("HW-BUD-002").get("hub")) == (has, holds)


async def test_budgets_that_azure_will_not_tell(desk: Desk) -> None:
    """While budgets are throttled the month is told all the same, and whether a hub has one is unknown."""
    desk.rig.costs.budget_trouble = Throttled("429", 600.0)
    await desk.month_end.report(NOVEMBER)
    assert (desk.verdicts("HW-BUD-001")["hub"], len(desk.rig.reports.files)) == ("unknown", 4)


async def test_charges_that_no_tag_could_reach(desk: Desk) -> None:
    """What no hub leans on, and what has no resource, is unallocated and does not count against coverage."""
    elsewhere = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm".casefold()
    day = date(2026, 11, 3)
    loose = [(elsewhere, day, "VM", "USD", nano(900), nano(900)), ("", day, "Reservation", "USD", nano(90), nano(90))]
    desk.charge(NOVEMBER, charge(hub(), 10.0), *loose)
    await desk.month_end.report(NOVEMBER)
    assert desk.verdicts("HW-CST-001") == {SUBSCRIPTION: "pass"}
    assert {row["Reason"]: row["Cost"] for row in desk.rig.rows(COSTS)} == {
        "": 10.0,
        "not_governed": 900.0,
        "no_resource": 90.0,
    }


async def test_coverage_is_not_rounded_up_to_the_target(desk: Desk) -> None:
    """89.99 % is below a target of 90 %, and the message does not say otherwise."""
    desk.charge(NOVEMBER, charge(hub(), 89.99), charge(UNTAGGED, 10.01))
    await desk.month_end.report(NOVEMBER)
    (said,) = desk.rig.findings(Rule="HW-CST-001")
    assert (said["Verdict"], said["Message"][:6]) == ("fail", "89.9 %")


async def test_a_charge_that_comes_late(desk: Desk) -> None:
    """A resource that went in October is still billed in November, to whom it belonged."""
    desk.rig.clock.at = datetime(2026, 10, 20, tzinfo=UTC)
    desk.rig.cloud.delete(rid(project()))
    await desk.rig.event(project())
    desk.rig.log.tables.clear()
    desk.rig.clock.at = datetime(2026, 11, 20, tzinfo=UTC)
    desk.charge(NOVEMBER, charge(project(), 5.0, date(2026, 11, 1)))
    await desk.month_end.report(NOVEMBER)
    assert [(row["CostCenter"], row["Cost"]) for row in desk.rig.rows(COSTS)] == [("CC-1234", 5.0)]
