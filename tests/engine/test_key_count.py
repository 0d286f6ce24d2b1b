"""How many connections still keep a key: who is counted, when, and what the query over the rows shows."""

import pytest

from shared.model.facts import Kind
from shared.model.tables import KEYS, TABLES
from tests import logs
from tests.builders import Document, connection, dependent, dependent_id, hub, project, rid
from tests.fakes import GRAPH, FakeKeys
from tests.rig import Rig

OF_ACCOUNT = {"ResourceId": dependent_id("account")}
SHARED = connection("shared", authType="ApiKey", isSharedToAll=True, metadata=OF_ACCOUNT)
OWN = connection("own", of="project", authType="CustomKeys")
KEYLESS = connection("keyless", authType="AAD", metadata=OF_ACCOUNT)
OPEN = connection("open", authType="None")
ODD = connection("odd", of="project", authType="Nonesuch")
WORLD: tuple[Document, ...] = (hub(), project(), dependent("account"), SHARED, OWN, KEYLESS, OPEN, ODD)

CONNECTIONS = "microsoft.machinelearningservices/workspaces/connections"


@pytest.fixture
def rig() -> Rig:
    """A hub and a project with connections of all sorts; what the hub shares, the project shows as well."""
    shared = {**SHARED, "properties": {**SHARED["properties"], "createdByWorkspaceArmId": hub()["id"]}}
    return Rig.of(*WORLD, shared, keys=FakeKeys(), enforce=False)


def counts(rig: Rig) -> list[tuple[int, int, int]]:
    """By key, by identity and other, row by row."""
    return [(row["ByKey"], row["ByIdentity"], row["ByOther"]) for row in rig.rows(KEYS, Step="counted")]


async def test_a_look_at_keys_counts_connections(rig: Rig) -> None:
    """In one row of its hub; what is shared counts once, though its project's list shows it too."""
    listed = await rig.cloud.children(rid(project()), Kind.CONNECTION)
    await rig.sweep(hub(), keys=True)
    (row,) = rig.rows(KEYS)

    assert isinstance(listed, tuple)
    assert rid(SHARED).name in {one.id.name for one in listed}
    assert counts(rig) == [(2, 1, 2)]
    assert (row["Hub"], row["Account"], row["Result"], row["Reason"]) == (rid(hub()).key, "", "done", "")
    assert row["RunId"] == rig.runs[-1]["RunId"]
    assert set(row) <= {column.name for column in TABLES[KEYS]}


async def test_each_look_and_each_hub_has_its_own_row(rig: Rig) -> None:
    """So the second shows what has changed since the first."""
    rig.cloud.put(hub("other"))
    await rig.sweep(hub(), hub("other"), keys=True)
    rig.document(OWN)["properties"]["authType"] = "AAD"
    rig.clock.advance(hours=24)
    await rig.sweep(hub(), keys=True)

    assert counts(rig) == [(2, 1, 2), (0, 0, 0), (1, 2, 2)]
    assert [row["Hub"] for row in rig.rows(KEYS)] == [rid(one).key for one in (hub(), hub("other"), hub())]


async def test_no_other_run_counts(rig: Rig) -> None:
    """A sweep without keys; and an event, which looks at a key too, but sees one connection and not a family."""
    await rig.sweep(hub())
    await rig.event(SHARED)

    assert rig.keys is not None
    assert (len(rig.runs), rig.keys.looks > 0, rig.rows(KEYS)) == (2, True, [])


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        (CONNECTIONS, "not read: connections of hub, connections of project"),
        (GRAPH, "not read: projects of hub"),
        (rid(hub()), "not read: hub"),
    ],
    ids=["connections", "projects", "hub"],
)
async def test_what_was_not_read_makes_it_unsure(rig: Rig, subject: str, reason: str) -> None:
    """A row that counts too few says so, and the trend leaves it out."""
    rig.cloud.deny(subject)
    await rig.sweep(hub(), keys=True)
    (row,) = rig.rows(KEYS)

    assert (row["Result"], row["Reason"]) == ("unsure", reason)
    assert asked(rig) == []


async def test_the_trend(rig: Rig) -> None:
    """The query takes each hub's last count of a week, and adds the hubs up."""
    rig.cloud.put(hub("other"))
    rig.cloud.put(connection("theirs", of="other", authType="ApiKey"))
    await rig.sweep(hub(), hub("other"), keys=True)
    rig.clock.advance(days=14)
    await rig.sweep(hub(), hub("other"), keys=True)
    rig.document(OWN)["properties"]["authType"] = "AAD"
    rig.clock.advance(minutes=1)
    await rig.sweep(hub(), keys=True)

    assert asked(rig) == [(2, 3, 1, 2), (2, 2, 2, 2)]


def asked(rig: Rig) -> list[tuple[int, ...]]:
    """Hubs and counts of each week, as the query shows them."""
    rows = logs.asked("keyed-connections", {KEYS: rig.rows(KEYS)}, rig.clock.now())
    return [(row["Hubs"], row["ByKey"], row["ByIdentity"], row["ByOther"]) for row in rows]
