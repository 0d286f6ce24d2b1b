"""Workspaces that no hub claims: plain ones, and projects whose hub nobody here can see. Sweeps look at them too."""

from typing import Any

import pytest

from shared.engine.notices import KIND
from shared.model.facts import Kind
from shared.model.tables import IMAGES, RUNS
from shared.rules.catalogue import RULES
from tests.builders import SUBSCRIPTION, Document, connection, dependent, hub, project, rid, workspace_id
from tests.images_rig import ImagesRig, forgotten

ELSEWHERE = "99999999-2222-3333-4444-555555555555"
OF_HUBS_ALONE = {rule.id for rule in RULES if Kind.HUB in rule.kinds and Kind.WORKSPACE not in rule.kinds}


def elsewhere(document: Document) -> Document:
    """The same in a subscription that nobody looks after."""
    return {**document, "id": document["id"].replace(SUBSCRIPTION, ELSEWHERE)}


def plain(name: str = "plain", kind: str = "Default", **properties: Any) -> Document:  # noqa: ANN401 - JSON
    """A workspace that is neither hub nor project."""
    return {**hub(name, **properties), "kind": kind}


def lone(name: str = "lone", of: Document | None = None, **properties: Any) -> Document:  # noqa: ANN401 - JSON
    """A project of a hub in another subscription."""
    return project(name, hubResourceId=(of or elsewhere(hub()))["id"], **properties)


def stale(of: str, name: str = "ci-old") -> Document:
    """An instance there whose image is long past every date."""
    document = forgotten(name, image="25.06.01", made=270)
    return {**document, "id": f"{workspace_id(of)}/computes/{name}"}


def governing(*documents: Document) -> ImagesRig:
    """A rig that looks after one subscription, and sees no other in the index."""
    rig = ImagesRig.of(*documents, governed=(SUBSCRIPTION,))
    rig.cloud.visible = {SUBSCRIPTION}
    return rig


def told(rig: ImagesRig) -> list[tuple[str, str, str]]:
    """Of each notice: the compute, the hub's id and what was told."""
    rows = [row for row in rig.rows(IMAGES) if row["Notice"]]
    return [(row["Compute"].rpartition("/")[2], row["Hub"], row["Notice"]) for row in rows]


@pytest.mark.parametrize("kind", ["Default", "default", "FeatureStore"])
async def test_a_plain_workspace_is_swept(kind: str) -> None:
    """Its old instance gets its row and its notice without any event, under the workspace's own id."""
    rig = governing(hub(), plain(kind=kind), stale("plain"))

    assert await rig.timer() == ["hub", "plain"]
    assert told(rig) == [("ci-old", workspace_id("plain").casefold(), "warned")]
    assert [alert.subject for alert in rig.topic.alerts if alert.kind == KIND] == [rid(stale("plain")).key]
    assert {row["Hub"] for row in rig.rows(RUNS)} == {rid(hub()).key, rid(plain()).key}


async def test_no_rule_about_hubs_judges_a_plain_workspace() -> None:
    """It is reached from outside and has no network of its own; that is a finding on a hub, and on nothing else."""
    open_to_all: dict[str, Any] = {"publicNetworkAccess": "Enabled", "managedNetwork": None}
    rig = governing(hub(**open_to_all), plain(**open_to_all), connection(of="plain", authType="ApiKey"))
    await rig.timer()
    about = {name: {f["Rule"] for f in rig.findings(Resource=rid(workspace_id(name)).key)} for name in ("hub", "plain")}

    assert {"HW-NET-001", "HW-NET-002"} <= about["hub"] & OF_HUBS_ALONE
    assert not about["plain"] & OF_HUBS_ALONE
    assert {f["Hub"] for f in rig.findings(Kind="connection")} == {rid(plain()).key}


@pytest.mark.parametrize("named", [elsewhere(hub()), hub("gone")], ids=["elsewhere", "gone"])
async def test_a_project_whose_hub_cannot_be_seen_is_swept(named: Document) -> None:
    """Its old instance gets its row and its notice, under the hub that the project names, as after an event."""
    rig = governing(hub("other"), lone(of=named), stale("lone"))

    assert await rig.timer() == ["other", named["name"]]
    assert told(rig) == [("ci-old", rid(named).key, "warned")]
    assert {f["Project"] for f in rig.findings(Resource=rid(stale("lone")).key)} == {rid(lone()).key}


async def test_what_lies_elsewhere_is_not_looked_at() -> None:
    """The hub may be read by chance: nothing of it is judged, nor what its project leans on in its subscription."""
    theirs, ours = elsewhere(dependent(name="sttheirs")), dependent(name="stours")
    leaning = {"storageAccount": theirs["id"], "containerRegistry": None, "keyVault": ours["id"]}
    rig = governing(elsewhere(hub()), elsewhere(connection(authType="ApiKey")), lone(**leaning), theirs, ours)
    await rig.timer()

    judged = {f["Resource"] for f in rig.findings()}
    assert {rid(lone()).key, rid(ours).key} <= judged
    assert not {one for one in judged if ELSEWHERE in one}


async def test_projects_of_one_hub_are_one_family() -> None:
    """Two of them take one message and one run, and each is told of once."""
    rig = governing(lone(), lone("alone"), stale("lone"), stale("alone", "ci-second"))

    assert await rig.timer() == ["hub"]
    assert sorted(name for name, _, _ in told(rig)) == ["ci-old", "ci-second"]
    assert len(rig.rows(RUNS)) == 1


async def test_a_project_of_a_hub_in_sight_is_swept_with_it_alone() -> None:
    """Whichever of the governed subscriptions the hub lies in."""
    far = elsewhere(hub())
    rig = ImagesRig.of(far, lone(of=far), stale("lone"), governed=(SUBSCRIPTION, ELSEWHERE))

    assert await rig.timer() == ["hub"]
    assert len([row for row in rig.rows(IMAGES) if row["Compute"] == rid(stale("lone")).key]) == 1


@pytest.mark.parametrize("home", [plain(), lone()], ids=["plain", "lone"])
async def test_an_event_and_a_sweep_are_about_the_same(home: Document) -> None:
    """What an event has told, a sweep does not tell again; nor does the one open findings that the other has."""
    old = stale(home["name"])
    rig = governing(home, old)
    await rig.event(old)
    opened = {f["Fingerprint"] for f in rig.findings(Change="opened", Resource=rid(old).key)}
    await rig.timer()
    await rig.timer()

    assert opened
    assert len(told(rig)) == 1
    again = [f["Fingerprint"] for f in rig.findings(Change="opened", Resource=rid(old).key)]
    assert len(again) == len(set(again))


async def test_a_hub_that_comes_into_sight_takes_its_project_as_it_is() -> None:
    """Its subscription is looked after from now on: what was told and found before is not told anew."""
    far = elsewhere(hub())
    rig = governing(far, lone(of=far), stale("lone"))
    await rig.timer()
    rig.cloud.visible, rig.governed = set(), (SUBSCRIPTION, ELSEWHERE)
    await rig.timer()

    assert len(told(rig)) == 1
    opened = [f["Fingerprint"] for f in rig.findings(Change="opened")]
    assert len(opened) == len(set(opened))
    assert {f["Resource"] for f in rig.findings()} >= {rid(far).key}
