"""The rows about computes: each column of each, and what the queries of them answer."""

from datetime import datetime, timedelta
from typing import Any

from shared.model.tables import IMAGES, TABLES
from tests import logs
from tests.builders import rid
from tests.engine.season import FLEET, FORGOTTEN, NODES, WAIVED
from tests.engine.test_record import conforms
from tests.images_rig import ImagesRig

MAY_LACK = frozenset(
    ["Created", "Started", "Stopped", "AgeDays", "BehindDays", "WithinSla", "Due", "RebootPending", "PublicIp", "Ssh"]
)
"""Columns that are left out where nobody knows."""


def test_every_compute_has_a_row_in_each_sweep(season: ImagesRig) -> None:
    """With every column that anybody knows, of its type; and by an event none without a notice."""
    sweeps = {row["RunId"] for row in season.runs if row["Trigger"] == "sweep"}
    rows = season.rows(IMAGES)
    columns = frozenset(column.name for column in TABLES[IMAGES])

    assert len(rows) == len(sweeps) * len(FLEET)
    assert {row["RunId"] for row in rows} == sweeps
    assert all(conforms(row, IMAGES, (columns - row.keys()) & MAY_LACK) for row in rows)


def test_a_row_tells_how_it_stands(season: ImagesRig) -> None:
    """Of the last sweep: what was told last and the date stay in it, and the days go on."""
    row = season.rows(IMAGES, Compute=rid(FORGOTTEN).key)[-1]
    names = ("State", "AgeDays", "BehindDays", "WithinSla", "Rung", "Notice", "Due", "Billing", "Stopped")

    assert {name: row[name] for name in names} == {
        "State": "Stopped",
        "AgeDays": 210.88,
        "BehindDays": 115.5,
        "WithinSla": False,
        "Rung": "escalated",
        "Notice": "",
        "Due": "2026-05-04T09:00:00+00:00",
        "Billing": "stopped: disk",
        "Stopped": "2026-05-04T21:00:00+00:00",
    }
    waived, nodes = (season.rows(IMAGES, Compute=rid(one).key)[-1] for one in (WAIVED, NODES))
    assert (waived["WithinSla"], waived["Rung"], "WithinSla" in nodes, nodes["Billing"]) == (True, "", False, "nodes")
    assert nodes["WayOut"]["Steps"][1] == "It was last seen without nodes on 2026-03-01."


def asked(rig: ImagesRig, name: str) -> list[dict[str, Any]]:
    """What a query answers of all rows."""
    return logs.asked(name, {IMAGES: rig.rows(IMAGES)}, rig.clock.now())


def test_the_fleet_by_how_far_behind_it_is(season: ImagesRig) -> None:
    """Each instance in one group, as it stands now."""
    groups = {row["Group"]: (row["Instances"], row["Open"]) for row in asked(season, "image-groups")}

    assert groups == {"1 90 days or more": (8, 1), "2 60 to 90": (1, 0), "5 under 14": (1, 0)}


def test_the_share_within_the_agreed_time(season: ImagesRig) -> None:
    """Now, of the hub and its owner; and week by week, for as long as rows are kept."""
    (now,) = asked(season, "image-sla")
    weeks = [row["Percent"] for row in asked(season, "image-sla-weeks")]

    assert (now["Instances"], now["Within"], now["Percent"], now["MostBehind"]) == (10, 2, 20.0, 180.88)
    assert (weeks[0], max(weeks), weeks[-1]) == (30.0, 40.0, 20.0)


def test_what_was_told_and_whose_date_has_come(season: ImagesRig) -> None:
    """As the owners heard it, and with the way out."""
    told = asked(season, "image-notices")
    overdue = asked(season, "image-due")
    still = asked(season, "image-stopped")

    since = season.clock.now() - timedelta(days=90)
    rows = [
        row for row in season.rows(IMAGES) if row["Notice"] and datetime.fromisoformat(row["TimeGenerated"]) > since
    ]
    assert len(told) == len(rows) > 0
    assert overdue[0]["Compute"].endswith("/ci-ancient")
    assert all("Make it anew" in row["Steps"] for row in overdue)
    ways = {row["Compute"]: row for row in asked(season, "image-way-out")}
    assert ways.keys() == {row["Compute"] for row in told}
    assert all("az ml compute create" in way["Commands"] for way in ways.values())
    assert all('"computeName"' in way["Parameters"] and not way["Elsewhere"] for way in ways.values())
    names = [row["Compute"].rpartition("/")[2] for row in still]
    assert names == ["ci-stopped", "ci-ancient", "ci-forgotten", "ci-pardoned"]
