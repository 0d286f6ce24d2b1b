"""Outcry: what is amiss with the app is told once when it begins, stands in rows, and is told once when it is over."""

import json

import pytest

from shared.engine.distress import POLICY_VALID, SUBSCRIPTIONS_SEEN, UNANSWERED, policy_invalid, refusal
from shared.engine.outcry import Outcry
from shared.engine.sight import look_at
from shared.model.errors import DependencyDown, PolicyInvalid
from shared.model.tables import FINDINGS
from tests.builders import GROUP, SUBSCRIPTION, rid, workspace_id
from tests.model.events import resource_event
from tests.rig import Rig

APP = rid(f"{GROUP}/providers/Microsoft.Web/sites/func-hubwarden")
EVENT = json.dumps(resource_event(workspace_id("hub")))
INVALID = policy_invalid(PolicyInvalid(("a", "b")), APP)
OTHER = "0f3c3db4-0000-4000-8000-00000000feed"


def outcry(rig: Rig) -> Outcry:
    """As a process has it that has just started."""
    return Outcry(rig.world, APP)


def told(rig: Rig) -> list[tuple[str, str]]:
    """The rows, by rule and by what became of the finding."""
    return [(row["Rule"], row["Change"]) for row in rig.log.rows(FINDINGS)]


def events(rig: Rig) -> list[str]:
    """The kinds of the events, without what they all begin with."""
    return [alert.kind.removeprefix("Hubwarden.") for alert in rig.topic.alerts]


async def test_what_many_processes_see_is_opened_once() -> None:
    """Each writes a row, so that it is seen to stand; whoever has tickets made of events has one."""
    rig = Rig.of()
    for _ in range(3):
        await outcry(rig).stands(INVALID)
        rig.clock.advance(hours=6)

    assert told(rig) == [(POLICY_VALID, "opened"), (POLICY_VALID, "open"), (POLICY_VALID, "open")]
    assert len({row["FirstSeen"] for row in rig.log.rows(FINDINGS)}) == 1
    assert events(rig) == ["FindingOpened"]


async def test_what_is_over_is_told_once_and_may_begin_again() -> None:
    """The ticket can be closed; the next time is another one."""
    rig = Rig.of()
    await outcry(rig).stands(INVALID)
    for _ in range(2):
        await outcry(rig).over(POLICY_VALID, "The policy is valid.")
    await outcry(rig).stands(INVALID)

    assert told(rig) == [(POLICY_VALID, "opened"), (POLICY_VALID, "resolved"), (POLICY_VALID, "opened")]
    assert events(rig) == ["FindingOpened", "FindingResolved", "FindingOpened"]
    resolved = rig.log.rows(FINDINGS)[1]
    assert (resolved["Verdict"], resolved["Severity"], resolved["Message"]) == (
        "pass",
        "critical",
        "The policy is valid.",
    )


async def test_what_never_began_is_not_over() -> None:
    """Every process that starts with a valid policy says nothing of it."""
    rig = Rig.of()
    await outcry(rig).over(POLICY_VALID, "The policy is valid.")

    assert (told(rig), events(rig)) == ([], [])


async def test_what_could_not_be_told_is_told_again() -> None:
    """Nothing is remembered as told before both have been tried, and the event goes out though the row cannot."""
    rig = Rig.of()
    rig.log.trouble = DependencyDown("503")
    with pytest.raises(DependencyDown):
        await outcry(rig).stands(INVALID)
    rig.log.trouble = None
    await outcry(rig).stands(INVALID)

    assert told(rig) == [(POLICY_VALID, "opened")]
    assert events(rig) == ["FindingOpened", "FindingOpened"]


async def test_each_message_is_of_its_own_moment() -> None:
    """Two that nobody answered are two."""
    rig = Rig.of()
    for _ in range(2):
        await outcry(rig).of_message(EVENT)

    assert told(rig) == [(UNANSWERED, "opened"), (UNANSWERED, "opened")]
    assert {row["Severity"] for row in rig.log.rows(FINDINGS)} == {"critical"}
    assert events(rig) == ["FindingOpened", "FindingOpened"]


@pytest.mark.parametrize(
    "text", [EVENT, refusal(EVENT, "subscription x is not governed here")], ids=["given up", "refused"]
)
async def test_a_message_names_the_operation(text: str) -> None:
    """So that whoever reads of a message finds in the activity log what it was about."""
    rig = Rig.of()
    await outcry(rig).of_message(text)
    assert [row["CorrelationIds"] for row in rig.log.rows(FINDINGS)] == [["correlation-1"]]
    assert [alert.data["CorrelationIds"] for alert in rig.topic.alerts] == [["correlation-1"]]


@pytest.mark.parametrize("about", [None, [], {"correlationId": 7}, {"correlationId": ""}])
async def test_a_message_of_nobody(about: object) -> None:
    """What says of no operation that it is about it names none, whatever lay on the queue."""
    rig = Rig.of()
    await outcry(rig).of_message(json.dumps({"hubwarden": "refused", "reason": "x", "about": about}))
    assert [row["CorrelationIds"] for row in rig.log.rows(FINDINGS)] == [[]]


async def test_a_subscription_that_goes_out_of_sight_stands_until_it_is_back() -> None:
    """Its hubs are then not in the index, and nobody would miss them; each sweep says so again."""
    rig = Rig.of(*_subscriptions())
    seen = [SUBSCRIPTION, OTHER]
    await look_at(seen, rig.cloud, outcry(rig))
    rig.cloud.deny(rid(f"/subscriptions/{OTHER}"), "Microsoft.Resources/subscriptions/read")
    for _ in range(2):
        await look_at(seen, rig.cloud, outcry(rig))
    rig.cloud.heal(rid(f"/subscriptions/{OTHER}"))
    await look_at(seen, rig.cloud, outcry(rig))

    assert told(rig) == [(SUBSCRIPTIONS_SEEN, "opened"), (SUBSCRIPTIONS_SEEN, "open"), (SUBSCRIPTIONS_SEEN, "resolved")]
    assert events(rig) == ["FindingOpened", "FindingResolved"]
    message = rig.log.rows(FINDINGS)[0]["Message"]
    assert message.startswith(f"Nothing is judged in {OTHER}, for it cannot be seen: ")
    assert "it needs Microsoft.Resources/subscriptions/read" in message


async def test_a_subscription_that_was_never_seen() -> None:
    """Azure says of one in which the app has no role that there is none."""
    rig = Rig.of(*_subscriptions()[:1])
    await look_at([SUBSCRIPTION, OTHER], rig.cloud, outcry(rig))

    assert told(rig) == [(SUBSCRIPTIONS_SEEN, "opened")]
    assert "knows no such subscription" in rig.log.rows(FINDINGS)[0]["Message"]


async def test_an_outage_neither_loses_sight_nor_gives_it_back() -> None:
    """What Azure did not answer is no word on rights; and a sweep goes on whatever is not to be told."""
    rig = Rig.of(*_subscriptions()[:1])
    rig.cloud.down(rid(f"/subscriptions/{SUBSCRIPTION}"))
    await look_at([SUBSCRIPTION], rig.cloud, outcry(rig))
    rig.cloud.heal(rid(f"/subscriptions/{SUBSCRIPTION}"))
    rig.log.trouble = DependencyDown("503")
    await look_at([OTHER], rig.cloud, outcry(rig))

    assert told(rig) == []


def _subscriptions() -> list[dict[str, str]]:
    return [{"id": f"/subscriptions/{one}", "state": "Enabled"} for one in (SUBSCRIPTION, OTHER)]
