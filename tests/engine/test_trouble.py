"""Reconcile when something is in the way: Azure that refuses or is busy, a log or a topic that is down."""

import pytest

from shared.model.errors import DependencyDown, Forbidden, Throttled
from shared.model.tables import FINDINGS
from tests.builders import TAGS, connection, dependent, dependent_id, diagnostics, hub, project, rid
from tests.rig import Rig

HUB = hub(storageAccount=dependent_id())
UNTAGGED = project(tags={"Team": "vision"})


async def test_forbidden_write() -> None:
    """A write that Azure refuses is told with the permission it lacks, alerts, and leaves its finding open."""
    rig = Rig.of(HUB, UNTAGGED)
    rig.cloud.refuse(rid(UNTAGGED), Forbidden("403: needs Microsoft.Resources/tags/write", "x"))
    await rig.event(UNTAGGED)
    assert [row["Reason"] for row in rig.actions(Result="failed")] == ["403: needs Microsoft.Resources/tags/write"]
    assert ([alert.kind for alert in rig.topic.alerts], list(await rig.open(HUB))) == (
        ["Hubwarden.ActionFailed"],
        ["HW-TAG-001 project"],
    )


async def test_busy_write() -> None:
    """A write that Azure cannot take now is recorded, and the message comes again and succeeds."""
    rig = Rig.of(HUB, UNTAGGED)
    rig.cloud.refuse(rid(UNTAGGED), Throttled("429 TooManyRequests", 30.0))
    with pytest.raises(Throttled):
        await rig.event(UNTAGGED, event_id="event-1")
    rig.cloud.heal(rid(UNTAGGED))
    await rig.event(UNTAGGED, event_id="event-1")
    assert [row["Result"] for row in rig.actions()] == ["failed", "done"]
    assert rig.document(UNTAGGED)["tags"] == {"Team": "vision", **TAGS}


async def test_throttled_read() -> None:
    """A read that Azure keeps refusing brings the message back; nothing is judged on half a look."""
    rig = Rig.of(HUB, UNTAGGED)
    await rig.event(HUB)
    rig.cloud.throttle(rid(UNTAGGED))
    with pytest.raises(Throttled):
        await rig.event(UNTAGGED)
    assert len(rig.runs) == 1


async def test_unreadable() -> None:
    """What cannot be read opens nothing, ends nothing and is not written to; the row says why."""
    rig = Rig.of(HUB, UNTAGGED, enforce=False)
    await rig.event(UNTAGGED)
    before = await rig.open(HUB)
    rig.enforce = True
    rig.cloud.deny(rid(UNTAGGED))
    await rig.event(UNTAGGED)
    assert (await rig.open(HUB), rig.cloud.writes) == (before, [])
    assert {row["Verdict"] for row in rig.findings(RunId=rig.runs[-1]["RunId"])} == {"unknown"}


async def test_one_verdict_each() -> None:
    """A run says one thing of each finding, also when Resource Graph is down."""
    rig = Rig.of(hub(tags={}, storageAccount=dependent_id()), UNTAGGED, dependent(tags={}))
    rig.cloud.down("microsoft.resourcegraph/resources")
    await rig.sweep(HUB)
    told = [row["Fingerprint"] for row in rig.log.rows(FINDINGS)]
    assert len(told) == len(set(told))


async def test_log_down() -> None:
    """Rows that cannot be sent bring the message back; the next try sends them, and nothing is forgotten."""
    rig = Rig.of(HUB, diagnostics(), keyed := connection(authType="ApiKey"))
    rig.log.trouble = DependencyDown("503 ServiceUnavailable")
    with pytest.raises(DependencyDown):
        await rig.event(keyed, event_id="event-1")
    rig.log.trouble = None
    await rig.event(keyed, event_id="event-1")
    assert [row["Change"] for row in rig.findings(Rule="HW-CON-001")] == ["opened"]
    assert list(await rig.open(HUB)) == ["HW-CON-001 aoai"]


async def test_topic_down() -> None:
    """An alert that cannot be sent brings the message back and is sent then."""
    rig = Rig.of(HUB, diagnostics(), keyed := connection(authType="ApiKey"))
    rig.topic.trouble = DependencyDown("503 ServiceUnavailable")
    with pytest.raises(DependencyDown):
        await rig.event(keyed, event_id="event-1")
    rig.topic.trouble = None
    await rig.event(keyed, event_id="event-1")
    assert [alert.kind for alert in rig.topic.alerts] == ["Hubwarden.FindingOpened"]


async def test_log_down_after_write() -> None:
    """A write whose row could not be sent has one after the next try."""
    rig = Rig.of(HUB, UNTAGGED)
    rig.log.trouble = DependencyDown("503 ServiceUnavailable")
    with pytest.raises(DependencyDown):
        await rig.event(UNTAGGED, event_id="event-1")
    rig.log.trouble = None
    await rig.event(UNTAGGED, event_id="event-1")
    assert [row["StepId"] for row in rig.actions()] == [step.id for step in rig.cloud.writes]
