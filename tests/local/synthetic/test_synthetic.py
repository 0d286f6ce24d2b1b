"""The synthetic estate: the same by seed, whole, as crooked as asked for, and loadable as it is written."""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from local.azure.arm_ids import canonical, parent, resource_type
from local.azure.estate import load
from local.azure.store import Store
from local.synthetic.drift import TIDY
from local.synthetic.estate import NOW, EstateUnwritable, Size, generate, write
from local.synthetic.words import CONNECTIONS

WORKSPACE = "Microsoft.MachineLearningServices/workspaces"


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
        assert resource_type(document["id"]).casefold() == document["type"].casefold()


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
        assert {"CostCenter", "Environment", "Owner"} == set(workspace["tags"])
        if workspace["kind"] == "Hub":
            assert workspace["properties"]["publicNetworkAccess"] == "Disabled"
        else:
            assert canonical(workspace["properties"]["hubResourceId"]) in known
    instances = [one["properties"] for one in of(tidy, f"{WORKSPACE}/computes")]
    images = [one["properties"].get("osImageMetadata", {}) for one in instances]
    assert {True} == {image["isLatestOsImageVersion"] for image in images if image}
    assert {"AAD"} == {one["properties"]["authType"] for one in of(tidy, f"{WORKSPACE}/connections")}


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
