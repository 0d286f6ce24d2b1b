"""What the app publishes on its topic is what docs/alerts.md says: each type, with these fields and no others."""

import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from shared.model.errors import Forbidden
from shared.model.events import EVENTS
from shared.model.key_facts import Slot
from shared.model.tables import ACTIONS, FINDINGS
from shared.policy.policy import Effect
from shared.ports import Alert
from tests.builders import connection, diagnostics, hub, policy, project, rid
from tests.images_rig import ImagesRig, forgotten
from tests.rig import Rig
from tests.rotation_rig import RotationRig, account

REPOSITORY = Path(__file__).resolve().parents[2]
OPEN = hub(publicNetworkAccess="Enabled")
UNTAGGED = project(tags={})
ENDING = connection("partner", authType="CustomKeys", expiryTime="2026-03-02T00:00:00Z")
AI = account(age=1)


async def findings() -> list[Alert]:
    """A hub is opened to the world, and closed again."""
    rig = Rig.of(OPEN, diagnostics(), enforce=False)
    await rig.sweep(OPEN)
    rig.document(OPEN)["properties"]["publicNetworkAccess"] = "Disabled"
    await rig.sweep(OPEN)
    return rig.topic.alerts


async def refused() -> list[Alert]:
    """Azure refuses a write."""
    rig = Rig.of(hub(), UNTAGGED, diagnostics(), policy=policy(effect=Effect.ENFORCE))
    rig.cloud.refuse(rid(UNTAGGED), Forbidden("403: needs Microsoft.Resources/tags/write", "x"))
    await rig.sweep(hub())
    return rig.topic.alerts


async def due() -> list[Alert]:
    """The secret of a connection ends tomorrow."""
    rig = Rig.of(hub(), diagnostics(), ENDING)
    await rig.sweep(hub())
    return rig.topic.alerts


async def behind() -> list[Alert]:
    """An instance's image falls behind for twenty days."""
    rig = ImagesRig.with_fleet(forgotten())
    await rig.live(20)
    return rig.topic.alerts


async def replaced() -> list[Alert]:
    """Somebody asks for both keys to be replaced at once."""
    rig = RotationRig.of(hub(), diagnostics(), AI, policy=policy())
    rig.connect(AI, Slot.FIRST)
    await rig.ask(AI)
    return rig.topic.alerts


TOLD: Mapping[str, Callable[[], Awaitable[list[Alert]]]] = {
    "Hubwarden.FindingOpened": findings,
    "Hubwarden.FindingResolved": findings,
    "Hubwarden.ActionFailed": refused,
    "Hubwarden.SecretDue": due,
    "Hubwarden.ImageNotice": behind,
    "Hubwarden.EmergencyRotationEnded": replaced,
}


def test_every_type_is_told_here() -> None:
    """Who adds one says what brings it about."""
    assert set(TOLD) == set(EVENTS)


def test_no_type_is_published_that_nobody_describes() -> None:
    """By the names that stand in the code; one is put together from a finding's change."""
    sources = sorted((REPOSITORY / "shared" / "engine").glob("*.py"))
    named = {name for source in sources for name in re.findall(r'"(Hubwarden\.\w+)', source.read_text("utf-8"))}

    assert named - {"Hubwarden.Finding"} == set(EVENTS) - {"Hubwarden.FindingOpened", "Hubwarden.FindingResolved"}


@pytest.mark.parametrize("kind", TOLD)
async def test_an_event_has_the_fields_it_should(kind: str) -> None:
    """As the schema has them; what a row of a table may lack it may lack too."""
    event, alerts = EVENTS[kind], [alert for alert in await TOLD[kind]() if alert.kind == kind]
    fields = {field.name for field in event.fields}
    may_lack = {"FirstSeen"} if event.table == FINDINGS else {"Created", "PublicIp", "Ssh"}

    assert alerts
    for alert in alerts:
        assert alert.data.keys() <= fields
        assert fields - alert.data.keys() <= may_lack
        assert alert.subject == alert.subject.casefold()
    assert event.table in {"", FINDINGS, ACTIONS}
