"""Loading an estate: what comes back, and what is refused with its file, index and reason."""

import json
from pathlib import Path

import pytest

from local.azure.arm_ids import GROUP_TYPE
from local.azure.documents import EstateError
from local.azure.estate import load
from local.azure.options import Options
from local.azure.store import Store
from local.synthetic.estate import Size, generate, write
from tests.local.azure.client import CONNECTION, GROUP, HUB, PROJECT, SUBSCRIPTION, Arm
from tests.local.azure.conftest import StandIn

ESTATE = Path(__file__).parent / "data" / "estate.json"
WORKED_OUT = ("Microsoft.Consumption/budgets", "Microsoft.MachineLearningServices/workspaces/computes")
"""Types whose answers say more, or something newer, than was loaded."""
DOCUMENTS = json.loads(ESTATE.read_text())["value"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["name"])
async def test_a_loaded_document_comes_back_unchanged(arm: Arm, document: dict[str, object]) -> None:
    """A GET returns what was loaded, absent and null fields kept apart; only credentials are hidden."""
    expected = json.loads(json.dumps(document))
    if "credentials" in expected["properties"]:
        expected["properties"]["credentials"] = None
    answer = await arm.ok("GET", str(document["id"]))
    assert json.dumps(expected) == json.dumps(answer)


async def test_ids_are_found_in_any_letter_case(arm: Arm) -> None:
    """A request in another casing finds the resource and gets the id as it was loaded."""
    answer = await arm.ok("GET", HUB.upper().replace("/SUBSCRIPTIONS", "/subscriptions"))
    assert answer["id"] == HUB


async def test_subscription_and_group_are_implied(arm: Arm) -> None:
    """A loaded resource brings its subscription and resource group with it."""
    subscriptions = await arm.ok("GET", "/subscriptions")
    groups = await arm.ok("GET", f"/subscriptions/{SUBSCRIPTION}/resourcegroups")
    assert [one["subscriptionId"] for one in subscriptions["value"]] == [SUBSCRIPTION]
    assert [one["name"] for one in groups["value"]] == ["rg-ai"]


def test_a_folder_of_single_documents_and_lists_is_loaded_whole(tmp_path: Path) -> None:
    """Single documents, `value` lists and bare lists may stand side by side, with a byte order mark too."""
    hub, project, connection, *rest = DOCUMENTS
    (tmp_path / "one.json").write_text(json.dumps(hub), encoding="utf-8-sig")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "two.json").write_text(json.dumps({"value": [project, connection], "nextLink": None}))
    (tmp_path / "three.json").write_text(json.dumps(rest))
    store = Store()
    assert len(DOCUMENTS) == load(tmp_path, store, "tenant")
    assert store.get(PROJECT) == project
    assert [group["id"] for group in store.of_type(GROUP_TYPE)] == [GROUP]


def test_credentials_of_a_loaded_connection_stay_out_of_its_document() -> None:
    """A connection saved from listsecrets loads, and its key lies apart from what is shown and logged."""
    store = Store()
    load(ESTATE, store, "tenant")
    assert store.secrets[CONNECTION.casefold()] == {"key": "loaded-key"}
    assert "loaded-key" not in json.dumps(list(store)) + repr(store)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not readable as JSON"),
        ('{"value": [{"id": "/subscriptions/s"}, 7]}', "document 1: expected an ARM document, found int"),
        ('[{"name": "hub"}]', "document 0: has no 'id'"),
        ('{"id": "/providers/x"}', "document 0: '/providers/x' is no ARM id"),
        ('{"id": "/subscriptions/s/resourceGroups/g", "properties": []}', "'properties' of"),
        ('{"id": "/subscriptions/s/resourceGroups/g", "tags": ["a"]}', "'tags' of"),
        ('{"id": "/subscriptions/s", "size": NaN}', "NaN is no JSON"),
        ("[" * 100_000, "not readable as JSON"),
        ('{"error": {"code": "ResourceNotFound"}}', "document 0: is an error Azure answered"),
        (
            '[{"id": "/subscriptions/s", "tags": {}}, {"id": "/SUBSCRIPTIONS/S"}]',
            "document 1: /SUBSCRIPTIONS/S is another one already in",
        ),
    ],
)
def test_a_bad_document_is_named_with_file_index_and_reason(tmp_path: Path, content: str, reason: str) -> None:
    """What cannot be loaded stops the start with one line that says where and why."""
    file = tmp_path / "bad.json"
    file.write_text(content)
    with pytest.raises(EstateError) as raised:
        load(file, Store(), "tenant")
    assert str(raised.value).startswith(str(file))
    assert reason in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_two_lists_share_is_loaded_once(tmp_path: Path) -> None:
    """A list of a subscription and one of a group in it overlap; that is no reason to refuse them."""
    for name in ("group.json", "subscription.json"):
        (tmp_path / name).write_text(json.dumps({"value": DOCUMENTS}))
    assert len(DOCUMENTS) == load(tmp_path, Store(), "tenant")


def test_a_missing_or_empty_source_is_named(tmp_path: Path) -> None:
    """Neither a path that is not there nor a folder without JSON passes for an empty estate."""
    for source in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(EstateError, match=str(source)):
            load(source, Store(), "tenant")


async def test_a_made_up_estate_is_served_with_its_containers_and_budgets(stand_in: StandIn, tmp_path: Path) -> None:
    """Every document of it is read by its id; subscription and group keep their tags, and a budget tells its spend."""
    made = list(generate(Size(hubs=12, projects=1), seed=7))
    write(tmp_path / "estate.json", iter(made))
    async with stand_in(Options(estate=tmp_path, throttle=False)) as arm:
        answers = [await arm.ok("GET", document["id"]) for document in made]
        listed = await arm.ok("GET", "/subscriptions")
    whole = [(one, told) for one, told in zip(made, answers, strict=True) if one["type"] not in WORKED_OUT]
    assert [told for _, told in whole] == [one for one, _ in whole]
    assert [one["tags"] for one in listed["value"]] == [made[0]["tags"]]
    budgets = [told["properties"] for told in answers if told.get("type") == "Microsoft.Consumption/budgets"]
    assert len(budgets) > 1
    assert min(budget["currentSpend"]["amount"] for budget in budgets) > 0
