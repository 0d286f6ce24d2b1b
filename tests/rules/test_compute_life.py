"""Rules about the life of computes: stopped, failed, whose user left, and of a size that goes. It is 1 March 2026."""

from datetime import datetime
from typing import Any

import pytest

from shared.model.estate import Estate
from shared.model.facts import Fact
from shared.model.finding import Severity, Verdict
from shared.rules.compute_life import NOT_FAILED, NOT_LEFT_STOPPED, SIZE_STAYS, USER_IS_HERE
from shared.rules.rule import Context, Judgement, Rule
from tests.builders import JANE, Document, cluster, instance, operated, recorded
from tests.rules.asking import ask, verdict

CLUSTER, INSTANCE, CREATING = recorded("computes.json")["value"]
STOPPED = instance(state="Stopped", lastOperation=operated("Stop", days=31))
KUBERNETES: Document = {**cluster(), "properties": {"computeType": "Kubernetes", "provisioningState": "Succeeded"}}


def outer(document: Document, **properties: Any) -> Document:  # noqa: ANN401 - JSON
    """The same compute with other outer properties."""
    return {**document, "properties": {**document["properties"], **properties}}


def said(rule: Rule, document: Document, **given: Any) -> Judgement:  # noqa: ANN401 - what `ask` takes
    """What the rule says, for it says something."""
    judgement = ask(rule, document, **given)
    assert judgement is not None
    return judgement


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(instance(), Verdict.PASS, id="runs"),
        pytest.param(STOPPED, Verdict.FAIL, id="31 days"),
        pytest.param(
            instance(state="Stopped", lastOperation=operated("Stop", days=30, hours=23)), Verdict.PASS, id="30 days"
        ),
        pytest.param(instance(state="Stopping", lastOperation=operated("Stop", days=31)), Verdict.PASS, id="stopping"),
        pytest.param(instance(state="Stopped"), Verdict.UNKNOWN, id="since nobody knows when"),
        pytest.param(instance(state="Stopped", lastOperation=None), Verdict.UNKNOWN, id="null operation"),
        pytest.param(
            instance(state="Stopped", lastOperation={"operationName": "Stop", "operationTime": "lately"}),
            Verdict.UNKNOWN,
            id="no time",
        ),
        pytest.param(
            instance(state="Stopped", lastOperation=operated("Create", days=31)), Verdict.UNKNOWN, id="made stopped"
        ),
        pytest.param(instance(state=None), Verdict.UNKNOWN, id="no state"),
        pytest.param(CREATING, Verdict.UNKNOWN, id="recorded, being created"),
        pytest.param(INSTANCE, Verdict.PASS, id="recorded"),
        pytest.param(CLUSTER, None, id="cluster"),
    ],
)
def test_stopped(document: Document, expected: Verdict | None) -> None:
    """An instance may stand stopped for 30 days; how long it has, only its last operation tells."""
    assert verdict(ask(NOT_LEFT_STOPPED, document)) is expected


def test_how_long_it_may_stand_stopped_is_policys() -> None:
    """The day that policy names is the last on which it passes."""
    assert verdict(ask(NOT_LEFT_STOPPED, STOPPED, days=31)) is Verdict.PASS
    assert verdict(ask(NOT_LEFT_STOPPED, STOPPED, days=1)) is Verdict.FAIL


def test_a_stopped_instance_says_since_when_and_what_bills() -> None:
    """Without a public address there is no load balancer either; and what it has of these it may not show."""
    inner = STOPPED["properties"]["properties"]
    hidden = said(NOT_LEFT_STOPPED, STOPPED)
    shown = said(NOT_LEFT_STOPPED, instance(**inner | {"enableNodePublicIp": True}))
    silent = said(NOT_LEFT_STOPPED, instance(**inner | {"enableNodePublicIp": None}))

    assert "since 2026-01-29, for 31 days, and its disk goes on billing" in hidden.message
    assert "its disk, its load balancer and its public address go on billing" in shown.message
    assert "what it may have of a load balancer and a public address, go on billing" in silent.message
    assert "delete it" in hidden.message
    assert hidden.actual == {"stopped": "2026-01-29T09:00:00+00:00", "days": 31}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(instance(), Verdict.PASS, id="runs"),
        pytest.param(
            instance(state="CreateFailed", lastOperation=operated("Create", hours=25)), Verdict.FAIL, id="25 h"
        ),
        pytest.param(
            instance(state="CreateFailed", lastOperation=operated("Create", hours=24)), Verdict.PASS, id="24 h"
        ),
        *(
            pytest.param(instance(state=state, lastOperation=operated("Start", days=3)), Verdict.FAIL, id=state)
            for state in ("SetupFailed", "UserSetupFailed", "Unusable", "Unknown")
        ),
        pytest.param(
            outer(instance(), provisioningState="Failed", modifiedOn="2026-02-20T09:00:00+00:00"),
            Verdict.FAIL,
            id="not provisioned",
        ),
        pytest.param(
            outer(cluster(), provisioningState="Failed", modifiedOn="2026-02-20T09:00:00+00:00"),
            Verdict.FAIL,
            id="cluster",
        ),
        pytest.param(
            outer(KUBERNETES, provisioningState="Failed", createdOn="2026-02-20T09:00:00+00:00"),
            Verdict.FAIL,
            id="attached, only its creation known",
        ),
        pytest.param(outer(cluster(), provisioningState="Failed"), Verdict.UNKNOWN, id="since nobody knows when"),
        pytest.param(outer(cluster(), provisioningState="Updating"), Verdict.UNKNOWN, id="being changed"),
        pytest.param(KUBERNETES, Verdict.PASS, id="attached"),
        pytest.param(CREATING, Verdict.UNKNOWN, id="recorded, being created"),
        pytest.param(INSTANCE, Verdict.PASS, id="recorded"),
        pytest.param(CLUSTER, Verdict.PASS, id="recorded cluster"),
        pytest.param({**instance(), "properties": None}, Verdict.UNKNOWN, id="no properties"),
    ],
)
def test_failed(document: Document, expected: Verdict) -> None:
    """A compute of any type that Azure gave up on is told after a day, which its maker has to see to it."""
    assert verdict(ask(NOT_FAILED, document)) is expected


def refused(*errors: Any) -> Judgement:  # noqa: ANN401 - any JSON
    """What is said of a cluster that failed with these errors."""
    document = outer(cluster(), provisioningState="Failed", createdOn="2026-02-01T09:00:00+00:00")
    return said(NOT_FAILED, outer(document, provisioningErrors=list(errors)))


def test_a_failed_compute_carries_azures_words() -> None:
    """The code and message of the first error that has any, in the shape that Azure documents or without its frame."""
    framed = refused({"error": {}}, {"error": {"code": "OutOfQuota", "message": "No cores left."}})
    bare = refused({"code": "OutOfQuota", "message": "No cores left."})
    inner = said(
        NOT_FAILED,
        instance(
            state="SetupFailed",
            lastOperation=operated("Create", days=3),
            errors=[{"error": {"code": "SetupScriptFailed", "message": None}}],
        ),
    )

    assert framed.message.endswith("Azure says OutOfQuota: No cores left.")
    assert bare.message == framed.message
    assert inner.message.endswith("delete it, and make it anew if somebody needs it. Azure says SetupScriptFailed.")


@pytest.mark.parametrize("errors", [(), (None,), ("text",), ({"error": None},), ({"error": []},), ([],)], ids=str)
def test_a_failed_compute_without_words(errors: tuple[Any, ...]) -> None:
    """Whatever stands in their place, nothing is made up."""
    judgement = refused(*errors)
    assert (judgement.verdict, "Azure says" in judgement.message, judgement.actual["error"]) == (
        Verdict.FAIL,
        False,
        "",
    )


def test_no_secret_of_an_error_is_told() -> None:
    """A setup script that failed may be echoed with its arguments; and a log may be long."""
    secret = "0123456789abcdef" * 3
    judgement = refused({"error": {"code": "SetupFailed", "message": f"az login -p token={secret} {secret}\n" * 50}})

    assert secret not in f"{judgement.message}{judgement.actual}"
    assert "\n" not in judgement.message
    assert len(judgement.message) < 500


def test_what_is_attached_is_detached() -> None:
    """To delete somebody else's Kubernetes cluster is no way out."""
    document = outer(KUBERNETES, provisioningState="Failed", createdOn="2026-02-01T09:00:00Z", isAttachedCompute=True)
    assert "detach it, and attach it anew" in said(NOT_FAILED, document).message


JOE = "0c1e5a0a-1111-4000-8000-000000000a0e"
JOES = {"assignedUser": {"objectId": JOE, "tenantId": "tenant"}}


@pytest.mark.parametrize(
    ("document", "gone", "expected"),
    [
        pytest.param(instance(), {JOE}, Verdict.PASS, id="still here"),
        pytest.param(instance(), {JANE}, Verdict.FAIL, id="gone"),
        pytest.param(instance(), {JANE.upper()}, Verdict.FAIL, id="in capitals"),
        pytest.param(instance(), set(), Verdict.PASS, id="nobody is gone"),
        pytest.param(instance(), None, None, id="nobody looked"),
        pytest.param(instance(personalComputeInstanceSettings=JOES), {JANE}, Verdict.PASS, id="made for somebody"),
        pytest.param(instance(personalComputeInstanceSettings=JOES), {JOE}, Verdict.FAIL, id="made for somebody gone"),
        pytest.param(instance(createdBy=None), {JANE}, Verdict.UNKNOWN, id="nobody's"),
        pytest.param(CREATING, {JANE}, Verdict.UNKNOWN, id="recorded, being created"),
        pytest.param(cluster(), {JANE}, None, id="cluster"),
    ],
)
def test_user(document: Document, gone: set[str] | None, expected: Verdict | None) -> None:
    """An instance is whose it was made for, else whose it was made by; a cluster is everybody's."""
    assert verdict(ask(USER_IS_HERE, document, gone_people=None if gone is None else frozenset(gone))) is expected


@pytest.mark.parametrize(
    ("state", "owner", "words"),
    [
        ("Running", "hub-owner@contoso.example", "it goes on billing (Running). hub-owner@contoso.example must say"),
        ("Stopped", "", "it stands stopped, and its disk goes on billing. Whoever answers for the hub must say"),
        (None, "", "it goes on billing (in what state, it does not show). Whoever answers for the hub must say"),
    ],
)
def test_whose_user_left_is_told_whom_to_ask(state: str | None, owner: str, words: str) -> None:
    """Who left by object id, what goes on, and who answers."""
    judgement = said(USER_IS_HERE, instance(state=state), gone_people=frozenset({JANE}), owner=owner)

    assert JANE in judgement.message
    assert words in judgement.message
    assert judgement.actual["user"] == JANE


@pytest.mark.parametrize(
    ("document", "expected", "worse"),
    [
        pytest.param(instance(), Verdict.PASS, 0, id="stays"),
        pytest.param(instance(vmSize="Standard_DS3_v2"), Verdict.PASS, 0, id="retires in 2028"),
        pytest.param(instance(vmSize="STANDARD_NV12S_V3"), Verdict.FAIL, 0, id="retires in September"),
        pytest.param(instance(vmSize="STANDARD_NC6S_V3"), Verdict.FAIL, 1, id="has retired"),
        pytest.param(cluster(vmSize="standard_nc6s_v3"), Verdict.FAIL, 1, id="cluster"),
        pytest.param(
            {**instance(vmSize="STANDARD_NC6S_V3"), "location": "Jio India West"},
            Verdict.PASS,
            0,
            id="not in its region",
        ),
        pytest.param(instance(vmSize=None), Verdict.UNKNOWN, 0, id="no size"),
        pytest.param(CREATING, Verdict.PASS, 0, id="recorded, being created"),
        pytest.param(KUBERNETES, None, 0, id="attached"),
    ],
)
def test_size(document: Document, expected: Verdict | None, worse: int) -> None:
    """A size that goes within a year is told, and with more weight once it has gone."""
    judgement = ask(SIZE_STAYS, document)

    assert verdict(judgement) is expected
    assert (judgement.worse if judgement else 0) == worse
    assert SIZE_STAYS.severity.worse(1) is Severity.HIGH


@pytest.mark.parametrize(
    ("today", "days", "words"),
    [
        ("2025-09-29", 365, "retires on 2026-09-30"),
        ("2025-09-30", 365, "retires on 2026-09-30, in 365 days: Azure will stop"),
        ("2026-09-29", 0, "retires on 2026-09-30"),
        ("2026-09-29", 1, "retires on 2026-09-30, in 1 day: Azure will stop"),
        ("2026-09-30", 0, "has retired on 2026-09-30: Azure has stopped"),
    ],
)
def test_size_by_day(today: str, days: int, words: str) -> None:
    """From so many days before, and with zero from the day itself; the page that says so is named."""
    fact = Fact.of(instance(vmSize="STANDARD_NV12S_V3"))
    now = datetime.fromisoformat(f"{today}T09:00:00Z")
    judgement = SIZE_STAYS.check(fact, Context(Estate.of([fact]), now, {"days": days}))

    assert judgement is not None
    assert words in judgement.message
    assert ("nvv3-series-retirement" in judgement.message) is (judgement.verdict is Verdict.FAIL)
