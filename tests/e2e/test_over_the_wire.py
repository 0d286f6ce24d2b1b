"""The app on real parts, told bad news over the wire: it says so in one line, loses nothing and lives on."""

import asyncio
import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from azure.core.exceptions import ResourceExistsError
from azure.storage.queue.aio import QueueClient

from local.azurite import ACCOUNT_KEY
from local.demo import estate
from local.stage import REPOSITORY, Stage

type Play = Callable[..., Awaitable[Stage]]
type Until = Callable[..., Awaitable[Any]]

OTHER = estate.HUB.replace(estate.SUBSCRIPTION, "99999999-0000-4000-8000-000000000000")


def event(resource: str, **more: object) -> dict[str, Any]:
    """A resource write event in Event Grid's schema."""
    data = {"resourceUri": resource, "operationName": "Microsoft.MachineLearningServices/workspaces/write", **more}
    return {
        "id": f"event-about-{resource[-40:]}",
        "eventType": "Microsoft.Resources.ResourceWriteSuccess",
        "subject": resource,
        "eventTime": "2026-11-21T09:00:00Z",
        "topic": f"/subscriptions/{estate.SUBSCRIPTION}",
        "data": data,
        "dataVersion": "2",
        "metadataVersion": "1",
    }


async def alerts(stage: Stage, rule: str) -> list[dict[str, Any]]:
    """What the alert topic received about a rule."""
    received = await stage.standin("GET", "topics/hubwarden")
    return [alert["data"] for alert in received if alert["data"].get("Rule") == rule]


async def changes(stage: Stage) -> list[dict[str, Any]]:
    """Every change of state in Azure so far, the loading of the estate included."""
    return list((await stage.standin("GET", "ledger"))["changes"])


async def tags(stage: Stage, resource: str) -> dict[str, str]:
    """A resource's tags as they are in Azure now."""
    document = await stage.arm("reader@contoso.example", "GET", resource)
    return dict(document["tags"] or {})


async def test_bad_events_become_findings_and_good_ones_are_still_answered(play: Play, until: Until) -> None:
    """Each is told once, in one line with the way out; then the worker fixes what the next event shows."""
    stage = await play()
    bad = [
        {"hello": "world"},
        event(f"{estate.HUB}/../hub-lab"),
        event(f"{estate.HUB}%2Fconnections"),
        event("/subscriptions/" + "x" * 10_000),
        {**event(estate.HUB), "eventType": "Microsoft.Storage.BlobCreated"},
    ]
    await stage.standin("POST", "events", bad)

    async def all_told() -> list[dict[str, Any]]:
        told = await alerts(stage, "HW-APP-001")
        return told if len(told) >= len(bad) else []

    messages = [alert["Message"] for alert in await until(all_told)]
    assert all("\n" not in message for message in messages)
    for says in ("lacks", "segment", "2048", "is not one that Hubwarden reads"):
        assert any(says in message for message in messages), says

    good = [event(OTHER), event(f"{estate.ML}/gone"), event(estate.PROJECT, padding="x" * 60_000)]
    await stage.standin("POST", "events", good)
    body = {"operation": "Delete", "properties": {"tags": {"Owner": "jane@contoso.example"}}}
    path = f"{estate.PROJECT}/providers/Microsoft.Resources/tags/default"
    await stage.arm("kim@contoso.example", "PATCH", path, body, "2021-04-01")

    async def mended() -> bool:
        return "Owner" in await tags(stage, estate.PROJECT)

    await until(mended)
    health = await stage.get("health")
    assert (health["this_instance"]["refused"], health["this_instance"]["elsewhere"]) == (len(bad), 1)
    assert len(await alerts(stage, "HW-APP-001")) == len(bad)


async def test_a_poisoned_message_straight_in_the_queue_is_told(play: Play, until: Until) -> None:
    """Event Grid may deliver into the queue itself, so the worker meets what the trigger never saw."""
    stage = await play()
    credential = {"account_name": "devstoreaccount1", "account_key": ACCOUNT_KEY}
    certificate = str(stage.options.directory / "tls" / "ca.pem")
    url = stage.azurite.queue_service_uri
    async with QueueClient(url, "changes", credential=credential, connection_verify=certificate) as queue:
        with suppress(ResourceExistsError):
            await queue.create_queue()
        await queue.send_message(base64.b64encode(b"\xff\xfe no event").decode())

    told = await until(lambda: alerts(stage, "HW-APP-001"))
    assert "not JSON" in told[0]["Message"]
    assert "no event" not in json.dumps(told)


async def test_audit_mode_writes_nothing(play: Play, until: Until) -> None:
    """A sweep over an estate with much to fix leaves every governed resource as it was."""
    stage = await play(mode="audit")
    before = await changes(stage)
    await stage.invoke("sweep")

    async def swept() -> bool:
        counts = (await stage.get("health"))["this_instance"]
        return bool(counts["answered"] >= 2)

    await until(swept)
    assert before == await changes(stage)


async def test_on_an_invalid_policy_nothing_is_judged_and_everybody_is_told(
    play: Play, until: Until, tmp_path: Path
) -> None:
    """Health has every problem, also while nobody can be told; ops get a critical finding as soon as they can."""
    policy = tmp_path / "policy"
    shutil.copytree(REPOSITORY / "policy", policy)
    baseline = policy / "baseline.yaml"
    baseline.write_text(baseline.read_text().replace("HW-NET-001", "HW-NET-0001"))
    stage = await play(policy=policy)
    before = await changes(stage)
    deaf = [{"method": "POST", "path": path, "status": 503} for path in ("/dataCollectionRules/*", "/topics/*")]
    await stage.standin("POST", "faults", {"always": deaf})

    health = await stage.get("health")
    assert not health["healthy"]
    assert any("HW-NET-001" in problem and "baseline.yaml" in problem for problem in health["problems"])
    assert await alerts(stage, "HW-APP-002") == []
    await stage.standin("DELETE", "faults")
    await stage.invoke("sweep")
    told = await until(lambda: alerts(stage, "HW-APP-002"))
    assert told[0]["Severity"] == "critical"
    assert before == await changes(stage)


async def test_the_plan_shows_what_would_be_done(play: Play) -> None:
    """For one hub, before anything is written; and a hub that is no ARM id is refused with the usage."""
    stage = await play(mode="audit")

    plan = await stage.get(f"plan?hub={estate.LAB}")
    steps = {step["rule"]: step for step in plan["plan"]["steps"]}
    assert steps["HW-NET-001"]["status"] == "refused"
    assert steps["HW-NET-001"]["before"] == {"publicNetworkAccess": "Enabled"}
    assert "usage" in await stage.get("plan?hub=nonsense")


async def test_the_command_line_reads_a_live_subscription(play: Play) -> None:
    """As whoever is signed in, through the same engine, and without a write."""
    stage = await play(mode="audit")
    before = await changes(stage)

    done = await _command(
        stage, "plan", "--subscription", estate.SUBSCRIPTION, "--format", "json", HUBWARDEN_ARM_ENDPOINT=stage.azure_url
    )

    assert done.returncode == 2, done.stderr
    told = json.loads(done.stdout)
    assert ("HW-NET-001", "refused") in {(step["rule"], step["status"]) for step in told["plan"]["steps"]}
    assert before == await changes(stage)


async def test_finance_reads_a_live_subscription(play: Play, tmp_path: Path) -> None:
    """The tags of a resource and a month's bill, from Azure's own figures, and without a write."""
    stage = await play(mode="audit")
    before = await changes(stage)
    live = ("--subscription", estate.SUBSCRIPTION)
    at = {"HUBWARDEN_ARM_ENDPOINT": stage.azure_url}
    month = f"{datetime.now(UTC):%Y-%m}"  # noqa: TID251 - the stage plays in real time

    told = await _command(stage, "tags", estate.STORAGE, *live, "--format", "json", **at)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)[0]["tags"]["CostCenter"]["source"] == "hub"
    split = await _command(stage, "costs", *live, "--month", month, "--out", str(tmp_path), **at)
    assert split.returncode == 0, split.stderr
    assert f"{month} USD: billed" in split.stdout
    assert before == await changes(stage)


async def test_who_holds_which_key_of_a_live_subscription(play: Play) -> None:
    """Without the role for it, which permission is missing; with it, every slot; and neither a key nor a write."""
    stage = await play(mode="audit")
    owner, account = "jane@contoso.example", (estate.ACCOUNT, "2025-06-01")
    key = (await stage.arm(owner, "POST", f"{account[0]}/listKeys", version=account[1]))["key2"]
    keyed = f"{estate.HUB}/connections/keyed"
    await stage.arm(owner, "PUT", keyed, {"properties": _by_key(key)})
    before = await changes(stage)

    told = [await _holders(stage, code=2)]
    await stage.standin("POST", "permissions", {"actions": [*_actions("reader"), *_actions("key-reader")]})
    told += [await _holders(stage)]
    assert before == await changes(stage)
    await stage.arm(owner, "POST", f"{account[0]}/regenerateKey", {"keyName": "Key2"}, account[1])
    told += [await _holders(stage)]

    refused, held, regenerated = ({one["account"].casefold(): one for one in picture["accounts"]} for picture in told)
    of, storage = estate.ACCOUNT.casefold(), estate.STORAGE.casefold()
    assert [one["resource"] for one in refused[of]["not_told"]] == [keyed]
    assert all(one["permission"] for account in refused.values() for one in account["not_told"])
    assert [slot["held_by"] for slot in held[of]["keys"]] == [[], [keyed]]
    assert sorted(name for slot in held[storage]["keys"] for name in slot["held_by"]) == [estate.PROJECT, estate.HUB]
    assert regenerated[of]["none_living"] == [keyed]
    assert key not in json.dumps(told)


async def test_the_command_line_sends_an_event(play: Play, until: Until, tmp_path: Path) -> None:
    """It goes the way that Event Grid's own would."""
    stage = await play(mode="audit")
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event(estate.PROJECT)))

    done = await _command(stage, "send", str(path), "--url", stage.host_url)

    assert done.returncode == 0, done.stderr

    async def answered() -> bool:
        return bool((await stage.get("health"))["this_instance"]["answered"])

    await until(answered)


async def _command(stage: Stage, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m local …`, signed in at the stage."""
    inherited = {"PATH": os.environ["PATH"], **stage.azure.ready["environment"], **environment}
    command = [sys.executable, "-m", "local", *arguments]
    return await asyncio.to_thread(
        subprocess.run, command, cwd=REPOSITORY, env=inherited, capture_output=True, text=True, check=False
    )


async def test_a_bill_that_lost_rows_is_not_reported(play: Play, until: Until) -> None:
    """While Azure sends half of the rows, finance is told nothing and ops are told why; then the month is there."""
    stage = await play(mode="audit")
    lost = {"method": "POST", "path": "*/providers/Microsoft.CostManagement/query", "kind": "lostRows", "share": 0.5}
    await stage.standin("POST", "faults", {"always": [lost]})
    await stage.invoke("report_costs")

    told = await until(lambda: alerts(stage, "HW-APP-003"))
    assert "the rows come to" in told[0]["Message"]
    assert (await stage.standin("GET", "state"))["tables"].get("HubwardenCosts_CL", 0) == 0
    await stage.standin("DELETE", "faults")
    await stage.invoke("report_costs")

    async def reported() -> bool:
        return bool((await stage.standin("GET", "state"))["tables"].get("HubwardenCosts_CL", 0))

    await until(reported)


async def _holders(stage: Stage, code: int = 0) -> dict[str, Any]:
    """What `keys` says, as JSON, with an exit code that tells whether all could be told."""
    at = {"HUBWARDEN_ARM_ENDPOINT": stage.azure_url}
    done = await _command(stage, "keys", "--subscription", estate.SUBSCRIPTION, "--format", "json", **at)
    assert done.returncode == code, done.stderr
    return dict(json.loads(done.stdout))


def _actions(role: str) -> list[str]:
    return list(json.loads((REPOSITORY / "infra" / f"{role}-role.json").read_text())["Actions"])


def _by_key(key: str) -> dict[str, Any]:
    """A connection to the demo's account with one of its keys."""
    return {
        "authType": "ApiKey",
        "category": "AzureOpenAI",
        "target": "https://ai-prod.openai.azure.com/",
        "credentials": {"key": key},
        "metadata": {"ApiType": "Azure", "ResourceId": estate.ACCOUNT},
    }
