"""What the Event Grid trigger lets onto the queue, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.bootstrap import App
from shared.model.errors import BadEvent, BadResourceId, SettingsInvalid
from shared.model.message import Rotate, Wish, rotate_message, sweep_message
from shared.model.resource_id import ResourceId

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
OURS = "bbbbbbbb-0000-0000-0000-000000000001"
OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
REPOSITORY = Path(__file__).resolve().parents[2]
HUB = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/hub"
ELSEWHERE = HUB.replace(SUBSCRIPTION, "99999999-2222-3333-4444-555555555555")
"""In a subscription that is not governed."""
WISH = Rotate(ResourceId.parse(ELSEWHERE), Wish.NOW, "it got out", "kim@contoso.example")

SETTINGS = {
    "HUBWARDEN_SUBSCRIPTIONS": SUBSCRIPTION,
    "HUBWARDEN_PRINCIPAL_ID": OURS.upper(),
    "HUBWARDEN_TABLE_ENDPOINT": "https://st.table.core.windows.net",
    "HUBWARDEN_LOGS_ENDPOINT": "https://logs.ingest.monitor.azure.com",
    "HUBWARDEN_LOGS_RULE_ID": "dcr-0123",
    "HUBWARDEN_ALERT_TOPIC_ENDPOINT": "https://topic.eventgrid.azure.net/api/events",
    "HUBWARDEN_APP_ID": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Web/sites/func",
}


def app(**changed: str) -> App:
    """An app with complete settings, but for those changed."""
    return App({**SETTINGS, **changed}, Path())


def event(resource: str = HUB, who: str = "someone", end: str = "Success", **data: object) -> str:
    """A write event in Event Grid's schema."""
    body = {"resourceUri": resource, "operationName": "write", "claims": {OBJECT_ID: who}, **data}
    return json.dumps({"id": "e1", "eventType": f"Microsoft.Resources.ResourceWrite{end}", "data": body})


def test_somebodys_write_goes_on_the_queue() -> None:
    """It is what the app is there for."""
    receiver = app()

    assert receiver.receives(event())
    assert _counts(receiver) == (1, 1, 0, 0)


@pytest.mark.parametrize("who", [OURS, OURS.upper()])
def test_our_own_write_does_not(who: str) -> None:
    """The echo of a fix would only cost another look."""
    receiver = app()

    assert not receiver.receives(event(who=who))
    assert _counts(receiver) == (1, 0, 1, 0)


@pytest.mark.parametrize("end", ["Failure", "Cancel"])
def test_our_own_write_that_failed_is_looked_at(end: str) -> None:
    """Azure took it, and failed at it later: nobody else will tell us."""
    assert app().receives(event(who=OURS, end=end))


@pytest.mark.parametrize("ended", ["write", "delete", "stop/action", "restart/action"])
def test_the_end_of_what_we_asked_of_an_instance_is_looked_at(ended: str) -> None:
    """Azure only accepts it at first: without this event, what is to come next would wait for a sweep."""
    operation = f"Microsoft.MachineLearningServices/workspaces/computes/{ended}"

    assert app().receives(event(f"{HUB}/computes/ci-jane", who=OURS, operationName=operation))


@pytest.mark.parametrize("data", [{"claims": {}}, {"claims": None}, {"httpRequest": {}}])
def test_an_event_without_claims_or_request_is_taken(data: dict[str, Any]) -> None:
    """Azure leaves both out for some creates."""
    assert app().receives(event(**data))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<html>", "not JSON"),
        ("[]", "no event"),
        ('{"hello": 1}', "lacks a type"),
        ('{"hubwarden": "sweep", "hub": "' + HUB + '"}', "only timers and operators"),
    ],
)
def test_what_is_no_event_of_ours_is_refused_in_one_line(text: str, says: str) -> None:
    """The line names the matter and the way out, and the refusal is counted."""
    receiver = app()

    with pytest.raises(BadEvent, match=says) as refusal:
        receiver.receives(text)

    assert "\n" not in str(refusal.value)
    assert _counts(receiver) == (1, 0, 0, 1)


@pytest.mark.parametrize("bad", ["", "hub", f"{HUB}/../x", f"{HUB}%2Fx", "/subscriptions/" + "x" * 10_000])
def test_a_resource_that_is_no_arm_id_is_refused(bad: str) -> None:
    """Ids from events are hostile until parsed."""
    with pytest.raises((BadResourceId, BadEvent)):
        app().receives(event(bad))


def test_an_event_of_a_subscription_that_is_not_governed_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    """Its event subscription may outlive the day on which it was taken out: a line, a count, and no finding."""
    receiver = app()
    with caplog.at_level("INFO"):
        taken = receiver.receives(event(ELSEWHERE))

    assert (taken, receiver.counts.elsewhere, _counts(receiver)) == (False, 1, (1, 0, 0, 0))
    assert [record.getMessage() for record in caplog.records if ELSEWHERE in record.getMessage()]


@pytest.mark.parametrize("text", [event(ELSEWHERE), sweep_message(ResourceId.parse(ELSEWHERE))], ids=["event", "sweep"])
async def test_the_worker_drops_it_too(text: str) -> None:
    """Event Grid delivers into the queue itself, and a sweep may have been queued before: neither fails."""
    worker = app(HUBWARDEN_POLICY_DIRECTORY=str(REPOSITORY / "policy"))
    await worker.answer(text, "holder")
    await worker.close()

    counts = worker.counts
    assert (counts.elsewhere, counts.answered, counts.runs, counts.poisoned) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (rotate_message(WISH), "is not governed here"),
        (event(f"{ELSEWHERE}/../hub"), "segment"),
        (event(ELSEWHERE).replace("ResourceWriteSuccess", "BlobCreated"), "is not one that Hubwarden reads"),
    ],
)
async def test_what_is_wrong_itself_is_refused_wherever_it_is_about(text: str, says: str) -> None:
    """Whoever wishes for a rotation waits for it; and no subscription's name makes a bad message a good one."""
    worker = app(HUBWARDEN_POLICY_DIRECTORY=str(REPOSITORY / "policy"))
    with pytest.raises((BadEvent, BadResourceId), match=says):
        await worker.answer(text, "holder")
    await worker.close()

    assert worker.counts.elsewhere == 0


def test_settings_that_are_missing_are_named_all_at_once() -> None:
    """So that one look mends them all."""
    with pytest.raises(SettingsInvalid) as problem:
        app(HUBWARDEN_SUBSCRIPTIONS="", HUBWARDEN_MODE="Enforce").receives(event())

    lines = str(problem.value).splitlines()
    assert len(lines) == 2
    assert "HUBWARDEN_MODE: expected audit or enforce, found 'Enforce'" in lines[0]
    assert "HUBWARDEN_SUBSCRIPTIONS: expected subscription ids, separated by commas, it is not set" in lines[1]


def _counts(receiver: App) -> tuple[int, int, int, int]:
    counts = receiver.counts
    return counts.received, counts.queued, counts.echoed, counts.refused
