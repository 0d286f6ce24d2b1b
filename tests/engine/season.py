"""A fleet over a hundred and twenty days, as several tests look back on it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from shared.images.machine import Machine
from shared.model.facts import Fact
from shared.model.tables import IMAGES
from shared.policy.policy import Exemption
from tests.builders import NOW, Document, cluster, rid
from tests.images_rig import REGION, ImagesRig, aged, exposed, forgotten, stopped, stopping

AGE: Final = "HW-IMG-001"
IDLE, BUSY = aged("ci-idle", state="Running"), aged("ci-busy", state="JobRunning")
FORGOTTEN, STOPPED, OPEN = forgotten("ci-forgotten"), stopped("ci-stopped"), exposed("ci-open", state="Running")
ANCIENT = forgotten("ci-ancient", image="25.06.01", made=270)
WAIVED, PARDONED = forgotten("ci-waived"), forgotten("ci-pardoned")
FRESH, RENEWED = aged("ci-fresh", state="Running"), aged("ci-renewed", state="Running")
NODES = cluster("gpu", nodes=2)
FLEET = (IDLE, BUSY, FORGOTTEN, STOPPED, OPEN, ANCIENT, WAIVED, PARDONED, FRESH, RENEWED, NODES)

LADDER = [(18, "notified"), (32, "reminded"), (46, "reminded"), (49, "warned"), (64, "stopped"), (94, "escalated")]
"""Of an image that could first be renewed on day 4; the warning on day 49 names day 64."""


def waiver(document: Document, days: float) -> Exemption:
    """Somebody has accepted its image for so many days."""
    return Exemption(AGE, rid(document), "jane@contoso.example", "CHG-1", NOW + timedelta(days=days))


def remake(rig: ImagesRig, document: Document) -> None:
    """Its owner deletes it and makes it anew."""
    latest = rig.cloud.images[REGION]
    anew = aged(document["name"], image=latest, state="Running")
    anew["properties"]["createdOn"] = rig.clock.now().isoformat()
    anew["properties"]["properties"]["osImageMetadata"] |= {
        "latestImageVersion": latest,
        "isLatestOsImageVersion": True,
    }
    rig.cloud.put(anew)


def days(rig: ImagesRig) -> Mapping[str, list[tuple[int, str]]]:
    """On which day what was told of each compute, by the rows."""
    said: dict[str, list[tuple[int, str]]] = {}
    for row in rig.rows(IMAGES):
        if row["Notice"]:
            day = (datetime.fromisoformat(row["TimeGenerated"]) - NOW).days
            said.setdefault(row["Compute"].rpartition("/")[2], []).append((day, row["Notice"]))
    return said


async def lived() -> ImagesRig:
    """A hundred and twenty days later: one is made anew whenever an image comes, another once, on day 40."""
    waivers = (waiver(WAIVED, 200), waiver(PARDONED, 70))
    rig = ImagesRig.with_fleet(*FLEET, policy=stopping(exemptions=waivers))
    for day in range(120):
        if day == 40:
            remake(rig, RENEWED)
        if Machine.of(Fact.of(rig.document(FRESH))).image != rig.cloud.images[REGION]:
            remake(rig, FRESH)
        await rig.live(1, about=FLEET)
    return rig
