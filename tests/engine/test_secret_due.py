"""Secret due: the event for a rotator, sent once when it is time, with nothing in it that opens anything."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.alert_topic import SOURCE
from shared.engine.secret_due import KIND, host_of
from shared.policy.policy import Effect, Exemption
from shared.ports import Alert
from tests.builders import NOW, Document, connection, dependent, dependent_id, diagnostics, hub, policy, project, rid
from tests.rig import Rig

OLD, ENDING = "HW-KEY-008", "HW-KEY-005"
HUB = hub()
SECRET = "sig=Zm9vYmFy"
PARTNER = connection(
    "Partner",
    authType="CustomKeys",
    category="CustomKeys",
    target=f"https://API.partner.example:8443/v1?{SECRET}",
)
DOCS = Path(__file__).resolve().parents[2] / "docs" / "keys.md"
WORLD: tuple[Document, ...] = (HUB, project(), PARTNER, diagnostics())


def due(rig: Rig) -> list[Alert]:
    """The events for rotators that went out."""
    return [alert for alert in rig.topic.alerts if alert.kind == KIND]


async def sweep_daily(rig: Rig, days: int) -> None:
    """A sweep each day."""
    for _ in range(days):
        await rig.sweep(HUB)
        rig.clock.advance(days=1)


def renew(rig: Rig, **properties: Any) -> None:  # noqa: ANN401 - JSON
    """The owner puts a new key into the connection, and says so."""
    stated = {"metadata": {"KeyRenewedOn": f"{rig.clock.now():%Y-%m-%d}"}}
    rig.document(PARTNER)["properties"].update({**stated, **properties})


async def test_one_event_for_one_age() -> None:
    """From the first sight to half a year later it goes out once, two weeks before the day."""
    rig = Rig.of(*WORLD)
    await sweep_daily(rig, 200)
    (alert,) = due(rig)

    assert alert.subject == rid(PARTNER).key
    assert alert.data == {
        "TimeGenerated": "2026-08-14T09:00:00+00:00",
        "RunId": rig.findings(Rule=OLD, Change="opened")[0]["RunId"],
        "Connection": rid(PARTNER).key,
        "Category": "CustomKeys",
        "Target": "api.partner.example",
        "AuthType": "CustomKeys",
        "Hub": rid(HUB).key,
        "Owner": "jane@contoso.example",
        "ExpiresOn": "",
        "AgeDays": 166,
        "DueOn": "2026-08-28",
        "Because": (
            "Its secret (CustomKeys) has been known for 166 days, and a new one is due in 14 days, on 2026-08-28; "
            "jane@contoso.example should renew it at its service, put the new one into the connection, "
            "and set metadata.KeyRenewedOn to that day."
        ),
    }


async def test_the_page_shows_the_event_as_it_is() -> None:
    """Whoever writes a rotator goes by docs/keys.md: its example and its table have every field, and no other."""
    page = DOCS.read_text("utf-8")
    (example,) = (json.loads(found) for found in re.findall(r"(?s)```json\n(.*?)```", page) if KIND in found)
    table = page.partition("| field of `data` |")[2].partition("\n\n")[0]
    cells = " ".join(re.findall(r"(?m)^\| (`.+?) \|", table))
    rig = Rig.of(*WORLD)
    await sweep_daily(rig, 170)
    (alert,) = due(rig)

    assert (example["type"], example["source"], list(example["data"])) == (KIND, SOURCE, list(alert.data))
    assert set(re.findall(r"`(\w+)`", cells)) == set(alert.data)


async def test_one_more_when_it_is_due_again() -> None:
    """A renewal ends the finding; the next one that opens is told again, under an id of its own."""
    rig = Rig.of(*WORLD)
    await sweep_daily(rig, 170)
    renew(rig)
    await sweep_daily(rig, 170)
    first, second = due(rig)

    assert (first.data["DueOn"], second.data["DueOn"]) == ("2026-08-28", "2027-02-14")
    assert first.data["RunId"] != second.data["RunId"]


async def test_an_end_that_comes_near_is_told() -> None:
    """By the expiry time too, and the earlier day counts."""
    rig = Rig.of(*WORLD)
    rig.document(PARTNER)["properties"]["expiryTime"] = "2026-03-20T00:00:00Z"
    await sweep_daily(rig, 3)
    (alert,) = due(rig)

    told = {name: alert.data[name] for name in ("ExpiresOn", "AgeDays", "DueOn", "Because")}
    assert told == {
        "ExpiresOn": "2026-03-20",
        "AgeDays": 0,
        "DueOn": "2026-03-20",
        "Because": "Its secret (CustomKeys) expires on 2026-03-20, in 18 days.",
    }


async def test_both_at_once_are_one_event() -> None:
    """A rotator that hears of it twice would renew it twice."""
    rig = Rig.of(*WORLD)
    await rig.sweep(HUB)
    rig.clock.advance(days=170)
    rig.document(PARTNER)["properties"]["expiryTime"] = "2026-08-20T00:00:00Z"
    await rig.sweep(HUB)
    (alert,) = due(rig)

    assert (alert.data["DueOn"], alert.data["AgeDays"]) == ("2026-08-20", 170)
    assert "expires on 2026-08-20" in alert.data["Because"]
    assert "a new one is due in 10 days" in alert.data["Because"]


async def test_where_age_is_not_judged_its_end_still_counts() -> None:
    """What policy switched off is neither told nor made up."""
    rig = Rig.of(*WORLD, policy=policy(effects={OLD: Effect.OFF}))
    rig.document(PARTNER)["properties"]["expiryTime"] = "2026-03-20T00:00:00Z"
    await sweep_daily(rig, 200)
    (alert,) = due(rig)

    assert (alert.data["AgeDays"], alert.data["DueOn"]) == (None, "2026-03-20")


async def test_a_waiver_keeps_it_still() -> None:
    """None goes out for what somebody with a name has accepted, until that ends."""
    waiver = Exemption(OLD, rid(PARTNER), "jane@contoso.example", "CHG-1", NOW + timedelta(days=190))
    rig = Rig.of(*WORLD, policy=policy(exemptions=(waiver,)))
    await sweep_daily(rig, 189)
    while_it_lasts = due(rig)
    await sweep_daily(rig, 10)

    assert (while_it_lasts, [alert.data["AgeDays"] for alert in due(rig)]) == ([], [190])


async def test_none_for_a_key_that_rotation_covers() -> None:
    """An account's key that ends soon is a finding as ever, and nobody else's to renew."""
    ours = connection(
        authType="ApiKey",
        metadata={"ResourceId": dependent_id("account")},
        expiryTime="2026-03-20T00:00:00Z",
    )
    rig = Rig.of(HUB, diagnostics(), dependent("account"), ours)
    await rig.sweep(HUB)

    assert f"{ENDING} aoai" in await rig.open(HUB)
    assert due(rig) == []


async def test_none_in_silence() -> None:
    """A look that cannot read the connection neither sends one nor lets a second one follow."""
    rig = Rig.of(*WORLD)
    await sweep_daily(rig, 170)
    rig.cloud.deny(connections := "microsoft.machinelearningservices/workspaces/connections")
    await sweep_daily(rig, 5)
    rig.cloud.heal(connections)
    await sweep_daily(rig, 5)

    assert len(due(rig)) == 1


async def test_no_secret_of_a_target_leaves() -> None:
    """Neither in the event nor in any other, nor in a row."""
    rig = Rig.of(*WORLD)
    await sweep_daily(rig, 170)
    said = json.dumps([[dict(alert.data) for alert in rig.topic.alerts], rig.log.tables], default=str)

    assert SECRET not in said
    assert len(due(rig)) == 1


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("https://api.partner.example", "api.partner.example"),
        ("HTTPS://API.Partner.Example:8443/v1?sig=abc#x", "api.partner.example"),
        ("https://me:secret@api.partner.example/v1", "api.partner.example"),
        ("jdbc-x+y.z://db.partner.example:1433;user=sa", ""),
        ("https://10.0.0.4/x", "10.0.0.4"),
        ("https://first.half/second@api.partner.example", ""),
        ("https://first.half?second@api.partner.example", ""),
        ("https://first.half#second@api.partner.example", ""),
        ("https://first.half\\second@api.partner.example", ""),
        ("https://a@b@api.partner.example", ""),
        ("https://api.partner.example\nsecret", ""),
        ("https://localhost/x", ""),
        ("https://c2VjcmV0/x", ""),
        ("https://[::1]/x", ""),
        ("Server=db.partner.example;Password=secret", ""),
        ("eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl", ""),
        ("api.partner.example", ""),
        ("", ""),
    ],
)
def test_host(target: str, host: str) -> None:
    """Only a plain URL names one; of anything else nobody knows which part is secret."""
    assert host_of(target) == host


_SECRETS = st.text("abcdefXYZ019+/=._-@:?#\\", min_size=12, max_size=40)


@given(_SECRETS, st.sampled_from(["?sig={}", "/{}", "#{}", "/x?a=b&key={}/y", ":443/{}"]))
def test_no_part_of_a_path_is_ever_a_host(secret: str, tail: str) -> None:
    """Whatever comes after the host stays here."""
    assert host_of(f"https://api.partner.example{tail.format(secret)}") in {"api.partner.example", ""}


@given(_SECRETS)
def test_no_part_of_a_password_is_ever_a_host(secret: str) -> None:
    """Nor what comes before it, however it is written."""
    assert host_of(f"https://me:{secret}@api.partner.example") in {"api.partner.example", ""}
    assert host_of(f"https://{secret}@api.partner.example") in {"api.partner.example", ""}
