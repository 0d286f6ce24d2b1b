"""The replay, on a small folder of contracts made here: what matches, what differs, and what the command says of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from local.conformance.contracts import Contracts, ContractsError, beside
from local.conformance.report import write
from local.conformance.shape import differences
from local.conformance.suite import Findings, run

REPOSITORY = Path(__file__).resolve().parents[2]
GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts"
PLACE = {"subscriptionId": "{s}", "resourceGroupName": "rg", "accountName": "stone", "api-version": "2023-05-01"}
ACCOUNT: dict[str, Any] = {"id": "/x", "name": "stone", "location": "eastus", "properties": {"creationTime": "2024"}}


def contracts(folder: Path, name: str, parameters: dict[str, Any], responses: dict[str, Any]) -> Contracts:
    """A folder with the route of storage accounts, one example and one recording."""
    example = folder / "examples" / f"{name}.json"
    example.parent.mkdir(parents=True)
    example.write_text(json.dumps({"parameters": PLACE | parameters, "responses": responses}))
    path = f"{STORAGE}/{{accountName}}"
    route = {"method": "GET", "path": path, "responses": {"200": {"headers": []}, "default": {"headers": []}}}
    (folder / "routes.json").write_text(json.dumps([route]))
    return Contracts(folder)


async def played(found: Contracts) -> Findings:
    """What the suite finds with these contracts; the stand-in's own rows are in order."""
    findings = await run(found)
    assert findings.skipped == ""
    return findings


async def test_a_resource_that_comes_back_in_its_shape_matches(tmp_path: Path) -> None:
    """The example's resource is there before the request, in a subscription of its own."""
    found = await played(contracts(tmp_path, "storage/StorageAccountGetProperties", {}, {"200": {"body": ACCOUNT}}))
    assert [(one.example, one.differences) for one in found.outcomes] == [("storage/StorageAccountGetProperties", ())]
    assert found.faults == []


async def test_what_an_answer_lacks_is_told(tmp_path: Path) -> None:
    """A key the example shows and the stand-in does not, by its path; so the suite fails."""
    keys = {"keys": [{"keyName": "key1", "value": "x", "permissions": "Full", "weight": 1}]}
    found = await played(contracts(tmp_path, "storage/StorageAccountListKeys", {}, {"200": {"body": keys}}))
    assert found.faults == ["storage/StorageAccountListKeys: body.keys[0].weight: missing"]


async def test_a_refusal_is_told_with_its_reason(tmp_path: Path) -> None:
    """A request the stand-in refuses differs by its status, code and message."""
    body = {"regenerateKey": {"keyName": "key9"}}
    found = await played(contracts(tmp_path, "storage/StorageAccountRegenerateKey", body, {"200": {"body": {}}}))
    assert [fault.partition(": status 400: ")[0] for fault in found.faults] == ["storage/StorageAccountRegenerateKey"]


async def test_an_example_without_a_parameter_is_not_played(tmp_path: Path) -> None:
    """What gives no whole request is told as a difference, and does not count as played."""
    one = contracts(tmp_path, "storage/StorageAccountGetProperties", {"accountName": 7}, {"200": {"body": ACCOUNT}})
    found = await played(one)
    assert [outcome.played for outcome in found.outcomes] == [False]
    assert found.faults == ["storage/StorageAccountGetProperties: the example gives no accountName"]


async def test_a_table_that_drifts_from_its_source_is_told(tmp_path: Path) -> None:
    """A status the specification has and the table has not."""
    one = contracts(tmp_path, "storage/None", {}, {})
    routes = json.loads((tmp_path / "routes.json").read_text())
    routes[0]["responses"]["418"] = {"headers": []}
    (tmp_path / "routes.json").write_text(json.dumps(routes))
    assert (await played(one)).faults == [f"GET {STORAGE}/{{accountName}}: [200] in the table, [200, 418] specified"]


async def test_what_was_recorded_comes_back(tmp_path: Path) -> None:
    """The recorded answers in this repository are loaded unmodified and come back equal."""
    one = contracts(tmp_path, "storage/None", {}, {})
    (tmp_path / "recorded").symlink_to(REPOSITORY / "tests" / "data" / "recorded")
    found = await played(one)
    assert len(found.recorded) > 3
    assert set(found.recorded.values()) == {True}


@pytest.mark.parametrize(
    ("expected", "actual", "told"),
    [
        ({"a": 1}, {"a": 2.5, "b": 1}, []),
        ({"a": None, "b": {}}, {"b": {"c": 1}}, []),
        ({"a": "x"}, {"a": None}, ["body.a: text expected, null found"]),
        ({"a": True}, {"a": 1}, ["body.a: boolean expected, number found"]),
        ({"a": [{"b": 1}, {"b": 1}]}, {"a": [{}]}, ["body.a: 2 items expected, 1 found", "body.a[0].b: missing"]),
        ([], {}, ["body: list expected, object found"]),
    ],
)
def test_shapes_are_keys_and_types(expected: object, actual: object, told: list[str]) -> None:
    """Values may differ, nulls and absent fields are one, and more than expected is no difference."""
    assert list(differences(expected, actual)) == told


def test_a_folder_without_contracts_is_named(tmp_path: Path) -> None:
    """One line says what such a folder holds."""
    with pytest.raises(ContractsError, match=r"no contracts here; expected a folder with examples/ and routes\.json"):
        Contracts(tmp_path)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m local.conformance`, with no contracts in its environment."""
    whole = [sys.executable, "-m", "local.conformance", *arguments]
    return subprocess.run(whole, cwd=REPOSITORY, capture_output=True, text=True, check=False, env={"COLUMNS": "160"})  # noqa: S603 - our own Python


async def test_without_contracts_the_replay_is_skipped_and_says_so() -> None:
    """What needs no contracts is held all the same."""
    found = await run(None)
    told = Console(record=True, width=160)
    write(found, told)
    said = told.export_text()
    assert found.faults == []
    assert "skipped, no contracts beside this checkout; give a folder with --contracts or HUBWARDEN_CONTRACTS" in said
    assert "conformance: ok" in said


def test_contracts_beside_the_checkout_are_found(tmp_path: Path) -> None:
    """Where developers keep them; a checkout that stands alone has none."""
    checkout = tmp_path / "main"
    checkout.mkdir()
    assert beside(checkout) is None
    (kept := tmp_path / "shared" / "reference" / "azure").mkdir(parents=True)
    assert beside(checkout) == kept


def test_a_difference_is_a_failure(tmp_path: Path) -> None:
    """The command lists each difference and exits with 1; a folder that is none is told in one line."""
    contracts(tmp_path / "found", "storage/StorageAccountGetProperties", {"accountName": 7}, {})
    done = command("--contracts", str(tmp_path / "found"))
    assert done.returncode == 1
    assert "differs storage/StorageAccountGetProperties: the example gives no accountName" in done.stdout
    wrong = command("--contracts", str(tmp_path))
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (1, "", 1)
