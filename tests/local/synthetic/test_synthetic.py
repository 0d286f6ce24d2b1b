"""The synthetic estate: the same by seed, whole, as crooked as asked for, and loadable as it is written."""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from local.azure.arm_ids import GROUP_TYPE, SUBSCRIPTION_TYPE, canonical, parent, resource_type
from local.azure.estate import load
from local.azure.store import Store
from local.synthetic.drift import TIDY
from local.synthetic.estate import NOW, EstateUnwritable, Size, generate, write
from local.synthetic.words import CONNECTIONS

WORKSPACE = "Microsoft.MachineLearningServices/workspaces"
GROUPS = "Microsoft.Resources/resourceGroups"
COST_TAGS = {"CostCenter", "Environment", "Owner"}


@pytest.fixture(scope="module")
def wild() -> list[dict[str, Any]]:
    return list(generate(Size(hubs=100, projects=10), seed=7))


def of(estate: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [document for document in estate if document["type"].casefold() == kind.casefold()]


def test_one_seed_draws_one_estate(wild: list[dict[str, Any]]) -> None:
    """The same arguments give the same documents, another seed gives others."""
    assert wild == list(generate(Size(hubs=100, projects=10), seed=7))
    assert wild != list(generate(Size(hubs=100, projects=10), seed=8))


def test_a_hub_does_not_depend_on_how_many_come_after_it(wild: list[dict[str, Any]]) -> None:
    """A smaller estate is the beginning of a larger one."""
    few = list(generate(Size(hubs=3, projects=10), seed=7))
    assert wild[: len(few)] == few


def test_as_many_hubs_and_projects_as_asked_for(wild: list[dict[str, Any]]) -> None:
    """Each hub tells of its projects, and kinds come in both casings."""
    kinds = Counter(workspace["kind"] for workspace in of(wild, WORKSPACE))
    assert (kinds["Hub"] + kinds["hub"], kinds["Project"] + kinds["project"]) == (100, 1000)
    assert min(kinds.values()) > 0
    hub = next(workspace for workspace in of(wild, WORKSPACE) if workspace["kind"] == "Hub")
    assert len(hub["properties"]["associatedWorkspaces"]) == 10


def test_no_two_documents_share_an_id_and_every_id_tells_its_type(wild: list[dict[str, Any]]) -> None:
    """Ids are unique without letter case, and lead to the document's own type."""
    assert len(wild) == len({canonical(document["id"]) for document in wild})
    for document in wild:
        told = resource_type(document["id"]).replace(GROUP_TYPE, "Microsoft.Resources/resourceGroups")
        assert told.casefold() == document["type"].casefold()


def test_every_kind_of_credential_is_met(wild: list[dict[str, Any]]) -> None:
    """Connections of all auth types are there, and none shows a secret."""
    connections = [connection["properties"] for connection in of(wild, f"{WORKSPACE}/connections")]
    assert {auth for auth, _ in CONNECTIONS} == {connection["authType"] for connection in connections}
    assert [connection for connection in connections if connection.get("credentials") is not None] == []


def test_dependents_are_shared_and_exist(wild: list[dict[str, Any]]) -> None:
    """Every storage account, vault and registry a hub names is in the estate; some storage serves several hubs."""
    known = {canonical(document["id"]) for document in wild}
    hubs = [workspace["properties"] for workspace in of(wild, WORKSPACE) if workspace["kind"].casefold() == "hub"]
    named = [canonical(hub[part]) for hub in hubs for part in ("storageAccount", "keyVault", "containerRegistry")]
    assert set() == set(named) - known
    assert max(Counter(canonical(hub["storageAccount"]) for hub in hubs).values()) > 1


def test_a_tidy_estate_has_nothing_amiss() -> None:
    """Without drift every workspace is tagged, every hub isolated, every instance fresh and every project at home."""
    tidy = list(generate(Size(hubs=20, projects=5), seed=1, drift=TIDY))
    known = {canonical(document["id"]) for document in tidy}
    for workspace in of(tidy, WORKSPACE):
        assert set(workspace["tags"]) == COST_TAGS
        if workspace["kind"] == "Hub":
            assert workspace["properties"]["publicNetworkAccess"] == "Disabled"
        else:
            assert canonical(workspace["properties"]["hubResourceId"]) in known
    instances = [one["properties"] for one in of(tidy, f"{WORKSPACE}/computes")]
    images = [one["properties"].get("osImageMetadata", {}) for one in instances]
    assert {True} == {image["isLatestOsImageVersion"] for image in images if image}
    assert {"AAD"} == {one["properties"]["authType"] for one in of(tidy, f"{WORKSPACE}/connections")}


def test_subscriptions_and_groups_are_there_with_their_tags(wild: list[dict[str, Any]]) -> None:
    """One of each that an id names; their tags drift as others do, and in a tidy estate they do not."""
    named = {canonical("/".join(document["id"].split("/")[:5])) for document in wild if "/providers/" in document["id"]}
    assert {canonical(group["id"]) for group in of(wild, GROUPS)} == named
    subscriptions = of(wild, SUBSCRIPTION_TYPE)
    assert {parent(group) for group in named} == {canonical(one["id"]) for one in subscriptions}
    assert [one["subscriptionId"] for one in subscriptions] == [one["id"].rpartition("/")[2] for one in subscriptions]
    assert {one["state"] for one in subscriptions} == {"Enabled"}
    drifted = [group for group in of(wild, GROUPS) if not set(group["tags"] or {}) >= COST_TAGS]
    assert 10 < len(drifted) < 90
    tidy = list(generate(Size(hubs=50, projects=0), seed=1, drift=TIDY))
    owned = [one for one in of(tidy, GROUPS) if not one["id"].endswith("/rg-platform")]
    assert [set(one["tags"]) for one in [*of(tidy, SUBSCRIPTION_TYPE), *owned]] == [COST_TAGS] * 52


def test_an_isolated_hub_is_reached_by_a_private_endpoint_of_the_estate(wild: list[dict[str, Any]]) -> None:
    """Its approved connection names the endpoint's document, which leads back to it; an open hub has none."""
    hubs = {one["id"]: one["properties"] for one in of(wild, WORKSPACE) if one["kind"].casefold() == "hub"}
    endpoints = {one["id"]: one for one in of(wild, "Microsoft.Network/privateEndpoints")}
    led_to = {}
    for hub, properties in hubs.items():
        for one in properties.get("privateEndpointConnections", []):
            assert one["properties"]["privateLinkServiceConnectionState"]["status"] == "Approved"
            led_to[one["properties"]["privateEndpoint"]["id"]] = hub
    links = {key: one["properties"]["privateLinkServiceConnections"] for key, one in endpoints.items()}
    assert led_to == {key: link["properties"]["privateLinkServiceId"] for key, (link,) in links.items()}
    assert set(led_to.values()) == {hub for hub, one in hubs.items() if one["publicNetworkAccess"] == "Disabled"}
    assert 0 < len(led_to) < len(hubs)


def test_some_groups_of_hubs_hold_budgets_and_bought_models(wild: list[dict[str, Any]]) -> None:
    """Untagged purchases, and budgets some of which warn of what is foretold; all of them in a hub's own group."""
    groups = {canonical(group["id"]) for group in of(wild, GROUPS) if not group["id"].endswith("/rg-platform")}
    bought, budgets = of(wild, "Microsoft.SaaS/resources"), of(wild, "Microsoft.Consumption/budgets")
    assert {parent(canonical(one["id"])) for one in (*bought, *budgets)} <= groups
    assert {one["tags"] for one in bought} == {None}
    assert 5 < len(bought) < 40
    assert 10 < len(budgets) < 60
    foretold = [one for one in budgets if "Forecasted_100" in one["properties"]["notifications"]]
    assert 0 < len(foretold) < len(budgets)


def test_image_versions_are_counted_back_from_the_moment_told() -> None:
    """A later moment moves every image version with it, and nothing else."""
    now, later = (list(generate(Size(5, 5), 7, NOW + timedelta(days=days))) for days in (0, 30))
    changed = [(old, new) for old, new in zip(now, later, strict=True) if old != new]
    assert changed
    assert {f"{WORKSPACE}/computes"} == {old["type"] for old, _ in changed}


def test_a_folder_is_loaded_as_it_is_written(tmp_path: Path) -> None:
    """The stand-in takes the written estate whole; a second, smaller one leaves nothing of the first behind."""
    write(tmp_path / "estate", generate(Size(140, 10), 7))
    assert len(list((tmp_path / "estate").iterdir())) > 1
    count = write(tmp_path / "estate", generate(Size(2, 1), 7))
    store = Store()
    assert count == load(tmp_path / "estate", store, "tenant")
    orphans = [
        one["id"] for one in store if parent(canonical(one["id"])) and not store.get(parent(canonical(one["id"])))
    ]
    assert orphans == []


def test_a_file_is_one_list_response(tmp_path: Path) -> None:
    """A target that ends in .json becomes a file, its folder with it."""
    target = tmp_path / "deep" / "estate.json"
    count = write(target, generate(Size(1, 1), 7))
    assert count == len(json.loads(target.read_text())["value"])


def test_a_target_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """One line with the target, the reason and the way out."""
    (tmp_path / "file").write_text("")
    with pytest.raises(EstateUnwritable, match=r"file/estate: cannot be written .*Choose another --out\.$"):
        write(tmp_path / "file" / "estate", generate(Size(1, 1), 7))
