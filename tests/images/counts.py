"""Counts of made-up sweeps, for tests of the fleet's page."""

from datetime import UTC, datetime, timedelta

from shared.images.tally import Standing, Tally, count
from shared.images.weeks import HubWeek
from shared.model.finding import Verdict
from shared.model.resource_id import ResourceId
from tests.builders import rid, workspace_id

NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
"""A Wednesday morning, when the report is made."""
MAIN, LAB = rid(workspace_id("hub")), rid(workspace_id("lab"))
VERDICTS = {
    "+": Verdict.PASS,
    "-": Verdict.FAIL,
    "o": Verdict.FAIL,
    "x": Verdict.EXEMPT,
    "?": Verdict.UNKNOWN,
}
AGES = {"+": 10, "-": 100, "o": 200, "x": 45, "?": 70}
"""Days since the image was built of one that is counted."""


def standing(verdict: str, days: int = 0, hub: ResourceId = MAIN, owner: str = "") -> Standing:
    """One instance: `+` recent enough, `-` or `o` too old, `x` exempt, `?` not decided; its image so many days old."""
    age = timedelta(days=days)
    return Standing(hub, owner, VERDICTS[verdict], age, age if VERDICTS[verdict] is Verdict.FAIL else timedelta())


def tally(verdicts: str, days: int = 0) -> Tally:
    """Several."""
    return sum((Tally.of(standing(one, days)) for one in verdicts), Tally())


def counted(
    verdicts: str,
    hub: ResourceId = MAIN,
    *,
    weeks_ago: int = 0,
    hours_ago: float = 5,
    owner: str = "jane@contoso.example",
    whole: bool = True,
) -> HubWeek:
    """What a sweep counted of one owner's instances, by a letter each."""
    seen = NOW - timedelta(weeks=weeks_ago, hours=hours_ago)
    found = count(standing(one, AGES[one], hub, owner) for one in verdicts)
    return HubWeek(hub, seen, {one.owner: one.tally for one in found}, whole=whole)
