"""What rows name besides what they are about: whose it is, who pays for it, and the operation that caused them."""

from datetime import timedelta

import pytest

from shared.model.key_facts import Slot
from shared.model.message import Wish
from shared.model.rotation import Phase
from shared.model.tables import ACTIONS, FINDINGS, IMAGES, KEYS, RUNS, TABLES, TAGS
from shared.policy.policy import Effect
from shared.ports import Mark
from tests.builders import Document, diagnostics, hub, policy, project, rid
from tests.images_rig import ImagesRig, aged
from tests.rig import Rig
from tests.rotation_rig import RotationRig, account, keyed_endpoint

ASKED, LISTED = "0a0a0a0a-0000-4000-8000-000000000001", "0a0a0a0a-0000-4000-8000-000000000002"
LIST = "Microsoft.CognitiveServices/accounts/listKeys/action"
OURS = {"CostCenter": "CC-1234", "Owner": "jane@contoso.example"}
THEIRS = {"CostCenter": "CC-5678", "Owner": "joe@contoso.example"}
AI = account(age=1)
WORLD: tuple[Document, ...] = (hub(), hub("hub-2", tags=THEIRS), project(), diagnostics())
NAMES = ("Hub", "Project", "Owner", "CostCenter")


def untagged(document: Document) -> Document:
    """It names nobody itself."""
    return {**document, "tags": None}


async def test_all_rows_of_an_event_name_its_operation() -> None:
    """Of the run, of what was judged, of tags, and of what was written."""
    rig = Rig.of(hub(), project(tags={}), diagnostics(), policy=policy(effect=Effect.ENFORCE))
    await rig.event(project(), correlation_id=ASKED)

    tables = (RUNS, FINDINGS, ACTIONS, TAGS)
    told = {table: {tuple(row["CorrelationIds"]) for row in rig.rows(table)} for table in tables}
    assert told == {table: {(ASKED,)} for table in tables}


async def test_a_compute_names_who_pays_and_the_operation() -> None:
    """As its findings do; a sweep that answers an event too names that event's."""
    instance = aged("ci-busy", state="JobRunning")
    rig = ImagesRig.with_fleet(instance)
    await rig.store.mark(Mark(rid(hub()), rid(instance), "event-1", correlation_id=ASKED))
    await rig.sweep(hub())
    (row,) = rig.rows(IMAGES)
    found = rig.rows(FINDINGS, Resource=rid(instance).key)

    assert found != []
    assert {tuple(row[name] for name in NAMES)} == {tuple(one[name] for name in NAMES) for one in found}
    assert (row["CostCenter"], row["CorrelationIds"]) == ("CC-1234", [ASKED])


async def test_a_run_names_whose_hub_it_looked_at() -> None:
    """A sweep reads the hub; a run that does not read it knows its owner from the last time."""
    rig = Rig.of(hub(tags=OURS), project(), diagnostics())
    await rig.sweep(hub())
    (row,) = rig.rows(RUNS)

    assert (row["Owner"], row["CostCenter"]) == ("jane@contoso.example", "CC-1234")


@pytest.mark.parametrize(
    ("document", "homes", "named"),
    [
        (AI, ("hub", "hub-2"), (None, "", "jane@contoso.example", "CC-1234")),
        (untagged(AI), ("hub-2",), ("hub-2", "", "joe@contoso.example", "CC-5678")),
        (untagged(AI), ("hub", "hub-2"), (None, "", "", "")),
        (keyed_endpoint(), ("hub",), ("hub", "project", "jane@contoso.example", "CC-1234")),
    ],
    ids=["by its own tags", "its only hub's", "shared by two who differ", "an endpoint of a project"],
)
async def test_rows_about_keys_name_whose_account_it_is(
    document: Document, homes: tuple[str, ...], named: tuple[str | None, ...]
) -> None:
    """As findings on it do; nobody's where several hubs that differ keep its keys."""
    rig = RotationRig.of(*WORLD, document)
    for home in homes:
        rig.connect(document, of=home, old=True)
    await rig.ask(document)
    of_hub, of_project, *rest = named
    expected = (rid(hub(of_hub)).key if of_hub else "", rid(project()).key if of_project else "", *rest)

    rows = rig.rows(KEYS)
    assert {row["Step"] for row in rows} == {"regenerate", "prove", "move", "stands"}
    assert {tuple(row[name] for name in NAMES) for row in rows} == {expected}
    assert {tuple(row[name] for name in NAMES) for row in rig.rows(FINDINGS)} == {expected}
    assert {row["Rule"] for row in rows} == {"HW-KEY-013" if document["name"] == "score" else "HW-KEY-010"}


@pytest.fixture
def rig() -> RotationRig:
    """A young account whose key a connection keeps."""
    rig = RotationRig.of(*WORLD, AI)
    rig.connect(AI, Slot.FIRST)
    return rig


async def test_a_rotation_names_what_asked_for_it(rig: RotationRig) -> None:
    """In every row to its end, days and many passes later; one by age names nothing."""
    await rig.ask(AI, Wish.BEGIN, correlation_id=ASKED)
    await rig.live(most=timedelta(days=5))
    first = rig.record(AI).ended
    assert first is not None
    rows = len(rig.rows(KEYS))
    rig.clock.advance(days=85)
    await rig.live(until=Phase.WAITING)

    named = [row["CorrelationIds"] for row in rig.rows(KEYS)]
    assert named[:rows] == [[ASKED]] * rows
    assert len(named) > rows
    assert not any(named[rows:])
    runs = [row for row in rig.rows(RUNS) if row["Judged"]]
    assert {tuple(row["CorrelationIds"]) for row in runs} == {(ASKED,), ()}
    assert (runs[0]["Causes"], runs[-1]["Causes"]) == (1, 0)


async def test_an_approval_is_named_besides(rig: RotationRig) -> None:
    """In the rows of the pass that it is answered with."""
    rig.policy = policy(auto_approve="CHG-7")
    await rig.ask(AI, Wish.BEGIN, correlation_id=ASKED)
    await rig.ask(AI, Wish.APPROVE, "nobody else has it", correlation_id=LISTED)

    assert [row["CorrelationIds"] for row in rig.rows(KEYS, Step="stands")] == [[ASKED], [ASKED, LISTED]]


async def test_whoever_was_shown_a_key_is_named_until_it_is_new(rig: RotationRig) -> None:
    """By Azure's id of that call, in the finding and its alert, and in the rows of the emergency that answers it."""
    await rig.shown(rid(AI), LIST, principal="eve", who="eve@contoso.example", correlation_id=LISTED)
    await rig.turn()
    rig.clock.advance(hours=1)
    await rig.ask(AI, correlation_id=ASKED)
    rows, found = rig.rows(KEYS), rig.rows(FINDINGS, Rule="HW-KEY-015")
    rig.clock.advance(hours=1)
    await rig.ask(AI)

    assert (rows[0]["Step"], rows[0]["CorrelationIds"]) == ("stands", [LISTED])
    assert {tuple(row["CorrelationIds"]) for row in rows[1:]} == {(ASKED, LISTED)}
    assert LISTED in found[-1]["CorrelationIds"]
    assert [alert.data["CorrelationIds"] for alert in rig.topic.alerts[:1]] == [[LISTED]]
    assert not any(row["CorrelationIds"] for row in rig.rows(KEYS)[len(rows) :])


async def test_rows_about_keys_are_rows_of_their_table(rig: RotationRig) -> None:
    """With what every row names."""
    await rig.ask(AI)
    wanted = {"RunId", "Rule", *NAMES, "CorrelationIds"}

    assert all(wanted <= row.keys() <= {column.name for column in TABLES[KEYS]} for row in rig.rows(KEYS))
