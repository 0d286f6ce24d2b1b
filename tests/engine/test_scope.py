"""Scope: which hubs an event concerns, and what it costs to know."""

from datetime import timedelta

import pytest

from shared.engine.scope import FORGET_AFTER, hubs_for
from tests.builders import (
    GROUP,
    SUBSCRIPTION,
    Document,
    connection,
    dependent,
    diagnostics,
    hub,
    instance,
    project,
    rid,
    vault_secret,
    workspace_id,
)
from tests.rig import Rig

HUB = rid(workspace_id("hub"))


async def hubs(rig: Rig, text: str) -> list[str]:
    """The names of the hubs that a change of a resource concerns."""
    return [found.name for found in await hubs_for(rid(text), rig.cloud, rig.store, rig.clock.now())]


@pytest.mark.parametrize(
    "changed",
    [hub(), project(), connection(), instance(of="project"), connection(of="PROJECT"), {"id": hub()["id"].upper()}],
    ids=["hub", "project", "connection", "project's compute", "mixed case", "capitals"],
)
async def test_family(changed: Document) -> None:
    """A hub, its projects and what lives in them lead to the hub, also what is already gone."""
    assert [name.casefold() for name in await hubs(Rig.of(hub(), project()), changed["id"])] == ["hub"]


@pytest.mark.parametrize(
    "text",
    [
        f"/subscriptions/{SUBSCRIPTION}",
        GROUP,
        f"{GROUP}/providers/Microsoft.Web/sites/s",
        f"{GROUP}/providers/Microsoft.Web/sites/s/secrets/x",
        vault_secret()["id"],
        dependent()["id"],
        workspace_id("gone"),
        f"{workspace_id('gone')}/connections/c",
    ],
)
async def test_not_ours(text: str) -> None:
    """A resource that no hub is known to own concerns none."""
    assert await hubs(Rig.of(hub()), text) == []


async def test_plain_workspace() -> None:
    """A workspace of another kind, a project without a hub, and one nobody may read are families of their own."""
    rig = Rig.of({**hub("plain"), "kind": "Default"}, project("lone", of=None), hub("closed"))
    rig.cloud.deny(rid(workspace_id("closed")))
    assert [await hubs(rig, workspace_id(name)) for name in ("plain", "lone", "closed")] == [
        ["plain"],
        ["lone"],
        ["closed"],
    ]


async def test_known() -> None:
    """Where a resource belongs is looked up once: after a run the lineage index knows."""
    rig = Rig.of(hub(), project(), diagnostics())
    await rig.sweep(HUB)
    reads = rig.cloud.reads
    assert await hubs(rig, project()["id"]) == ["hub"]
    assert rig.cloud.reads == reads


async def test_shared() -> None:
    """A storage account of two hubs concerns both."""
    rig = Rig.of(hub())
    for name in ("one", "two"):
        await rig.store.belongs(rid(workspace_id(name)), [rid(dependent())])
    assert sorted(await hubs(rig, dependent()["id"])) == ["one", "two"]


@pytest.mark.parametrize("about", [dependent("vault", "kv-ai"), vault_secret(), vault_secret("GONE", of="KV-AI")])
async def test_a_secret_goes_by_its_vault(about: Document) -> None:
    """Whoever leans on the vault is concerned by what is in it, and to know takes no read."""
    rig = Rig.of(hub())
    for name in ("one", "two"):
        await rig.store.belongs(rid(workspace_id(name)), [rid(dependent("vault", "kv-ai"))])

    assert sorted(await hubs(rig, about["id"])) == ["one", "two"]
    assert rig.cloud.reads == 0


async def test_asked_again() -> None:
    """A workspace that is not there is not asked for again within the hour, and found after it."""
    rig = Rig.of()
    assert await hubs(rig, workspace_id("new")) == []
    rig.cloud.put(hub("new"))
    rig.clock.advance(seconds=(FORGET_AFTER - timedelta(seconds=1)).total_seconds())
    assert await hubs(rig, workspace_id("new")) == []
    rig.clock.advance(seconds=1)
    assert await hubs(rig, workspace_id("new")) == ["new"]
